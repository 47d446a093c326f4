/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Other people's text as messages show it: on one line, never long, nothing invisible. What is
 * neither printable ASCII nor a blank becomes \xNN, so a no-break space in a UUID can be seen. */

#include <uuid/uuid.h>

#include "parse.h"
#include "util.h"

#define QUOTE_MAX 64 /* characters of the original; what is longer ends in "..." */

/* By value, so that quote(text).text can stand among the arguments of a call. */
struct quote {
        char text[4 * QUOTE_MAX + sizeof("...")];
};

struct quote quote(const char *text);

/* Likewise by value. */
struct uuid_text {
        char text[UUID_STR_LEN];
};

struct address_text {
        char text[sizeof("0000:00:02.0")];
};

/* Adds to a text in a buffer of `size` bytes; what does not fit is cut. */
void text_append(char *text, size_t size, const char *format, ...) _printf_(3, 4);

/* Copies what fits of it, by whole characters; the buffer may be the text's own. */
void text_cut(const char *text, char *ret, size_t size);

struct uuid_text uuid_text(const uuid_t uuid);
struct address_text address_text(const struct pci_address *address);
