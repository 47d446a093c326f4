/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* gvtd suggest N [TYPE]: an ini with N more vGPUs that fit, under fresh UUIDs. */

struct options;

/* The verb; an exit status. */
int suggest_main(const struct options *options);
