/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Any bytes as key and value: what is written is UTF-8, and one object of one member by RFC 8259. */

#include <ctype.h>

#include "fuzz.h"
#include "json.h"

/* Behind the literal. */
static const char *after(const char *p, const char *literal) {
        assert(strncmp(p, literal, strlen(literal)) == 0);
        return p + strlen(literal);
}

/* Behind one character of a string, or its escape. */
static const char *after_character(const char *p) {
        assert((unsigned char) *p >= 0x20);
        if (*p++ != '\\')
                return p;
        if (*p++ != 'u') {
                assert(strchr("\"\\/bfnrt", p[-1]));
                return p;
        }
        for (int i = 0; i < 4; i++)
                assert(isxdigit((unsigned char) *p++));
        return p;
}

static const char *after_string(const char *p) {
        p = after(p, "\"");
        while (*p != '"')
                p = after_character(p);
        return p + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *text = fuzz_text(data, size), *written = NULL;
        struct json json = {};
        size_t n;

        json.stream = open_memstream(&written, &n);
        assert(json.stream);
        json_object(&json, NULL);
        json_string(&json, text, text);
        json_object_end(&json);
        assert(fclose(json.stream) == 0);
        assert(n == strlen(written));
        assert(!*after(after_string(after(after_string(after(written, "{\n  ")), ": ")), "\n}\n"));
        for (char *c = written; (c = strchr(c, '\n'));)
                *c = ' ';
        assert(fuzz_is_plain_text(written));
        return 0;
}
