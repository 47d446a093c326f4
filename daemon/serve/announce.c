/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Says each thing once: a number that sums up what would be said is kept in the record, and only a
 * change of it is worth an entry. */

#include "announce.h"

#include "action.h"
#include "config.h"
#include "explain.h"
#include "history.h"
#include "host.h"
#include "log.h"
#include "plan.h"
#include "text.h"
#include "util.h"

/* A file that is no ini at all has a finding on each line, and as many entries would keep the
 * daemon and the journal busy for minutes. */
#define FINDINGS_SAID 100

static void say_finding(const struct finding *finding) {
        struct subject subject = {
                .message_id = MESSAGE_CONFIG_FINDING,
                .config_file = finding->subject,
                .config_line = finding->line,
        };
        int priority = finding->severity == SEVERITY_ERROR ? LOG_ERR : LOG_WARNING;

        if (finding->line)
                log_write(priority, &subject, "%s:%u: %s", finding->subject, finding->line,
                          finding->text);
        else
                log_write(priority, &subject, "%s: %s", finding->subject, finding->text);
}

void announce_findings(const struct config *config) {
        size_t said = config->findings.n < FINDINGS_SAID ? config->findings.n : FINDINGS_SAID;
        struct subject rest = {.message_id = MESSAGE_CONFIG_FINDING};

        for (size_t i = 0; i < said; i++)
                say_finding(&config->findings.items[i]);
        if (said < config->findings.n)
                log_write(config->findings.n_errors > 0 ? LOG_ERR : LOG_WARNING, &rest,
                          "and %zu more findings, which `gvtd check --config` lists",
                          config->findings.n - said);
}

void announce_group(struct announced *announced, struct config *config, const struct result *result) {
        struct subject subject = {
                .message_id = MESSAGE_CONFIG_FINDING,
                .error = result->error,
                .config_file = config->group_file,
                .config_line = config->group_line,
        };
        int outcome = result->outcome == OUTCOME_DONE ? 0 : (int) result->outcome + 1;

        if (outcome == announced->group)
                return;
        announced->group = outcome;
        if (result->outcome == OUTCOME_UNKNOWN && config_complain_of_group(config) == 0)
                say_finding(&config->findings.items[config->findings.n - 1]);
        else if (result->outcome == OUTCOME_FAILED)
                log_write(LOG_ERR, &subject,
                          "the group of the ini, %s, cannot be looked up: %s; the nodes in /dev/vfio stay "
                          "as they are, and it is tried again until it works", quote(config->group).text,
                          strerror(result->error));
}

static struct subject subject_of(const struct plan *plan, const struct declared *declared,
                                 const char *message_id) {
        return (struct subject){
                .message_id = message_id,
                .uuid = declared->uuid,
                .type = declared->type,
                .device = plan->gpu ? &plan->gpu->address : NULL,
                .config_file = declared->file,
                .config_line = declared->line,
        };
}

static void say_ready(const struct plan *plan, size_t i) {
        const struct declared *declared = &plan->config->vgpus[i];
        const struct mdev *mdev = plan->entries[i].mdev;
        struct subject subject = subject_of(plan, declared, MESSAGE_VGPU_READY);
        const char *access = "open to root only", *group = "";

        if (mdev->access_left) {
                access = "with the permissions that it was found with";
        } else if (*plan->config->group && plan->history->group != GROUP_UNKNOWN) {
                access = "open to group ";
                group = plan->config->group;
        }
        log_write(LOG_INFO, &subject, "vGPU %s (%s) is ready on %s: /dev/vfio/%d, %s%s",
                  uuid_text(declared->uuid).text, declared->type,
                  address_text(&plan->gpu->address).text, mdev->group, access, group);
}

/* NULL: there is none. */
static const char *problem_id(enum entry_state state, const struct record *record) {
        if (entry_flags(state) & ENTRY_CONFLICTS)
                return MESSAGE_VGPU_CONFLICT;
        if (state == ENTRY_NOT_OFFERED || state == ENTRY_BEHIND)
                return MESSAGE_VGPU_FAILED;
        if (state != ENTRY_HELD)
                return NULL;
        if (record->hold == HOLD_LOST || record->hold == HOLD_RESTS)
                return MESSAGE_VGPU_LEFT_GONE;
        return record->create.outcome == OUTCOME_NO_NOTE ? MESSAGE_STATE_UNWRITABLE
                                                         : MESSAGE_VGPU_FAILED;
}

/* " (tried again after 5 s)" */
static void describe_retry(const struct record *record, char *ret, size_t size) {
        *ret = '\0';
        if (record && record->hold == HOLD_RETRY && record->create.wait)
                snprintf(ret, size, " (tried again after %ju s)",
                         (uintmax_t) (record->create.wait / SECOND));
}

static void say_problem(const struct plan *plan, const struct record *record, size_t i) {
        const struct declared *declared = &plan->config->vgpus[i];
        enum entry_state state = plan->entries[i].state;
        struct subject subject = subject_of(plan, declared, problem_id(state, record));
        char reason[EXPLANATION_MAX], retry[48];

        if (state == ENTRY_HELD && !record->create.deduced &&
            (record->hold == HOLD_RETRY || record->hold == HOLD_FAILED))
                subject.error = record->create.error;
        explain_entry(plan, i, reason);
        describe_retry(state == ENTRY_HELD ? record : NULL, retry, sizeof(retry));
        log_write(state == ENTRY_IN_USE ? LOG_WARNING : LOG_ERR, &subject, "vGPU %s (%s): %s%s",
                  uuid_text(declared->uuid).text, declared->type, reason, retry);
}

/* Sums up what would be said of an entry; equal sums are not said twice. Until the group has been looked
 * up, nobody knows for whom it is ready. */
static int entry_sum(const struct plan *plan, const struct entry *entry,
                     const struct record *record) {
        gid_t gid;

        if (entry->state == ENTRY_READY)
                return history_knows_group(plan->history, plan->config, &gid) ? ANNOUNCED_READY : 0;
        if (!problem_id(entry->state, record))
                return 0;
        if (entry->state != ENTRY_HELD)
                return 2 + (int) entry->state;
        return 100 + (int) record->hold * 10000 + (int) record->create.outcome * 1000 +
               record->create.error;
}

static void announce_entry(const struct plan *plan, struct history *history, size_t i) {
        const struct declared *declared = &plan->config->vgpus[i];
        struct record *record = history_get(history, declared->uuid);
        int sum;

        if (!record)
                return;
        if (record->lost) {
                struct subject subject = subject_of(plan, declared, MESSAGE_VGPU_LOST);

                log_write(LOG_WARNING, &subject, "vGPU %s (%s) was removed by something else",
                          uuid_text(record->uuid).text, declared->type);
                record->lost = false;
                record->announced = 0;
        }
        sum = entry_sum(plan, &plan->entries[i], record);
        /* On its way: what was said of it holds until there is something new. */
        if (sum == 0 || sum == record->announced) {
                if (plan->entries[i].state == ENTRY_AWAITED)
                        record->announced = 0;
                return;
        }
        record->announced = sum;
        if (sum == ANNOUNCED_READY)
                say_ready(plan, i);
        else
                say_problem(plan, record, i);
}

static void announce_situation(struct announced *announced, const struct plan *plan) {
        bool gone = announced->situation == SITUATION_OFFERED + 1;
        struct subject subject = {.device = plan->gpu ? &plan->gpu->address : NULL};
        char reason[EXPLANATION_MAX];
        bool final = situation_is_blocked(plan->situation);

        if (announced->situation == (int) plan->situation + 1)
                return;
        if (!situation_is_explained(plan))
                return; /* its reason is being looked for */
        /* Between two rungs, upwards or downwards, there is nothing to report. */
        if (!final && plan->situation != SITUATION_I915_AWAITED &&
            plan->situation != SITUATION_OFFERED)
                return;
        announced->situation = (int) plan->situation + 1;
        if (plan->situation == SITUATION_OFFERED)
                return;
        situation_explain(plan, reason);
        subject.message_id = final ? MESSAGE_GPU_UNUSABLE : MESSAGE_GPU_AWAITED;
        log_write(!final ? LOG_INFO : plan->config->n_vgpus > 0 ? LOG_ERR : LOG_NOTICE, &subject,
                  "%s%s", gone ? "the GPU offers no vGPUs any more: " : "", reason);
}

static void announce_capacity(struct announced *announced, const struct plan *plan) {
        struct subject subject = {.message_id = MESSAGE_CAPACITY_EXCEEDED};
        size_t n = 0;

        if (plan->situation != SITUATION_OFFERED || plan->exceeds == announced->exceeds)
                return;
        subject.device = &plan->gpu->address;
        announced->exceeds = plan->exceeds;
        for (size_t i = 0; i < plan->n_entries; i++)
                n += !plan->entries[i].fits;
        if (plan->exceeds)
                log_write(LOG_WARNING, &subject,
                          "%zu of %zu declared vGPUs do not fit this GPU (aperture %u MB); those "
                          "first in the ini are served, `gvtd check` says what would fit",
                          n, plan->n_entries, (unsigned) (plan->gpu->aperture / MIB));
}

/* Nothing fails over it, so it is a matter beside the situation. */
static void announce_guc(struct announced *announced, const struct plan *plan) {
        const struct history *history = plan->history;
        struct subject subject = {
                .message_id = MESSAGE_OPTION_DIFFERS,
                .device = plan->gpu ? &plan->gpu->address : NULL,
        };
        bool differs = plan->question == QUESTION_ENABLE_GUC;

        if (differs && history->question != QUESTION_ENABLE_GUC)
                return;
        if (differs && !announced->guc && *history->answer)
                log_write(LOG_WARNING, &subject, "%s", history->answer);
        announced->guc = differs;
}

void announce_plan(struct announced *announced, const struct plan *plan, struct history *history) {
        announce_situation(announced, plan);
        announce_capacity(announced, plan);
        announce_guc(announced, plan);
        for (size_t i = 0; i < plan->n_entries; i++)
                announce_entry(plan, history, i);
}

static struct subject subject_of_action(const struct action *action, const struct result *result,
                                        const char *message_id) {
        return (struct subject){
                .message_id = message_id,
                .uuid = action->uuid,
                .type = action->type,
                .device = &action->parent,
                .error = result->deduced ? 0 : result->error,
        };
}

void announce_creation(const struct action *action, const struct result *result) {
        struct subject subject = subject_of_action(action, result, MESSAGE_VGPU_FAILED);

        if (result->outcome == OUTCOME_UNVERIFIED)
                log_write(LOG_ERR, &subject, "vGPU %s (%s): the kernel reported it created, but %s",
                          uuid_text(action->uuid).text, action->type, result->detail);
}

static void say_removed(const struct action *action, const struct result *result) {
        struct subject subject = subject_of_action(action, result, MESSAGE_VGPU_REMOVED);

        log_write(LOG_INFO, &subject, "removed vGPU %s (%s)", uuid_text(action->uuid).text, action->type);
}

static void say_deferred(const struct action *action, const struct result *result, bool last) {
        struct subject subject = subject_of_action(action, result, MESSAGE_REMOVAL_DEFERRED);

        log_write(LOG_NOTICE, &subject, "not removing vGPU %s (%s): in use by %s%s",
                  uuid_text(action->uuid).text, action->type, result->detail,
                  last ? "" : "; it is removed when released");
}

static void say_unremovable(const struct action *action, const struct result *result, bool last) {
        struct subject subject = subject_of_action(action, result, MESSAGE_VGPU_FAILED);
        char why[EXPLANATION_MAX];

        explain_removal(result->error, result->deduced, why);
        log_write(LOG_ERR, &subject, "vGPU %s (%s) could not be removed: %s%s",
                  uuid_text(action->uuid).text, action->type, why,
                  last ? "" : "; tried again until it works");
}

void announce_removal(const struct record *record, const struct action *action,
                      const struct result *result, bool last) {
        if (result->outcome == OUTCOME_DONE)
                say_removed(action, result);
        else if (record_removal_repeats(record, result) && !last)
                return;
        else if (result->outcome == OUTCOME_IN_USE)
                say_deferred(action, result, last);
        else
                say_unremovable(action, result, last);
}

void announce_sleep(const struct history *history, const struct action *action,
                    const struct result *result) {
        struct subject subject = {
                .message_id = MESSAGE_STATE_UNWRITABLE,
                .device = &action->parent,
                .error = result->error,
        };

        if (result->outcome != OUTCOME_DONE && history->sleep.failures == 0)
                log_write(LOG_WARNING, &subject,
                          "%s may not sleep, since gvtd kept it awake to load kvmgt, and its "
                          "power/control cannot be set back to auto: %s; tried again until it works",
                          address_text(&action->parent).text, strerror(result->error));
}

void announce_access(struct history *history, const struct mdev *mdev) {
        struct record *record = history_get(history, mdev->uuid);
        struct subject subject = {
                .message_id = MESSAGE_ACCESS_LEFT,
                .uuid = mdev->uuid,
                .type = mdev->type,
                .device = &mdev->parent,
        };

        /* Once in the daemon's life: libvirt takes and gives the node with each start of a guest. */
        if (!record || record->access_left)
                return;
        record->access_left = true;
        log_write(LOG_NOTICE, &subject,
                  "vGPU %s: /dev/vfio/%d is uid %u, gid %u, mode %04o by somebody else's doing (a "
                  "udev rule, a running guest's manager); left so",
                  uuid_text(mdev->uuid).text, mdev->group, mdev->node_uid, mdev->node_gid,
                  mdev->node_mode);
}

static bool is_about_vgpu(const struct action *action) {
        return action->kind == ACTION_CREATE || action->kind == ACTION_REMOVE;
}

void announce_stuck(const struct action *action, const char *stuck) {
        struct subject subject = {.message_id = MESSAGE_WORKER_STUCK};
        bool asks = action && (action->kind == ACTION_ASK || action->kind == ACTION_GROUP);

        if (!action) {
                log_write(LOG_WARNING, &subject,
                          "%s; nothing is created or removed beside it, gvtd goes on when it ends",
                          stuck);
                return;
        }
        subject.uuid = is_about_vgpu(action) ? action->uuid : NULL;
        subject.device = asks ? NULL : &action->parent;
        log_write(LOG_WARNING, &subject, "%s; %sgvtd goes on when it returns", stuck,
                  asks ? "" : "the kernel is at it and nothing can hurry it, ");
}

void announce_death(pid_t worker) {
        log_warning("the process that creates and removes vGPUs (%d) ended before it had told "
                    "of all its work, killed or short of memory; gvtd looks at what is "
                    "there and goes on", (int) worker);
}
