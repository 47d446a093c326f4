/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What is found wrong, in the ini or on the machine, one line each: "SUBJECT: error: what is wrong; what
 * to do". Pure but for the stream. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "util.h"

/* The name of a cause, for scripts. gvtd(8) lists them all, and a test finds them by this mark. */
#define CAUSE(name) name

enum severity {
        SEVERITY_NOTE,    /* all well, or could not be seen */
        SEVERITY_WARNING, /* worth knowing; nothing fails over it */
        SEVERITY_ERROR,   /* check fails; in the ini: the entry is not served, a reload is refused */
};

struct finding {
        enum severity severity;
        const char *cause; /* a word for scripts, listed in gvtd(8); borrowed, static */
        char *subject;     /* a file, PCI address, kernel version */
        unsigned line;     /* of the file, 1-based; 0: of none, or of the file as a whole */
        char *text;        /* "what is wrong; what is expected" */
};

struct findings {
        struct finding *items;
        size_t n;
        size_t n_errors; /* of SEVERITY_ERROR */
        int failed;      /* something is missing here that could not be kept or looked at: its errno */
};

/* The words are made printable. -ENOMEM, which `failed` keeps, or 0. */
int finding_add(struct findings *findings, enum severity severity, const char *cause, const char *subject,
                unsigned line, const char *format, ...) _printf_(6, 7);
void findings_done(struct findings *findings);
#define _cleanup_findings_ _cleanup_(findings_done)

void findings_print(const struct findings *findings, FILE *stream);
void findings_print_json(const struct findings *findings, FILE *stream);
