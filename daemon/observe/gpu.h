/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The Intel display devices on the PCI bus. Silent. */

/* For sysfs_for_each(): adds the GPU of that name to the struct host, where it is one. */
int gpu_observe(int parent, const char *name, void *host);
/* 1: i915's probe of the GPU with this folder is complete; 0: it is not; -errno. */
int gpu_is_probed(int gpu);
