/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A look at the machine: sysfs, /dev/vfio and /run/gvtd into the plain structs of host.h. Changes
 * nothing, and needs no privilege: what may not be read stays at its "unknown". Silent. */

#include <stdbool.h>
#include <uuid/uuid.h>

struct host;

/* -errno only when out of memory or where even the folders cannot be listed. */
int host_observe(struct host **ret);

/* The gate: whether a create can be written to this GPU's folder without running into a driver that
 * is not there (host.driver_complete) or into an i915 that is not done with its probe (gpu.probed).
 * The worker asks again right before each create. */
bool create_is_safe(int gpu);
