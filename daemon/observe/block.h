/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What keeps modules from being loaded. Silent. */

#include "question.h"

/* Every such line of modprobe.d, and the lists on the kernel command line that have one of them. -errno where the
 * look failed. */
int blocks_look(const struct obstacles *obstacles, struct places *ret);
