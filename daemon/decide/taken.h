/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A GPU that i915 has not got, in words: who gave it away and what brings it back to i915 on this machine.
 * What is returned is the cause's name (gvtd(8) lists them). Pure. */

#include "explain.h"
#include "host.h"
#include "question.h"

/* Another driver has it, or i915 was told to leave it and no driver has. */
const char *taken_explain(const struct host *host, const struct gpu *gpu, const struct claim *claim,
                          char ret[static EXPLANATION_MAX]);
/* i915 took it in this boot, as the log says, and does not have it any more. */
const char *taken_explain_unbound(const struct host *host, const struct gpu *gpu,
                                  char ret[static EXPLANATION_MAX]);
/* It cannot be loaded with an option that somebody asks for. */
const char *taken_explain_invalid(const struct claim *claim, char ret[static EXPLANATION_MAX]);
