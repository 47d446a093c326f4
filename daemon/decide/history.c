/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Memory between passes. Retrying follows from the errno alone: an answer that may change is asked
 * for again after 1, 5 and 25 seconds and then at the next event; any other stays until a reload
 * or a new registration of the parent. */

#include "history.h"

#include <errno.h>

#include "action.h"
#include "host.h"
#include "util.h"

#define SECOND UINT64_C(1000000)

static const uint64_t retry_after[] = {1 * SECOND, 5 * SECOND, 25 * SECOND};
static const uint64_t busy_after[] = {SECOND / 20, SECOND / 5, SECOND / 2};

void history_done(struct history *history) {
        free(history->records);
        *history = (struct history){};
}

struct record *history_find(const struct history *history, const uuid_t uuid) {
        for (size_t i = 0; i < history->n_records; i++)
                if (uuid_compare(history->records[i].uuid, uuid) == 0)
                        return &history->records[i];
        return NULL;
}

struct record *history_get(struct history *history, const uuid_t uuid) {
        struct record *record = history_find(history, uuid);
        struct record *records;

        if (record)
                return record;
        records = realloc(history->records, (history->n_records + 1) * sizeof(struct record));
        if (!records)
                return NULL;
        history->records = records;
        record = &records[history->n_records++];
        *record = (struct record){};
        uuid_copy(record->uuid, uuid);
        return record;
}

static void failure_clear(struct record *record) {
        record->hold = HOLD_NONE;
        record->error = 0;
        record->attempts = 0;
        record->retry_at = 0;
}

static void busy_clear(struct record *record) {
        record->busy = false;
        record->busy_attempts = 0;
        record->removal_error = 0;
}

static void record_lost(struct record *record, bool recreate, uint64_t now) {
        unsigned kept = 0;

        record->inode = 0;
        record->busy = false;
        for (unsigned i = 0; i < record->n_losses; i++)
                if (now - record->losses[i] < HISTORY_LOSS_WINDOW)
                        record->losses[kept++] = record->losses[i];
        if (kept < HISTORY_LOSSES)
                record->losses[kept++] = now;
        record->n_losses = kept;
        record->lost = true;
        if (!recreate)
                record->hold = HOLD_LOST;
        else if (kept == HISTORY_LOSSES)
                record->hold = HOLD_GIVE_UP;
}

static void kvmgt_clear(struct history *history) {
        history->kvmgt_error = 0;
        history->kvmgt_attempts = 0;
        history->kvmgt_retry_at = 0;
}

void history_forgive(struct history *history) {
        for (size_t i = 0; i < history->n_records; i++) {
                failure_clear(&history->records[i]);
                history->records[i].n_losses = 0;
                busy_clear(&history->records[i]);
                if (history->records[i].announced != ANNOUNCED_READY)
                        history->records[i].announced = 0;
        }
        kvmgt_clear(history);
        history->kvmgt_unloaded = false;
        history->question = QUESTION_NONE;
        history->kvmgt_seen = false; /* or the next look would call it unloaded again */
}

/* kvmgt belongs to whoever unloads it, until i915 leaves the GPU: what is loaded then is new. */
static void kvmgt_update(struct history *history, const struct host *host, const struct gpu *gpu) {
        if (!gpu || !streq(gpu->driver, "i915")) {
                history->kvmgt_seen = false;
                history->kvmgt_unloaded = false;
                kvmgt_clear(history);
        } else if (host->kvmgt == MODULE_LIVE) {
                history->kvmgt_seen = true;
                history->kvmgt_unloaded = false;
                kvmgt_clear(history);
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
                failure_clear(&history->records[i]);
                history->records[i].n_losses = 0;
                history->records[i].inode = 0;
                history->records[i].busy = false;
        }
}

void history_chance(struct history *history) {
        for (size_t i = 0; i < history->n_records; i++)
                if (history->records[i].hold == HOLD_RETRY)
                        failure_clear(&history->records[i]);
}

/* Forgets UUIDs that are neither declared nor there; only worth a look when there must be some. */
static void history_prune(struct history *history, const struct config *config) {
        size_t kept = 0;

        for (size_t i = 0; i < history->n_records; i++)
                if (history->records[i].inode != 0 ||
                    config_declares(config, history->records[i].uuid))
                        history->records[kept++] = history->records[i];
        history->n_records = kept;
}

static bool is_mistyped(const struct config *config, const struct mdev *mdev) {
        for (size_t i = 0; i < config->n_vgpus; i++)
                if (uuid_compare(config->vgpus[i].uuid, mdev->uuid) == 0)
                        return mdev->type[0] && !streq(config->vgpus[i].type, mdev->type);
        return false;
}

int history_update(struct history *history, const struct config *config, const struct host *host,
                   uint64_t now) {
        const struct gpu *gpu = host_choose_gpu(host, config);
        bool some_went = false;

        kvmgt_update(history, host, gpu);
        registration_update(history, gpu);

        for (size_t i = 0; i < history->n_records; i++) {
                struct record *record = &history->records[i];
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
                        history_succeeded(record, 0);
        }
        if (some_went)
                history_chance(history);

        for (size_t i = 0; i < host->n_mdevs; i++) {
                struct record *record = history_get(history, host->mdevs[i].uuid);

                if (!record)
                        return -ENOMEM;
                if (record->inode != host->mdevs[i].inode)
                        history_succeeded(record, host->mdevs[i].inode);
                record->mistyped = is_mistyped(config, &host->mdevs[i]);
        }
        if (history->n_records > config->n_vgpus + host->n_mdevs)
                history_prune(history, config);
        return 0;
}

static bool may_pass(int error, bool fits) {
        switch (error) {
        case EAGAIN:
        case EINTR:
        case ENODEV: /* the parent is unregistering; if it comes back, so does the vGPU */
        case EEXIST: /* still being removed: the UUID is taken until the last reference is gone */
        case EBUSY:
        case ENOMEM:
        case EROFS: /* /run is full or read-only: no event tells when that ends */
                return true;
        case ENOSPC:
                return fits;
        default:
                return false;
        }
}

void history_loaded(struct history *history, int error, uint64_t now) {
        history->kvmgt_error = error;
        history->kvmgt_retry_at = 0;
        if (error && may_pass(error, true) && history->kvmgt_attempts < ARRAY_SIZE(retry_after))
                history->kvmgt_retry_at = now + retry_after[history->kvmgt_attempts++];
}

void history_failed(struct record *record, int error, bool fits, uint64_t now) {
        record->error = error;
        record->inode = 0;
        record->hold = may_pass(error, fits) || error == ENOSPC ? HOLD_RETRY : HOLD_FAILED;
        record->retry_at = 0;
        if (may_pass(error, fits) && record->attempts < ARRAY_SIZE(retry_after))
                record->retry_at = now + retry_after[record->attempts++];
        else if (error == EROFS)
                record->retry_at = now + retry_after[ARRAY_SIZE(retry_after) - 1];
}

void history_succeeded(struct record *record, uint64_t inode) {
        failure_clear(record);
        if (inode == 0)
                record->announced = 0; /* when it comes back, it is news */
        record->inode = inode;
        busy_clear(record);
}

void history_created(struct record *record, const struct result *result, bool fits, uint64_t now) {
        switch (result->outcome) {
        case OUTCOME_DONE:
                history_succeeded(record, result->inode);
                break;
        case OUTCOME_FAILED:
                history_failed(record, result->error, fits, now);
                break;
        case OUTCOME_NO_NOTE:
                history_failed(record, EROFS, false, now);
                break;
        case OUTCOME_GATE_CLOSED:
                history_failed(record, EAGAIN, true, now);
                break;
        case OUTCOME_IN_USE:
        case OUTCOME_UNVERIFIED:
                history_failed(record, EPROTO, false, now);
                break;
        }
}

void history_busy(struct record *record, const char *holder, bool awaited, uint64_t now) {
        if (record->removal_error)
                busy_clear(record);
        record->busy = true;
        record->busy_retry_at = 0;
        if (!awaited && record->busy_attempts < ARRAY_SIZE(busy_after))
                record->busy_retry_at = now + busy_after[record->busy_attempts];
        record->busy_attempts++;
        snprintf(record->holder, sizeof(record->holder), "%s", holder);
}

void history_unremovable(struct record *record, int error, uint64_t now) {
        size_t last = ARRAY_SIZE(retry_after) - 1, i;

        if (record->removal_error == 0)
                busy_clear(record);
        i = record->busy_attempts < last ? record->busy_attempts : last;
        record->busy = true;
        record->busy_attempts++;
        record->busy_retry_at = now + retry_after[i];
        record->removal_error = error;
}

bool history_removal_repeats(const struct record *record, int error) {
        return record->busy_attempts > 0 && record->removal_error == error;
}

void history_answered(struct history *history, enum question question, const char *answer) {
        history->question = question;
        snprintf(history->answer, sizeof(history->answer), "%s", answer);
}

void history_released(struct history *history, uint64_t inode) {
        for (size_t i = 0; i < history->n_records; i++)
                if (history->records[i].inode == inode && history->records[i].removal_error == 0)
                        busy_clear(&history->records[i]);
}

bool history_holds_load(const struct history *history, uint64_t now) {
        if (history->kvmgt_unloaded)
                return true;
        return history->kvmgt_error &&
               (history->kvmgt_retry_at == 0 || history->kvmgt_retry_at > now);
}

bool history_holds_create(const struct record *record, uint64_t now) {
        switch (record->hold) {
        case HOLD_NONE:
                return false;
        case HOLD_RETRY:
                return record->retry_at == 0 || record->retry_at > now;
        case HOLD_FAILED:
        case HOLD_LOST:
        case HOLD_GIVE_UP:
                return true;
        }
        return false;
}

bool history_holds_removal(const struct record *record, uint64_t now) {
        return record->busy && (record->busy_retry_at == 0 || record->busy_retry_at > now);
}

uint64_t history_next(const struct history *history, uint64_t now) {
        uint64_t next = UINT64_MAX;

        if (history->kvmgt_retry_at > now)
                next = history->kvmgt_retry_at;
        for (size_t i = 0; i < history->n_records; i++) {
                const struct record *record = &history->records[i];

                if (record->hold == HOLD_RETRY && record->retry_at > now && record->retry_at < next)
                        next = record->retry_at;
                if (record->busy && record->busy_retry_at > now && record->busy_retry_at < next)
                        next = record->busy_retry_at;
        }
        return next;
}
