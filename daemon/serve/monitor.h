/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Events of udev, and a few of the kernel itself, narrowed to what a vGPU's life depends on. */

#include <stdbool.h>
#include <systemd/sd-event.h>

/* `driver` is true when a module or mdev driver came or went, or events were lost. Whatever
 * happened: look again. */
typedef void (*monitor_handler)(bool driver, void *userdata);

struct monitor;

/* Listening from the moment this returns: enumerate after it. -errno. */
int monitor_start(struct monitor **ret, sd_event *event, monitor_handler handler, void *userdata);
struct monitor *monitor_free(struct monitor *monitor);
