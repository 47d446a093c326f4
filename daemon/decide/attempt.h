/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What failed and is tried again, and when: every such time in gvtd is here. Pure. */

#include <stdbool.h>
#include <stdint.h>

#include "action.h"

/* What failed, and when it is tried again. */
struct attempt {
        unsigned failures;    /* in a row; 0: nothing failed */
        enum outcome outcome; /* of the last one */
        int error;            /* its positive errno, where it has one */
        uint64_t wait;        /* until the next one; 0: not by time */
        uint64_t again_at;    /* when that is over */
        bool deduced;         /* no call returned that errno */
};

/* By what times it is tried again. After the last of them it is no more by time, but at the next event that
 * may change it; or, where they go on, after the last again. */
enum waits {
        WAITS_NONE,
        WAITS_SOME,   /* an answer that may change, and which an event may change, too */
        WAITS_ON,     /* the same, where no event tells of it: they go on */
        /* A user who may have ended just now: the kernel notifies before it lets go. Or one that nobody sees, such
         * as a process that has closed its files and whose VM the kernel still takes apart: where its node was
         * one of its own, no event tells when that is done. So they go on. */
        WAITS_IN_USE,
        /* The UUID of a device that somebody removed is taken until its last reference is dropped, which
         * comes after the event: a matter of milliseconds, unless somebody holds it. */
        WAITS_TAKEN,
        /* Two managers at odds over a vGPU cannot be told from one that stops and starts a VM often (Proxmox
         * removes the vGPU with each stop). The first would go on for ever, the second is over soon: so the
         * rests grow, and go on. */
        WAITS_REST,
        WAITS_FAULT, /* a pass that cannot be run to its end: they go on */
};

void attempt_failed(struct attempt *attempt, const struct result *result, enum waits waits, uint64_t now);
/* It is not yet the time to try again. */
bool attempt_holds(const struct attempt *attempt, uint64_t now);
/* The earlier one of `next` and when this is tried again. */
uint64_t attempt_next(const struct attempt *attempt, uint64_t now, uint64_t next);
