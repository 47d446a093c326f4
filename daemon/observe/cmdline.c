/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Parameters are separated by blanks; quotes may hold blanks. The kernel takes '-' and '_' in names for
 * one, the last of several settings wins, and what follows "--" is for init. */

#include "cmdline.h"

#include <fcntl.h>

#include "sysfs.h"
#include "util.h"

#define CMDLINE_MAX 4096

static bool same_char(char a, char b) {
        return a == b || (a == '-' && b == '_') || (a == '_' && b == '-');
}

static bool same_name(const char *word, const char *key, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (!same_char(word[i], key[i]))
                        return false;
        return true;
}

#define BLANKS " \t\n\v\f\r"

static size_t word_length(const char *word) {
        bool quoted = false;
        size_t n = 0;

        for (; word[n] && (quoted || !strchr(BLANKS, word[n])); n++)
                if (word[n] == '"')
                        quoted = !quoted;
        return n;
}

/* Inside a text, of which it is a part. */
struct span {
        const char *text;
        size_t length;
};

struct parameter {
        struct span name, value; /* as they are written, without the quotes around them */
        bool bare;               /* no value at all */
};

static struct span unquote(struct span span) {
        if (span.length == 0 || span.text[0] != '"')
                return span;
        span = (struct span){span.text + 1, span.length - 1};
        if (span.length > 0 && span.text[span.length - 1] == '"')
                span.length--;
        return span;
}

/* As next_arg() in the kernel's lib/cmdline.c does. */
static struct parameter take_apart(struct span word) {
        const char *equals, *end;

        word = unquote(word);
        end = word.text + word.length;
        equals = memchr(word.text, '=', word.length);
        if (!equals)
                return (struct parameter){word, {end, 0}, true};
        return (struct parameter){{word.text, (size_t) (equals - word.text)},
                                  unquote((struct span){equals + 1, (size_t) (end - equals - 1)}), false};
}

/* The last one of that name. */
static bool find(const char *text, const char *key, struct parameter *ret) {
        bool found = false;

        for (const char *p = text; *p;) {
                struct parameter parameter;
                struct span word;

                p += strspn(p, BLANKS);
                word = (struct span){p, word_length(p)};
                if (word.length == 2 && strncmp(p, "--", word.length) == 0)
                        break;
                parameter = take_apart(word);
                if (parameter.name.length == strlen(key) &&
                    same_name(parameter.name.text, key, parameter.name.length)) {
                        *ret = parameter;
                        found = true;
                }
                p += word.length;
        }
        return found;
}

static void copy(struct span span, char *ret, size_t size) {
        snprintf(ret, size, "%.*s", (int) span.length, span.text);
}

bool cmdline_find(const char *cmdline, const char *key, char *ret, size_t size) {
        struct parameter parameter;
        bool found = find(cmdline, key, &parameter);

        if (found)
                copy(parameter.value, ret, size);
        return found;
}

static int get(const char *key, char text[static CMDLINE_MAX], struct parameter *ret) {
        int r = sysfs_read(AT_FDCWD, "/proc/cmdline", text, CMDLINE_MAX);

        return r < 0 ? unless_gone(r) : find(text, key, ret);
}

int cmdline_get(const char *key, char *ret, size_t size) {
        char text[CMDLINE_MAX];
        struct parameter parameter;
        int r = get(key, text, &parameter);

        if (r > 0)
                copy(parameter.value, ret, size);
        return r;
}

int cmdline_lists(const char *key, const char *module) {
        char value[CMDLINE_MAX], *rest = value;
        int r = cmdline_get(key, value, sizeof(value));

        if (r <= 0)
                return r;
        for (char *name; (name = strsep(&rest, ","));)
                if (streq(name, module))
                        return 1;
        return 0;
}

int cmdline_add(const char *key, struct places *places) {
        char text[CMDLINE_MAX];
        struct parameter parameter;
        struct place place = {};
        size_t at;
        int r = get(key, text, &parameter);

        if (r <= 0)
                return r;
        copy(parameter.name, place.file, sizeof(place.file) - 1);
        strcat(place.file, parameter.bare ? "" : "=");
        copy(parameter.value, place.value, sizeof(place.value));
        for (at = places->n; at > 0 && places->items[at - 1].rank > 0;)
                at--;
        places_insert(places, at, &place);
        return r;
}
