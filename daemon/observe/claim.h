/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Who gave a GPU to the driver that has it, when that is not i915, told i915 to leave it, or has it not loaded.
 * Silent. */

#include "host.h"
#include "question.h"

/* -errno where the look failed. */
int claim_look(const struct gpu *gpu, struct claim *ret);
/* The ids behind "!" in i915's force_probe (id_blocked() in drivers/gpu/drm/i915/i915_pci.c). */
int claim_look_refused(const struct gpu *gpu, struct claim *ret);
/* The option for whose value the kernel did not load i915. */
int claim_look_invalid(const struct kernel_log *log, struct claim *ret);
