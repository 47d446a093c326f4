/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One pass over the machine: observe, decide, act, tell. Speaks. */

struct manager;

void pass_run(struct manager *manager);
