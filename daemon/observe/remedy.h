/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What changes i915's options on this machine. Silent. */

#include "question.h"

struct remedy remedy_look(void);

/* The package that the running kernel came with, where that says so (Arch). Its length, or -errno. */
int kernel_package(char *ret, size_t size);
/* Whether a file leads into the store of NixOS, where nobody writes. 1, 0, -errno. */
int is_stored(const char *path);
