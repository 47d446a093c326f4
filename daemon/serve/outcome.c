/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "outcome.h"

#include "announce.h"
#include "config.h"
#include "manager.h"

static void remove_finished(struct manager *manager, struct record *record,
                            const struct action *action, const struct result *result) {
        bool awaited;

        if (result->outcome == OUTCOME_DONE) {
                history_succeeded(record, 0);
                history_chance(&manager->history);
                return;
        }
        if (result->outcome == OUTCOME_IN_USE) {
                awaited = watches_follow(&manager->watches, action->inode, result->holder) == 0;
                history_busy(record, result->detail, awaited, manager_now(manager));
        } else {
                history_unremovable(record, result->error, manager_now(manager));
        }
}

/* One that was looked up for an earlier declaration is nobody's any more. */
static void group_finished(struct manager *manager, const struct action *action,
                           const struct result *result) {
        if (strncmp(action->name, manager->config->group, sizeof(action->name) - 1) != 0)
                return;
        announce_group(&manager->announced, manager->config, result);
        history_group(&manager->history, result, manager_now(manager));
}

static void on_finished(const struct action *action, const struct result *result, void *userdata) {
        struct manager *manager = userdata;
        struct record *record;
        bool again, in_use = result->outcome == OUTCOME_IN_USE;

        /* What was done is seen by udev's events and at the worker's end. */
        if (result->outcome != OUTCOME_DONE)
                manager_look_again(manager);
        if (action->kind == ACTION_LOAD_KVMGT) {
                history_loaded(&manager->history, result, manager_now(manager));
                return;
        }
        if (action->kind == ACTION_LET_SLEEP) {
                announce_sleep(&manager->history, action, result);
                history_slept(&manager->history, result, manager_now(manager));
                return;
        }
        if (action->kind == ACTION_ASK) {
                history_answered(&manager->history, action->question, result->detail);
                return;
        }
        if (action->kind == ACTION_GROUP) {
                group_finished(manager, action, result);
                return;
        }
        record = history_get(&manager->history, action->uuid);
        if (!record)
                return;
        again = history_removal_repeats(record, in_use ? 0 : result->error);
        announce_result(action, result, again, manager->stopping);
        if (action->kind == ACTION_CREATE)
                history_created(record, result, action->fits, manager_now(manager));
        else
                remove_finished(manager, record, action, result);
}

static void on_stuck(const struct action *action, void *userdata) {
        struct manager *manager = userdata;

        announce_stuck(action, manager->worker.stuck);
}

static void on_death(pid_t worker, void *userdata) {
        announce_death(worker);
}

static void on_changed(void *userdata) {
        manager_look_again(userdata);
}

int outcome_listen(struct manager *manager) {
        const struct worker_handler handler = {on_finished, on_stuck, on_death, on_changed, manager};

        return worker_init(&manager->worker, manager->event, manager->notes, &handler);
}
