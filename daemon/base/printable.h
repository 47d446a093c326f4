/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Text that others wrote, on its way to a terminal, the journal, systemd or a JSON reader: strict
 * UTF-8 on one line, in which nothing is invisible, moves the cursor or turns the direction. Every
 * exit goes through here, whatever was done to the text before. */

#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdio.h>

#include "util.h"

/* Bytes of the character at `text`, which is not at its end; 0: it may not be shown as it is. */
size_t printable_character(const char *text);

/* In place: each byte of what may not be shown becomes a question mark. */
void make_printable(char *text);

/* Put together and made so; the caller frees it. NULL: there is no memory for it. */
char *printable_format(const char *format, va_list args) _printf_(1, 0);

/* One line, its end included, whatever the arguments hold. Where there is no memory for it,
 * standard error says so. */
void print_line(FILE *stream, const char *format, ...) _printf_(2, 3);
/* Whether that was so of any line yet. */
bool lines_are_missing(void);
