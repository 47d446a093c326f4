/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Why i915 runs with other options than it should, or a module is switched off: who asked for what,
 * and when. */

#include "question.h"

/* Gathers what answers the question. `asked` is the ini's value of enable_guc. Asks the service
 * manager, which may take its time: not for an event loop. Silent; -errno where it cannot be found out. */
int evidence_look(enum question question, int asked, const struct kernel_log *log,
                  struct evidence *ret);
