/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Files are sorted by name over all folders, and of two with one name the folder named first here
 * wins: modprobe.d(5). */

#include "modprobe-d.h"

#include <dirent.h>

#include "util.h"

#define BLANKS " \t\n"

static const char *const folders[] = {"/etc/modprobe.d", "/run/modprobe.d",
                                      "/usr/local/lib/modprobe.d", "/usr/lib/modprobe.d",
                                      "/lib/modprobe.d"};

/* One logical line: a backslash at its end continues it. `line` becomes the number of its first. */
static bool read_line(FILE *stream, char **buffer, size_t *size, char *ret, size_t ret_size,
                      unsigned *line, unsigned *next) {
        size_t n = 0;
        ssize_t length;

        *line = *next;
        *ret = '\0';
        while ((length = getline(buffer, size, stream)) >= 0) {
                bool more = length >= 2 && streq(*buffer + length - 2, "\\\n");

                (*next)++;
                if (more)
                        (*buffer)[length - 2] = '\0';
                n += (size_t) snprintf(ret + n, ret_size - n, "%s", *buffer);
                n = n < ret_size ? n : ret_size - 1;
                if (!more)
                        return true;
        }
        return n > 0;
}

/* "OPTION=VALUE" or, for a switch, "OPTION". */
static bool take_option(char *words, const char *option, char *ret, size_t size) {
        size_t n = strlen(option);
        bool found = false;

        for (char *word; (word = strsep(&words, BLANKS));) {
                if (strncmp(word, option, n) != 0 || (word[n] && word[n] != '='))
                        continue;
                snprintf(ret, size, "%s", word[n] ? word + n + 1 : "1");
                found = true;
        }
        return found;
}

/* Cuts "KEYWORD MODULE" off the line; NULL: the line says something else. */
static char *after(char *line, const char *keyword, const char *module) {
        char *rest = line + strspn(line, BLANKS), *word = strsep(&rest, BLANKS);

        if (!streq(word, keyword) || !rest)
                return NULL;
        rest += strspn(rest, BLANKS);
        word = strsep(&rest, BLANKS);
        return streq(word, module) ? (rest ? rest : word + strlen(word)) : NULL;
}

static bool is_option(const char *line, const char *module, const char *option, char *value,
                      size_t size) {
        _cleanup_free_ char *copy = strdup(line);
        char *words = copy ? after(copy, "options", module) : NULL;

        return words && take_option(words, option, value, size);
}

static bool is_block(const char *line, const char *module) {
        _cleanup_free_ char *copy = strdup(line), *again = strdup(line);
        char *command;

        if (!copy || !again)
                return false;
        if (after(copy, "blacklist", module))
                return true;
        command = after(again, "install", module);
        return command && (strstr(command, "/false") || strstr(command, "/true"));
}

bool modprobe_read(FILE *stream, const char *file, const char *module, const char *option,
                   struct modprobe_place *ret) {
        _cleanup_free_ char *buffer = NULL;
        size_t size = 0;
        unsigned line, next = 1;
        char text[4096];
        bool found = false;

        while (read_line(stream, &buffer, &size, text, sizeof(text), &line, &next)) {
                if (option ? !is_option(text, module, option, ret->value, sizeof(ret->value))
                           : !is_block(text, module))
                        continue;
                snprintf(ret->file, sizeof(ret->file), "%s", file);
                ret->line = line;
                found = true;
        }
        return found;
}

static int is_conf(const struct dirent *entry) {
        const char *dot = strrchr(entry->d_name, '.');

        return entry->d_name[0] != '.' && dot && streq(dot, ".conf");
}

/* A file of the same name in an earlier folder hides it. */
static bool is_hidden(size_t folder, const char *name) {
        char path[192];

        for (size_t i = 0; i < folder; i++) {
                snprintf(path, sizeof(path), "%s/%s", folders[i], name);
                if (access(path, F_OK) == 0)
                        return true;
        }
        return false;
}

/* Of two places the one whose file name sorts last counts. */
static bool comes_after(const char *file, const struct modprobe_place *place) {
        return strcmp(strrchr(file, '/'), strrchr(place->file, '/')) > 0;
}

static void find_in(size_t folder, const char *name, const char *module, const char *option,
                    bool *found, struct modprobe_place *ret) {
        _cleanup_fclose_ FILE *stream = NULL;
        struct modprobe_place place;
        char path[192];

        snprintf(path, sizeof(path), "%s/%s", folders[folder], name);
        if (is_hidden(folder, name) || (*found && !comes_after(path, ret)))
                return;
        stream = fopen(path, "re");
        if (!stream || !modprobe_read(stream, path, module, option, &place))
                return;
        *ret = place;
        *found = true;
}

bool modprobe_find(const char *module, const char *option, struct modprobe_place *ret) {
        bool found = false;

        for (size_t folder = 0; folder < ARRAY_SIZE(folders); folder++) {
                struct dirent **entries;
                int n = scandir(folders[folder], &entries, is_conf, NULL);

                for (int i = 0; i < n; i++) {
                        find_in(folder, entries[i]->d_name, module, option, &found, ret);
                        free(entries[i]);
                }
                if (n >= 0)
                        free(entries);
        }
        return found;
}
