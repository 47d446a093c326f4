/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What every target begins with. A target feeds any bytes to one parser and asserts, besides what the
 * sanitizers see, what must hold of every result. */

#include <assert.h>
#include <stdint.h>

#include "util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes as a string that ends where its memory does, so that a step too far is seen; the caller
 * frees it. A NUL among them ends it earlier. */
static inline char *fuzz_text(const uint8_t *data, size_t size) {
        char *text = malloc(size + 1);

        assert(text);
        if (size > 0)
                memcpy(text, data, size);
        text[size] = '\0';
        return text;
}

/* For parsers of streams. */
static inline FILE *fuzz_stream(const uint8_t *data, size_t size) {
        FILE *stream = size > 0 ? fmemopen((void *) (uintptr_t) data, size, "r")
                                : fopen("/dev/null", "re");

        assert(stream);
        return stream;
}

static inline unsigned fuzz_lines(const uint8_t *data, size_t size) {
        unsigned lines = 1;

        for (size_t i = 0; i < size; i++)
                lines += data[i] == '\n';
        return lines;
}
