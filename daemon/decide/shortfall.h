/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The declaration as a whole against what the GPU carries: before the first create, and before the
 * first reboot. Pure. */

#include "finding.h"

struct plan;

/* A declared type that this GPU does not have, and a declaration that is more than fits, each with
 * what would do instead. Says nothing where the aperture or the generation is unknown. */
void shortfall_find(const struct plan *plan, struct findings *findings);
