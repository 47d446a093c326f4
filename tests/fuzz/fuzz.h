/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What every target begins with. A target feeds any bytes to one parser and asserts, besides what the
 * sanitizers see, what must hold of every result. */

#include <assert.h>
#include <errno.h>
#include <iconv.h>
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

/* Whether a terminal shows the character and does nothing else: no control, C1 ones included, no mark
 * that turns the direction or has no width. */
static inline bool fuzz_is_plain(uint16_t c) {
        return c >= 0x20 && !(c >= 0x7f && c <= 0x9f) && !(c >= 0x200b && c <= 0x200f) &&
               !(c >= 0x2028 && c <= 0x202e) && !(c >= 0x2060 && c <= 0x206f) && c != 0xfeff;
}

/* Plain text in UTF-8, by the C library's own decoder: UTF-16 holds neither surrogates nor what lies
 * behind U+10FFFF. */
static inline bool fuzz_is_plain_text(char *text) {
        iconv_t decoder = iconv_open("UTF-16LE", "UTF-8");
        size_t left = strlen(text), result;
        uint16_t out[256];
        bool plain = true;

        assert(decoder != (iconv_t) -1);
        do {
                char *end = (char *) out;
                size_t room = sizeof(out);

                result = iconv(decoder, &text, &left, &end, &room);
                for (const uint16_t *c = out; (const char *) c < end; c++)
                        plain &= fuzz_is_plain(*c);
        } while (result == (size_t) -1 && errno == E2BIG);
        iconv_close(decoder);
        return plain && left == 0;
}
