/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Observed state in, actions out. Two orders matter. Which vGPUs get the capacity is the order of
 * the ini: earlier entries win. What fits is then created largest type first, since small ones
 * scattered over the aperture leave no contiguous room for a large one; what does not fit is tried
 * last all the same, because the arithmetic explains and only the kernel decides. */

#include "plan.h"

#include <errno.h>

#include "room.h"
#include "util.h"

struct plan *plan_free(struct plan *plan) {
        if (!plan)
                return NULL;
        free(plan->entries);
        free(plan->actions);
        free(plan);
        return NULL;
}

enum entry_flags entry_flags(enum entry_state state) {
        static const enum entry_flags flags[] = {
                [ENTRY_AWAITED] = ENTRY_ON_ITS_WAY | ENTRY_WANTS_ROOM,
                [ENTRY_READY] = 0,
                [ENTRY_PRESENT] = ENTRY_ON_ITS_WAY,
                [ENTRY_CREATE] = ENTRY_ON_ITS_WAY | ENTRY_WANTS_ROOM,
                [ENTRY_RECREATE] = ENTRY_ON_ITS_WAY | ENTRY_WANTS_ROOM,
                [ENTRY_OTHER_TYPE] = ENTRY_CONFLICTS,
                [ENTRY_KEPT] = ENTRY_CONFLICTS,
                [ENTRY_NO_ROOM] = ENTRY_CONFLICTS,
                [ENTRY_OTHER_GPU] = ENTRY_CONFLICTS,
                [ENTRY_IN_USE] = ENTRY_CONFLICTS | ENTRY_WANTS_ROOM,
                [ENTRY_BEHIND] = 0,
                [ENTRY_NOT_OFFERED] = 0,
                [ENTRY_HELD] = 0,
        };

        return flags[state];
}

static void plan_add(struct plan *plan, const struct action *action) {
        plan->actions[plan->n_actions++] = *action;
}

static void plan_remove(struct plan *plan, const struct mdev *mdev) {
        struct action action = {
                .kind = ACTION_REMOVE,
                .parent = mdev->parent,
                .inode = mdev->inode,
                .group = mdev->group,
        };

        uuid_copy(action.uuid, mdev->uuid);
        snprintf(action.type, sizeof(action.type), "%s", mdev->type);
        plan_add(plan, &action);
}

/* Ours, and no longer declared. */
static void plan_removals(struct plan *plan) {
        const struct host *host = plan->host;

        for (size_t i = 0; i < host->n_notes; i++) {
                const struct note *note = &host->notes[i];
                const struct mdev *mdev = host_find_mdev(host, note->uuid);
                const struct record *record = history_find(plan->history, note->uuid);
                bool waits, failed;

                if (!mdev || !mdev->on_pci || !host_owns(host, mdev))
                        continue;
                if (!(plan->flags & PLAN_STOPPING) && config_declares(plan->config, mdev->uuid))
                        continue;
                waits = record && record_holds_removal(record, plan->now);
                failed = waits && record->removal.outcome == OUTCOME_FAILED;
                /* At the stop there is no later. */
                if (!waits || (failed && plan->flags & PLAN_STOPPING))
                        plan_remove(plan, mdev);
                else if (failed)
                        plan->n_unremovable++;
                else
                        plan->n_deferred++;
        }
}

static enum entry_state absent_state(const struct plan *plan, const struct declared *declared) {
        const struct record *record = history_find(plan->history, declared->uuid);

        if (plan->situation != SITUATION_OFFERED)
                return ENTRY_AWAITED;
        if (!gpu_offers(plan->gpu, declared->type))
                return ENTRY_NOT_OFFERED;
        if (record && record_holds_create_briefly(record, plan->now))
                return ENTRY_AWAITED;
        return record && record_holds_create(record, plan->now) ? ENTRY_HELD : ENTRY_CREATE;
}

/* Ours is removed for another type only where that one could be made right now; whether there is room for
 * it follows with room_serve(). */
static enum entry_state wrong_type_state(const struct plan *plan, const struct declared *declared,
                                         const struct mdev *mdev) {
        const struct record *record = history_find(plan->history, declared->uuid);
        enum entry_state anew = absent_state(plan, declared);

        if (!host_owns(plan->host, mdev))
                return ENTRY_OTHER_TYPE;
        if (plan->config->findings.n_errors > 0)
                return ENTRY_KEPT;
        if (anew != ENTRY_CREATE)
                return anew;
        return record && record_holds_removal(record, plan->now) ? ENTRY_IN_USE : ENTRY_RECREATE;
}

static enum entry_state entry_state(const struct plan *plan, const struct declared *declared,
                                    const struct mdev *mdev) {
        if (!mdev)
                return absent_state(plan, declared);
        if (!plan->gpu || !mdev_is_on(mdev, plan->gpu))
                return ENTRY_OTHER_GPU;
        /* The kernel links mdev_type last: without it the device is still in the making. */
        if (streq(mdev->type, declared->type) || mdev->type[0] == '\0')
                return mdev->ready ? ENTRY_READY : ENTRY_PRESENT;
        return wrong_type_state(plan, declared, mdev);
}

static void plan_entries(struct plan *plan) {
        plan->n_entries = plan->config->n_vgpus;
        for (size_t i = 0; i < plan->n_entries; i++) {
                struct entry *entry = &plan->entries[i];
                const struct declared *declared = &plan->config->vgpus[i];

                entry->mdev = host_find_mdev(plan->host, declared->uuid);
                entry->state = entry_state(plan, declared, entry->mdev);
        }
}

/* One that needs the room of another waits until that is gone: its removal may yet meet a user. */
static void plan_changes(struct plan *plan) {
        for (size_t i = 0; i < plan->n_entries; i++)
                if (plan->entries[i].state == ENTRY_RECREATE && plan->entries[i].at_once)
                        plan_remove(plan, plan->entries[i].mdev);
}

static bool has_changes(const struct plan *plan) {
        for (size_t i = 0; i < plan->n_entries; i++)
                if (plan->entries[i].state == ENTRY_RECREATE)
                        return true;
        return false;
}

static void plan_create(struct plan *plan, const struct declared *declared, bool fits) {
        struct action action = {
                .kind = ACTION_CREATE,
                .parent = plan->gpu->address,
                .group = -1,
                .fits = fits,
        };

        uuid_copy(action.uuid, declared->uuid);
        snprintf(action.type, sizeof(action.type), "%s", declared->type);
        plan_add(plan, &action);
}

static void plan_creates_of(struct plan *plan, bool fits, const struct type_size *size) {
        const struct declared *vgpus = plan->config->vgpus;
        bool changes = has_changes(plan);

        for (size_t i = 0; i < plan->n_entries; i++) {
                const struct entry *entry = &plan->entries[i];

                if (entry->state == ENTRY_CREATE && entry->fits == fits &&
                    type_size_find(vgpus[i].type) == size && (!changes || (entry->at_once && size)))
                        plan_create(plan, &vgpus[i], fits);
        }
}

/* A change of type leaves its room open for a moment: what might take that comes when it has ended. */
static void plan_creates(struct plan *plan) {
        size_t n;
        const struct type_size *sizes = type_sizes(&n);

        for (int fits = 1; fits >= 0; fits--) {
                for (size_t i = n; i-- > 0;)
                        plan_creates_of(plan, fits, &sizes[i]);
                plan_creates_of(plan, fits, NULL /* types of unknown size */);
        }
}

static void plan_load(struct plan *plan) {
        struct action action = {.kind = ACTION_LOAD_KVMGT, .group = -1, .parent = plan->gpu->address};

        plan_add(plan, &action);
}

static void plan_sleep(struct plan *plan) {
        struct action action = {.kind = ACTION_LET_SLEEP, .group = -1, .parent = plan->host->awake};

        if (plan->host->kept_awake && !history_holds_sleep(plan->history, plan->now))
                plan_add(plan, &action);
}

/* Whether there is work for a worker, or may be at any moment. */
static bool is_awaited(const struct plan *plan) {
        return plan->n_actions > 0 ||
               (plan->situation != SITUATION_OFFERED && !situation_is_blocked(plan->situation));
}

/* What nobody waits for has a worker of its own, and none that others would have to wait for. */
static void plan_question(struct plan *plan) {
        struct action action = {
                .kind = ACTION_ASK,
                .group = -1,
                .question = plan->question,
                .running = plan->host->enable_guc,
                .asked = plan->config->enable_guc,
        };

        if (plan->question == QUESTION_NONE || plan->question == plan->history->question)
                return;
        if (!action_is_aside(&action) || !is_awaited(plan))
                plan_add(plan, &action);
}

/* Behind what is made, since a name service may take its time. */
static void plan_group(struct plan *plan) {
        struct action action = {.kind = ACTION_GROUP, .group = -1};

        if (!config_has_group(plan->config) || history_holds_lookup(plan->history, plan->now))
                return;
        snprintf(action.name, sizeof(action.name), "%s", plan->config->group);
        plan_add(plan, &action);
}

/* Every note and every declared vGPU leads to one action at the most, and so do the module or
 * its leftovers, the question and the group. */
static struct plan *plan_new(const struct config *config, const struct host *host) {
        struct plan *plan = calloc(1, sizeof(struct plan));

        if (!plan)
                return NULL;
        plan->entries = calloc(config->n_vgpus + 1, sizeof(struct entry));
        plan->actions = calloc(config->n_vgpus + host->n_notes + 3, sizeof(struct action));
        return plan->entries && plan->actions ? plan : plan_free(plan);
}

int plan_make(const struct config *config, const struct host *host, const struct history *history,
              uint64_t now, enum plan_flags flags, struct plan **ret) {
        struct plan *plan = plan_new(config, host);
        bool load;

        if (!plan)
                return -ENOMEM;
        plan->config = config;
        plan->host = host;
        plan->history = history;
        plan->now = now;
        plan->flags = flags;
        plan->situation = situation_find(config, host, flags & PLAN_WAITED, &plan->gpu);
        load = plan->situation == SITUATION_KVMGT_NEEDED;
        if (load && history->kvmgt_unloaded)
                plan->situation = SITUATION_KVMGT_UNLOADED;
        else if (load && history->load.failures > 0)
                plan->situation = SITUATION_KVMGT_FAILED;
        plan->question = question_find(config, host, plan->situation);
        if (flags & PLAN_STOPPING || config->findings.n_errors == 0)
                plan_removals(plan);
        if (!(flags & PLAN_STOPPING)) {
                plan_entries(plan);
                room_serve(plan);
                plan_changes(plan);
                if (load && !history_holds_load(history, now))
                        plan_load(plan);
                else
                        plan_sleep(plan);
                plan_creates(plan);
                plan_group(plan);
                plan_question(plan);
        }
        *ret = plan;
        return 0;
}
