/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* inotify on the /dev/vfio nodes that matter: the kernel sends no event when a VM lets go of a vGPU,
 * but closing the node is seen there, and so is a change of its permissions. (On sysfs inotify is
 * silent.) */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

struct host;

/* The node of the device of that inode was closed (released), or its permissions changed. */
typedef void (*watch_handler)(uint64_t inode, bool released, void *userdata);

struct watch;

struct watches {
        sd_event *event; /* borrowed */
        watch_handler handler;
        void *userdata;
        struct watch *list;
        size_t n;
};

/* Watches the nodes of all mdevs that have a note, and no others. -errno. */
int watches_sync(struct watches *watches, const struct host *host);
void watches_done(struct watches *watches);
