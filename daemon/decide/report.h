/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What systemd is told: whether its start is over, and its one status line. Pure. */

#include <stdbool.h>
#include <stddef.h>

struct plan;

#define REPORT_STATUS_MAX 896

struct progress {
        bool working;      /* a worker is at what is awaited, this daemon's or an earlier one's */
        bool waited_out;   /* `wait` has run out */
        const char *stuck; /* what the worker does not return from; NULL: nothing */
};

struct report {
        bool started; /* READY=1: verified, or nothing more to wait for */
        bool hopeless; /* exit 69 instead of READY */
        bool done;     /* nothing is under way: the pass of a reload is over */
        char status[REPORT_STATUS_MAX];
};

void report_make(const struct plan *plan, const struct progress *progress, struct report *ret);
