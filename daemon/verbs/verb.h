/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the read-only verbs share: the ini and the machine, and a GPU that it is worth talking
 * about. */

#include "config.h"
#include "question.h"
#include "explain.h"
#include "host.h"
#include "options.h"
#include "plan.h"

struct verb {
        struct config *config;
        struct host *host;
        struct plan *plan; /* of a daemon that has just begun */
};

/* Says on standard error what went wrong; an exit status, 0 for success. */
int verb_look(const struct options *options, struct verb *ret);
/* The same; errors in the ini are mentioned and do not stop anything. */
int verb_load(const struct options *options, struct verb *ret);
void verb_done(struct verb *verb);
#define _cleanup_verb_ _cleanup_(verb_done)

/* 0 where the GPU has GVT-g, if need be after a reboot; otherwise says why not: EX_UNAVAILABLE. */
int verb_need_gpu(const struct verb *verb);
/* The answer to a question about this machine: one sentence, and the cause's name. */
const char *verb_answer(const struct verb *verb, enum question question,
                        const struct kernel_log *log, char ret[static EXPLANATION_MAX]);
/* Why the machine does not offer vGPUs: one sentence, and the cause's name (gvtd(8) lists them);
 * NULL where it does. */
const char *verb_explain(const struct verb *verb, const struct kernel_log *log,
                         char ret[static EXPLANATION_MAX]);
/* The same for whoever has not read the kernel's log; "" where it does. */
bool verb_is_offered(const struct verb *verb, char ret[static EXPLANATION_MAX]);
/* Flushes standard output; an exit status: what was asked for has been printed, or not. */
int verb_finish(int status);
