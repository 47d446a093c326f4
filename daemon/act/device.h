/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A vGPU that is meant, and no later one of its UUID. Silent. */

#include <stdint.h>
#include <uuid/uuid.h>

/* A descriptor of the device's folder. What is written through it cannot reach a later device of that UUID:
 * the folder of one that is gone stays empty. -ENOENT: there is none; -ESTALE: it is another one, or in
 * another group; -errno. */
int device_open(const uuid_t uuid, uint64_t inode, int group);
