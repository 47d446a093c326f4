/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* gvtd check --kernel VERSION: whether an installed kernel has GVT-g, before it is booted. */

#include "verdict.h"

/* Silent but for the verdicts. */
void kernel_check(const char *version, struct verdicts *verdicts);
