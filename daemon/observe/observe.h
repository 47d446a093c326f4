/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A look at the machine: sysfs, /dev/vfio and /run/gvtd into the plain structs of host.h. Changes
 * nothing, and needs no privilege: what only root may read stays at its "unknown". Silent. */

#include <uuid/uuid.h>

struct host;

/* All of it or nothing: -errno where any part of the look failed (sysfs.h), since a device or a note
 * that is missing here is one that is not there. */
int host_observe(struct host **ret);

/* The gate: whether a create can be written to this GPU's folder without running into a driver that
 * is not there (host.driver_complete) or into engines that are not (gpu.engines).
 * The worker asks again right before each create. 1: yes, 0: no, -errno: who knows. */
int create_is_safe(int gpu);
