/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the daemon remembers between two passes, which a look at the machine cannot tell: who was
 * here before, what failed and when it may be tried again. Pure: the time comes in as an argument
 * (CLOCK_MONOTONIC, microseconds). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uuid/uuid.h>

#include "config.h"
#include "ladder.h"
#include "record.h"

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
        enum question question;       /* the last one that was asked and still stands */
        char answer[EXPLANATION_MAX]; /* to it; "": none was found */
};

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
/* What came of a question; it is not asked again before another one, or none, has taken its place. */
void history_answered(struct history *history, enum question question, const char *answer);
/* What came of looking up the group, and that it is to be looked up anew. */
void history_group(struct history *history, const struct result *result, uint64_t now);
void history_seek_group(struct history *history);
/* Whose the nodes are to be; 0: root's alone. False: that is not known yet. */
bool history_knows_group(const struct history *history, const struct config *config, gid_t *ret);
/* This device was released: the next pass may try its removal again. */
void history_released(struct history *history, uint64_t inode);
/* A device, module or driver came or went: what failed and may pass is tried again at once. */
void history_chance(struct history *history);
/* A reload: everything may be tried again, and what still fails then is said again. */
void history_forgive(struct history *history);

bool history_holds_load(const struct history *history, uint64_t now);
bool history_holds_sleep(const struct history *history, uint64_t now);
bool history_holds_lookup(const struct history *history, uint64_t now);
/* The earliest moment at which something is to be tried again; UINT64_MAX: none. */
uint64_t history_next(const struct history *history, uint64_t now);
