/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The last step of a vGPU: from "created" to "ready". Its node is opened to the group, the .ready
 * file is made, and the udev rule is made to look again, which starts the units bound to it. Does
 * not block. Silent. */

#include <sys/types.h>

struct config;
struct declared;
struct host;
struct mdev;

enum settled {
        SETTLED_READY,        /* was ready, or is now */
        SETTLED_LEFT,         /* ready, with permissions that somebody else set and that stand */
        SETTLED_AWAITS_NODE,  /* the kernel or udev is not done with it */
        SETTLED_IN_FLUX,      /* somebody sets its permissions: to be looked at again in a moment */
};

/* Returns enum settled, or -errno. `notes` is an open /run/gvtd. */
int settle(const struct host *host, const struct mdev *mdev, const struct declared *declared,
           gid_t gid, int notes);
/* Of what others made and gvtd only opened: root's alone again once it is not declared any more. To
 * be called before the notes about it are dropped, which are kept where it fails. */
int settle_undeclared(const struct host *host, const struct config *config);
