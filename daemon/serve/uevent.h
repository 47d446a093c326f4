/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The kernel's own word that vGPUs can be made, which comes before udev has run its rules for it.
 * It only hastens a look: what is lost here, or forged, udev's events make good. */

#include <stdbool.h>

/* A socket that is readable when a PCI device changed or kvmgt is live. The caller closes it.
 * -errno. */
int uevent_open(void);
/* The part of it that keeps the rest of the machine's events away. */
int uevent_filter(int fd);
/* Takes one event. True for a parent that was registered (mdev_register_parent() in
 * vfio/mdev/mdev_core.c) and for kvmgt's end of initialization (do_init_module()). */
bool uevent_is_news(int fd);
