/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Memory between passes. Retrying follows from the errno alone: an answer that may change is asked
 * for again after 1, 5 and 25 seconds and then at the next event; any other stays until a reload
 * or a new registration of the parent. */

#include "history.h"

#include <errno.h>

#include "host.h"
#include "util.h"

#define SECOND UINT64_C(1000000)

/* The waits between attempts, and none after the last. */
static const uint64_t retry_after[] = {1 * SECOND, 5 * SECOND, 25 * SECOND, 0};
static const uint64_t busy_after[] = {SECOND / 20, SECOND / 5, SECOND / 2, 0};
/* The UUID of a device that somebody removed is taken until its last reference is dropped, which comes
 * after the event: a matter of milliseconds, unless somebody holds it. */
static const uint64_t taken_after[] = {SECOND / 20, SECOND / 5,  SECOND / 2, 1 * SECOND,
                                       5 * SECOND,  25 * SECOND, 0};
/* Two managers at odds over a vGPU cannot be told from one that stops and starts a VM often (Proxmox
 * removes the vGPU with each stop). The first would go on for ever, the second is over soon: so the
 * rests grow, and none is the last. */
static const uint64_t rest_after[] = {60 * SECOND, 600 * SECOND, 3600 * SECOND, 0};
static const uint64_t never[] = {0};

void attempt_failed(struct attempt *attempt, const struct result *result, const uint64_t *waits,
                    bool goes_on, uint64_t now) {
        size_t i = 0;

        while (i < attempt->failures && waits[i])
                i++;
        attempt->wait = waits[i] || i == 0 || !goes_on ? waits[i] : waits[i - 1];
        attempt->again_at = now + attempt->wait;
        attempt->outcome = result->outcome;
        attempt->error = result->error;
        attempt->deduced = result->deduced;
        attempt->failures++;
}

static bool attempt_holds(const struct attempt *attempt, uint64_t now) {
        return attempt->failures > 0 && (attempt->wait == 0 || attempt->again_at > now);
}

uint64_t attempt_next(const struct attempt *attempt, uint64_t now, uint64_t next) {
        return attempt->failures > 0 && attempt->wait > 0 && attempt->again_at > now &&
                               attempt->again_at < next
                       ? attempt->again_at
                       : next;
}

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

static void failure_clear(struct record *record) {
        record->hold = HOLD_NONE;
        record->create = (struct attempt){};
}

static void record_lost(struct record *record, bool recreate, uint64_t now) {
        static const struct result lost = {.outcome = OUTCOME_FAILED};
        unsigned kept = 0;

        if (now >= record->rest.again_at + HISTORY_LOSS_WINDOW)
                record->rest = (struct attempt){};
        record->inode = 0;
        record->removal = (struct attempt){};
        for (unsigned i = 0; i < record->n_losses; i++)
                if (now - record->losses[i] < HISTORY_LOSS_WINDOW)
                        record->losses[kept++] = record->losses[i];
        if (kept < HISTORY_LOSSES)
                record->losses[kept++] = now;
        record->n_losses = kept;
        record->lost = true;
        if (!recreate) {
                record->hold = HOLD_LOST;
        } else if (kept == HISTORY_LOSSES) {
                record->hold = HOLD_RESTS;
                attempt_failed(&record->rest, &lost, rest_after, /* goes_on= */ true, now);
        }
}

void history_forgive(struct history *history) {
        for (size_t i = 0; i < history->n_records; i++) {
                struct record *record = history->records[i];

                failure_clear(record);
                record->n_losses = 0;
                record->rest = (struct attempt){};
                record->removal = (struct attempt){};
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
                struct record *record = history->records[i];

                failure_clear(record);
                record->n_losses = 0;
                record->rest = (struct attempt){};
                record->inode = 0;
                record->removal = (struct attempt){};
        }
}

void history_chance(struct history *history) {
        for (size_t i = 0; i < history->n_records; i++)
                if (history->records[i]->hold == HOLD_RETRY)
                        failure_clear(history->records[i]);
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

        return declared && mdev->type[0] && !streq(declared->type, mdev->type);
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

static bool error_may_pass(int error, bool fits) {
        switch (error) {
        case EAGAIN:
        case EINTR:
        case ENODEV: /* the parent is unregistering; if it comes back, so does the vGPU */
        case EEXIST: /* still being removed: the UUID is taken until the last reference is gone */
        case EBUSY:
        case ENOMEM:
        case EMFILE:
        case ENFILE:
        case EIO: /* of the worker's own looks as well, before anything was written */
                return true;
        case ENOSPC:
                return fits;
        default:
                return false;
        }
}

static bool may_pass(const struct result *result, bool fits) {
        switch (result->outcome) {
        case OUTCOME_NO_NOTE: /* /run is full or read-only: no event tells when that ends */
        case OUTCOME_GATE_CLOSED:
                return true;
        case OUTCOME_FAILED:
                return error_may_pass(result->error, fits);
        case OUTCOME_DONE:
        case OUTCOME_IN_USE:
        case OUTCOME_UNKNOWN:
        case OUTCOME_UNVERIFIED:
                break;
        }
        return false;
}

void history_loaded(struct history *history, const struct result *result, uint64_t now) {
        if (result->outcome == OUTCOME_DONE)
                history->load = (struct attempt){};
        else
                attempt_failed(&history->load, result, may_pass(result, true) ? retry_after : never,
                               /* goes_on= */ false, now);
}

void history_slept(struct history *history, const struct result *result, uint64_t now) {
        if (result->outcome == OUTCOME_DONE)
                history->sleep = (struct attempt){};
        else
                attempt_failed(&history->sleep, result, retry_after, /* goes_on= */ true, now);
}

void history_succeeded(struct record *record, uint64_t inode) {
        failure_clear(record);
        if (inode == 0)
                record->announced = 0; /* when it comes back, it is news */
        record->inode = inode;
        record->removal = (struct attempt){};
}

static const uint64_t *waits_of(const struct result *result, bool passes) {
        if (!passes)
                return never;
        return result->error == EEXIST ? taken_after : retry_after;
}

void history_created(struct record *record, const struct result *result, bool fits, uint64_t now) {
        bool passes = may_pass(result, fits);

        if (result->outcome == OUTCOME_DONE) {
                history_succeeded(record, result->inode);
                return;
        }
        record->inode = 0;
        record->hold = passes || result->error == ENOSPC ? HOLD_RETRY : HOLD_FAILED;
        attempt_failed(&record->create, result, waits_of(result, passes),
                       result->outcome == OUTCOME_NO_NOTE, now);
}

void history_removed(struct history *history, struct record *record, const struct result *result,
                     bool awaited, uint64_t now) {
        bool in_use = result->outcome == OUTCOME_IN_USE;

        if (result->outcome == OUTCOME_DONE) {
                history_succeeded(record, 0);
                history_chance(history);
                return;
        }
        if (record->removal.outcome != result->outcome)
                record->removal = (struct attempt){};
        attempt_failed(&record->removal, result, !in_use ? retry_after : awaited ? never : busy_after,
                       /* goes_on= */ !in_use, now);
        if (in_use)
                snprintf(record->holder, sizeof(record->holder), "%.*s", HOLDER_MAX - 1, result->detail);
}

bool history_removal_repeats(const struct record *record, const struct result *result) {
        return record->removal.failures > 0 && record->removal.outcome == result->outcome &&
               record->removal.error == result->error;
}

void history_answered(struct history *history, enum question question, const char *answer) {
        history->question = question;
        snprintf(history->answer, sizeof(history->answer), "%s", answer);
}

void history_group(struct history *history, const struct result *result, uint64_t now) {
        if (result->outcome == OUTCOME_FAILED) {
                attempt_failed(&history->lookup, result, retry_after, /* goes_on= */ true, now);
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

bool history_holds_create(const struct record *record, uint64_t now) {
        switch (record->hold) {
        case HOLD_NONE:
                return false;
        case HOLD_RETRY:
                return attempt_holds(&record->create, now);
        case HOLD_RESTS:
                return attempt_holds(&record->rest, now);
        case HOLD_FAILED:
        case HOLD_LOST:
                return true;
        }
        return false;
}

bool history_holds_create_briefly(const struct record *record, uint64_t now) {
        return record->hold == HOLD_RETRY && attempt_holds(&record->create, now) &&
               record->create.wait > 0 && record->create.wait < SECOND;
}

bool history_holds_removal(const struct record *record, uint64_t now) {
        return attempt_holds(&record->removal, now);
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
