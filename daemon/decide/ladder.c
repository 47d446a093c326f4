/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Each rung asks one question of the observed host, in the order in which the kernel would ask it
 * (intel_gvt_init() and kvmgt_init() in drivers/gpu/drm/i915). A parent that offers types answers
 * every question before it, whatever a table of ids may say. */

#include "ladder.h"

#include <errno.h>

#include "config.h"
#include "history.h"
#include "host.h"
#include "plan.h"
#include "step.h"
#include "text.h"
#include "util.h"
#include "finding.h"

/* HOPELESS: no kernel, setting or reboot makes a vGPU here. BLOCKED: only an administrator or a reboot
 * changes it. */
enum rung_flags {
        HOPELESS = 1 << 0,
        BLOCKED = 1 << 1,
};

/* One rung: all that there is to say of it. Words in braces are filled in (word_of()). */
struct rung {
        const char *cause;       /* its name for scripts; NULL: the answer to the question has one */
        enum rung_flags flags;
        enum question question;  /* why it does not hold, where a look does not tell */
        const char *sentence;    /* the cause and its remedy */
        const char *standstill;  /* for a verb, where the daemon waits or acts, and says so */
};

#define INTEGRATED                                                                                 \
        "enable the integrated GPU (IGD, iGPU Multi-Monitor) in the firmware setup, if the processor is one " \
        "of Intel's that have it"

#define SIGN                                                                                       \
        "install the kernel's package again, or enrol the key of whoever built kvmgt (mokutil --import), and reboot"

static const struct rung ladder[] = {
        [SITUATION_NO_GPU] = {CAUSE("no-gpu"), HOPELESS | BLOCKED, .sentence =
                "no Intel display device on the PCI bus; " INTEGRATED "; in a VM, run gvtd on its host"},
        [SITUATION_NO_SUCH_DEVICE] = {CAUSE("no-such-device"), HOPELESS | BLOCKED, .sentence =
                "no Intel display device at {device}, where `device` in the ini says; there is one at "
                "{other}"},
        [SITUATION_UNSUPPORTED] = {CAUSE("unsupported"), HOPELESS | BLOCKED, .sentence =
                "{gpu} (8086:{id}, {generation}) has no GVT-g in any kernel; " /* and instead[] */},
        [SITUATION_OTHER_DRIVER] = {CAUSE("other-driver"), BLOCKED, .sentence =
                "{gpu} is bound to {driver}, and GVT-g needs i915; take 8086:{id} away from that driver "
                "(vfio-pci.ids=, modprobe.d) and reboot"},
        [SITUATION_OVERRIDDEN] = {CAUSE("driver-override"), BLOCKED, .sentence =
                "driver_override keeps i915 off {gpu}: it says {override}; undo it with `{undo}`{idle}, and "
                "in what set it (driverctl, a passthrough script)"},
        [SITUATION_NOMODESET] = {NULL, BLOCKED, QUESTION_NOMODESET,
                "i915 leaves {gpu} alone because of nomodeset on the kernel command line; remove it and "
                "reboot"},
        [SITUATION_MODESET_OFF] = {NULL, BLOCKED, QUESTION_MODESET,
                "i915 leaves {gpu} alone because of modeset=0; `gvtd check` names the place"},
        [SITUATION_MODULES_GONE] = {NULL, BLOCKED, QUESTION_MODULES,
                "the modules of the running kernel are gone; reboot"},
        [SITUATION_MODULES_UNINDEXED] = {CAUSE("modules-unindexed"), BLOCKED, .sentence =
                "the index of this kernel's modules is missing or damaged, so that they are not found; "
                "`depmod -a` and reboot"},
        [SITUATION_I915_MISSING] = {CAUSE("i915-missing"), BLOCKED, .sentence =
                "this kernel has no i915 module for {gpu}; install the rest of its modules (Ubuntu: "
                "linux-modules-extra-$(uname -r), Fedora: kernel-modules), or boot the distribution's full "
                "kernel (cloud and minimal ones leave it out)"},
        [SITUATION_I915_BLACKLISTED] = {NULL, BLOCKED, QUESTION_I915_BLACKLISTED,
                "i915 is blacklisted; `gvtd check` names the place"},
        [SITUATION_I915_AWAITED] = {CAUSE("i915-unbound"), 0, .sentence =
                "waiting for i915 to bind to {gpu}", .standstill =
                "i915 is not loaded, although udev should have done that; `modprobe -v $(cat "
                "/sys/bus/pci/devices/{gpu}/modalias)` does the same and shows what stands in the way"},
        [SITUATION_NO_GVT] = {NULL, BLOCKED, QUESTION_NO_GVT,
                "this kernel was built without GVT-g (i915 has no enable_gvt); boot one with "
                "CONFIG_DRM_I915_GVT_KVMGT"},
        [SITUATION_GVT_OFF] = {NULL, BLOCKED, QUESTION_ENABLE_GVT,
                "i915 runs with enable_gvt=0; `gvtd check` says why"},
        [SITUATION_KVMGT_MISSING] = {CAUSE("kvmgt-missing"), BLOCKED, .sentence =
                "this kernel has no kvmgt module, the other half of its i915's GVT-g; install the rest of its modules "
                "(Ubuntu: linux-modules-extra-$(uname -r), Fedora: kernel-modules), or boot one with "
                "CONFIG_DRM_I915_GVT_KVMGT"},
        [SITUATION_KVMGT_BLACKLISTED] = {NULL, BLOCKED, QUESTION_KVMGT_BLACKLISTED,
                "kvmgt is blacklisted; `gvtd check` names the place"},
        [SITUATION_KVMGT_UNLOADED] = {NULL, BLOCKED, .sentence =
                "kvmgt was unloaded, and the vGPUs with it; `modprobe kvmgt` or `systemctl reload gvtd` "
                "brings them back"},
        [SITUATION_KVMGT_FAILED] = {NULL, BLOCKED, .sentence =
                "kvmgt could not be loaded: {error}; `gvtd check` and the kernel log (journalctl -k) say "
                "more"},
        [SITUATION_KVMGT_NEEDED] = {CAUSE("kvmgt-not-loaded"), 0, .sentence =
                "loading kvmgt", .standstill =
                "kvmgt is not loaded, which gvtd.service does; `systemctl enable --now gvtd`, and if it "
                "runs, `journalctl -u gvtd`"},
        [SITUATION_NOT_REGISTERED] = {NULL, 0, .sentence =
                "kvmgt is loaded; waiting for the kernel to offer vGPUs on {gpu}"},
        [SITUATION_REFUSED] = {NULL, BLOCKED, QUESTION_REFUSAL,
                "kvmgt is loaded, but the kernel offers no vGPUs on {gpu}; its log says why (journalctl -k "
                "-g GVT), and `gvtd check` reads it for you"},
        [SITUATION_KERNEL_OLD] = {CAUSE("kernel-too-old"), BLOCKED, .sentence =
                "this kernel is older than 5.19 and makes vGPUs in a way that gvtd does not know; boot 6.1 or "
                "later"},
        [SITUATION_DRIVER_AWAITED] = {CAUSE("kvmgt-loading"), 0, .sentence =
                "kvmgt is being loaded or unloaded; waiting for the kernel to be done with it", .standstill =
                "kvmgt is just being loaded or unloaded; ask again"},
        [SITUATION_PROBE_AWAITED] = {CAUSE("i915-probing"), 0, .sentence =
                "i915 is still setting up {gpu}; waiting for it, since a vGPU made before that crashes "
                "the kernel", .standstill =
                "i915 is just setting up the GPU; ask again"},
        [SITUATION_WEDGED] = {CAUSE("wedged"), BLOCKED, .sentence =
                "i915 could not start the engines of {gpu} and gave it up (\"wedged\"); a vGPU made now "
                "would crash the kernel; the kernel's log says why (journalctl -k -g i915): reboot, and if "
                "it stays so, try another kernel"},
        [SITUATION_NO_TYPES] = {CAUSE("aperture"), BLOCKED, .sentence =
                "the aperture of {gpu} is {aperture} MB, which leaves nothing for guests; raise Aperture "
                "Size in the firmware setup to 256 MB or more"},
        [SITUATION_OFFERED] = {.sentence = ""},
};

/* What a generation without GVT-g has instead, and the one thing to do about it. */
#define SRIOV "what it has is SR-IOV"
#define MAKE  ", then make VFs as gvtd(8) says under SR-IOV"

static const char *const instead[] = {
        [PLATFORM_XE] = SRIOV ": boot kernel {since} or later, whose xe has it" MAKE,
        [PLATFORM_XE_ASKED] =
                SRIOV ": boot kernel {since} or later with xe.force_probe={id} i915.force_probe=!{id} on "
                "its command line (or any with the out-of-tree driver i915-sriov)" MAKE,
        [PLATFORM_XE_ALONE] =
                SRIOV ": boot kernel {since} or later with xe.force_probe={id} on its command line" MAKE,
        [PLATFORM_I915_SRIOV] =
                SRIOV ", and no kernel's own driver for that: install the out-of-tree i915-sriov, boot with "
                "i915.enable_guc=3 i915.max_vfs=7 module_blacklist=xe on the command line" MAKE,
        [PLATFORM_PASSTHROUGH] = "nor is there a driver with SR-IOV for it; only the whole GPU can be "
                                 "passed through, to one guest",
        [PLATFORM_LATER] = "what it may have is SR-IOV: where /sys/bus/pci/devices/{gpu}/sriov_totalvfs is there and "
                           "more than 0, make VFs as gvtd(8) says under SR-IOV",
};

/* Of a module that was not found. */
static enum situation missing_rung(const struct host *host, enum situation missing) {
        switch (host->modules) {
        case MODULES_GONE:
                return SITUATION_MODULES_GONE;
        case MODULES_UNINDEXED:
                return SITUATION_MODULES_UNINDEXED;
        case MODULES_WHOLE:
                break;
        }
        return missing;
}

static enum situation driver_rung(const struct host *host, const struct gpu *gpu) {
        if (gpu->override[0] && !streq(gpu->override, "i915"))
                return SITUATION_OVERRIDDEN;
        if (gpu->driver[0])
                return SITUATION_OTHER_DRIVER;
        if (host->modeset == MODESET_NOMODESET)
                return SITUATION_NOMODESET;
        if (host->modeset == MODESET_OFF)
                return SITUATION_MODESET_OFF;
        if (host->i915 == MODULE_MISSING)
                return missing_rung(host, SITUATION_I915_MISSING);
        if (host->i915 == MODULE_BLACKLISTED)
                return SITUATION_I915_BLACKLISTED;
        return SITUATION_I915_AWAITED;
}

static enum situation kvmgt_rung(const struct host *host, bool waited) {
        switch (host->kvmgt) {
        case MODULE_MISSING:
                return missing_rung(host, SITUATION_KVMGT_MISSING);
        case MODULE_BLACKLISTED:
                return SITUATION_KVMGT_BLACKLISTED;
        case MODULE_LIVE:
                return waited ? SITUATION_REFUSED : SITUATION_NOT_REGISTERED;
        case MODULE_COMING:
        case MODULE_GOING:
                return SITUATION_DRIVER_AWAITED;
        case MODULE_UNKNOWN:
        case MODULE_AVAILABLE:
                break;
        }
        return SITUATION_KVMGT_NEEDED;
}

static enum situation gpu_rung(const struct host *host, const struct gpu *gpu, bool waited) {
        const struct platform *platform = gpu_platform(gpu);

        if (gpu->registered && host->driver_old)
                return SITUATION_KERNEL_OLD;
        if (gpu->registered && !host->driver_complete)
                return SITUATION_DRIVER_AWAITED;
        if (gpu->registered && gpu->engines == ENGINES_AWAITED)
                return SITUATION_PROBE_AWAITED;
        if (gpu->registered && gpu->engines == ENGINES_DEAD)
                return SITUATION_WEDGED;
        if (gpu->registered)
                return gpu->n_types > 0 ? SITUATION_OFFERED : SITUATION_NO_TYPES;
        if (platform && platform->answer != PLATFORM_GVTG)
                return SITUATION_UNSUPPORTED;
        if (!streq(gpu->driver, "i915"))
                return driver_rung(host, gpu);
        if (host->enable_gvt == PARAMETER_ABSENT)
                return SITUATION_NO_GVT;
        if (host->enable_gvt == PARAMETER_OFF)
                return SITUATION_GVT_OFF;
        return kvmgt_rung(host, waited);
}

enum situation situation_find(const struct config *config, const struct host *host, bool waited,
                              const struct gpu **ret_gpu) {
        const struct gpu *gpu = host_choose_gpu(host, config);

        *ret_gpu = gpu;
        if (gpu)
                return gpu_rung(host, gpu, waited);
        return config->device_auto ? SITUATION_NO_GPU : SITUATION_NO_SUCH_DEVICE;
}

enum question question_find(const struct config *config, const struct host *host,
                            enum situation situation) {
        if (ladder[situation].question != QUESTION_NONE)
                return ladder[situation].question;
        if (situation_is_hopeless(situation) || config->enable_guc == GUC_UNSET ||
            !host->enable_guc_seen || host->enable_guc == (int) config->enable_guc)
                return QUESTION_NONE;
        return QUESTION_ENABLE_GUC;
}

bool situation_is_hopeless(enum situation situation) {
        return ladder[situation].flags & HOPELESS;
}

bool situation_is_blocked(enum situation situation) {
        return ladder[situation].flags & BLOCKED;
}

bool situation_is_explained(const struct plan *plan) {
        enum question question = ladder[plan->situation].question;

        return question == QUESTION_NONE || question == plan->history->question;
}

const char *situation_cause(enum situation situation) {
        return ladder[situation].cause;
}

/* driverctl lets the kernel choose anew; by hand it takes three writes. */
static void word_of_undo(const struct host *host, const struct gpu *gpu, char *ret, size_t size) {
        struct address_text address = address_text(&gpu->address);

        if (gpu->override_kept)
                snprintf(ret, size, "driverctl unset-override %s", address.text);
        else
                snprintf(ret, size, "echo > /sys/bus/pci/devices/%s/driver_override; %s", address.text,
                         step_bind(host, gpu).text);
}

/* What the words in braces stand for. */
static void word_of(const struct plan *plan, const char *name, char *ret, size_t size) {
        const struct gpu *gpu = plan->gpu;
        const struct platform *platform = gpu ? gpu_platform(gpu) : NULL;

        if (streq(name, "gpu"))
                snprintf(ret, size, "%s", address_text(&gpu->address).text);
        else if (streq(name, "id"))
                snprintf(ret, size, "%04x", gpu->device_id);
        else if (streq(name, "driver"))
                snprintf(ret, size, "%s", gpu->driver);
        else if (streq(name, "override"))
                snprintf(ret, size, "%s", gpu->override);
        else if (streq(name, "undo"))
                word_of_undo(plan->host, gpu, ret, size);
        else if (streq(name, "idle"))
                snprintf(ret, size, "%s", gpu->driver[0] ? " when no VM has the GPU" : "");
        else if (streq(name, "aperture"))
                snprintf(ret, size, "%ju", (uintmax_t) (gpu->aperture >> 20));
        else if (streq(name, "generation"))
                snprintf(ret, size, "%s", platform->name);
        else if (streq(name, "since"))
                snprintf(ret, size, "%s", platform->since);
        else if (streq(name, "device"))
                snprintf(ret, size, "%s", address_text(&plan->config->device).text);
        else if (streq(name, "other"))
                snprintf(ret, size, "%s", address_text(&host_likely_gpu(plan->host)->address).text);
        else
                snprintf(ret, size, "%s", strerror(plan->history->load.error));
}

static void fill_in(const char *sentence, const struct plan *plan, char *ret, size_t size) {
        *ret = '\0';
        for (;;) {
                size_t plain = strcspn(sentence, "{");
                char name[16] = "", word[384];

                text_append(ret, size, "%.*s", (int) plain, sentence);
                sentence += plain;
                if (sscanf(sentence, "{%15[a-z]}", name) != 1)
                        break;
                sentence += strlen(name) + strlen("{}");
                word_of(plan, name, word, sizeof(word));
                text_append(ret, size, "%s", word);
        }
}

/* Linux, kernel/module/signing.c: a key that it does not know is EKEYREJECTED where it takes signed modules
 * only, and EPERM where it is locked down, as it also is to a load after modules_disabled. */
static const char *sentence_of_load(const struct attempt *load) {
        if (load->outcome == OUTCOME_UNVERIFIED)
                return "loading kvmgt reported success and loaded nothing: an `install kvmgt` line in "
                       "modprobe.d runs something else; `modprobe -v kvmgt` shows it";
        if (load->error == EKEYREJECTED)
                return "kvmgt could not be loaded: {error}: this kernel takes signed modules only, and kvmgt is not "
                       "signed with a key that it knows; " SIGN;
        if (load->error == EPERM)
                return "kvmgt could not be loaded: {error}: where /proc/sys/kernel/modules_disabled is 1, this kernel "
                       "takes no module until the next boot; otherwise it is locked down (Secure Boot), and kvmgt is "
                       "not signed with a key that it knows; " SIGN;
        return ladder[SITUATION_KVMGT_FAILED].sentence;
}

/* Where the rung alone does not tell which sentence. */
static const char *sentence_of(const struct plan *plan) {
        enum situation situation = plan->situation;
        const struct rung *rung = &ladder[situation];
        bool stands_still = plan->flags & PLAN_LOOKING;

        if (situation == SITUATION_NO_SUCH_DEVICE && plan->host->n_gpus == 0)
                return "no Intel display device on the PCI bus, and none at {device}; " INTEGRATED;
        if (situation == SITUATION_KVMGT_FAILED)
                return sentence_of_load(&plan->history->load);
        if (stands_still && situation == SITUATION_I915_AWAITED && plan->host->i915 == MODULE_LIVE)
                return "i915 is loaded and has not taken this GPU; the kernel's log says why "
                       "(journalctl -k -g i915)";
        if (stands_still && situation == SITUATION_I915_AWAITED &&
            (plan->host->i915 == MODULE_COMING || plan->host->i915 == MODULE_GOING))
                return "i915 is just being loaded or unloaded; ask again";
        return stands_still && rung->standstill ? rung->standstill : rung->sentence;
}

/* Intel's integrated GPUs stand on bus 0, and firmware may switch them off for the sake of a card. */
static bool has_only_cards(const struct host *host) {
        for (size_t i = 0; i < host->n_gpus; i++)
                if (host->gpus[i].address.domain == 0 && host->gpus[i].address.bus == 0)
                        return false;
        return host->n_gpus > 0;
}

/* Another one, where the ini names one that has no GVT-g. */
static const struct gpu *better_gpu(const struct plan *plan) {
        const struct gpu *gpu = host_likely_gpu(plan->host);
        const struct platform *platform = gpu_platform(gpu);

        return gpu != plan->gpu && (gpu->registered || (platform && platform->answer == PLATFORM_GVTG)) ? gpu : NULL;
}

static void add_instead(const struct plan *plan, char *ret) {
        const struct gpu *gpu = better_gpu(plan);
        size_t n = strlen(ret);

        if (gpu)
                text_append(ret, EXPLANATION_MAX, "%s has it: make that the `device` in the ini, or auto",
                            address_text(&gpu->address).text);
        else
                fill_in(instead[gpu_platform(plan->gpu)->answer], plan, ret + n, EXPLANATION_MAX - n);
}

void situation_explain(const struct plan *plan, char ret[static EXPLANATION_MAX]) {
        if (ladder[plan->situation].question != QUESTION_NONE && situation_is_explained(plan) &&
            *plan->history->answer) {
                snprintf(ret, EXPLANATION_MAX, "%s", plan->history->answer);
                return;
        }
        fill_in(sentence_of(plan), plan, ret, EXPLANATION_MAX);
        if (plan->situation == SITUATION_UNSUPPORTED)
                add_instead(plan, ret);
        if (situation_is_hopeless(plan->situation) && has_only_cards(plan->host))
                text_append(ret, EXPLANATION_MAX,
                            "; the integrated GPU, which may have it, is not there: " INTEGRATED);
}
