/* SPDX-License-Identifier: GPL-2.0-or-later */

/* An errno is never the message. What each one means for a write to `create` follows from
 * drivers/vfio/mdev/mdev_core.c and drivers/gpu/drm/i915/gvt/. */

#include "explain.h"

#include <errno.h>

#include "config.h"
#include "history.h"
#include "host.h"
#include "names.h"
#include "plan.h"
#include "room.h"
#include "text.h"
#include "util.h"

#define SAY(...) snprintf(ret, EXPLANATION_MAX, __VA_ARGS__)

/* A write to `remove` waits for whoever has the device open; on Linux 6.1 it takes it away under them. */
void explain_stranger(const struct plan *plan, char *ret, size_t size) {
        const struct mdev *mdev = room_stranger(plan);

        *ret = '\0';
        if (mdev)
                snprintf(ret, size,
                         "vGPU %s (%.*s), made by something else, takes a part; remove it there (mdevctl, "
                         "libvirt, a script?) or, if `gvtd status` as root shows nobody using it, with "
                         "`echo 1 >" PATH_MDEV_DEVICES "/%s/remove`",
                         uuid_text(mdev->uuid).text, TYPE_NAME_MAX, mdev->type, uuid_text(mdev->uuid).text);
}

static void explain_room(const struct plan *plan, bool fits, char *ret) {
        char stranger[EXPLANATION_MAX];

        explain_stranger(plan, stranger, sizeof(stranger));
        if (!fits && *stranger)
                SAY("no room left for it in the aperture of %u MB: %.400s; or declare that one in its stead",
                    (unsigned) (plan->gpu->aperture / MIB), stranger);
        else if (fits)
                SAY("the kernel found no room for it although the arithmetic has some: the desktop holds "
                    "the aperture (stop the display manager, `systemctl reload gvtd`, start it again), or "
                    "earlier vGPUs have left it in pieces (" MAKE_ANEW ")");
        else if (plan->n_deferred > 0)
                SAY("no room left for it while undeclared vGPUs are in use (%zu); they are removed when "
                    "released, and `gvtd status` names who uses them", plan->n_deferred);
        else
                SAY("no room left for it: the aperture of %u MB does not carry all that is "
                    "declared; `gvtd check` says what would fit",
                    (unsigned) (plan->gpu->aperture / MIB));
}

/* No call returned that EINTR: it stands for the end of the worker (on_signal_of_child()). */
static bool ended_early(int error, bool deduced) {
        return deduced && error == EINTR;
}

static void explain_errno(const struct plan *plan, const struct record *record, bool fits,
                          char *ret) {
        int error = record->create.error;

        if (ended_early(error, record->create.deduced)) {
                SAY("the process that was making it ended before it could tell");
                return;
        }
        switch (error) {
        case ENOSPC:
                explain_room(plan, fits, ret);
                break;
        case EEXIST:
                SAY("the kernel still has a device of this UUID, which is being removed, and something "
                    "holds it open (a VM?); end that, then `systemctl reload gvtd`");
                break;
        case ENODEV:
                SAY("the GPU stopped offering vGPUs while it was being created; it is created when "
                    "the GPU offers them again");
                break;
        case ENOENT:
                SAY("the type went away while it was being created; `gvtd types` lists what is offered, "
                    "`systemctl reload gvtd` tries again");
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
        case ENOMEM:
                SAY("the kernel is out of memory for it; free some, then `systemctl reload gvtd`");
                break;
        case EAGAIN:
        case EINTR:
        case EBUSY:
                SAY("the kernel is busy (%s)", strerror(error));
                break;
        default:
                SAY("the kernel refused it (%s); its log (journalctl -k -g gvt) says more",
                    strerror(error));
        }
}

static void explain_failure(const struct plan *plan, const struct record *record, bool fits,
                            char *ret) {
        switch (record->create.outcome) {
        case OUTCOME_NO_NOTE:
                SAY("gvtd cannot write its note to /run/gvtd, and creates nothing without: is /run "
                    "full or read-only (df /run)?");
                break;
        case OUTCOME_GATE_CLOSED:
                SAY("the kernel is busy (%s)", strerror(EAGAIN));
                break;
        case OUTCOME_IN_USE:
        case OUTCOME_UNKNOWN:
        case OUTCOME_UNVERIFIED:
                SAY("the kernel reported it created, and it is incomplete; the journal says what is "
                    "missing");
                break;
        case OUTCOME_DONE:
        case OUTCOME_FAILED:
                explain_errno(plan, record, fits, ret);
                break;
        }
}

static void explain_held(const struct plan *plan, const struct record *record, bool fits,
                         char *ret) {
        switch (record->hold) {
        case HOLD_LOST:
                SAY("something else removed it, and recreate = no; `systemctl reload gvtd` creates "
                    "it again");
                break;
        case HOLD_RESTS:
                SAY("something else removed it %d times within a minute, and gvtd makes it again only "
                    "after %ju min; find out what (mdevctl, libvirt, a script?), or take it out of the "
                    "ini to be rid of it, and `systemctl reload gvtd`",
                    RECORD_LOSSES, (uintmax_t) (record->rest.wait / MINUTE));
                break;
        case HOLD_NONE:
        case HOLD_RETRY:
        case HOLD_FAILED:
                explain_failure(plan, record, fits, ret);
                break;
        }
}

void explain_removal(int error, bool deduced, char ret[static EXPLANATION_MAX]) {
        if (ended_early(error, deduced)) {
                SAY("the process that was removing it ended before it could tell");
                return;
        }
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
        char why[EXPLANATION_MAX];

        switch (plan->entries[i].state) {
        case ENTRY_OTHER_GPU:
                SAY("its UUID belongs to a %s of %s already; give it another one (uuidgen)",
                    mdev->type, mdev->on_pci ? address_text(&mdev->parent).text : "another device");
                break;
        case ENTRY_KEPT:
                SAY("it is a %s and stays one while the ini has errors (`gvtd check --config` lists them), "
                    "although declared as %s", mdev->type, declared->type);
                break;
        case ENTRY_NO_ROOM:
                explain_room(plan, false, why);
                SAY("it stays a %.40s although declared as %.40s: %.380s", mdev->type, declared->type, why);
                break;
        case ENTRY_IN_USE:
                if (record->removal.outcome == OUTCOME_FAILED) {
                        explain_removal(record->removal.error, record->removal.deduced, why);
                        SAY("it is a %s and declared as %s, but could not be removed: %.300s; "
                            "tried again", mdev->type, declared->type, why);
                } else {
                        SAY("it is a %s and declared as %s, but in use by %s; it is changed when "
                            "released", mdev->type, declared->type, record->holder);
                }
                break;
        default:
                SAY("it exists as %s, made by something else, and is declared as %s; remove it "
                    "there (mdevctl, libvirt) or declare that type", mdev->type, declared->type);
        }
}

static void explain_not_offered(const struct plan *plan, const char *type, char *ret) {
        SAY("%s is no type of this GPU, which offers", type);
        for (size_t i = 0; i < plan->gpu->n_types; i++)
                text_append(ret, EXPLANATION_MAX, "%s %s", i ? "," : "", plan->gpu->types[i].name);
        text_append(ret, EXPLANATION_MAX, "; larger types need a larger aperture (`gvtd types`)");
}

void explain_entry(const struct plan *plan, size_t i, char ret[static EXPLANATION_MAX]) {
        const struct config *config = plan->config;
        const struct history *history = plan->history;
        const struct declared *declared = &config->vgpus[i];
        const struct record *record = history_find(history, declared->uuid);
        gid_t gid;

        *ret = '\0';
        switch (plan->entries[i].state) {
        case ENTRY_HELD:
                explain_held(plan, record, plan->entries[i].fits, ret);
                break;
        case ENTRY_OTHER_TYPE:
        case ENTRY_KEPT:
        case ENTRY_NO_ROOM:
        case ENTRY_OTHER_GPU:
        case ENTRY_IN_USE:
                explain_conflict(plan, declared, i, record, ret);
                break;
        case ENTRY_BEHIND:
                explain_room(plan, /* fits= */ false, ret);
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
                if (history_knows_group(history, config, &gid))
                        SAY("there, but the kernel or udev is not done with its /dev/vfio node yet");
                else if (history->lookup.failures == 0)
                        SAY("there, and its group %s is being looked up", quote(config->group).text);
                else
                        SAY("there, but its group %s cannot be looked up: %s; tried again until it works",
                            quote(config->group).text, strerror(history->lookup.error));
                break;
        case ENTRY_READY:
        case ENTRY_AWAITED:
                break;
        }
}
