/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Parameters are separated by blanks; quotes may hold blanks. The kernel takes '-' and '_' in names for
 * one, the last of several settings wins, and what follows "--" is for init: but libkmod, which takes the
 * words with a dot (i915.modeset, modprobe.blacklist), reads on. */

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

/* The next one of that name; *text goes on behind it. */
static bool next(const char **text, const char *key, struct parameter *ret) {
        const char *p = *text;

        while (*(p += strspn(p, BLANKS))) {
                struct span word = {p, word_length(p)};
                struct parameter parameter = take_apart(word);

                if (word.length == 2 && strncmp(p, "--", word.length) == 0 && !strchr(key, '.'))
                        break;
                p += word.length;
                if (parameter.name.length == strlen(key) &&
                    same_name(parameter.name.text, key, parameter.name.length)) {
                        *text = p;
                        *ret = parameter;
                        return true;
                }
        }
        return false;
}

/* The last one. */
static bool find(const char *text, const char *key, struct parameter *ret) {
        bool found = false;

        while (next(&text, key, ret))
                found = true;
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

/* "" where there is none. */
static int read_cmdline(char ret[static CMDLINE_MAX]) {
        int r = sysfs_read(AT_FDCWD, "/proc/cmdline", ret, CMDLINE_MAX);

        if (r < 0)
                *ret = '\0';
        return r < 0 ? unless_gone(r) : 0;
}

int cmdline_get(const char *key, char *ret, size_t size) {
        char text[CMDLINE_MAX];
        int r = read_cmdline(text);

        return r < 0 ? r : cmdline_find(text, key, ret, size);
}

static bool names(const char *list, const char *module) {
        size_t n;

        for (; *list; list += n + (list[n] == ',')) {
                n = strcspn(list, ",");
                if (n == strlen(module) && strncmp(list, module, n) == 0)
                        return true;
        }
        return false;
}

int cmdline_lists(const char *key, const char *module) {
        char value[CMDLINE_MAX];
        int r = cmdline_get(key, value, sizeof(value));

        return r > 0 ? names(value, module) : r;
}

static void add(const struct parameter *parameter, struct places *places) {
        struct place place = {};
        size_t at = places->n;

        copy(parameter->name, place.file, sizeof(place.file) - 1);
        strcat(place.file, parameter->bare ? "" : "=");
        copy(parameter->value, place.value, sizeof(place.value));
        while (at > 0 && places->items[at - 1].rank > 0)
                at--;
        places_insert(places, at, &place);
}

int cmdline_add(const char *key, struct places *places) {
        char text[CMDLINE_MAX];
        const char *rest = text;
        struct parameter parameter;
        int r = read_cmdline(text);

        while (next(&rest, key, &parameter))
                add(&parameter, places);
        return r;
}

int cmdline_add_lists(const char *key, const char *module, struct places *places) {
        char text[CMDLINE_MAX], list[CMDLINE_MAX];
        const char *rest = text;
        struct parameter parameter;
        int r = read_cmdline(text);

        while (next(&rest, key, &parameter)) {
                copy(parameter.value, list, sizeof(list));
                parameter.value.length = 0;
                if (names(list, module))
                        add(&parameter, places);
        }
        return r;
}
