/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What is decided and what came of it: the two plain structs between plan.c, which asks for actions,
 * and act.c, which carries them out in another process. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <uuid/uuid.h>

#include "config.h"
#include "question.h"
#include "explain.h"

/* Longer ones are cut, and unknown. */
#define GROUP_NAME_MAX 128

enum action_kind {
        ACTION_LOAD_KVMGT, /* keeping the parent awake for as long */
        ACTION_LET_SLEEP,  /* the parent, which a load that did not end kept awake */
        ACTION_REMOVE,
        ACTION_CREATE,
        ACTION_ASK,
        ACTION_GROUP,
};

/* One thing for the worker to do. All that it needs is here: it looks nothing up in the plan. */
struct action {
        enum action_kind kind;
        uuid_t uuid;
        char type[TYPE_NAME_MAX];
        struct pci_address parent;
        uint64_t inode; /* REMOVE: the device that is meant, and no later one of that UUID */
        int group;      /* REMOVE: its vfio group; -1: none */
        bool fits;      /* CREATE: the arithmetic has room for it */
        enum question question; /* ASK */
        int running, asked;     /* ASK about enable_guc: i915's value and the ini's */
        char name[GROUP_NAME_MAX]; /* GROUP */
};

/* Nothing fails over it: a warning follows when the answer is known, and nobody waits for it. */
static inline bool action_is_aside(const struct action *action) {
        return action->kind == ACTION_ASK && action->question == QUESTION_ENABLE_GUC;
}

enum outcome {
        OUTCOME_DONE,
        OUTCOME_FAILED,      /* error says why */
        OUTCOME_IN_USE,      /* REMOVE: a VM has it; detail names the holder where it can be seen */
        OUTCOME_NO_NOTE,     /* CREATE: the note could not be written, so nothing else was */
        OUTCOME_GATE_CLOSED, /* CREATE: it is not safe (any more), so nothing was written */
        OUTCOME_UNKNOWN,     /* GROUP: nobody knows it */
        OUTCOME_UNVERIFIED,  /* CREATE, LOAD: no error, but what should be there is not */
};

#define DETAIL_MAX EXPLANATION_MAX

struct result {
        enum outcome outcome;
        int error;      /* positive errno; 0: none */
        bool deduced;   /* no call returned it: it stands for what was seen */
        uint64_t inode; /* CREATE: of the new device */
        gid_t gid;      /* GROUP: its number */
        pid_t holder;   /* IN_USE: who has it; 0: nobody that can be seen */
        char detail[DETAIL_MAX]; /* IN_USE: the holder; UNVERIFIED: what is missing; ASK: the answer */
};

/* "create of vGPU UUID on 0000:00:02.0"; `brief`: as it stands in the worker's lock. */
void action_describe(const struct action *action, bool brief, char *ret, size_t size);
