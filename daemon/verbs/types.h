/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* gvtd types: what this GPU offers and how much of it fits. */

#include <stdio.h>

#include "room.h"

struct options;

void types_print(const struct gpu *gpu, const struct offer *offers, size_t n, FILE *stream);
void types_print_json(const struct gpu *gpu, const struct offer *offers, size_t n, FILE *stream);

/* The verb; an exit status. */
int types_main(const struct options *options);
