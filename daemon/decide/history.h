/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the daemon remembers between two passes, which a look at the machine cannot tell: who was
 * here before, what failed and when it may be tried again. Pure: the time comes in as an argument
 * (CLOCK_MONOTONIC, microseconds). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uuid/uuid.h>

#include "action.h"
#include "config.h"
#include "ladder.h"

/* Losses of one vGPU within HISTORY_LOSS_WINDOW after which it is left alone for a while. */
#define HISTORY_LOSSES 3
#define HISTORY_LOSS_WINDOW (60 * UINT64_C(1000000))
#define HOLDER_MAX 128
#define ANNOUNCED_READY 1

/* What failed, and when it is tried again. */
struct attempt {
        unsigned failures;    /* in a row; 0: nothing failed */
        enum outcome outcome; /* of the last one */
        int error;            /* its positive errno, where it has one */
        uint64_t wait;        /* until the next one; 0: not by time */
        uint64_t again_at;    /* when that is over */
        bool deduced;         /* no call returned that errno */
};

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
        uint64_t losses[HISTORY_LOSSES];
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

enum group_state {
        GROUP_SOUGHT,  /* the answer is still to come: what stands is kept */
        GROUP_FOUND,
        GROUP_UNKNOWN, /* nobody knows it: root only */
};

struct history {
        struct record **records; /* sorted by uuid */
        size_t n_records;
        uint64_t registration; /* of the parent when last seen */
        bool kvmgt_seen;       /* was live while we watched */
        bool kvmgt_unloaded;   /* and somebody took it away: theirs to bring back */
        struct attempt load;   /* of it, by us */
        struct attempt sleep;  /* to let the GPU sleep again after that */
        enum group_state group; /* the ini's, where it has one */
        gid_t gid;              /* its number, where FOUND */
        struct attempt lookup;  /* of it, where that could not be answered */
        enum question question;       /* the last one that was asked and is not settled */
        char answer[EXPLANATION_MAX]; /* to it; "": none was found */
};

/* `waits` are the waits between attempts, and end with 0; `goes_on`: after the last comes the same again. */
void attempt_failed(struct attempt *attempt, const struct result *result, const uint64_t *waits,
                    bool goes_on, uint64_t now);
/* The earlier one of `next` and when this is tried again. */
uint64_t attempt_next(const struct attempt *attempt, uint64_t now, uint64_t next);

void history_done(struct history *history);

/* Borrowed; NULL when nothing is remembered of this UUID. */
struct record *history_find(const struct history *history, const uuid_t uuid);
/* The same, made when missing; NULL when out of memory. */
struct record *history_get(struct history *history, const uuid_t uuid);

/* Takes in what a look at the machine shows: counts losses of declared vGPUs, forgives them when the
 * parent was registered anew, lets retryable failures have another chance when a device went away. */
int history_update(struct history *history, const struct config *config, const struct host *host,
                   uint64_t now);

/* What came of loading kvmgt. */
void history_loaded(struct history *history, const struct result *result, uint64_t now);
/* What came of letting the GPU sleep again. */
void history_slept(struct history *history, const struct result *result, uint64_t now);
/* What came of a create. `fits`: the arithmetic says there is room, so ENOSPC may pass. */
void history_created(struct record *record, const struct result *result, bool fits, uint64_t now);
/* gvtd itself made or removed it: no loss, no failure. */
void history_succeeded(struct record *record, uint64_t inode);
/* What came of a removal. One that met a user is tried again when that user ends, where this is `awaited`;
 * otherwise after a moment, a few times (the kernel notifies before it lets go, and a holder may have
 * ended just now), and then at the next release. One that failed although nobody has the device is tried
 * again by time alone: the release that follows is of our own claim. */
void history_removed(struct history *history, struct record *record, const struct result *result,
                     bool awaited, uint64_t now);
/* The last attempt at its removal ended in the same way. */
bool history_removal_repeats(const struct record *record, const struct result *result);
/* What came of a question; it is not asked again before another one, or none, has taken its place. */
void history_answered(struct history *history, enum question question, const char *answer);
/* What came of looking up the group, and that it is to be looked up anew. */
void history_group(struct history *history, const struct result *result, uint64_t now);
void history_seek_group(struct history *history);
/* Whose the nodes are to be; 0: root's alone. False: that is not known yet. */
bool history_knows_group(const struct history *history, const struct config *config, gid_t *ret);
/* This device was released: the next pass may try its removal again. */
void history_released(struct history *history, uint64_t inode);
/* A device went away: what failed for want of room may be tried again. */
void history_chance(struct history *history);
/* A reload: everything may be tried again, and what still fails then is said again. */
void history_forgive(struct history *history);

bool history_holds_load(const struct history *history, uint64_t now);
bool history_holds_sleep(const struct history *history, uint64_t now);
bool history_holds_lookup(const struct history *history, uint64_t now);
bool history_holds_create(const struct record *record, uint64_t now);
/* And that for less than a second, which is not worth a word. */
bool history_holds_create_briefly(const struct record *record, uint64_t now);
bool history_holds_removal(const struct record *record, uint64_t now);
/* The earliest moment at which something is to be tried again; UINT64_MAX: none. */
uint64_t history_next(const struct history *history, uint64_t now);
