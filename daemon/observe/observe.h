/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A look at the machine: sysfs, /dev/vfio and /run/gvtd into the plain structs of host.h. Changes
 * nothing, and needs no privilege: what may not be read stays at its "unknown". Silent. */

#include <stdbool.h>
#include <uuid/uuid.h>

struct host;

/* -errno only when out of memory or where even the folders cannot be listed. */
int host_observe(struct host **ret);

/* The gate: whether a create can be written without running into a driver that is not there
 * (host.driver_complete). The worker asks again right before each create. */
bool driver_is_complete(void);
