/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The decision: what is to be done so that the machine becomes what the ini declares. A pure
 * function of (configuration, observed host, memory, time); on a machine that is right already it
 * yields no action. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uuid/uuid.h>

#include "action.h"
#include "capacity.h"
#include "config.h"
#include "history.h"
#include "host.h"
#include "ladder.h"
#include "util.h"

enum entry_state {
        ENTRY_AWAITED,     /* the parent does not offer vGPUs yet, or the UUID is not free yet */
        ENTRY_READY,       /* there, verified and open to its group */
        ENTRY_PRESENT,     /* there with the declared type, and not ready (yet) */
        ENTRY_CREATE,      /* an action of this plan */
        ENTRY_RECREATE,    /* there with another type, ours: removed, then made in a later pass */
        ENTRY_OTHER_TYPE,  /* there with another type, and not ours to remove */
        ENTRY_KEPT,        /* ours, another type, but the ini has errors: nothing is removed */
        ENTRY_NO_ROOM,     /* ours, another type, but there is no room for the declared one */
        ENTRY_OTHER_GPU,   /* the UUID is taken by a device of another parent */
        ENTRY_IN_USE,      /* ours, another type, but a VM has it */
        ENTRY_BEHIND,      /* what room there is belongs to one before it that is IN_USE */
        ENTRY_NOT_OFFERED, /* the parent has no such type */
        ENTRY_HELD,        /* failed or lost before: see its record */
};

/* What follows from a state. */
enum entry_flags {
        ENTRY_ON_ITS_WAY = 1 << 0, /* and nobody has to do anything for it */
        ENTRY_WANTS_ROOM = 1 << 1, /* of the GPU, in the order of the ini */
        ENTRY_CONFLICTS = 1 << 2,  /* with a device that has its UUID */
};

enum entry_flags entry_flags(enum entry_state state);

/* What becomes of one declared vGPU; same index as config->vgpus. */
struct entry {
        enum entry_state state;
        const struct mdev *mdev; /* borrowed from the host; NULL: not there */
        bool fits;               /* the arithmetic has room for it, in the order of the ini */
        bool at_once;            /* and has it now, whatever becomes of what is to be removed */
};

enum plan_flags {
        PLAN_STOPPING = 1 << 0, /* the service stops with remove_on_stop: nothing is declared */
        PLAN_WAITED = 1 << 1,   /* kvmgt has had its time to register */
        PLAN_LOOKING = 1 << 2,  /* somebody asks: the plan is what gvtd would do, and nobody does it */
};

struct plan {
        const struct config *config; /* what it was made from; borrowed */
        const struct host *host;
        const struct history *history;
        uint64_t now;
        enum plan_flags flags;

        enum situation situation;
        enum question question; /* what needs an answer, whether there is one or not */
        const struct gpu *gpu; /* borrowed from the host; NULL: none */
        struct entry *entries;
        size_t n_entries;
        struct action *actions;
        size_t n_actions;
        size_t n_deferred; /* undeclared ones of ours whose removal waits for their users */
        size_t n_unremovable; /* the same, but the removal failed and is tried again */
        bool exceeds;      /* the declaration is more than fits */
        struct pool left;  /* of the GPU, when all that fits is there */
};

/* -ENOMEM or 0. The plan borrows from config, host and history. */
int plan_make(const struct config *config, const struct host *host, const struct history *history,
              uint64_t now, enum plan_flags flags, struct plan **ret);
struct plan *plan_free(struct plan *plan);

static inline void plan_freep(struct plan **plan) {
        plan_free(*plan);
}
#define _cleanup_plan_ _cleanup_(plan_freep)
