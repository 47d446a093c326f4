/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "outcome.h"

#include "announce.h"
#include "config.h"
#include "manager.h"

static void created(struct manager *manager, const struct action *action, const struct result *result) {
        struct record *record = history_get(&manager->history, action->uuid);

        if (!record)
                return;
        announce_creation(action, result);
        record_created(record, result, action->fits, manager_now(manager));
}

static void removed(struct manager *manager, const struct action *action, const struct result *result) {
        struct record *record = history_get(&manager->history, action->uuid);
        bool awaited;

        if (!record)
                return;
        announce_removal(record, action, result, manager->stopping);
        awaited = result->outcome == OUTCOME_IN_USE &&
                  watches_follow(&manager->watches, action->inode, result->holder) == 0;
        record_removed(record, result, awaited, manager_now(manager));
        if (result->outcome == OUTCOME_DONE)
                history_chance(&manager->history);
}

void outcome_of_group(struct manager *manager, const struct result *result) {
        announce_group(&manager->announced, manager->config, result);
        history_group(&manager->history, result, manager_now(manager));
}

/* One that was looked up for an earlier declaration is nobody's any more, and one that has come into
 * /etc/group meanwhile is known, or will be by the pass that its change has asked for. */
static void looked_up(struct manager *manager, const struct action *action,
                      const struct result *result) {
        if (manager->history.group == GROUP_SOUGHT && !manager->groups_changed &&
            strncmp(action->name, manager->config->group, sizeof(action->name) - 1) == 0)
                outcome_of_group(manager, result);
}

static void on_finished(const struct action *action, const struct result *result, void *userdata) {
        struct manager *manager = userdata;

        /* What was done is seen by udev's events and at the worker's end. */
        if (result->outcome != OUTCOME_DONE)
                manager_look_again(manager);
        /* Of what an earlier declaration asked for only what was done counts for this one. */
        if (manager->worker.unwanted && !manager->stopping &&
            (action->kind == ACTION_ASK || result->outcome != OUTCOME_DONE))
                return;
        switch (action->kind) {
        case ACTION_LOAD_KVMGT:
                history_loaded(&manager->history, result, manager_now(manager));
                break;
        case ACTION_LET_SLEEP:
                announce_sleep(&manager->history, action, result);
                history_slept(&manager->history, result, manager_now(manager));
                break;
        case ACTION_ASK:
                history_answered(&manager->history, action->question, result->detail);
                break;
        case ACTION_GROUP:
                looked_up(manager, action, result);
                break;
        case ACTION_CREATE:
                created(manager, action, result);
                break;
        case ACTION_REMOVE:
                removed(manager, action, result);
                break;
        }
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
