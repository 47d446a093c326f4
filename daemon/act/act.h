/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One action of a plan, carried out and verified. Every function here may block in the kernel for as
 * long as it likes: for the worker process only. Silent. */

#include "action.h"

/* `notes` is an open /run/gvtd. */
struct result act(const struct action *action, int notes);
