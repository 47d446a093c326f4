/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The counts follow from BAR 2 and the devices present, never from available_instances (host.h says
 * why), so they are the same before and after the reboot that turns GVT-g on. */

#include "room.h"

#include <limits.h>

#include "plan.h"
#include "platform.h"
#include "util.h"

/* Which devices count. */
typedef bool (*filter)(const struct plan *plan, const struct mdev *mdev);

static bool is_there(const struct plan *plan, const struct mdev *mdev) {
        return true;
}

/* Is neither removed nor to change its type. */
static bool stays(const struct plan *plan, const struct mdev *mdev) {
        for (size_t i = 0; i < plan->n_entries; i++)
                if (plan->entries[i].state == ENTRY_RECREATE && plan->entries[i].mdev == mdev)
                        return false;
        for (size_t i = 0; i < plan->n_actions; i++)
                if (plan->actions[i].kind == ACTION_REMOVE &&
                    plan->actions[i].inode == mdev->inode)
                        return false;
        return true;
}

/* Neither ours nor declared. */
static bool is_foreign(const struct plan *plan, const struct mdev *mdev) {
        return !config_declares(plan->config, mdev->uuid) && !host_owns(plan->host, mdev);
}

/* What the GPU has, with this aperture, beside these devices. */
static struct pool pool_beside(const struct plan *plan, uint64_t aperture, filter counts) {
        struct pool pool = pool_of(aperture, plan->gpu->ggtt);

        for (size_t i = 0; i < plan->host->n_mdevs; i++) {
                const struct mdev *mdev = &plan->host->mdevs[i];
                const struct type_size *size = type_size_find(mdev->type);

                if (size && mdev_is_on(mdev, plan->gpu) && counts(plan, mdev))
                        pool_charge(&pool, size);
        }
        return pool;
}

const struct mdev *room_stranger(const struct plan *plan) {
        const struct host *host = plan->host;
        const struct mdev *found = NULL;
        uint64_t largest = 0;

        for (size_t i = 0; i < host->n_mdevs; i++) {
                const struct mdev *mdev = &host->mdevs[i];
                const struct type_size *size = type_size_find(mdev->type);

                if (!size || size->low_gm <= largest || !mdev_is_on(mdev, plan->gpu) || !is_foreign(plan, mdev))
                        continue;
                found = mdev;
                largest = size->low_gm;
        }
        return found;
}

/* What failed, or rests, keeps its place in the order of the ini. */
static bool wants_room(const struct plan *plan, size_t i) {
        const struct entry *entry = &plan->entries[i];

        if (entry->state == ENTRY_HELD)
                return history_find(plan->history, plan->config->vgpus[i].uuid)->hold != HOLD_LOST;
        return entry_flags(entry->state) & ENTRY_WANTS_ROOM &&
               !(entry->state == ENTRY_AWAITED && entry->mdev);
}

/* What is there already when a change of type begins, or waits for its user. */
static const struct type_size *size_before(const struct entry *entry) {
        return entry->state == ENTRY_RECREATE || entry->state == ENTRY_IN_USE
                       ? type_size_find(entry->mdev->type)
                       : NULL;
}

/* An unknown type or aperture is left to the kernel. */
static bool take(const struct plan *plan, size_t i, struct pool *pool) {
        const struct type_size *size = type_size_find(plan->config->vgpus[i].type);
        const struct type_size *before = size_before(&plan->entries[i]);

        if (plan->gpu->aperture == 0 || !size)
                return true;
        return before ? pool_grow(pool, before, size) : pool_take(pool, size);
}

/* Whether it grows or not, the smaller of the two is its own: nobody else is given that. */
static void charge_changes(struct plan *plan) {
        for (size_t i = 0; i < plan->n_entries; i++) {
                const struct type_size *before = size_before(&plan->entries[i]);
                const struct type_size *size = type_size_find(plan->config->vgpus[i].type);

                if (before && plan->entries[i].state == ENTRY_RECREATE)
                        pool_charge(&plan->left, size && size->low_gm < before->low_gm ? size : before);
        }
}

/* In the order of the ini, beside all devices that are there: what waits for one of them to go has what comes
 * after it wait, too, unless that one takes nothing more. */
static void find_free_now(struct plan *plan) {
        struct pool pool = pool_beside(plan, plan->gpu->aperture, is_there);

        for (size_t i = 0; i < plan->n_entries; i++) {
                struct entry *entry = &plan->entries[i];

                entry->at_once = entry->fits && (!wants_room(plan, i) || take(plan, i, &pool));
                if (entry->fits && !entry->at_once)
                        pool = (struct pool){};
        }
}

static bool will_grow(const struct plan *plan, size_t i) {
        const struct type_size *before = size_before(&plan->entries[i]);
        const struct type_size *size = type_size_find(plan->config->vgpus[i].type);

        return before && size && before->low_gm < size->low_gm;
}

/* The kernel, which knows nothing of the ini, would give the room that is kept to whoever asks. */
static void keep_room(struct plan *plan) {
        bool kept = false;

        for (size_t i = 0; i < plan->n_entries; i++) {
                struct entry *entry = &plan->entries[i];

                if (entry->state == ENTRY_IN_USE)
                        kept |= entry->fits && will_grow(plan, i);
                else if (kept && entry->state == ENTRY_CREATE && !entry->fits)
                        entry->state = ENTRY_BEHIND;
        }
}

void room_serve(struct plan *plan) {
        if (!plan->gpu)
                return;
        plan->left = pool_beside(plan, plan->gpu->aperture, stays);
        charge_changes(plan);
        for (size_t i = 0; i < plan->n_entries; i++) {
                struct entry *entry = &plan->entries[i];

                entry->fits = !wants_room(plan, i) || take(plan, i, &plan->left);
                if (!entry->fits && entry->state == ENTRY_RECREATE)
                        entry->state = ENTRY_NO_ROOM;
                if (!entry->fits && plan->situation == SITUATION_OFFERED)
                        plan->exceeds = true;
        }
        find_free_now(plan);
        keep_room(plan);
}

static bool take_all(const struct plan *plan, struct pool pool, const struct type_size *at_most) {
        for (size_t i = 0; i < plan->config->n_vgpus; i++) {
                const struct type_size *size = type_size_find(plan->config->vgpus[i].type);

                if (size && at_most && at_most->low_gm < size->low_gm)
                        size = at_most;
                if (size && !pool_take(&pool, size))
                        return false;
        }
        return true;
}

bool room_for_all(const struct plan *plan, uint64_t aperture, const struct type_size *at_most) {
        return take_all(plan, pool_beside(plan, aperture, is_foreign), at_most);
}

bool room_in_aperture(const struct plan *plan) {
        struct pool pool = pool_beside(plan, plan->gpu->aperture, is_foreign);

        pool.high_gm = UINT64_MAX;
        pool.fences = pool.ids = UINT_MAX;
        return take_all(plan, pool, NULL);
}

/* Type names carry V4 on gen8 and V5 on gen9; a parent that is registered has the last word. */
static bool offers_name(const struct gpu *gpu, const struct type_size *size, char *ret) {
        static const char *const versions[] = {"V4", "V5"};
        const struct platform *platform = gpu_platform(gpu);

        for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
                snprintf(ret, TYPE_NAME_MAX, "i915-GVTg_%s_%u", versions[i], size->number);
                if (gpu->registered
                            ? gpu_offers(gpu, ret)
                            : platform && platform->types && streq(platform->types, versions[i]) &&
                                      type_listed(size, gpu->aperture))
                        return true;
        }
        return false;
}

size_t offers_make(const struct plan *plan, struct offer ret[static OFFERS_MAX]) {
        const struct gpu *gpu = plan->gpu;
        struct pool empty = pool_of(gpu->aperture, gpu->ggtt);
        struct pool now = pool_beside(plan, gpu->aperture, is_there);
        size_t n = 0, n_sizes;
        const struct type_size *sizes = type_sizes(&n_sizes);

        for (size_t i = 0; i < n_sizes && n < OFFERS_MAX; i++) {
                if (!offers_name(gpu, &sizes[i], ret[n].name))
                        continue;
                ret[n].size = &sizes[i];
                ret[n].fit_empty = pool_count(&empty, &sizes[i]);
                ret[n].fit_now = pool_count(&now, &sizes[i]);
                ret[n].fit_planned = pool_count(&plan->left, &sizes[i]);
                n++;
        }
        return n;
}

bool offers_have(const struct offer *offers, size_t n, const char *type) {
        for (size_t i = 0; i < n; i++)
                if (streq(offers[i].name, type))
                        return true;
        return false;
}

const struct offer *offers_choose(const struct offer *offers, size_t n_offers, const char *type,
                                  unsigned n) {
        for (size_t i = n_offers; i-- > 0;)
                if ((!type || streq(offers[i].name, type)) && offers[i].fit_planned >= n)
                        return &offers[i];
        return NULL;
}
