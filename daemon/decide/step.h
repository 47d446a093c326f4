/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One step of a remedy as it is done on this machine: half a sentence, by value. Pure. */

#include "question.h"

#define STEP_MAX 96

struct step {
        char text[STEP_MAX];
};

/* "add X to the kernel command line"; "remove it in the boot loader's configuration", which speaks of X */
struct step step_add(const struct remedy *remedy, const char *argument);
struct step step_remove(const struct remedy *remedy, const char *argument);
