/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Why i915 runs with other options than it should, a module is switched off, or the kernel refuses:
 * who asked for what, when, and what fixes it on this machine. */

#include <stdbool.h>
#include <stdint.h>

#include "explain.h"
#include "kernel-log.h"
#include "modprobe-d.h"
#include "situation.h"

/* All times are monotonic microseconds; 0: unknown. */
struct hint_source {
        const char *option; /* "enable_gvt" or "enable_guc" */
        int asked;          /* what the ini wants it to be */
        bool builtin;       /* i915 is part of the kernel image: modprobe.d does not reach it */
        bool cmdline;       /* i915.OPTION= is on the kernel command line */
        char cmdline_value[16];
        bool conf; /* some file of modprobe.d sets it; the one that counts: */
        struct modprobe_place place;
        uint64_t conf_usec;        /* when that file was written; 1: before this boot */
        uint64_t i915_usec;        /* i915's first word in the kernel's log */
        uint64_t userspace_usec;   /* when the real root took over */
        bool oneshot_failed;       /* gvtd-modprobe.service ran and could not write */
        bool image_new;            /* the initramfs was made anew since this boot and the ini */
        const char *image_command; /* what rebuilds the initramfs here; NULL: no such tool */
};

/* One sentence and the cause's name (gvtd(8) lists them). `running` and `asked` are the values of
 * enable_guc. Asks the service manager, which may take its time: not for an event loop. Silent. */
const char *hint_source_answer(enum question question, int running, int asked,
                               const struct kernel_log *log, char ret[static EXPLANATION_MAX]);

/* Its end: why the option is not what was asked for. Pure. */
#define REASON_MAX (EXPLANATION_MAX - 80)
const char *hint_source_explain(const struct hint_source *source, char ret[static REASON_MAX]);
