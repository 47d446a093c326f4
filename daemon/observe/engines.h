/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Whether i915 is done with its probe of a GPU, and has engines to show for it. Silent. */

#include "host.h"

/* `gpu` is its open folder in sysfs. 0, or -errno where the look failed. */
int engines_look(int gpu, enum engines *ret);
