/* SPDX-License-Identifier: GPL-2.0-or-later */

/* By hand and not by the C library, whose answers depend on the locale. What is left out is what
 * journald would not show either (unichar_is_valid() in systemd's basic/utf8.c), what Unicode calls
 * control or format (Cc, Cf, Zl, Zp: bidirectional marks, soft hyphens, tags), and private use. */

#include "printable.h"

#include <stdint.h>

/* Returns the length, or 0: no UTF-8, an overlong form of it, or cut short. */
static size_t decode(const char *text, uint32_t *ret) {
        static const struct {
                uint8_t mask, lead;
                uint32_t least; /* with a smaller one the form is overlong */
        } forms[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
        const unsigned char *bytes = (const unsigned char *) text;
        uint32_t c;
        size_t n = 0;

        while ((bytes[0] & forms[n].mask) != forms[n].lead)
                if (++n == ARRAY_SIZE(forms))
                        return 0;
        c = bytes[0] & (uint8_t) ~forms[n].mask;
        for (size_t i = 1; i <= n; i++) {
                if ((bytes[i] & 0xc0) != 0x80)
                        return 0;
                c = c << 6 | (bytes[i] & 0x3f);
        }
        *ret = c;
        return c >= forms[n].least ? n + 1 : 0;
}

static bool is_shown(uint32_t c) {
        static const struct {
                uint32_t first, last;
        } hidden[] = {
                {0x00, 0x1f},       {0x7f, 0x9f},       {0xad, 0xad},         {0x61c, 0x61c},
                {0x180e, 0x180e},   {0x200b, 0x200f},   {0x2028, 0x202e},     {0x2060, 0x206f},
                {0xd800, 0xf8ff},   {0xfdd0, 0xfdef},   {0xfeff, 0xfeff},     {0xfff0, 0xfffb},
                {0xe0000, 0xe0fff}, {0xf0000, UINT32_MAX},
        };

        for (size_t i = 0; i < ARRAY_SIZE(hidden); i++)
                if (c >= hidden[i].first && c <= hidden[i].last)
                        return false;
        return (c & 0xfffe) != 0xfffe; /* no characters, in any plane */
}

size_t printable_character(const char *text) {
        uint32_t c;
        size_t n = decode(text, &c);

        return n > 0 && is_shown(c) ? n : 0;
}

void make_printable(char *text) {
        for (size_t n; *text; text += n) {
                n = printable_character(text);
                if (n == 0) {
                        *text = '?';
                        n = 1;
                }
        }
}

char *printable_format(const char *format, va_list args) {
        char *text;

        if (vasprintf(&text, format, args) < 0)
                return NULL;
        make_printable(text);
        return text;
}

static bool line_is_missing;

bool lines_are_missing(void) {
        return line_is_missing;
}

void print_line(FILE *stream, const char *format, ...) {
        _cleanup_free_ char *line = NULL;
        va_list args;

        va_start(args, format);
        line = printable_format(format, args);
        va_end(args);
        if (!line) {
                line_is_missing = true;
                fputs("gvtd: out of memory: a line is missing\n", stderr);
                return;
        }
        fprintf(stream, "%s\n", line);
}
