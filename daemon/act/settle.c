/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Ready is what the udev rule reads from two files: a note without .ready keeps the device unit
 * down. So .ready comes after everything is verified, and the `change` event after .ready. After a
 * crash in between, the unconfirmed .ready makes the next start send the event. */

#include "settle.h"

#include <errno.h>

#include "access.h"
#include "config.h"
#include "device.h"
#include "host.h"
#include "notes.h"
#include "sysfs.h"
#include "util.h"

/* A write to `uevent` queues one event and returns (kobject_synth_uevent()). */
static int tell_udev(const struct mdev *mdev) {
        _cleanup_close_ int device = device_open(mdev->uuid, mdev->inode, mdev->group);

        return device < 0 ? device : sysfs_write(device, "uevent", "change");
}

static int mark_ready(const struct mdev *mdev, const struct note *note, gid_t gid, int notes) {
        int r;

        if (note && note->ready && note->ready_gid == gid)
                return 0;
        r = note_write_ready(notes, mdev->uuid, gid, mdev->inode);
        if (r < 0)
                return r;
        r = tell_udev(mdev);
        return r < 0 ? r : note_confirm_ready(notes, mdev->uuid);
}

int settle(const struct host *host, const struct mdev *mdev, const struct declared *declared,
           gid_t gid, int notes) {
        const struct note *note = host_find_note(host, mdev->uuid);
        enum access_state access = access_look(mdev, note, gid);
        int r;

        if (!streq(mdev->type, declared->type) || !mdev->node_present)
                return SETTLED_AWAITS_NODE;
        r = note && note->ready ? 1 : access_node_is_done(mdev);
        if (r <= 0)
                return r < 0 ? r : SETTLED_AWAITS_NODE;
        if (access == ACCESS_TO_GIVE) {
                r = access_give(mdev, gid);
                if (r < 0)
                        return r;
        }
        if (access == ACCESS_IN_FLUX)
                return SETTLED_IN_FLUX;
        /* What was not given is not recorded as given, or it would count as taken back. */
        if (access == ACCESS_FOREIGN)
                gid = note && note->ready ? note->ready_gid : 0;
        r = mark_ready(mdev, note, gid, notes);
        if (r < 0)
                return r;
        return access == ACCESS_FOREIGN ? SETTLED_LEFT : SETTLED_READY;
}

int settle_undeclared(const struct host *host, const struct config *config) {
        int r = 0;

        for (size_t i = 0; i < host->n_notes && r >= 0; i++) {
                const struct note *note = &host->notes[i];
                const struct mdev *mdev = host_find_mdev(host, note->uuid);

                if (!mdev || !mdev->node_present || !note->ready || host_owns(host, mdev) ||
                    !config_leaves_out(config, note->uuid))
                        continue;
                if (access_look(mdev, note, 0) == ACCESS_TO_GIVE)
                        r = unless_gone(access_give(mdev, 0));
        }
        return r;
}
