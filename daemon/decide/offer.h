/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What a GPU has to offer, and how much of it is left: seen where it offers types, computed from
 * its device id and aperture where it does not yet. Pure. */

#include <stdbool.h>
#include <stddef.h>

#include "capacity.h"
#include "config.h"
#include "host.h"

#define OFFERS_MAX 4

struct offer {
        char name[TYPE_NAME_MAX];
        const struct type_size *size;
        unsigned fit_empty;   /* on a GPU without any vGPU */
        unsigned fit_now;     /* beside those that are there, whoever made them */
        unsigned fit_planned; /* beside these and the declared ones that are still to come */
};

/* What is left beside the vGPUs that are there. */
struct pool pool_now(const struct host *host, const struct gpu *gpu);
/* And beside the declared ones that are still to come, as far as they fit, in the order of the ini.
 */
struct pool pool_planned(const struct config *config, const struct host *host,
                         const struct gpu *gpu);

/* Smallest type first. Returns their number: 0 where the aperture leaves nothing, or where the id
 * is unknown and the kernel has not spoken yet. */
size_t offers_make(const struct config *config, const struct host *host, const struct gpu *gpu,
                   struct offer ret[static OFFERS_MAX]);
bool offers_have(const struct offer *offers, size_t n, const char *type);
/* The largest type of which n fit beside what is there and declared, or, with `type`, that one if n
 * of it fit. NULL: none.
 * One uniform type: where N of the smallest type do not fit, no mixture of N does. */
const struct offer *offers_choose(const struct offer *offers, size_t n_offers, const char *type,
                                  unsigned n);
