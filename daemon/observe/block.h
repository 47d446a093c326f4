/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What keeps a module from being loaded. Silent. */

#include "places.h"

/* Every such line of modprobe.d, and the lists on the kernel command line that have it. -errno where the look
 * failed. */
int blocks_look(const char *module, struct places *ret);
