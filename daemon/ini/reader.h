/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The grammar of gvtd.ini(5): text to items, each with the exact line it stands in. It does not
 * know which sections and keys there are. (Not ini.h: that name is inih's own header.) */

#include <stddef.h>
#include <stdio.h>

enum ini_item_kind {
        INI_ITEM_SECTION,      /* text: its name */
        INI_ITEM_KEY,          /* text: the value, which may be empty */
        INI_ITEM_CONTINUATION, /* text: more of the value of `key`, from the same line or a later
                                  one */
        INI_ITEM_MALFORMED,    /* text: the line */
        INI_ITEM_NUL,          /* a line that holds NUL bytes; text: what stands before */
};

/* The texts are valid during the call alone. Names of more than 49 bytes, and words that fill a
 * line of inih's, arrive cut and end in "..."; neither can be a name or a value that counts. */
struct ini_item {
        enum ini_item_kind kind;
        unsigned line; /* 1-based */
        const char *key;
        const char *text;
        const char *comment; /* at the end of the line; "": none */
};

/* A negative return value ends the reading. */
typedef int (*ini_item_handler)(void *userdata, const struct ini_item *item);

/* Splits text, which is changed on the way and ends with a NUL at text[size]. Linear in size.
 * Returns 0, or what the handler ended it with. */
int ini_items_read(char *text, size_t size, ini_item_handler handler, void *userdata);

/* All of the stream, or as much of it as shows that there is more than `most`, with a NUL behind it; the
 * caller frees it. -ENOMEM, or -errno of the stream. */
int ini_text_read(FILE *stream, size_t most, char **ret, size_t *ret_size);
