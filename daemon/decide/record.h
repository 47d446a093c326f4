/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the daemon remembers of one vGPU: who was there before, what failed and when it may be tried again.
 * Pure. */

#include <stdbool.h>
#include <stdint.h>
#include <uuid/uuid.h>

#include "attempt.h"

/* Losses of one vGPU within a minute after which it is left alone for a while. */
#define RECORD_LOSSES 3
#define HOLDER_MAX 128
#define ANNOUNCED_READY 1

enum hold {
        HOLD_NONE,
        HOLD_RETRY,   /* failed; tried again by time, or at the next event that may change it */
        HOLD_FAILED,  /* failed; only a reload or a new registration changes that */
        HOLD_LOST,    /* something else removed it and recreate = no */
        HOLD_RESTS,   /* lost too often: not made again for a while */
};

struct record {
        uuid_t uuid;
        uint64_t inode; /* of the device when last seen; 0: not there */
        bool mistyped;  /* that device is not what is declared: it stands in the way */
        uint64_t losses[RECORD_LOSSES];
        unsigned n_losses;
        struct attempt rest; /* after that many losses */
        enum hold hold;
        struct attempt create;
        struct attempt removal; /* IN_USE: a user has it, whose release is awaited; else FAILED */
        char holder[HOLDER_MAX];
        bool access_left; /* its node has somebody else's permissions, and that was said */
        bool lost;     /* since the last announcement */
        int announced; /* what announce.c said last of this vGPU; 0: nothing, or ANNOUNCED_READY */
};

/* Whether it may end otherwise when it is tried again. `fits`: the arithmetic says there is room, so ENOSPC
 * may pass. */
bool result_may_pass(const struct result *result, bool fits);

/* The device went away, by no doing of gvtd's. */
void record_lost(struct record *record, bool recreate, uint64_t now);
/* Its creation may be tried again. */
void record_chance(struct record *record);
/* So may everything else. */
void record_forgive(struct record *record);
/* What came of a create. `fits`: the arithmetic says there is room, so ENOSPC may pass. */
void record_created(struct record *record, const struct result *result, bool fits, uint64_t now);
/* gvtd itself made or removed it: no loss, no failure. */
void record_succeeded(struct record *record, uint64_t inode);
/* What came of a removal. One that met a user is tried again when that user ends, where this is `awaited`;
 * otherwise after a moment (the kernel notifies before it lets go, and a holder may have ended just now), then
 * less and less often, and at the next release. One that failed although nobody has the device is tried
 * again by time alone: the release that follows is our own. */
void record_removed(struct record *record, const struct result *result, bool awaited, uint64_t now);
/* The last attempt at its removal ended in the same way. */
bool record_removal_repeats(const struct record *record, const struct result *result);

bool record_holds_create(const struct record *record, uint64_t now);
/* And that for less than a second, which is not worth a word. */
bool record_holds_create_briefly(const struct record *record, uint64_t now);
bool record_holds_removal(const struct record *record, uint64_t now);
