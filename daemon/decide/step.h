/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The steps of a remedy as they are done on this machine: each half a sentence, by value. Pure. */

#include "host.h"
#include "question.h"

#define STEP_MAX 256

struct step {
        char text[STEP_MAX];
};

/* The option to the kernel command line. */
struct step step_add(const struct i915_option *option);
/* So that it is there when i915 comes out of the initramfs. */
struct step step_bring_along(const struct i915_option *option);
/* All these places, from the first-th on; the initramfs follows a file. */
struct step step_remove(const struct places *places, size_t first, const struct remedy *remedy);
/* Commands that give the GPU to i915 without a reboot: a driver that is not loaded is not asked. */
struct step step_bind(const struct host *host, const struct gpu *gpu);
/* How words of the kernel command line among these are changed: behind "take this out of that". */
struct step step_in_words(const struct places *places, const struct remedy *remedy);
/* How lines of modprobe.d among these are changed, and what follows: behind "remove that line". */
struct step step_in_lines(const struct places *places, size_t first, const struct remedy *remedy);
/* The initramfs anew: what it has is there after the reboot, too. */
struct step step_make_image(const struct remedy *remedy);
/* The same behind a comma, where the initramfs has to follow modprobe.d; else nothing. */
struct step step_follow(const struct remedy *remedy);
