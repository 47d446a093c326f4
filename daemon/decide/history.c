/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "history.h"

#include <errno.h>

#include "host.h"
#include "util.h"

void history_done(struct history *history) {
        for (size_t i = 0; i < history->n_records; i++)
                free(history->records[i]);
        free(history->records);
        *history = (struct history){};
}

/* Of the record of this UUID, or of the first one behind it. */
static size_t place_of(const struct history *history, const uuid_t uuid) {
        size_t from = 0, to = history->n_records;

        while (from < to) {
                size_t middle = from + (to - from) / 2;

                if (uuid_compare(history->records[middle]->uuid, uuid) < 0)
                        from = middle + 1;
                else
                        to = middle;
        }
        return from;
}

static bool is_at(const struct history *history, size_t place, const uuid_t uuid) {
        return place < history->n_records &&
               uuid_compare(history->records[place]->uuid, uuid) == 0;
}

struct record *history_find(const struct history *history, const uuid_t uuid) {
        size_t place = place_of(history, uuid);

        return is_at(history, place, uuid) ? history->records[place] : NULL;
}

struct record *history_get(struct history *history, const uuid_t uuid) {
        size_t place = place_of(history, uuid), n = history->n_records;
        _cleanup_free_ struct record *record = NULL;
        struct record **records;

        if (is_at(history, place, uuid))
                return history->records[place];
        record = calloc(1, sizeof(struct record));
        records = reallocarray(history->records, n + 1, sizeof(struct record *));
        if (records)
                history->records = records;
        if (!record || !records)
                return NULL;
        uuid_copy(record->uuid, uuid);
        memmove(&records[place + 1], &records[place], (n - place) * sizeof(struct record *));
        history->n_records++;
        return records[place] = TAKE_PTR(record);
}

void history_forgive(struct history *history) {
        for (size_t i = 0; i < history->n_records; i++) {
                struct record *record = history->records[i];

                record_forgive(record);
                if (record->announced != ANNOUNCED_READY)
                        record->announced = 0;
        }
        history->load = (struct attempt){};
        history->kvmgt_unloaded = false;
        history_seek_group(history);
        history->question = QUESTION_NONE;
        history->kvmgt_seen = false; /* or the next look would call it unloaded again */
}

/* kvmgt belongs to whoever unloads it, until i915 leaves the GPU: what is loaded then is new. */
static void kvmgt_update(struct history *history, const struct host *host, const struct gpu *gpu) {
        if (!gpu || !streq(gpu->driver, "i915")) {
                history->kvmgt_seen = false;
                history->kvmgt_unloaded = false;
                history->load = (struct attempt){};
        } else if (host->kvmgt == MODULE_LIVE) {
                history->kvmgt_seen = true;
                history->kvmgt_unloaded = false;
                history->load = (struct attempt){};
        } else if (history->kvmgt_seen && host->kvmgt != MODULE_GOING) {
                history->kvmgt_unloaded = true;
        }
}

/* Losing the parent is no loss of the vGPU: nobody removed it, and it comes back with the parent. */
static void registration_update(struct history *history, const struct gpu *gpu) {
        uint64_t registration = gpu ? gpu->registration : 0;

        if (registration == history->registration)
                return;
        history->registration = registration;
        for (size_t i = 0; i < history->n_records; i++) {
                record_forgive(history->records[i]);
                history->records[i]->inode = 0;
        }
}

void history_chance(struct history *history) {
        for (size_t i = 0; i < history->n_records; i++)
                if (history->records[i]->hold == HOLD_RETRY)
                        record_chance(history->records[i]);
}

/* Forgets UUIDs that are neither declared nor there; only worth a look when there must be some. */
static void history_prune(struct history *history, const struct config *config) {
        size_t kept = 0;

        for (size_t i = 0; i < history->n_records; i++) {
                struct record *record = history->records[i];

                if (record->inode != 0 || config_declares(config, record->uuid))
                        history->records[kept++] = record;
                else
                        free(record);
        }
        history->n_records = kept;
}

static bool is_mistyped(const struct config *config, const struct mdev *mdev) {
        const struct declared *declared = config_find_vgpu(config, mdev->uuid);

        return declared && !streq(declared->type, mdev->type);
}

int history_update(struct history *history, const struct config *config, const struct host *host,
                   uint64_t now) {
        const struct gpu *gpu = host_choose_gpu(host, config);
        bool some_went = false;

        kvmgt_update(history, host, gpu);
        registration_update(history, gpu);

        for (size_t i = 0; i < history->n_records; i++) {
                struct record *record = history->records[i];
                const struct mdev *mdev = host_find_mdev(host, record->uuid);

                if (record->inode == 0 || (mdev && mdev->inode == record->inode))
                        continue;
                some_went = true;
                /* Without its parent it went along with that, and comes back with it; and what
                 * stood in the way was removed as asked. */
                if (history->registration != 0 && config_declares(config, record->uuid) &&
                    !record->mistyped)
                        record_lost(record, config->recreate, now);
                else
                        record_succeeded(record, 0);
        }
        if (some_went)
                history_chance(history);

        for (size_t i = 0; i < host->n_mdevs; i++) {
                const struct mdev *mdev = &host->mdevs[i];
                struct record *record;

                /* The kernel links it last, and not at all where the create fails: that such a device goes
                 * is no loss. */
                if (mdev->type[0] == '\0')
                        continue;
                record = history_get(history, mdev->uuid);
                if (!record)
                        return -ENOMEM;
                if (record->inode != mdev->inode)
                        record_succeeded(record, mdev->inode);
                record->mistyped = is_mistyped(config, mdev);
        }
        if (history->n_records > config->n_vgpus + host->n_mdevs)
                history_prune(history, config);
        return 0;
}

void history_loaded(struct history *history, const struct result *result, uint64_t now) {
        if (result->outcome == OUTCOME_DONE)
                history->load = (struct attempt){};
        else
                attempt_failed(&history->load, result,
                               result_may_pass(result, true) ? WAITS_SOME : WAITS_NONE, now);
}

void history_slept(struct history *history, const struct result *result, uint64_t now) {
        if (result->outcome == OUTCOME_DONE)
                history->sleep = (struct attempt){};
        else
                attempt_failed(&history->sleep, result, WAITS_ON, now);
}

void history_answered(struct history *history, enum question question, const char *answer) {
        history->question = question;
        snprintf(history->answer, sizeof(history->answer), "%s", answer);
}

void history_group(struct history *history, const struct result *result, uint64_t now) {
        if (result->outcome == OUTCOME_FAILED) {
                attempt_failed(&history->lookup, result, WAITS_ON, now);
                return;
        }
        history->group = result->outcome == OUTCOME_DONE ? GROUP_FOUND : GROUP_UNKNOWN;
        history->gid = result->outcome == OUTCOME_DONE ? result->gid : 0;
        history->lookup = (struct attempt){};
}

void history_seek_group(struct history *history) {
        history->group = GROUP_SOUGHT;
        history->lookup = (struct attempt){};
}

bool history_knows_group(const struct history *history, const struct config *config, gid_t *ret) {
        *ret = *config->group && history->group == GROUP_FOUND ? history->gid : 0;
        return !*config->group || history->group != GROUP_SOUGHT;
}

void history_released(struct history *history, uint64_t inode) {
        for (size_t i = 0; i < history->n_records; i++)
                if (history->records[i]->inode == inode &&
                    history->records[i]->removal.outcome == OUTCOME_IN_USE)
                        history->records[i]->removal = (struct attempt){};
}

bool history_holds_load(const struct history *history, uint64_t now) {
        return history->kvmgt_unloaded || attempt_holds(&history->load, now);
}

bool history_holds_sleep(const struct history *history, uint64_t now) {
        return attempt_holds(&history->sleep, now);
}

bool history_holds_lookup(const struct history *history, uint64_t now) {
        return history->group != GROUP_SOUGHT || attempt_holds(&history->lookup, now);
}

uint64_t history_next(const struct history *history, uint64_t now) {
        uint64_t next = attempt_next(&history->load, now, UINT64_MAX);

        next = attempt_next(&history->sleep, now, next);
        next = attempt_next(&history->lookup, now, next);
        for (size_t i = 0; i < history->n_records; i++) {
                const struct record *record = history->records[i];

                if (record->hold == HOLD_RETRY)
                        next = attempt_next(&record->create, now, next);
                if (record->hold == HOLD_RESTS)
                        next = attempt_next(&record->rest, now, next);
                next = attempt_next(&record->removal, now, next);
        }
        return next;
}
