/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Who may open a vGPU: the group of the ini, on exactly the declared vGPUs' /dev/vfio nodes. Silent. */

#include <stdbool.h>
#include <sys/types.h>

struct mdev;
struct note;

enum access_state {
        ACCESS_RIGHT,   /* as declared */
        ACCESS_TO_GIVE, /* still the kernel's root:root 0600, or what we gave under another group */
        ACCESS_FOREIGN, /* an administrator's rule or a running guest's manager set it: left alone */
        ACCESS_IN_FLUX, /* somebody is at it: what stands now need not be what is meant */
};

/* gid 0: root only. `note` may be NULL. Pure. */
enum access_state access_look(const struct mdev *mdev, const struct note *note, gid_t gid);

/* Whether udev is done with the node: before that a change of ours could be overwritten. 1: yes, 0: no,
 * -errno: it cannot be told. */
int access_node_is_done(const struct mdev *mdev);

/* root:<gid> 0660, or root:root 0600 for gid 0. The node is changed through a descriptor opened
 * before the last look at whose it is. -errno; is_gone(): the node is not this device's any more;
 * -EAGAIN: somebody has set it since it was observed. */
int access_give(const struct mdev *mdev, gid_t gid);
