/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* gvtd status: declared and present, side by side. */

struct options;

/* The verb; an exit status. 0: all that is declared is present. */
int status_main(const struct options *options);
