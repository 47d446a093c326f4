/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What vGPU types can be called, and what somebody meant who wrote it otherwise. Pure. */

#include <stdbool.h>

/* With the terminator: "i915-GVTg_V5_4", and what a later generation may call its types. */
#define TYPE_NAME_MAX 64

bool type_name_is_valid(const char *name);
/* The one whose prefix, case or punctuation is wrong in `name`; NULL: none comes close. */
const char *type_name_closest(const char *name);
/* Whether a type is meant at all, if one that there cannot be. */
bool type_name_is_meant(const char *name);
