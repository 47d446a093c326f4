/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What `gvtd check` has to say, one line each: "SUBJECT: error: cause; remedy". Pure but for the
 * stream. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "util.h"

/* The name of a cause, for scripts. gvtd(8) lists them all, and a test finds them by this mark. */
#define CAUSE(name) name

enum weight {
        WEIGHT_NOTE,    /* all well, or could not be seen */
        WEIGHT_WARNING, /* worth knowing; nothing fails over it */
        WEIGHT_ERROR,   /* exit status 1 */
};

struct verdict {
        enum weight weight;
        const char *cause; /* a word for scripts, listed in gvtd(8); borrowed, static */
        char *subject;     /* file and line, PCI address, kernel version */
        char *text;
};

struct verdicts {
        struct verdict *items;
        size_t n;
        int lost; /* something is missing here that could not be kept or looked at: its errno */
};

void verdict_add(struct verdicts *verdicts, enum weight weight, const char *cause,
                 const char *subject, const char *format, ...) _printf_(5, 6);
void verdicts_done(struct verdicts *verdicts);
#define _cleanup_verdicts_ _cleanup_(verdicts_done)

size_t verdicts_count(const struct verdicts *verdicts, enum weight weight);
void verdicts_print(const struct verdicts *verdicts, FILE *stream);
void verdicts_print_json(const struct verdicts *verdicts, FILE *stream);
