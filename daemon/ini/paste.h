/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What is pasted along with a UUID: the quotes, brackets and semicolons of Nix, JSON and shells. Pure. */

#include <stdbool.h>

#define PASTE_MAX 64

/* Whether the word is a UUID, or nothing, without such signs at its ends; adds to `what`, which begins as
 * "", which they are: "quotes, brackets". */
bool paste_is_around_uuid(const char *word, char what[static PASTE_MAX]);

/* Whether there is a UUID in the word, with whatever around it: "urn:uuid:UUID", "UUID;win10", a path to a vGPU. */
bool paste_holds_uuid(const char *word);

/* Whether it is a scalar as Nix, JSON and shells have it. */
bool paste_is_quoted(const char *text);
