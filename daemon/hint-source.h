/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Why i915 runs without enable_gvt although it should: who asked for what, when, and what fixes it
 * on this machine. */

#include <stdbool.h>
#include <stdint.h>

#include "explain.h"
#include "kernel-log.h"
#include "modprobe-conf.h"

/* All times are monotonic microseconds; 0: unknown. */
struct hint_source {
        bool builtin; /* i915 is part of the kernel image: modprobe.d does not reach it */
        bool cmdline; /* i915.enable_gvt= is on the kernel command line */
        bool cmdline_on;
        bool conf; /* some file of modprobe.d sets it; the one that counts: */
        bool conf_on;
        struct modprobe_place place;
        uint64_t conf_usec;        /* when that file was written; 1: before this boot */
        uint64_t i915_usec;        /* i915's first word in the kernel's log */
        uint64_t userspace_usec;   /* when the real root took over */
        bool oneshot_failed;       /* gvtd-modprobe.service ran and could not write */
        bool image_new;            /* the initramfs was made anew since this boot */
        const char *image_command; /* what rebuilds the initramfs here; NULL: no such tool */
};

/* Silent. */
void hint_source_look(const struct kernel_log *log, struct hint_source *ret);
/* One sentence and the cause's name (gvtd(8) lists them). Pure. */
const char *hint_source_explain(const struct hint_source *source, char ret[static EXPLANATION_MAX]);
