/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The verbs speak to a person or a script at a terminal: results go to standard output, everything
 * else to standard error, and never to the journal. */

#include "verb.h"

#include <string.h>
#include <sysexits.h>

#include "explain.h"
#include "hint-source.h"
#include "history.h"
#include "observe.h"
#include "plan.h"
#include "util.h"

int verb_look(const struct options *options, struct verb *ret) {
        struct verb verb = {};
        int r;

        r = config_load(options->file, &verb.config);
        if (r < 0) {
                fprintf(stderr, "gvtd: reading the configuration: %s\n", strerror(-r));
                return EX_OSERR;
        }
        r = host_observe(&verb.host);
        if (r < 0) {
                fprintf(stderr, "gvtd: looking at the machine: %s\n", strerror(-r));
                verb_done(&verb);
                return EX_OSERR;
        }
        verb.situation = situation_find(verb.config, verb.host, true, &verb.gpu);
        *ret = verb;
        return 0;
}

int verb_load(const struct options *options, struct verb *ret) {
        int r = verb_look(options, ret);

        if (r == 0 && ret->config->n_errors > 0)
                fprintf(stderr,
                        "gvtd: %zu error%s in the ini, shown by `gvtd check --config`; what is "
                        "wrong is left out here\n",
                        ret->config->n_errors, plural(ret->config->n_errors));
        return r;
}

void verb_done(struct verb *verb) {
        config_free(verb->config);
        host_free(verb->host);
}

void verb_explain(const struct verb *verb, char *ret) {
        const struct config *config = verb->config;
        const struct host *host = verb->host;
        struct history history = {};
        struct plan plan = {
                .situation = verb->situation,
                .question = question_find(config, host, verb->situation),
                .gpu = verb->gpu,
        };
        struct kernel_log log;

        if (!explain_is_complete(&plan, &history)) {
                kernel_log_read(&log);
                (void) hint_source_answer(plan.question, host->enable_guc, config->enable_guc, &log,
                                          history.answer);
                history.question = plan.question;
        }
        explain_situation(&plan, host, config, &history, ret);
}

int verb_need_gpu(const struct verb *verb) {
        char text[EXPLANATION_MAX];

        if (verb->gpu && !situation_is_hopeless(verb->situation))
                return 0;
        verb_explain(verb, text);
        fprintf(stderr, "gvtd: %s\n", text);
        return EX_UNAVAILABLE;
}

int verb_finish(int status) {
        if (fflush(stdout) == 0 && !ferror(stdout))
                return status;
        fprintf(stderr, "gvtd: writing to standard output: %m\n");
        return EX_IOERR;
}
