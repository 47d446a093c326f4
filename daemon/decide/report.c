/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The table of what is reported when. READY means: verified, or nothing more will come without an
 * administrator, or `wait` has run out. */

#include "report.h"

#include "config.h"
#include "explain.h"
#include "history.h"
#include "host.h"
#include "plan.h"
#include "text.h"
#include "util.h"

#define SAY(report, ...) text_append((report)->status, REPORT_STATUS_MAX, __VA_ARGS__)

/* Being made, waiting for udev, or failed once and about to be tried again. */
static bool is_pending(const struct plan *plan, size_t i) {
        enum entry_state state = plan->entries[i].state;
        const struct record *record = history_find(plan->history, plan->config->vgpus[i].uuid);

        return entry_flags(state) & ENTRY_ON_ITS_WAY ||
               (state == ENTRY_HELD && record->hold == HOLD_RETRY && record->create.wait &&
                record->create.failures == 1);
}

/* Nobody but an administrator gets any further. */
static bool is_blocked(const struct plan *plan) {
        return situation_is_blocked(plan->situation) && situation_is_explained(plan);
}

/* What is awaited, that is. */
static bool has_actions(const struct plan *plan) {
        for (size_t i = 0; i < plan->n_actions; i++)
                if (!action_is_aside(&plan->actions[i]))
                        return true;
        return false;
}

static bool nothing_is_pending(const struct plan *plan) {
        for (size_t i = 0; i < plan->n_entries; i++)
                if (is_pending(plan, i))
                        return false;
        return !has_actions(plan);
}

static bool is_started(const struct plan *plan, const struct progress *progress) {
        if (progress->waited_out || is_blocked(plan))
                return true;
        return !progress->working && nothing_is_pending(plan);
}

/* What was made is verified, too: who reloads for a new vGPU may use it when the reload returns. */
static bool is_done(const struct plan *plan, const struct progress *progress) {
        for (size_t i = 0; i < plan->n_entries; i++)
                if (plan->entries[i].state == ENTRY_PRESENT)
                        return false;
        return !progress->working && !has_actions(plan);
}

static void say_nothing_declared(struct report *report, const struct plan *plan) {
        SAY(report, "no vGPUs declared in %s", plan->config->main_file);
        if (plan->gpu && plan->gpu->n_types > 0)
                SAY(report, "; %zu type%s on offer (gvtd types)", plan->gpu->n_types,
                       plural(plan->gpu->n_types));
}

static void say_first_reason(struct report *report, const struct plan *plan) {
        char reason[EXPLANATION_MAX];

        if (plan->situation != SITUATION_OFFERED) {
                situation_explain(plan, reason);
                SAY(report, "; %s", reason);
                return;
        }
        for (size_t i = 0; i < plan->n_entries; i++) {
                if (plan->entries[i].state == ENTRY_READY)
                        continue;
                explain_entry(plan, i, reason);
                if (*reason == '\0')
                        continue;
                SAY(report, "; %s: %s", uuid_text(plan->config->vgpus[i].uuid).text, reason);
                return;
        }
}

static void say_declared(struct report *report, const struct plan *plan) {
        size_t n_ready = 0;

        for (size_t i = 0; i < plan->n_entries; i++)
                n_ready += plan->entries[i].state == ENTRY_READY;
        SAY(report, "%zu of %zu vGPU%s ready", n_ready, plan->n_entries, plural(plan->n_entries));
        if (plan->gpu)
                SAY(report, " on %s", address_text(&plan->gpu->address).text);
        if (n_ready < plan->n_entries)
                say_first_reason(report, plan);
}

void report_make(const struct plan *plan, const struct progress *progress, struct report *ret) {
        size_t n_errors = plan->config->findings.n_errors;

        *ret = (struct report){};
        if (plan->n_entries == 0)
                say_nothing_declared(ret, plan);
        else
                say_declared(ret, plan);
        if (plan->n_deferred > 0)
                SAY(ret, "; %zu undeclared in use, removed when released", plan->n_deferred);
        if (plan->n_unremovable > 0)
                SAY(ret, "; %zu undeclared could not be removed, tried again",
                       plan->n_unremovable);
        if (n_errors > 0)
                SAY(ret, "; %zu error%s in the ini (gvtd check --config)", n_errors, plural(n_errors));
        if (progress->stuck)
                SAY(ret, "; %s", progress->stuck);

        ret->started = is_started(plan, progress);
        ret->done = is_done(plan, progress);
        ret->hopeless = plan->n_entries > 0 && situation_is_hopeless(plan->situation);
}
