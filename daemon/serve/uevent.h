/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The kernel's own word that vGPUs can be made, which comes before udev has run its rules for it.
 * It only hastens a look: what is lost here, or forged, udev's events make good. */

#include <stdbool.h>
#include <stddef.h>

/* A socket that is readable when a PCI device changed, kvmgt is live, or a driver
 * has bound a device of the root bus. The caller closes it.
 * -errno. */
int uevent_open(void);
/* The part of it that keeps the rest of the machine's events away. */
int uevent_filter(int fd);
/* True for a parent that was registered (mdev_register_parent() in vfio/mdev/mdev_core.c), for kvmgt's
 * end of initialization (do_init_module()) and for the end of i915's probe (driver_bound() in
 * drivers/base/dd.c). Pure. */
bool uevent_tells(const char *event, size_t size);
/* Takes one event and says the same of it. */
bool uevent_is_news(int fd);
