/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct quote quote(const char *text) {
        struct quote quote;
        size_t n = 0;

        for (size_t i = 0; text[i]; i++) {
                unsigned char c = (unsigned char) text[i];

                if (i == QUOTE_MAX) {
                        strcpy(quote.text + n, "...");
                        return quote;
                }
                if (c >= ' ' && c < 0x7f)
                        quote.text[n++] = text[i];
                else
                        n += (size_t) sprintf(quote.text + n, "\\x%02x", c);
        }
        quote.text[n] = '\0';
        return quote;
}

void text_append(char *text, size_t size, const char *format, ...) {
        size_t n = strnlen(text, size);
        va_list args;

        va_start(args, format);
        vsnprintf(text + n, size - n, format, args);
        va_end(args);
}

void text_cut(const char *text, char *ret, size_t size) {
        size_t n = strnlen(text, size - 1);

        while (n > 0 && (text[n] & 0xc0) == 0x80)
                n--;
        memmove(ret, text, n);
        ret[n] = '\0';
}

struct uuid_text uuid_text(const uuid_t uuid) {
        struct uuid_text text;

        uuid_unparse_lower(uuid, text.text);
        return text;
}

struct address_text address_text(const struct pci_address *address) {
        struct address_text text;

        snprintf(text.text, sizeof(text.text), "%04x:%02x:%02x.%x", address->domain, address->bus,
                 address->slot & 0x1fu, address->function & 7u);
        return text;
}
