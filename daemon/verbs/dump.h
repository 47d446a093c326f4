/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* gvtd dump: an ini that declares what is running now, whoever made it. */

#include <stdio.h>

struct host;
struct options;

/* Pure but for the stream. */
void dump_print(const struct host *host, FILE *stream);

/* The verb; an exit status. */
int dump_main(const struct options *options);
