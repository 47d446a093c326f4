/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The options that i915 must find when it loads: /run/modprobe.d/gvtd.conf. */

#include <stdbool.h>

struct config;

#define MODPROBE_MAX 512

/* The file's text, as made from the ini of that name. Never enable_gvt together with GuC submission: the
 * parser lets none through. Pure. */
void modprobe_format(const struct config *config, const char *name, char ret[static MODPROBE_MAX]);

/* The verb: writes the file, or with `print` to standard output, which is the caller's to flush. Needs
 * no machine id and asks for no group: it runs before udevd. Speaks; an exit status. */
int modprobe_run(const char *file, bool print);
