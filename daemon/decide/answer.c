/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The order of the questions is that of power: the kernel command line overrides modprobe.d, the
 * file that sorts last overrides the others, and nothing counts that is written after i915 was
 * loaded. The initramfs has its own copy of modprobe.d, made when the image was. */

#include "answer.h"

#include "names.h"
#include "parse.h"
#include "step.h"
#include "text.h"
#include "util.h"
#include "finding.h"

/* To root, whom nobody keeps from reading it. */
#define NO_LOG "is not in the journal (is systemd-journald running? dmesg has it, too)"
#define SAY(...) snprintf(ret, REASON_MAX, __VA_ARGS__)

/* enable_gvt takes what the kernel takes for a boolean, and enable_guc a number; modeset is wrong only as 0. */
static bool agrees(const struct i915_option *option, const char *value) {
        bool on;

        if (streq(option->name, "modeset"))
                return strtol(value, NULL, 0) != 0;
        if (*value == '\0')
                return option->asked == 1; /* a switch without a value */
        return (parse_bool(value, &on) == 0 ? on : atoi(value)) == option->asked;
}

/* gvtd writes it anew at each boot. */
static bool is_ours(const struct place *place) {
        return streq(place->file, PATH_MODPROBE_FILE);
}

/* Where the last ones begin that say otherwise: as long as one of these is left, it counts. */
static size_t first_against(const struct i915_option *option) {
        const struct place *items = option->places.items;
        size_t i = option->places.n;

        while (i > 0 && !agrees(option, items[i - 1].value) && !is_ours(&items[i - 1]))
                i--;
        return i;
}

static const struct place *last_place(const struct i915_option *option) {
        return option->places.n > 0 ? &option->places.items[option->places.n - 1] : NULL;
}

/* Out of the initramfs, before the real root took over. */
static bool comes_early(const struct i915_option *option) {
        return option->i915_usec && option->i915_usec < option->userspace_usec;
}

/* A file asks for it, and i915 came out of the initramfs without. */
static const char *explain_initramfs(const struct i915_option *option, const struct place *place,
                                     char *ret) {
        if (option->image_new) {
                SAY("%s:%u asks for it, and the initramfs, from which i915 is loaded, was made "
                    "anew since; reboot", place->file, place->line);
                return CAUSE("gvt-off-reboot");
        }
        SAY("%s:%u asks for it, but i915 is loaded from the initramfs, which has not got this option; "
            "%s and reboot", place->file, place->line, step_bring_along(option).text);
        return CAUSE("gvt-off-initramfs");
}

/* A file asks for it, and i915 has not heard: because of when it was loaded, or by whom. */
static const char *explain_unheard(const struct i915_option *option, const struct place *place,
                                   char *ret) {
        bool timed = option->i915_usec && option->conf_usec;

        if (comes_early(option))
                return explain_initramfs(option, place, ret);
        if (timed && option->conf_usec < option->i915_usec) {
                SAY("%s:%u asked for it before i915 was loaded, so something loaded i915 with "
                    "other options (by hand, or from a copy of modprobe.d); reboot",
                    place->file, place->line);
                return CAUSE("gvt-off-by-hand");
        }
        if (timed && option->userspace_usec)
                SAY("%s:%u asks for it, but was written after i915 was loaded; reboot", place->file,
                    place->line);
        else
                SAY("%s:%u asks for it, which counts when i915 loads; reboot, and if nothing has changed "
                    "then, i915 comes from the initramfs: %s and reboot again",
                    place->file, place->line, step_bring_along(option).text);
        return CAUSE("gvt-off-reboot");
}

/* No file asks for it: gvtd could not write it, or was not there to do so, or did so with an ini that
 * asked for something else. */
static const char *explain_unasked(const struct i915_option *option, char *ret) {
        struct step step = {""};
        bool copied = option->hidden && option->remedy.copies; /* the file is for the initramfs, and made anew */

        if (option->oneshot_failed) {
                SAY("nothing asks for it, since gvtd-modprobe.service failed; `journalctl -b -u "
                    "gvtd-modprobe` says why, remedy that and reboot");
                return CAUSE("gvt-off-unwritten");
        }
        if (comes_early(option) || copied)
                step = step_bring_along(option);
        if (option->hidden)
                SAY("nothing asks for it, since " PATH_MODPROBE_FILE_BEFORE " hides gvtd's own file of that "
                    "name in /run; %s%s%s and reboot", copied ? "" : "give it another name",
                    copied || !*step.text ? "" : ", ", step.text);
        else if (streq(option->name, "enable_guc"))
                SAY("i915 was loaded when the ini did not ask for it; %s%sreboot", step.text,
                    *step.text ? " and " : "");
        else if (*step.text)
                SAY("nothing asks for it; `systemctl enable gvtd`, %s, since i915 is loaded from "
                    "the initramfs, and reboot", step.text);
        else
                SAY("nothing asks for it; `systemctl enable gvtd` and reboot");
        return CAUSE("gvt-off-unasked");
}

static const char *explain_overridden(const struct i915_option *option, size_t first, char *ret) {
        const struct places *places = &option->places;
        const struct place *last = last_place(option);
        struct places_text list = places_text(places, first);
        struct step step = step_remove(places, first, &option->remedy);
        bool several = places->n - first > 1;

        if (place_is_word(last)) {
                SAY("%s override%s it; %s and reboot", list.text, several ? "" : "s", step.text);
                return CAUSE("gvt-off-cmdline");
        }
        if (several)
                SAY("%s set it otherwise and come last; %s and reboot", list.text, step.text);
        else
                SAY("%s sets it to %.32s and comes last; %s and reboot", list.text, last->value, step.text);
        return CAUSE("gvt-off-modprobe");
}

const char *answer_option(const struct i915_option *option, char ret[static REASON_MAX]) {
        const struct place *last = last_place(option);
        size_t first = first_against(option);

        if (first < option->places.n)
                return explain_overridden(option, first, ret);
        if (last && place_is_word(last)) {
                SAY("the kernel command line asks for it, so something loaded i915 by hand with "
                    "other options; reboot");
                return CAUSE("gvt-off-by-hand");
        }
        if (option->builtin) {
                SAY("i915 is built into this kernel, so that only the kernel command line counts; "
                    "%s and reboot", step_add(option).text);
                return CAUSE("gvt-off-builtin");
        }
        return last && agrees(option, last->value) ? explain_unheard(option, last, ret)
                                                   : explain_unasked(option, ret);
}

static void answer_modeset(const struct i915_option *option, char *ret) {
        const struct places *places = &option->places;
        size_t first = first_against(option);

        if (first < places->n)
                SAY("i915 takes no GPU because of %s%s; %s and reboot", places_text(places, first).text,
                    place_is_word(last_place(option)) ? "" : " (modeset=0)",
                    step_remove(places, first, &option->remedy).text);
        else if (places->n > 0 && place_is_word(last_place(option)))
                SAY("i915 takes no GPU because it was loaded by hand with modeset=0, against what the kernel "
                    "command line says; reboot");
        else
                SAY("i915 takes no GPU because it was loaded with modeset=0, which nothing here asks "
                    "for any more, so that it comes from the initramfs; %s and reboot",
                    step_bring_along(option).text);
}

/* A package's module in front of the kernel's own. */
static const char *say_foreign(const struct evidence *evidence, const char *what, const char *file,
                               char *ret) {
        SAY("%s: %.100s/%.90s stands in front of the kernel's own; remove the package that brought it "
            "(dkms status lists such)%s and reboot",
            what, evidence->modules.folder, file, step_follow(&evidence->remedy).text);
        return CAUSE("foreign-module");
}

static const char *answer_no_gvt(const struct evidence *evidence, char *ret) {
        if (evidence->modules.i915_foreign)
                return say_foreign(evidence, "i915 has no GVT-g", evidence->modules.i915, ret);
        if (evidence->loaded_foreign) {
                SAY("the i915 that runs was built out of tree and has no GVT-g, although the kernel's own "
                    "is in its place: it comes from the initramfs; %s and reboot",
                    step_make_image(&evidence->remedy).text);
                return CAUSE("foreign-module");
        }
        if (evidence->modules.has_gvt) {
                SAY("the i915 that runs has no GVT-g, and the one on disk has: it comes from the initramfs, or "
                    "was replaced since the boot; %s and reboot",
                    step_make_image(&evidence->remedy).text);
                return CAUSE("module-mismatch");
        }
        SAY("this kernel was built without GVT-g (i915 has no enable_gvt); boot one with "
            "CONFIG_DRM_I915_GVT_KVMGT");
        return CAUSE("no-gvt");
}

static const char *answer_modules(const struct evidence *evidence, char *ret) {
        if (!*evidence->other)
                SAY("the modules of the running kernel %s are gone, and no other kernel's are there; "
                    "install the kernel's package again and reboot", evidence->release);
        else if (evidence->other_usec == 1 && strverscmp(evidence->other, evidence->release) < 0)
                SAY("the modules of the running kernel %s were removed; install its package again, or "
                    "reboot into %s, which is still there", evidence->release, evidence->other);
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

        if (*modules->damaged) {
                SAY("%.100s/%.90s is no module (cut, or damaged); install the package that brought it "
                    "again and reboot", modules->folder, modules->damaged);
                return CAUSE("module-damaged");
        }
        if (misfits && modules->i915_foreign)
                return say_foreign(evidence, "i915 does not fit to kvmgt", modules->i915, ret);
        if (misfits && modules->kvmgt_foreign)
                return say_foreign(evidence, "kvmgt does not fit to i915", modules->kvmgt, ret);
        if (misfits) {
                SAY("kvmgt and i915 are of different builds (%.100s); reboot, and if nothing has changed "
                    "then, %s and reboot again", *complaint ? complaint : modules->misfit,
                    step_make_image(&evidence->remedy).text);
                return CAUSE("module-mismatch");
        }
        if (*complaint)
                return answer_refusal(&evidence->log, true, ret);
        *ret = '\0';
        return NULL;
}

/* A blacklist in the initramfs stands in nobody's way: the real root's is asked again. */
static struct step unblock(const struct evidence *evidence) {
        const struct remedy remedy = {.image_stays = true, .cmdline = evidence->remedy.cmdline};

        return step_remove(&evidence->blocks, 0, &remedy);
}

struct obstacles_text {
        char text[sizeof(((struct obstacles *) 0)->names) + 16];
};

static struct obstacles_text obstacles_text(const struct obstacles *obstacles) {
        struct obstacles_text text = {""};

        for (size_t i = 0; i < obstacles->n; i++)
                text_append(text.text, sizeof(text.text), "%s%s", i == 0 ? "" : i + 1 < obstacles->n ? ", " : " and ",
                            obstacles->names[i]);
        return text;
}

static const char *is_or_are(const struct obstacles *obstacles) {
        return obstacles->n > 1 ? "are" : "is";
}

static void answer_block(const char *module, const struct evidence *evidence, const char *then,
                         char *ret) {
        const struct obstacles *obstacles = &evidence->obstacles;
        const struct places *blocks = &evidence->blocks;
        const char *first = obstacles->names[0];
        char needed[40] = "";

        if (!streq(first, module))
                snprintf(needed, sizeof(needed), ", which %s needs,", module);
        if (blocks->n > 0)
                SAY("%s%s %s blacklisted by %s; %s and %s", obstacles_text(obstacles).text, needed,
                    is_or_are(obstacles), places_text(blocks, 0).text, unblock(evidence).text,
                    places_count_words(blocks, 0) > 0 ? "reboot" : then);
        else
                SAY("%s%s is blacklisted, by which line was not found; `modprobe -c | grep %s` shows it; "
                    "remove it and %s", first, needed, first, then);
}

void answer_add_blocks(const struct evidence *evidence, char ret[static EXPLANATION_MAX]) {
        const struct obstacles *obstacles = &evidence->obstacles;
        const struct places *blocks = &evidence->blocks;

        if (blocks->n > 0)
                text_append(ret, EXPLANATION_MAX, "; before that, since %s %s blacklisted by %s, %s",
                            obstacles_text(obstacles).text, is_or_are(obstacles), places_text(blocks, 0).text,
                            unblock(evidence).text);
        else
                text_append(ret, EXPLANATION_MAX, "; before that, remove what blacklists %s: it was not "
                            "found, and `modprobe -c | grep %s` shows it", obstacles->names[0], obstacles->names[0]);
}

const char *answer_refusal(const struct kernel_log *log, bool enable_gvt_seen,
                           char ret[static EXPLANATION_MAX]) {
        if (log->guest) {
                SAY("this machine is itself a guest on a GVT-g vGPU, which cannot be divided "
                    "again; run gvtd on its host");
                return CAUSE("gvt-guest");
        }
        if (log->guc) {
                SAY("i915 was told to submit through GuC, which excludes GVT-g; take "
                    "enable_guc=1 or 3 out of modprobe.d and the kernel command line, and reboot");
                return CAUSE("guc");
        }
        if (log->unsupported) {
                SAY("this kernel's i915 does not count the GPU among the devices with GVT-g; a "
                    "newer kernel may, if it is Broadwell to Comet Lake");
                return CAUSE("unsupported");
        }
        if (*log->broken) {
                SAY("GVT-g failed inside this kernel (%s); try another one", log->broken);
                return CAUSE("gvt-broken");
        }
        if (!enable_gvt_seen)
                SAY("kvmgt is loaded and offers nothing, most likely since i915 runs with "
                    "enable_gvt=0; run this check as root to be sure");
        else
                SAY("kvmgt is loaded and offers nothing, and the kernel's log %s; boot with "
                    "drm.debug=0x2 to see why, or try another kernel",
                    log->readable ? "does not say why" : log->privileged ? NO_LOG : "cannot be read (run this as root)");
        return CAUSE("not-registered");
}

const char *answer(enum question question, int running, const struct evidence *evidence,
                   char ret[static EXPLANATION_MAX]) {
        char why[REASON_MAX];
        const char *cause;

        switch (question) {
        case QUESTION_NONE:
                break;
        case QUESTION_NOMODESET:
                answer_modeset(&evidence->option, ret);
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
