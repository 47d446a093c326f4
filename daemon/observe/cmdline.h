/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The kernel command line, as far as it speaks of i915 and its modules. Silent. */

#include <stdbool.h>
#include <stddef.h>

/* Both: 1, or 0 where it is not there, or -errno where it cannot be read.
 * module_blacklist=a,b is the kernel's own; libkmod knows modprobe.blacklist= itself. */
int cmdline_blacklists(const char *module);
/* The value of the last "KEY=VALUE" or, for a bare KEY, "". */
int cmdline_get(const char *key, char *ret, size_t size);

/* The same over a given text; pure. */
bool cmdline_find(const char *cmdline, const char *key, char *ret, size_t size);
