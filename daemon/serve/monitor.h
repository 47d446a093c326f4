/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Events of udev, and a few of the kernel itself, narrowed to what a vGPU's life depends on. */

#include <systemd/sd-event.h>

enum change {
        CHANGE_DEVICE, /* a device came, went or changed */
        CHANGE_NODE,   /* udev is done with a node of vfio's */
        CHANGE_PARENT, /* the kernel's word that vGPUs may be possible now */
        CHANGE_DRIVER, /* a module or driver came or went, or events were lost */
};

/* Whatever it was: look again. */
typedef void (*monitor_handler)(enum change change, void *userdata);

struct monitor;

/* Listening from the moment this returns: enumerate after it. -errno. */
int monitor_start(struct monitor **ret, sd_event *event, monitor_handler handler, void *userdata);
struct monitor *monitor_free(struct monitor *monitor);
