/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Who gets what of a GPU: what it has to offer, seen where it offers types, computed from its device
 * id and aperture where it does not yet; what fits of the declaration; how much is left. Pure. */

#include <stdbool.h>
#include <stddef.h>

#include "capacity.h"
#include "config.h"
#include "host.h"

struct plan;

#define OFFERS_MAX 4

struct offer {
        char name[TYPE_NAME_MAX];
        const struct type_size *size;
        unsigned fit_empty;   /* on a GPU without any vGPU */
        unsigned fit_now;     /* beside those that are there, whoever made them */
        unsigned fit_planned; /* beside these and the declared ones that are still to come */
};

/* Fills in what fits of the plan's entries, in the order of the ini, what of it fits at once, and what is left
 * in the end. A change of type that does not fit becomes ENTRY_NO_ROOM, and what would take the room of one that
 * waits for its user ENTRY_BEHIND. */
void room_serve(struct plan *plan);
/* Whether all that is declared fits beside the foreign devices with another aperture, or (not NULL)
 * with no type larger than at_most. */
bool room_for_all(const struct plan *plan, uint64_t aperture, const struct type_size *at_most);
/* Whether the aperture would carry it: then what lies behind it does not. */
bool room_in_aperture(const struct plan *plan);

/* The largest device on the plan's GPU that is neither ours nor declared; NULL: none. Borrowed. */
const struct mdev *room_stranger(const struct plan *plan);

/* Smallest type first. Returns their number: 0 where the aperture leaves nothing, or where the id
 * is unknown and the kernel has not spoken yet. */
size_t offers_make(const struct plan *plan, struct offer ret[static OFFERS_MAX]);
bool offers_have(const struct offer *offers, size_t n, const char *type);
/* The largest type of which n fit beside what is there and declared, or, with `type`, that one if n
 * of it fit. NULL: none.
 * One uniform type: where N of the smallest type do not fit, no mixture of N does. */
const struct offer *offers_choose(const struct offer *offers, size_t n_offers, const char *type,
                                  unsigned n);
