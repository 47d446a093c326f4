/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "paste.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "parse.h"
#include "util.h"

static const struct {
        const char *signs, *name;
} kinds[] = {
        {"\"'`", "quotes"},
        {"\\", "backslashes"},
        {"[](){}<>", "brackets"},
        {";", "semicolons"},
        {"-*", "list marks"}, /* as words of their own */
};

/* Typographic quotes, blanks that are none: nothing of a UUID is there. */
static const char beyond[] = "signs beyond ASCII";

static const char *kind_of(const char *word, char sign) {
        if ((unsigned char) sign >= 0x80)
                return beyond;
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                if (strchr(kinds[i].signs, sign) && (!strchr("-*", sign) || !word[1]))
                        return kinds[i].name;
        return NULL;
}

static void add(char *what, const char *name) {
        if (strstr(what, name))
                return;
        if (*what)
                strcat(what, ", ");
        strcat(what, name);
}

bool paste_is_around_uuid(const char *word, char what[static PASTE_MAX]) {
        const char *start = word, *end = word + strlen(word);
        char bare[UUID_STR_LEN];
        uuid_t uuid;

        while (start < end && kind_of(start, *start))
                start++;
        while (end > start && kind_of(start, end[-1]))
                end--;
        if (end - start >= UUID_STR_LEN)
                return false;
        snprintf(bare, sizeof(bare), "%.*s", (int) (end - start), start);
        if (*bare && parse_uuid(bare, uuid) < 0)
                return false;
        for (const char *p = word; *p; p++)
                if (p < start || p >= end)
                        add(what, kind_of(p, *p));
        return true;
}

/* "win10-a297db4a-..." begins with no UUID, nor does a longer one end with one. */
static bool is_of_uuid(char c) {
        return isalnum((unsigned char) c) || c == '-';
}

bool paste_holds_uuid(const char *word) {
        size_t length = strlen(word);

        for (size_t i = 0; i + UUID_STR_LEN - 1 <= length; i++) {
                char bare[UUID_STR_LEN];
                uuid_t uuid;

                snprintf(bare, sizeof(bare), "%s", word + i);
                if ((i == 0 || !is_of_uuid(word[i - 1])) && !is_of_uuid(word[i + UUID_STR_LEN - 1]) &&
                    parse_uuid(bare, uuid) == 0)
                        return true;
        }
        return false;
}

bool paste_is_quoted(const char *text) {
        size_t length = strlen(text);

        return length > 1 && (*text == '"' || *text == '\'') && text[length - 1] == *text;
}
