/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The kernel sends no event when a VM lets go of a vGPU. Two things tell: inotify on the /dev/vfio
 * nodes that matter, where closing is seen and a change of permissions (on sysfs it is silent); and
 * the end of the process that has it, for libvirt gives QEMU a /dev with a node of its own. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

struct host;

/* The device of that inode may have been released; or else only its node's permissions changed, which its
 * owner may do as often as he likes. */
typedef void (*watch_handler)(uint64_t inode, bool released, void *userdata);

struct watch;

struct watches {
        sd_event *event; /* borrowed */
        watch_handler handler;
        void (*groups_changed)(void *userdata); /* /etc/group did */
        void *userdata;
        sd_event_source *groups;
        struct watch *list;
        size_t n;
};

/* Before a look: watches again what was released, whose node is left alone from then on. What could not be
 * watched until now (-errno) counts as released when it is. */
int watches_arm(struct watches *watches);
/* After it: watches the nodes of all mdevs that have a note, and no others. -errno. */
int watches_sync(struct watches *watches, const struct host *host);
/* Awaits the end of this process, which a look has found to have the device, instead of another that had
 * it. 0: as before that look. 1: from now on, or there was a release since the last one that was found,
 * perhaps after the look: the pid may be somebody else's by now, or the device nobody's, and it takes
 * another look to know. -errno: its end will not be told. */
int watches_follow(struct watches *watches, uint64_t inode, pid_t holder);
/* Watches /etc/group from now on, or no more: a group that is still unknown may come into being. */
int watches_groups(struct watches *watches, bool wanted);
void watches_done(struct watches *watches);
