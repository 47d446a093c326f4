/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The kernel command line, as far as it speaks of i915 and its modules. Silent. */

#include <stdbool.h>
#include <stddef.h>

#include "places.h"

/* All: -errno where it cannot be read. */

/* The value of the last "KEY=VALUE" or, for a bare KEY, "". 1, or 0 where it is not there. */
int cmdline_get(const char *key, char *ret, size_t size);
/* Whether the last "KEY=a,b" names the module: module_blacklist=, the kernel's own. */
int cmdline_lists(const char *key, const char *module);
/* Adds each such word, as it is written: behind all lines of modprobe.d but those of a higher rank. */
int cmdline_add(const char *key, struct places *places);
/* Likewise each "KEY=a,b" that names the module, without the list: modprobe.blacklist=, of which libkmod takes
 * all. */
int cmdline_add_lists(const char *key, const char *module, struct places *places);

/* The same over a given text: options in modprobe.d have the same grammar. Pure. */
bool cmdline_find(const char *cmdline, const char *key, char *ret, size_t size);
