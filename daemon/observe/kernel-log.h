/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What only the kernel's log of this boot tells. */

#include <stdbool.h>
#include <stdint.h>

#include "explain.h"

/* The three causes behind ENOSPC from `create`; each has its own remedy. */
enum no_space {
        NO_SPACE_NONE,
        NO_SPACE_ROOM,       /* the arithmetic: nothing left */
        NO_SPACE_PINNED,     /* the host's own objects hold the aperture */
        NO_SPACE_FRAGMENTED, /* creating and removing has left only pieces */
};

struct kernel_log {
        bool readable;
        bool guest;             /* this is itself a GVT-g guest */
        bool unsupported;       /* i915's own table does not have the device */
        bool guc;               /* refused because of GuC submission */
        bool golden;            /* the harmless complaint about golden_hw_state */
        enum no_space no_space; /* of the last create that failed for it */
        char broken[160];       /* a complaint of kvmgt's about itself; "": none */
        uint64_t i915_usec;     /* first word from i915, monotonic; 0: none */
};

/* Why kvmgt is loaded and offers nothing: one sentence, and the cause's name (gvtd(8) lists them).
 * Without `enable_gvt_seen` it may simply be off. Pure. */
const char *kernel_log_explain(const struct kernel_log *log, bool enable_gvt_seen,
                               char ret[static EXPLANATION_MAX]);
/* Takes in one message. Pure. */
void kernel_log_take(struct kernel_log *log, const char *message, uint64_t usec);
/* From the journal; what may not be read leaves `readable` false. Silent. */
void kernel_log_read(struct kernel_log *ret);
