/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The order of the questions is that of power: the kernel command line overrides modprobe.d, the
 * file that sorts last overrides the others, and nothing counts that is written after i915 was
 * loaded. The initramfs has its own copy of modprobe.d, made when the image was. */

#include "answer.h"

#include "names.h"
#include "parse.h"
#include "text.h"
#include "util.h"
#include "finding.h"

/* To root, whom nobody keeps from reading it. */
#define NO_LOG "is not in the journal (is systemd-journald running? dmesg has it, too)"
#define SAY(...) snprintf(ret, REASON_MAX, __VA_ARGS__)

/* enable_gvt takes what the kernel takes for a boolean, and enable_guc a number. */
static bool agrees(const struct i915_option *option, const char *value) {
        bool on;

        if (*value == '\0')
                return option->asked == 1; /* a switch without a value */
        return (parse_bool(value, &on) == 0 ? on : atoi(value)) == option->asked;
}

/* Out of the initramfs, before the real root took over. */
static bool comes_early(const struct i915_option *option) {
        return option->i915_usec && option->i915_usec < option->userspace_usec;
}

/* One step of a remedy as it is done on this machine: half a sentence, by value. */
struct step {
        char text[96];
};

#define STEP(...) snprintf(step.text, sizeof(step.text), __VA_ARGS__)

static struct step add(const struct i915_option *option) {
        struct step step;

        switch (option->remedy.cmdline) {
        case CMDLINE_RPM_OSTREE:
                STEP("run `rpm-ostree kargs --append-if-missing=i915.%s=%d`", option->name, option->asked);
                break;
        case CMDLINE_IMAGE:
                STEP("add i915.%s=%d to the image's kernel arguments (/usr/lib/bootc/kargs.d)",
                     option->name, option->asked);
                break;
        case CMDLINE_NIXOS:
                STEP("add \"i915.%s=%d\" to boot.kernelParams, run `nixos-rebuild boot`", option->name,
                     option->asked);
                break;
        case CMDLINE_BOOT_LOADER:
                STEP("add i915.%s=%d to the kernel command line", option->name, option->asked);
        }
        return step;
}

/* A word of the kernel command line. */
static struct step take_away(const char *word, const struct remedy *remedy) {
        struct step step;

        switch (remedy->cmdline) {
        case CMDLINE_RPM_OSTREE:
                STEP("run `rpm-ostree kargs --delete-if-present=%s`", word);
                break;
        case CMDLINE_IMAGE:
                STEP("remove it from the image's kernel arguments (/usr/lib/bootc/kargs.d)");
                break;
        case CMDLINE_NIXOS:
                STEP("remove it from boot.kernelParams, run `nixos-rebuild boot`");
                break;
        case CMDLINE_BOOT_LOADER:
                STEP("remove it in the boot loader's configuration");
        }
        return step;
}

static struct step take_option_away(const struct i915_option *option) {
        char word[48];

        snprintf(word, sizeof(word), "i915.%s=%s", option->name, option->cmdline_value);
        return take_away(word, &option->remedy);
}

/* Where the initramfs has to follow: BEFORE, the command that makes it anew, AFTER; else nothing. */
static struct step image(const char *before, const struct remedy *remedy, const char *after) {
        struct step step = {""};

        if (remedy->image)
                STEP("%srun `%s`%s", before, remedy->image, after);
        return step;
}

/* So that it is there when i915 comes out of the initramfs. */
static struct step bring_along(const struct i915_option *option) {
        return option->remedy.image ? image("", &option->remedy, "") : add(option);
}

/* A file asks for it, and i915 came out of the initramfs without. */
static const char *explain_initramfs(const struct i915_option *option, char *ret) {
        const struct modprobe_place *place = &option->place;

        if (option->image_new) {
                SAY("%s:%u asks for it, and the initramfs, from which i915 is loaded, was made "
                    "anew since; reboot", place->file, place->line);
                return CAUSE("gvt-off-reboot");
        }
        SAY("%s:%u asks for it, but i915 is loaded from the initramfs, which has not got this option; "
            "%s and reboot", place->file, place->line, bring_along(option).text);
        return CAUSE("gvt-off-initramfs");
}

/* A file asks for it, and i915 has not heard: because of when it was loaded, or by whom. */
static const char *explain_unheard(const struct i915_option *option, char *ret) {
        const struct modprobe_place *place = &option->place;

        if (comes_early(option))
                return explain_initramfs(option, ret);
        if (option->i915_usec && option->conf_usec && option->conf_usec < option->i915_usec) {
                SAY("%s:%u asked for it before i915 was loaded, so something loaded i915 with "
                    "other options (by hand, or from a copy of modprobe.d); reboot",
                    place->file, place->line);
                return CAUSE("gvt-off-by-hand");
        }
        if (option->i915_usec && option->userspace_usec)
                SAY("%s:%u asks for it, but was written after i915 was loaded; reboot", place->file,
                    place->line);
        else
                SAY("%s:%u asks for it, which counts when i915 loads; reboot, and if nothing has changed "
                    "then, i915 comes from the initramfs: %s and reboot again",
                    place->file, place->line, bring_along(option).text);
        return CAUSE("gvt-off-reboot");
}

/* No file asks for it: gvtd could not write it, or was not there to do so, or did so with an ini that
 * asked for something else. */
static const char *explain_unasked(const struct i915_option *option, char *ret) {
        struct step step = {""};

        if (option->oneshot_failed) {
                SAY("nothing asks for it, since gvtd-modprobe.service failed; `journalctl -b -u "
                    "gvtd-modprobe` says why, remedy that and reboot");
                return CAUSE("gvt-off-unwritten");
        }
        if (comes_early(option))
                step = bring_along(option);
        if (streq(option->name, "enable_guc"))
                SAY("i915 was loaded when the ini did not ask for it; %s%sreboot", step.text,
                    *step.text ? " and " : "");
        else if (*step.text)
                SAY("nothing asks for it; `systemctl enable gvtd`, %s, since i915 is loaded from "
                    "the initramfs, and reboot", step.text);
        else
                SAY("nothing asks for it; `systemctl enable gvtd` and reboot");
        return CAUSE("gvt-off-unasked");
}

const char *answer_option(const struct i915_option *option, char ret[static REASON_MAX]) {
        if (option->cmdline && !agrees(option, option->cmdline_value)) {
                SAY("i915.%s=%s on the kernel command line overrides it; %s and reboot", option->name,
                    option->cmdline_value, take_option_away(option).text);
                return CAUSE("gvt-off-cmdline");
        }
        if (option->cmdline) {
                SAY("the kernel command line asks for it, so something loaded i915 by hand with "
                    "other options; reboot");
                return CAUSE("gvt-off-by-hand");
        }
        if (option->builtin) {
                SAY("i915 is built into this kernel, so that only the kernel command line counts; "
                    "%s and reboot", add(option).text);
                return CAUSE("gvt-off-builtin");
        }
        if (option->conf && agrees(option, option->place.value))
                return explain_unheard(option, ret);
        if (!option->conf || streq(option->place.file, PATH_MODPROBE_FILE))
                return explain_unasked(option, ret);
        SAY("%s:%u sets it to %.32s and comes last; remove that line%s and reboot", option->place.file,
            option->place.line, option->place.value, image(", ", &option->remedy, "").text);
        return CAUSE("gvt-off-modprobe");
}

static void answer_modeset(const struct i915_option *option, char *ret) {
        if (option->cmdline)
                SAY("i915 takes no GPU because of i915.modeset=%s on the kernel command line; %s and "
                    "reboot", option->cmdline_value, take_option_away(option).text);
        else if (option->conf)
                SAY("i915 takes no GPU because %s:%u sets modeset to %.32s; remove that%s and reboot",
                    option->place.file, option->place.line, option->place.value,
                    image(", ", &option->remedy, "").text);
        else
                SAY("i915 takes no GPU because it was loaded with modeset=0, which nothing here asks "
                    "for any more, so that it comes from the initramfs; %sreboot",
                    image("", &option->remedy, " and ").text);
}

/* A package's module in front of the kernel's own. */
static const char *say_foreign(const struct evidence *evidence, const char *what, const char *file,
                               char *ret) {
        SAY("%s: %.100s/%.90s stands in front of the kernel's own; remove the package that brought it "
            "(dkms status lists such)%s and reboot",
            what, evidence->modules.folder, file, image(", ", &evidence->remedy, "").text);
        return CAUSE("foreign-module");
}

static const char *answer_no_gvt(const struct evidence *evidence, char *ret) {
        if (evidence->modules.i915_foreign)
                return say_foreign(evidence, "i915 has no GVT-g", evidence->modules.i915, ret);
        if (evidence->loaded_foreign) {
                SAY("the i915 that runs was built out of tree and has no GVT-g, although the kernel's own "
                    "is in its place: it comes from the initramfs; %sreboot",
                    image("", &evidence->remedy, " and ").text);
                return CAUSE("foreign-module");
        }
        SAY("this kernel was built without GVT-g (i915 has no enable_gvt); boot one with "
            "CONFIG_DRM_I915_GVT_KVMGT");
        return CAUSE("no-gvt");
}

static const char *answer_modules(const struct evidence *evidence, char *ret) {
        if (!*evidence->other)
                SAY("the modules of the running kernel %s are gone, and no other kernel's are there; "
                    "install the kernel's package again and reboot", evidence->release);
        else if (evidence->other_usec == 1)
                SAY("the modules of the running kernel %s are gone, and those of %s were there before this "
                    "boot: the boot loader starts an old image; see that it gets the new one (is /boot, "
                    "is the EFI partition mounted?) and reboot", evidence->release, evidence->other);
        else
                SAY("the modules of the running kernel %s are gone, since an upgrade has brought %s; "
                    "reboot", evidence->release, evidence->other);
        return CAUSE("modules-gone");
}

/* The kernel's loader about kvmgt, which begins its lines with the module's name. */
static bool is_of_loader(const char *complaint) {
        return strncmp(complaint, "kvmgt: ", strlen("kvmgt: ")) == 0;
}

static const char *answer_kvmgt(const struct evidence *evidence, char *ret) {
        const struct kernel_modules *modules = &evidence->modules;
        const char *complaint = evidence->log.broken;
        bool misfits = *modules->misfit || is_of_loader(complaint);

        if (misfits && modules->i915_foreign)
                return say_foreign(evidence, "i915 does not fit to kvmgt", modules->i915, ret);
        if (misfits && modules->kvmgt_foreign)
                return say_foreign(evidence, "kvmgt does not fit to i915", modules->kvmgt, ret);
        if (misfits) {
                SAY("kvmgt and i915 are of different builds (%.100s); reboot, and if nothing has changed "
                    "then%s and reboot again", *complaint ? complaint : modules->misfit,
                    image(", ", &evidence->remedy, "").text);
                return CAUSE("module-mismatch");
        }
        if (*complaint)
                return answer_refusal(&evidence->log, true, ret);
        *ret = '\0';
        return NULL;
}

static void answer_block(const char *module, const struct evidence *evidence, const char *then,
                         char *ret) {
        if (evidence->blocked)
                SAY("%s is blacklisted by %s:%u; remove that line and %s", module,
                    evidence->block.file, evidence->block.line, then);
        else if (evidence->block_cmdline)
                SAY("%s is blacklisted on the kernel command line (module_blacklist= or "
                    "modprobe.blacklist=); remove it there and reboot", module);
        else
                SAY("%s is blacklisted, by which line was not found; `modprobe -c | grep %s` shows it; "
                    "remove it and %s", module, module, then);
}

const char *answer_refusal(const struct kernel_log *log, bool enable_gvt_seen,
                           char ret[static EXPLANATION_MAX]) {
        if (log->guest) {
                snprintf(ret, EXPLANATION_MAX, "this machine is itself a guest on a GVT-g vGPU, which cannot be divided "
                    "again; run gvtd on its host");
                return CAUSE("gvt-guest");
        }
        if (log->guc) {
                snprintf(ret, EXPLANATION_MAX, "i915 was told to submit through GuC, which excludes GVT-g; take "
                    "enable_guc=1 or 3 out of modprobe.d and the kernel command line, and reboot");
                return CAUSE("guc");
        }
        if (log->unsupported) {
                snprintf(ret, EXPLANATION_MAX, "this kernel's i915 does not count the GPU among the devices with GVT-g; a "
                    "newer kernel may, if it is Broadwell to Comet Lake");
                return CAUSE("unsupported");
        }
        if (*log->broken) {
                snprintf(ret, EXPLANATION_MAX, "GVT-g failed inside this kernel (%s); try another one", log->broken);
                return CAUSE("gvt-broken");
        }
        if (!enable_gvt_seen)
                snprintf(ret, EXPLANATION_MAX, "kvmgt is loaded and offers nothing, most likely since i915 runs with "
                    "enable_gvt=0; run this check as root to be sure");
        else
                snprintf(ret, EXPLANATION_MAX, "kvmgt is loaded and offers nothing, and the kernel's log %s; boot with "
                    "drm.debug=0x2 to see why, or try another kernel",
                    log->readable ? "does not say why" : log->privileged ? NO_LOG : "cannot be read (run this as root)");
        return CAUSE("not-registered");
}

const char *answer_claim(const struct gpu *gpu, const struct claim *claim,
                         char ret[static EXPLANATION_MAX]) {
        struct address_text address = address_text(&gpu->address);
        char id[sizeof("8086:ffff")];

        snprintf(id, sizeof(id), "8086:%04x", gpu->device_id);
        if (claim->cmdline)
                SAY("%s is bound to %s, and GVT-g needs i915; take %s out of %s.ids= on the kernel command "
                    "line%s and reboot", address.text, gpu->driver, id, gpu->driver,
                    claim->conf ? " and out of modprobe.d" : "");
        else if (claim->conf)
                SAY("%s is bound to %s, and GVT-g needs i915; take %s out of %s:%u%s and reboot",
                    address.text, gpu->driver, id, claim->place.file, claim->place.line,
                    image(", ", &claim->remedy, "").text);
        else
                SAY("%s is bound to %s, and GVT-g needs i915; something gave it away at run time (libvirt, a "
                    "script): when no VM has it, `echo %s > /sys/bus/pci/drivers/%s/unbind; echo %s > "
                    "/sys/bus/pci/drivers_probe` brings it back", address.text, gpu->driver, address.text,
                    gpu->driver, address.text);
        return CAUSE("other-driver");
}

const char *answer(enum question question, int running, const struct evidence *evidence,
                   char ret[static EXPLANATION_MAX]) {
        char why[REASON_MAX];
        const char *cause;

        switch (question) {
        case QUESTION_NONE:
                break;
        case QUESTION_NOMODESET:
                SAY("i915 takes no GPU because of nomodeset on the kernel command line; %s and reboot",
                    take_away("nomodeset", &evidence->remedy).text);
                return CAUSE("nomodeset");
        case QUESTION_MODESET:
                answer_modeset(&evidence->option, ret);
                return CAUSE("modeset-off");
        case QUESTION_I915_BLACKLISTED:
                answer_block("i915", evidence, "reboot", ret);
                return CAUSE("i915-blacklisted");
        case QUESTION_KVMGT_BLACKLISTED:
                answer_block("kvmgt", evidence, "`systemctl reload gvtd`", ret);
                return CAUSE("kvmgt-blacklisted");
        case QUESTION_NO_GVT:
                return answer_no_gvt(evidence, ret);
        case QUESTION_MODULES:
                return answer_modules(evidence, ret);
        case QUESTION_KVMGT:
                return answer_kvmgt(evidence, ret);
        case QUESTION_REFUSAL:
                return answer_refusal(&evidence->log, evidence->enable_gvt_seen, ret);
        case QUESTION_ENABLE_GVT:
                cause = answer_option(&evidence->option, why);
                snprintf(ret, EXPLANATION_MAX, "i915 runs with enable_gvt=0: %s", why);
                return cause;
        case QUESTION_ENABLE_GUC:
                (void) answer_option(&evidence->option, why);
                snprintf(ret, EXPLANATION_MAX,
                         "i915 runs with enable_guc=%d, and the ini asks for %d: %s", running,
                         evidence->option.asked, why);
                return CAUSE("enable-guc");
        }
        *ret = '\0';
        return NULL;
}
