/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The Intel display devices on the PCI bus. Silent. */

/* For sysfs_for_each(): adds the GPU of that name to the struct host, where it is one. */
int gpu_observe(int parent, const char *name, void *host);
