/* SPDX-License-Identifier: GPL-2.0-or-later */

/* udev leaves nodes alone that no rule matches, so what is set here once survives triggers and
 * restarts of udevd. Where somebody else's rule or libvirt sets something, that stands. */

#include "access.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <systemd/sd-device.h>

#include "device.h"
#include "host.h"
#include "names.h"
#include "sysfs.h"
#include "util.h"

#define MODE_OURS 0660
#define MODE_KERNEL 0600

/* udev, as libvirt, sets owner and mode one after the other, and udev narrows the mode before that. */
#define FLUX SECOND

static bool is_set_to(const struct mdev *mdev, gid_t gid) {
        return mdev->node_uid == 0 && mdev->node_gid == gid &&
               mdev->node_mode == (gid == 0 ? MODE_KERNEL : MODE_OURS);
}

/* What libvirt leaves after a guest: the owner reset to root, the mode as we had set it. */
static bool is_handed_back(const struct mdev *mdev, const struct note *note) {
        return note->ready && note->ready_gid != 0 && mdev->node_uid == 0 && mdev->node_gid == 0 &&
               mdev->node_mode == MODE_OURS;
}

/* What a crash between the two calls of access_give() leaves: the group has it, and cannot open it. */
static bool is_half_given(const struct mdev *mdev, const struct note *note, gid_t gid) {
        return !(note && note->ready) && mdev->node_uid == 0 && mdev->node_gid == gid &&
               mdev->node_mode == MODE_KERNEL;
}

enum access_state access_look(const struct mdev *mdev, const struct note *note, gid_t gid) {
        if (is_set_to(mdev, gid))
                return ACCESS_RIGHT;
        if (is_set_to(mdev, 0) || (note && note->ready && is_set_to(mdev, note->ready_gid)))
                return ACCESS_TO_GIVE;
        if ((note && is_handed_back(mdev, note)) || is_half_given(mdev, note, gid))
                return ACCESS_TO_GIVE;
        return mdev->node_age < FLUX ? ACCESS_IN_FLUX : ACCESS_FOREIGN;
}

int access_node_is_done(const struct mdev *mdev) {
        _cleanup_(sd_device_unrefp) sd_device *device = NULL;
        int r = sd_device_new_from_devnum(&device, 'c', mdev->node_devnum);

        return r < 0 ? unless_gone(r) : sd_device_get_is_initialized(device);
}

/* In an order that opens it to nobody else, and leaves behind at a crash what can be told from an
 * administrator's rule. An O_PATH descriptor takes no fchmod(); its name below /proc does. */
static int set_node(int node, gid_t gid) {
        char self[64];

        snprintf(self, sizeof(self), "/proc/self/fd/%d", node);
        if (gid == 0 && chmod(self, MODE_KERNEL) < 0)
                return -errno;
        if (fchownat(node, "", 0, gid, AT_EMPTY_PATH) < 0)
                return -errno;
        return gid != 0 && chmod(self, MODE_OURS) < 0 ? -errno : 0;
}

int access_give(const struct mdev *mdev, gid_t gid) {
        char path[64];
        _cleanup_close_ int node = -1, device = -1;
        struct stat st;

        snprintf(path, sizeof(path), PATH_VFIO "/%d", mdev->group);
        node = open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
        if (node < 0)
                return -errno;
        if (fstat(node, &st) < 0)
                return -errno;
        if (!S_ISCHR(st.st_mode) || st.st_rdev != mdev->node_devnum)
                return -ESTALE;
        /* udev's rules may have been applied since. */
        if (st.st_uid != mdev->node_uid || st.st_gid != mdev->node_gid ||
            (st.st_mode & 07777) != mdev->node_mode)
                return -EAGAIN;
        /* The group may have gone to another device between our look and the open. */
        device = device_open(mdev->uuid, mdev->inode, mdev->group);
        return device < 0 ? device : set_node(node, gid);
}
