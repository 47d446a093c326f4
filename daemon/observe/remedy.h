/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What changes i915's options on this machine. Silent. */

#include "question.h"

struct remedy remedy_look(void);
