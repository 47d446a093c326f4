/* SPDX-License-Identifier: GPL-2.0-or-later */

/* An errno is never the message. What each one means for a write to `create` follows from
 * drivers/vfio/mdev/mdev_core.c and drivers/gpu/drm/i915/gvt/. */

#include "explain.h"

#include <errno.h>

#include "config.h"
#include "history.h"
#include "host.h"
#include "plan.h"
#include "platform.h"
#include "util.h"

#define SAY(...) snprintf(ret, EXPLANATION_MAX, __VA_ARGS__)
#define MIB      (UINT64_C(1) << 20)

/* What there is instead, and the one thing to do about it. */
static void explain_instead(const struct platform *platform, uint16_t id, char *ret, size_t size) {
        static const char make[] = "then make VFs as gvtd(8) says under SR-IOV";

        switch (platform->answer) {
        case PLATFORM_XE:
                snprintf(ret, size, "what it has is SR-IOV: boot kernel %s or later, whose xe has it, %s",
                         platform->since, make);
                break;
        case PLATFORM_XE_ASKED:
                snprintf(ret, size,
                         "what it has is SR-IOV: boot kernel %s or later with xe.force_probe=%04x "
                         "i915.force_probe=!%04x on its command line (or any with the out-of-tree "
                         "driver i915-sriov), %s", platform->since, id, id, make);
                break;
        case PLATFORM_XE_ALONE:
                snprintf(ret, size,
                         "what it has is SR-IOV: boot kernel %s or later with xe.force_probe=%04x on "
                         "its command line, %s", platform->since, id, make);
                break;
        case PLATFORM_I915_SRIOV:
                snprintf(ret, size,
                         "what it has is SR-IOV, and no kernel's own driver for that: install the "
                         "out-of-tree i915-sriov, boot with i915.enable_guc=3 i915.max_vfs=7 "
                         "module_blacklist=xe on the command line, %s", make);
                break;
        case PLATFORM_GVTG:
        case PLATFORM_PASSTHROUGH:
                snprintf(ret, size, "nor is there a driver with SR-IOV for it; only the whole GPU can "
                                    "be passed through, to one guest");
        }
}

static void explain_generation(const struct gpu *gpu, const char *address, char *ret) {
        const struct platform *platform = platform_find(gpu->device_id);
        char instead[EXPLANATION_MAX - 100];

        explain_instead(platform, gpu->device_id, instead, sizeof(instead));
        SAY("%s (8086:%04x, %s) has no GVT-g in any kernel; %s", address, gpu->device_id,
            platform->name, instead);
}

static void explain_no_device(const struct config *config, const struct host *host, char *ret) {
        char wanted[PCI_ADDRESS_TEXT], there[PCI_ADDRESS_TEXT];

        pci_address_format(&config->device, wanted);
        if (host->n_gpus == 0) {
                SAY("no Intel display device on the PCI bus, and none at %s; enable the integrated "
                    "GPU (IGD, iGPU Multi-Monitor) in the firmware setup", wanted);
                return;
        }
        pci_address_format(&host->gpus[0].address, there);
        SAY("no Intel display device at %s, where `device` in the ini says; there is one at %s",
            wanted, there);
}

static void explain_kvmgt(const struct history *history, char *ret) {
        if (history->kvmgt_unloaded)
                SAY("kvmgt was unloaded, and the vGPUs with it; `modprobe kvmgt` or "
                    "`systemctl reload gvtd` brings them back");
        else if (history->kvmgt_error == ECANCELED)
                SAY("loading kvmgt reported success and loaded nothing: an `install kvmgt` line in "
                    "modprobe.d runs something else; `modprobe -v kvmgt` shows it");
        else if (history->kvmgt_error)
                SAY("kvmgt could not be loaded: %s; `modprobe -v kvmgt` and the kernel log "
                    "(journalctl -k) say more", strerror(history->kvmgt_error));
        else
                SAY("loading kvmgt");
}

/* The rungs at which i915 does not serve the GPU. */
static void explain_i915(const struct plan *plan, const char *address, char *ret) {
        switch (plan->situation) {
        case SITUATION_OTHER_DRIVER:
                SAY("%s is bound to %s, and GVT-g needs i915; take 8086:%04x away from that driver "
                    "(vfio-pci.ids=, modprobe.d) and reboot", address, plan->gpu->driver,
                    plan->gpu->device_id);
                break;
        case SITUATION_NOMODESET:
                SAY("i915 leaves %s alone because of nomodeset on the kernel command line; remove "
                    "it and reboot", address);
                break;
        case SITUATION_MODESET_OFF:
                SAY("i915 leaves %s alone because of modeset=0; `gvtd check` names the place", address);
                break;
        case SITUATION_I915_MISSING:
                SAY("this kernel has no i915 module for %s; boot the distribution's full kernel "
                    "(cloud and minimal ones leave it out)", address);
                break;
        case SITUATION_I915_BLACKLISTED:
                SAY("i915 is blacklisted; `gvtd check` names the place");
                break;
        default:
                SAY("waiting for i915 to bind to %s", address);
        }
}

/* The rungs behind a bound i915. */
static void explain_gvt(const struct plan *plan, const struct history *history,
                        const char *address, char *ret) {
        switch (plan->situation) {
        case SITUATION_NO_GVT:
                SAY("this kernel was built without GVT-g (i915 has no enable_gvt); boot one with "
                    "CONFIG_DRM_I915_GVT_KVMGT");
                break;
        case SITUATION_GVT_OFF:
                SAY("i915 runs with enable_gvt=0; `gvtd check` says why");
                break;
        case SITUATION_KVMGT_MISSING:
                SAY("this kernel has no kvmgt module; boot one with CONFIG_DRM_I915_GVT_KVMGT");
                break;
        case SITUATION_KVMGT_BLACKLISTED:
                SAY("kvmgt is blacklisted; `gvtd check` names the place");
                break;
        case SITUATION_KVMGT_NEEDED:
                explain_kvmgt(history, ret);
                break;
        case SITUATION_NOT_REGISTERED:
                SAY("kvmgt is loaded; waiting for the kernel to offer vGPUs on %s", address);
                break;
        case SITUATION_REFUSED:
                SAY("kvmgt is loaded, but the kernel offers no vGPUs on %s; its log says why "
                    "(journalctl -k -g GVT), and `gvtd check` reads it for you", address);
                break;
        case SITUATION_DRIVER_AWAITED:
                SAY("kvmgt is being loaded or unloaded; waiting for the kernel to be done with it");
                break;
        case SITUATION_PROBE_AWAITED:
                SAY("i915 is still setting up %s; waiting for it, since a vGPU made before that "
                    "crashes the kernel", address);
                break;
        case SITUATION_NO_TYPES:
                SAY("the aperture of %s is %u MB, which leaves nothing for guests; raise Aperture "
                    "Size in the firmware setup to 256 MB or more", address,
                    (unsigned) (plan->gpu->aperture / MIB));
                break;
        default:
                SAY("waiting for %s", address);
        }
}

bool explain_is_complete(const struct plan *plan, const struct history *history) {
        return plan->question == QUESTION_NONE || plan->question == QUESTION_ENABLE_GUC ||
               plan->question == history->question;
}

void explain_situation(const struct plan *plan, const struct host *host,
                       const struct config *config, const struct history *history,
                       char ret[static EXPLANATION_MAX]) {
        char address[PCI_ADDRESS_TEXT] = "the GPU";

        if (plan->question != QUESTION_NONE && plan->question != QUESTION_ENABLE_GUC &&
            plan->question == history->question && *history->answer) {
                SAY("%s", history->answer);
                return;
        }
        if (plan->gpu)
                pci_address_format(&plan->gpu->address, address);
        switch (plan->situation) {
        case SITUATION_NO_GPU:
                SAY("no Intel display device on the PCI bus; enable the integrated GPU (IGD, iGPU "
                    "Multi-Monitor) in the firmware setup");
                break;
        case SITUATION_NO_SUCH_DEVICE:
                explain_no_device(config, host, ret);
                break;
        case SITUATION_UNSUPPORTED:
                explain_generation(plan->gpu, address, ret);
                break;
        case SITUATION_OTHER_DRIVER:
        case SITUATION_NOMODESET:
        case SITUATION_MODESET_OFF:
        case SITUATION_I915_MISSING:
        case SITUATION_I915_BLACKLISTED:
        case SITUATION_I915_AWAITED:
                explain_i915(plan, address, ret);
                break;
        case SITUATION_NO_GVT:
        case SITUATION_GVT_OFF:
        case SITUATION_KVMGT_MISSING:
        case SITUATION_KVMGT_BLACKLISTED:
        case SITUATION_KVMGT_NEEDED:
        case SITUATION_NOT_REGISTERED:
        case SITUATION_REFUSED:
        case SITUATION_DRIVER_AWAITED:
        case SITUATION_PROBE_AWAITED:
        case SITUATION_NO_TYPES:
                explain_gvt(plan, history, address, ret);
                break;
        case SITUATION_OFFERED:
                *ret = '\0';
                break;
        }
}

static void explain_room(const struct plan *plan, bool fits, char *ret) {
        if (fits)
                SAY("the kernel found no room for it although the arithmetic has some: the desktop "
                    "or earlier vGPUs hold the aperture in pieces; `gvtd check` tells which");
        else
                SAY("no room left for it: the aperture of %u MB does not carry all that is "
                    "declared; `gvtd check` says what would fit",
                    (unsigned) (plan->gpu->aperture / MIB));
}

static void explain_errno(const struct plan *plan, const struct record *record, bool fits,
                          char *ret) {
        switch (record->error) {
        case ENOSPC:
                explain_room(plan, fits, ret);
                break;
        case EEXIST:
                SAY("the kernel still has a device of this UUID, which is being removed; something "
                    "holds it open");
                break;
        case ENODEV:
                SAY("the GPU stopped offering vGPUs while it was being created; it is created when "
                    "the GPU offers them again");
                break;
        case ENOENT:
                SAY("the type went away while it was being created");
                break;
        case EINVAL:
                SAY("the kernel refused it as invalid, although UUID and type are right: GVT-g "
                    "could not set it up; the kernel log (journalctl -k -g gvt) says more");
                break;
        case EACCES:
        case EPERM:
                SAY("gvtd may not write to sysfs; it has to run as root, with the sandbox of its "
                    "own unit");
                break;
        case EROFS:
                SAY("gvtd cannot write its note to /run/gvtd, and creates nothing without: is /run "
                    "full or read-only (df /run)?");
                break;
        case EPROTO: /* what the worker calls a create that did not bring a whole device */
                SAY("the kernel reported it created, and it is incomplete; the journal says what is "
                    "missing");
                break;
        case ENOMEM:
                SAY("the kernel is out of memory for it");
                break;
        case EAGAIN:
        case EINTR:
        case EBUSY:
                SAY("the kernel is busy (%s)", strerror(record->error));
                break;
        default:
                SAY("the kernel refused it (%s); its log (journalctl -k -g gvt) says more",
                    strerror(record->error));
        }
}

static void explain_held(const struct plan *plan, const struct record *record, bool fits,
                         char *ret) {
        switch (record->hold) {
        case HOLD_LOST:
                SAY("something else removed it, and recreate = no; `systemctl reload gvtd` creates "
                    "it again");
                break;
        case HOLD_GIVE_UP:
                SAY("something else removed it %u times within a minute; find out what (mdevctl, "
                    "libvirt, a script?), or take it out of the ini to be rid of it, and "
                    "`systemctl reload gvtd`", HISTORY_LOSSES);
                break;
        case HOLD_NONE:
        case HOLD_RETRY:
        case HOLD_FAILED:
                explain_errno(plan, record, fits, ret);
                break;
        }
}

void explain_removal(int error, char ret[static EXPLANATION_MAX]) {
        switch (error) {
        case EAGAIN:
        case ENODEV:
        case ESTALE:
                SAY("something else is changing it right now");
                break;
        case EACCES:
        case EPERM:
                SAY("gvtd may not open its node or write to sysfs; it has to run as root, with the "
                    "sandbox of its own unit");
                break;
        case ENOSPC:
        case EROFS:
                SAY("its file in /run/gvtd cannot be dropped: is /run full or read-only (df /run)?");
                break;
        default:
                SAY("the kernel refused it (%s); its log (journalctl -k -g vfio) says more",
                    strerror(error));
        }
}

static void explain_conflict(const struct plan *plan, const struct declared *declared, size_t i,
                             const struct record *record, char *ret) {
        const struct mdev *mdev = plan->entries[i].mdev;
        char parent[32] = "another device", why[EXPLANATION_MAX];

        if (mdev->on_pci)
                pci_address_format(&mdev->parent, parent);
        switch (plan->entries[i].state) {
        case ENTRY_OTHER_GPU:
                SAY("its UUID belongs to a %s of %s already; give it another one (uuidgen)",
                    mdev->type, parent);
                break;
        case ENTRY_KEPT:
                SAY("it is a %s and stays one while the ini has errors, although declared as %s",
                    mdev->type, declared->type);
                break;
        case ENTRY_IN_USE:
                if (record && record->removal_error) {
                        explain_removal(record->removal_error, why);
                        SAY("it is a %s and declared as %s, but could not be removed: %.300s; "
                            "tried again", mdev->type, declared->type, why);
                } else {
                        SAY("it is a %s and declared as %s, but in use by %s; it is changed when "
                            "released", mdev->type, declared->type,
                            record ? record->holder : "a process");
                }
                break;
        default:
                SAY("it exists as %s, made by something else, and is declared as %s; remove it "
                    "there (mdevctl, libvirt) or declare that type", mdev->type, declared->type);
        }
}

static void explain_not_offered(const struct plan *plan, const char *type, char *ret) {
        size_t n;

        SAY("%s is no type of this GPU, which offers", type);
        for (size_t i = 0; i < plan->gpu->n_types; i++) {
                n = strlen(ret);
                snprintf(ret + n, EXPLANATION_MAX - n, "%s %s", i ? "," : "",
                         plan->gpu->types[i].name);
        }
        n = strlen(ret);
        snprintf(ret + n, EXPLANATION_MAX - n,
                 "; larger types need a larger aperture (`gvtd types`)");
}

void explain_entry(const struct plan *plan, const struct config *config,
                   const struct history *history, size_t i, char ret[static EXPLANATION_MAX]) {
        const struct declared *declared = &config->vgpus[i];
        const struct record *record = history_find(history, declared->uuid);

        *ret = '\0';
        switch (plan->entries[i].state) {
        case ENTRY_HELD:
                explain_held(plan, record, plan->entries[i].fits, ret);
                break;
        case ENTRY_OTHER_TYPE:
        case ENTRY_KEPT:
        case ENTRY_OTHER_GPU:
        case ENTRY_IN_USE:
                explain_conflict(plan, declared, i, record, ret);
                break;
        case ENTRY_NOT_OFFERED:
                explain_not_offered(plan, declared->type, ret);
                break;
        case ENTRY_CREATE:
                SAY("being created");
                break;
        case ENTRY_RECREATE:
                SAY("being made anew as %s", declared->type);
                break;
        case ENTRY_PRESENT:
                SAY("there, but the kernel or udev is not done with its /dev/vfio node yet");
                break;
        case ENTRY_AWAITED:
                break;
        }
}
