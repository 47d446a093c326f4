/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One action of a plan, carried out and verified. Every function here may block in the kernel for as
 * long as it likes: for the worker process only. Silent. */

#include <stdint.h>
#include <sys/types.h>

#include "explain.h"

struct action;

enum outcome {
        OUTCOME_DONE,
        OUTCOME_FAILED,      /* error says why */
        OUTCOME_IN_USE,      /* REMOVE: a VM has it; detail names the holder where it can be seen */
        OUTCOME_NO_NOTE,     /* CREATE: the note could not be written, so nothing else was */
        OUTCOME_GATE_CLOSED, /* CREATE: the mdev driver is not complete (any more): nothing written */
        OUTCOME_UNVERIFIED,  /* CREATE: written without error, but what is there is not right */
};

#define DETAIL_MAX EXPLANATION_MAX

struct result {
        enum outcome outcome;
        int error;      /* positive errno; 0: none */
        uint64_t inode; /* CREATE: of the new device */
        pid_t holder;   /* IN_USE: who has it; 0: nobody that can be seen */
        char detail[DETAIL_MAX]; /* IN_USE: the holder; UNVERIFIED: what is missing; ASK: the answer */
};

/* `notes` is an open /run/gvtd. */
struct result act(const struct action *action, int notes);
