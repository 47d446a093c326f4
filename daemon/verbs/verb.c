/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The verbs speak to a person or a script at a terminal: results go to standard output, everything
 * else to standard error, and never to the journal. */

#include "verbs.h"

#include <string.h>
#include <sysexits.h>

#include "answer.h"
#include "claim.h"
#include "evidence.h"
#include "kernel-log.h"
#include "load.h"
#include "observe.h"
#include "plan.h"
#include "printable.h"
#include "sysfs.h"
#include "taken.h"
#include "text.h"
#include "util.h"
#include "finding.h"

#define SAY(...) snprintf(ret, EXPLANATION_MAX, __VA_ARGS__)

int verb_configure(const struct options *options, struct config **ret) {
        int r = config_load(options->file, LOAD_PIPE, ret);

        if (r >= 0)
                return 0;
        fprintf(stderr, "gvtd: reading the configuration: %s\n", strerror(-r));
        return EX_OSERR;
}

int verb_look(const struct options *options, struct verb *ret) {
        static const struct history nothing;
        struct verb verb = {};
        int r = verb_configure(options, &verb.config);

        if (r != 0)
                return r;
        r = host_observe(&verb.host);
        if (r < 0) {
                fprintf(stderr, "gvtd: looking at the machine: %s\n", strerror(-r));
                verb_done(&verb);
                return EX_OSERR;
        }
        r = plan_make(verb.config, verb.host, &nothing, 0, PLAN_WAITED | PLAN_LOOKING, &verb.plan);
        if (r < 0) {
                fprintf(stderr, "gvtd: %s\n", strerror(-r));
                verb_done(&verb);
                return EX_OSERR;
        }
        *ret = verb;
        return 0;
}

int verb_load(const struct options *options, struct verb *ret) {
        int r = verb_look(options, ret);

        if (r == 0 && ret->config->findings.n_errors > 0)
                fprintf(stderr,
                        "gvtd: %zu error%s in the ini, shown by `gvtd check --config`; what is "
                        "wrong is left out here\n",
                        ret->config->findings.n_errors, plural(ret->config->findings.n_errors));
        return r;
}

int verb_need_ini(const struct verb *verb) {
        if (!verb->config->closed)
                return 0;
        fprintf(stderr, "gvtd: not all of the ini is for this user to read, so what is declared is not known; run this as "
                        "root\n");
        return 1;
}

void verb_done(struct verb *verb) {
        plan_free(verb->plan);
        config_free(verb->config);
        host_free(verb->host);
}

static const char *unexplained(int r, char *ret) {
        SAY("something is not as it should be, and looking for the reason failed: %s; ask again",
            strerror(-r));
        return CAUSE("unexplained");
}

const char *verb_answer(const struct verb *verb, enum question question,
                        const struct kernel_log *log, char ret[static EXPLANATION_MAX]) {
        struct evidence evidence;
        int r = evidence_look(question, verb->config->enable_guc, log, &evidence);

        if (r < 0)
                return unexplained(r, ret);
        return answer(question, verb->host->enable_guc, &evidence, ret);
}

/* In this boot. The log names one GPU alone, where there are several. */
static bool was_taken(const struct kernel_log *log, const struct gpu *gpu) {
        return log->taken && same_address(&log->taken_gpu, &gpu->address);
}

/* Why i915 does not have the GPU. */
static const char *explain_driver(const struct verb *verb, const struct kernel_log *log, char *ret) {
        const struct plan *plan = verb->plan;
        struct claim claim;
        int r;

        if (plan->situation == SITUATION_OVERRIDDEN) {
                situation_explain(plan, ret);
                return situation_cause(plan->situation);
        }
        if (plan->situation != SITUATION_OTHER_DRIVER)
                return verb_answer(verb, plan->question, log, ret);
        r = claim_look(plan->gpu, &claim);
        claim.taken = was_taken(log, plan->gpu);
        return r < 0 ? unexplained(r, ret) : taken_explain(verb->host, plan->gpu, &claim, ret);
}

/* i915 is there, and the GPU has no driver. NULL: the rung's own sentence has to do. */
static const char *explain_unbound(const struct verb *verb, const struct kernel_log *log, char *ret) {
        const struct gpu *gpu = verb->plan->gpu;
        struct claim claim;
        int r;

        if (was_taken(log, gpu))
                return taken_explain_unbound(verb->host, gpu, ret);
        r = claim_look_refused(gpu, &claim);
        if (r < 0)
                return unexplained(r, ret);
        return claim.places.n > 0 ? taken_explain(verb->host, gpu, &claim, ret) : NULL;
}

/* i915 is not loaded, and nothing blacklists it. NULL: likewise. */
static const char *explain_unloaded(const struct kernel_log *log, char *ret) {
        struct claim claim;
        int r;

        if (!*log->option)
                return NULL;
        r = claim_look_invalid(log, &claim);
        return r < 0 ? unexplained(r, ret) : taken_explain_invalid(&claim, ret);
}

/* And what would keep it away after that. */
static const char *explain_driver_and_block(const struct verb *verb, const struct kernel_log *log, char *ret) {
        const char *cause = explain_driver(verb, log, ret);
        struct evidence evidence;
        int r;

        if (verb->host->i915 != MODULE_BLACKLISTED)
                return cause;
        r = evidence_look(QUESTION_I915_BLACKLISTED, 0, log, &evidence);
        if (r < 0)
                text_append(ret, EXPLANATION_MAX, "; i915 is blacklisted, too, and looking for what does that failed: "
                            "%s; ask again", strerror(-r));
        else
                answer_add_blocks(&evidence, ret);
        return cause;
}

const char *verb_explain(const struct verb *verb, const struct kernel_log *log,
                         char ret[static EXPLANATION_MAX]) {
        const struct plan *plan = verb->plan;
        const char *cause = NULL;

        if (plan->situation == SITUATION_KVMGT_NEEDED)
                cause = verb_answer(verb, QUESTION_KVMGT, log, ret);
        if (plan->situation == SITUATION_I915_AWAITED && plan->gpu && verb->host->i915 == MODULE_LIVE)
                cause = explain_unbound(verb, log, ret);
        if (plan->situation == SITUATION_I915_AWAITED && verb->host->i915 == MODULE_AVAILABLE)
                cause = explain_unloaded(log, ret);
        if (cause)
                return cause;
        if (plan->situation == SITUATION_OTHER_DRIVER || plan->situation == SITUATION_OVERRIDDEN ||
            plan->situation == SITUATION_NOMODESET || plan->situation == SITUATION_MODESET_OFF)
                return explain_driver_and_block(verb, log, ret);
        if (plan->question != QUESTION_NONE && plan->question != QUESTION_ENABLE_GUC)
                return verb_answer(verb, plan->question, log, ret);
        situation_explain(plan, ret);
        return situation_cause(plan->situation);
}

bool verb_is_offered(const struct verb *verb, char ret[static EXPLANATION_MAX]) {
        struct kernel_log log;
        int r;

        if (verb->plan->situation == SITUATION_OFFERED) {
                *ret = '\0';
                return true;
        }
        r = kernel_log_read(&log);
        (void) (r < 0 ? unexplained(r, ret) : verb_explain(verb, &log, ret));
        return false;
}

int verb_need_gpu(const struct verb *verb) {
        char text[EXPLANATION_MAX];

        if (verb->plan->gpu && !situation_is_hopeless(verb->plan->situation))
                return 0;
        (void) verb_is_offered(verb, text);
        print_line(stderr, "gvtd: %s", text);
        return EX_UNAVAILABLE;
}

int verb_finish(int status) {
        if (fflush(stdout) != 0 || ferror(stdout)) {
                fprintf(stderr, "gvtd: writing to standard output: %m\n");
                return EX_IOERR;
        }
        return lines_are_missing() ? EX_OSERR : status;
}

bool look_failed(int r) {
        return r < 0 && r != -EACCES && !is_gone(r);
}
