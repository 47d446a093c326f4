/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Files are sorted by name over all folders, and of two with one name the folder named first here
 * wins: modprobe.d(5). */

#include "modprobe-d.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "sysfs.h"
#include "util.h"

#define BLANKS " \t\n"
#define LINE_SIZE 4096 /* of a logical line; what is longer is cut */

static const char *const folders[] = {"/etc/modprobe.d", "/run/modprobe.d",
                                      "/usr/local/lib/modprobe.d", "/usr/lib/modprobe.d",
                                      "/lib/modprobe.d"};

/* One logical line: a backslash at its end continues it. `line` becomes the number of its first.
 * False: there is no more, or errno tells why it cannot be read. */
static bool read_line(FILE *stream, char **buffer, size_t *size, char *ret, size_t ret_size,
                      unsigned *line, unsigned *next) {
        size_t n = 0;
        ssize_t length;

        *line = *next;
        *ret = '\0';
        errno = 0;
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
        return n > 0 && errno == 0;
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
        char copy[LINE_SIZE], *words;

        snprintf(copy, sizeof(copy), "%s", line);
        words = after(copy, "options", module);
        return words && take_option(words, option, value, size);
}

static bool is_block(const char *line, const char *module) {
        char copy[LINE_SIZE], *command;

        snprintf(copy, sizeof(copy), "%s", line);
        if (after(copy, "blacklist", module))
                return true;
        snprintf(copy, sizeof(copy), "%s", line);
        command = after(copy, "install", module);
        return command && (strstr(command, "/false") || strstr(command, "/true"));
}

int modprobe_read(FILE *stream, const char *file, const char *module, const char *option,
                  struct modprobe_place *ret) {
        _cleanup_free_ char *buffer = NULL;
        size_t size = 0;
        unsigned line, next = 1;
        char text[LINE_SIZE];
        int found = 0;

        while (read_line(stream, &buffer, &size, text, sizeof(text), &line, &next)) {
                if (option ? !is_option(text, module, option, ret->value, sizeof(ret->value))
                           : !is_block(text, module))
                        continue;
                snprintf(ret->file, sizeof(ret->file), "%s", file);
                ret->line = line;
                found = 1;
        }
        return errno ? -errno : found;
}

static int is_conf(const struct dirent *entry) {
        const char *dot = strrchr(entry->d_name, '.');

        return entry->d_name[0] != '.' && dot && streq(dot, ".conf");
}

/* A file of the same name in an earlier folder hides it. */
static int is_hidden(size_t folder, const char *name) {
        char path[192];
        int r = 0;

        for (size_t i = 0; i < folder && r == 0; i++) {
                snprintf(path, sizeof(path), "%s/%s", folders[i], name);
                r = sysfs_is_there(AT_FDCWD, path);
        }
        return r;
}

/* Of two places the one whose file name sorts last counts. */
static bool comes_after(const char *file, const struct modprobe_place *place) {
        return strcmp(strrchr(file, '/'), strrchr(place->file, '/')) > 0;
}

static int skip_unreadable(int r) {
        return r == -EISDIR || r == -EACCES || r == -ELOOP ? 0 : unless_gone(r);
}

static int find_in(size_t folder, const char *name, const char *module, const char *option,
                   int found, struct modprobe_place *ret) {
        _cleanup_fclose_ FILE *stream = NULL;
        struct modprobe_place place;
        char path[192];
        int r = is_hidden(folder, name);

        snprintf(path, sizeof(path), "%s/%s", folders[folder], name);
        if (r < 0)
                return skip_unreadable(r);
        if (r > 0 || (found && !comes_after(path, ret)))
                return 0;
        stream = fopen(path, "re");
        r = stream ? modprobe_read(stream, path, module, option, &place) : -errno;
        if (r > 0)
                *ret = place;
        return skip_unreadable(r);
}

int modprobe_find(const char *module, const char *option, struct modprobe_place *ret) {
        int found = 0, r = 0;

        for (size_t folder = 0; folder < ARRAY_SIZE(folders) && r >= 0; folder++) {
                struct dirent **entries;
                int n = scandir(folders[folder], &entries, is_conf, NULL);

                if (n < 0)
                        r = skip_unreadable(-errno);
                for (int i = 0; i < n; i++) {
                        if (r >= 0)
                                r = find_in(folder, entries[i]->d_name, module, option, found, ret);
                        found |= r > 0;
                        free(entries[i]);
                }
                if (n >= 0)
                        free(entries);
        }
        return r < 0 ? r : found;
}
