/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Who gave a GPU to the driver that has it, when that is not i915, or told i915 to leave it. Silent. */

#include "host.h"
#include "question.h"

/* -errno where the look failed. */
int claim_look(const struct gpu *gpu, struct claim *ret);
/* The ids behind "!" in i915's force_probe (id_blocked() in drivers/gpu/drm/i915/i915_pci.c). */
int claim_look_refused(const struct gpu *gpu, struct claim *ret);
