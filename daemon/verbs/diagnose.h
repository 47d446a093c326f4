/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* gvtd check: the configuration, then the way from the firmware to the declared vGPUs. (Named so
 * because check.h is the unit tests' library.) */

struct options;

/* The verb; exit status 0: all well, 1: findings. */
int diagnose_main(const struct options *options);
