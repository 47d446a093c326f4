/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Evidence in words: why i915 runs with other options than it should, a module is switched off, or the
 * kernel refuses; and what fixes it on this machine. What is returned is the cause's name (gvtd(8) lists
 * them). Pure. */

#include "host.h"
#include "question.h"
#include "explain.h"

/* One sentence. `running` is i915's value of enable_guc. NULL and "": there was nothing to ask. */
const char *answer(enum question question, int running, const struct evidence *evidence,
                   char ret[static EXPLANATION_MAX]);

/* Adds to the remedy that i915 is blacklisted as well: else it is found only after that remedy. */
void answer_add_blocks(const struct evidence *evidence, char ret[static EXPLANATION_MAX]);

/* Its end: why the option is not what was asked for. */
#define REASON_MAX (EXPLANATION_MAX - 80)
const char *answer_option(const struct i915_option *option, char ret[static REASON_MAX]);

/* Why kvmgt is loaded and offers nothing. Without `enable_gvt_seen` it may simply be off. */
const char *answer_refusal(const struct kernel_log *log, bool enable_gvt_seen,
                           char ret[static EXPLANATION_MAX]);
