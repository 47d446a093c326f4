/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* gvtd suggest N [TYPE]: an ini with N more vGPUs that fit, under fresh UUIDs. */

#include <stddef.h>

#include "offer.h"

struct options;

/* The largest type of which n fit beside what is there and declared, or, with `type`, that one if n
 * of it fit. NULL: none. Pure. */
const struct offer *suggest_choose(const struct offer *offers, size_t n_offers, const char *type,
                                   unsigned n);

/* The verb; an exit status. */
int suggest_main(const struct options *options);
