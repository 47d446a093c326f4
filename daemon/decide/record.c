/* SPDX-License-Identifier: GPL-2.0-or-later */

/* An answer that may change is asked for again after some time and then at the next event; any other
 * stays until a reload or a new registration of the parent. */

#include "record.h"

#include <errno.h>

#include "util.h"

#define LOSS_WINDOW (60 * SECOND)

void record_chance(struct record *record) {
        record->hold = HOLD_NONE;
        record->create = (struct attempt){};
}

void record_forgive(struct record *record) {
        record_chance(record);
        record->n_losses = 0;
        record->rest = (struct attempt){};
        record->removal = (struct attempt){};
}

void record_lost(struct record *record, bool recreate, uint64_t now) {
        static const struct result lost = {.outcome = OUTCOME_FAILED};
        unsigned kept = 0;

        if (now >= record->rest.again_at + LOSS_WINDOW)
                record->rest = (struct attempt){};
        record->inode = 0;
        record->removal = (struct attempt){};
        for (unsigned i = 0; i < record->n_losses; i++)
                if (now - record->losses[i] < LOSS_WINDOW)
                        record->losses[kept++] = record->losses[i];
        if (kept < RECORD_LOSSES)
                record->losses[kept++] = now;
        record->n_losses = kept;
        record->lost = true;
        if (!recreate) {
                record->hold = HOLD_LOST;
        } else if (kept == RECORD_LOSSES) {
                record->hold = HOLD_RESTS;
                attempt_failed(&record->rest, &lost, WAITS_REST, now);
        }
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

bool result_may_pass(const struct result *result, bool fits) {
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

void record_succeeded(struct record *record, uint64_t inode) {
        record_chance(record);
        if (inode == 0)
                record->announced = 0; /* when it comes back, it is news */
        record->inode = inode;
        record->removal = (struct attempt){};
}

static enum waits waits_of(const struct result *result, bool passes) {
        if (!passes)
                return WAITS_NONE;
        if (result->outcome == OUTCOME_NO_NOTE)
                return WAITS_ON;
        return result->error == EEXIST ? WAITS_TAKEN : WAITS_SOME;
}

void record_created(struct record *record, const struct result *result, bool fits, uint64_t now) {
        bool passes = result_may_pass(result, fits);

        if (result->outcome == OUTCOME_DONE) {
                record_succeeded(record, result->inode);
                return;
        }
        record->inode = 0;
        record->hold = passes || result->error == ENOSPC ? HOLD_RETRY : HOLD_FAILED;
        attempt_failed(&record->create, result, waits_of(result, passes), now);
}

void record_removed(struct record *record, const struct result *result, bool awaited, uint64_t now) {
        bool in_use = result->outcome == OUTCOME_IN_USE;

        if (result->outcome == OUTCOME_DONE) {
                record_succeeded(record, 0);
                return;
        }
        if (record->removal.outcome != result->outcome)
                record->removal = (struct attempt){};
        attempt_failed(&record->removal, result,
                       !in_use ? WAITS_ON : awaited ? WAITS_NONE : WAITS_IN_USE, now);
        if (in_use)
                snprintf(record->holder, sizeof(record->holder), "%.*s", HOLDER_MAX - 1, result->detail);
}

bool record_removal_repeats(const struct record *record, const struct result *result) {
        return record->removal.failures > 0 && record->removal.outcome == result->outcome &&
               record->removal.error == result->error;
}

bool record_holds_create(const struct record *record, uint64_t now) {
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

bool record_holds_create_briefly(const struct record *record, uint64_t now) {
        return record->hold == HOLD_RETRY && attempt_holds(&record->create, now) &&
               record->create.wait > 0 && record->create.wait < SECOND;
}

bool record_holds_removal(const struct record *record, uint64_t now) {
        return attempt_holds(&record->removal, now);
}
