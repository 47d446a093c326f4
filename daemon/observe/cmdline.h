/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The kernel command line, as far as it speaks of i915 and its modules. Silent. */

#include <stdbool.h>
#include <stddef.h>

#include "places.h"

/* All: 1, or 0 where it is not there, or -errno where it cannot be read.
 * Whether the last "KEY=a,b" names the module. module_blacklist= is the kernel's own, modprobe.blacklist=
 * libkmod's. */
int cmdline_lists(const char *key, const char *module);
/* The value of the last "KEY=VALUE" or, for a bare KEY, "". */
int cmdline_get(const char *key, char *ret, size_t size);
/* Adds that word, as it is written: behind all lines of modprobe.d but those of a higher rank. */
int cmdline_add(const char *key, struct places *places);

/* The same over a given text: options in modprobe.d have the same grammar. Pure. */
bool cmdline_find(const char *cmdline, const char *key, char *ret, size_t size);
