/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The options that i915 must find when it loads: /run/modprobe.d/gvtd.conf. */

#include <stddef.h>

struct config;

#define HINT_MAX 256

/* The file's text. Never enable_gvt together with GuC submission: the parser lets none through. Pure. */
void hint_format(const struct config *config, char ret[static HINT_MAX]);

/* Replaces the file atomically, where it says something else; makes its folder when missing. -errno. */
int hint_write(const struct config *config);
