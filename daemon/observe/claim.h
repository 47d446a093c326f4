/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Who gave a GPU to the driver that has it, when that is not i915. Silent. */

#include "host.h"
#include "question.h"

/* -errno where the look failed. */
int claim_look(const struct gpu *gpu, struct claim *ret);
