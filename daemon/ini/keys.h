/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the sections and keys of gvtd.ini(5) mean. */

#include <stdio.h>

struct config;

/* Reads one stream into the config; `name` is what findings call it. Silent: what is wrong becomes
 * a finding, and a stream of more than 1 MiB is one finding and not read further. Returns -ENOMEM,
 * or -errno of the stream. Call config_finish() after the last one. */
int config_read_stream(struct config *config, const char *name, FILE *stream);
