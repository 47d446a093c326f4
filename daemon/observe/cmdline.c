/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Parameters are separated by blanks; quotes (which may hold blanks) stay with their parameter. The
 * kernel takes '-' and '_' in names for one, the last of several settings wins, and what follows "--" is
 * for init. */

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

static size_t word_length(const char *word) {
        bool quoted = false;
        size_t n = 0;

        for (; word[n] && (quoted || !strchr(" \t\n", word[n])); n++)
                if (word[n] == '"')
                        quoted = !quoted;
        return n;
}

bool cmdline_find(const char *cmdline, const char *key, char *ret, size_t size) {
        size_t key_length = strlen(key);
        bool found = false;

        for (const char *p = cmdline; *p;) {
                size_t n;

                p += strspn(p, " \t\n");
                n = word_length(p);
                if (n == 2 && strncmp(p, "--", n) == 0)
                        break;
                if (n >= key_length && same_name(p, key, key_length) &&
                    (n == key_length || p[key_length] == '=')) {
                        int value = n == key_length ? 0 : (int) (n - key_length - 1);

                        snprintf(ret, size, "%.*s", value, p + n - value);
                        found = true;
                }
                p += n;
        }
        return found;
}

int cmdline_get(const char *key, char *ret, size_t size) {
        char text[CMDLINE_MAX];
        int r = sysfs_read(AT_FDCWD, "/proc/cmdline", text, sizeof(text));

        return r < 0 ? unless_gone(r) : cmdline_find(text, key, ret, size);
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
        struct place place = {};
        int r = cmdline_get(key, place.value, sizeof(place.value));

        snprintf(place.file, sizeof(place.file), "%s=", key);
        if (r > 0)
                places_insert(places, places->n, &place);
        return r;
}
