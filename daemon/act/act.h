/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "action.h"

/* One action of a plan, carried out and verified. May block in the kernel for as long as that likes: for
 * the worker process only. Silent. `notes` is an open /run/gvtd. */
struct result act(const struct action *action, int notes);
