/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Files are sorted by name over all folders, and of two with one name the folder named first here
 * wins: modprobe.d(5). */

#include "modprobe-d.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include "cmdline.h"
#include "question.h"
#include "remedy.h"
#include "sysfs.h"
#include "util.h"

#define BLANKS " \t\n"
#define LINE_SIZE 4096 /* of a logical line; what is longer is cut */

#define INITRAMFS_LIST "/etc/initramfs-tools/modules"

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
                if (more)
                        continue;
                if (n > 0 && ret[n - 1] == '\n')
                        ret[n - 1] = '\0';
                return true;
        }
        return n > 0 && errno == 0;
}

/* To modprobe '-' and '_' are one in the names of modules; in brackets, which are a pattern's, they are not. */
static void use_underscores(char *name) {
        for (; *name; name++) {
                if (*name == '[' && strchr(name, ']'))
                        name = strchr(name, ']');
                else if (*name == '-')
                        *name = '_';
        }
}

static bool is_named(char *word, const char *module, bool by_pattern) {
        char name[MODULE_NAME_MAX];

        snprintf(name, sizeof(name), "%s", module);
        use_underscores(name);
        use_underscores(word);
        return by_pattern ? fnmatch(word, name, 0) == 0 : streq(word, name);
}

/* Cuts "KEYWORD MODULE" off the line; NULL: the line says something else. An install line is for all that its
 * pattern fits. */
static char *after(char *line, const char *keyword, const char *module) {
        char *rest = line + strspn(line, BLANKS), *word = strsep(&rest, BLANKS);

        if (!streq(word, keyword) || !rest)
                return NULL;
        rest += strspn(rest, BLANKS);
        word = strsep(&rest, BLANKS);
        return is_named(word, module, streq(keyword, "install")) ? (rest ? rest : word + strlen(word)) : NULL;
}

/* What an install line gives to its modprobe. libkmod passes all options before these arguments, and once
 * more in the place of $CMDLINE_OPTS (module_do_install_commands() in libkmod-module.c). */
static bool is_argument(char *words, const char *option, struct place *ret) {
        char *behind = strstr(words, "$CMDLINE_OPTS");

        if (behind)
                *behind++ = '\0';
        ret->rank = 1;
        if (cmdline_find(behind ? behind : words, option, ret->value, sizeof(ret->value)))
                return true;
        ret->rank = -1;
        return behind && cmdline_find(words, option, ret->value, sizeof(ret->value));
}

static bool is_option(const char *line, const char *module, const char *option, struct place *ret) {
        char copy[LINE_SIZE], *words;
        bool found;

        snprintf(copy, sizeof(copy), "%s", line);
        words = after(copy, "options", module);
        ret->rank = 0;
        if (words) {
                found = cmdline_find(words, option, ret->value, sizeof(ret->value));
        } else {
                snprintf(copy, sizeof(copy), "%s", line);
                words = after(copy, "install", module);
                found = words && strstr(words, "modprobe") && is_argument(words, option, ret);
        }
        if (found && !*ret->value)
                strcpy(ret->value, "1");
        return found;
}

/* `true`, whose success loads nothing, as well as `false`, a word about it, or /dev/null. */
bool modprobe_d_does_nothing(const char *command) {
        static const char *const names[] = {"false", "true", ":", "echo", "logger", "exit", "null"};
        size_t length = strcspn(command, BLANKS ";");
        const char *slash = memrchr(command, '/', length), *name = slash ? slash + 1 : command;

        length -= (size_t) (name - command);
        if (strstr(command, "modprobe") || strstr(command, "insmod"))
                return false;
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (strlen(names[i]) == length && strncmp(name, names[i], length) == 0)
                        return true;
        return false;
}

static bool is_block(const char *line, const char *module) {
        char copy[LINE_SIZE], *command;

        snprintf(copy, sizeof(copy), "%s", line);
        if (after(copy, "blacklist", module))
                return true;
        snprintf(copy, sizeof(copy), "%s", line);
        command = after(copy, "install", module);
        return command && modprobe_d_does_nothing(command + strspn(command, BLANKS));
}

/* Files are applied in the order of their names. Of several install lines the first one is run, and the next
 * when that is gone. */
static bool is_behind(const struct place *a, const struct place *b) {
        int order = strcmp(strrchr(a->file, '/'), strrchr(b->file, '/'));

        if (a->rank != b->rank)
                return a->rank > b->rank;
        return a->rank == 0 ? order > 0 : order <= 0;
}

static void add(struct places *places, const struct place *place) {
        size_t at = places->n;

        while (at > 0 && is_behind(&places->items[at - 1], place))
                at--;
        places_insert(places, at, place);
}

int modprobe_d_read(FILE *stream, const char *file, const char *module, const char *option,
                  struct places *places) {
        _cleanup_free_ char *buffer = NULL;
        size_t size = 0;
        unsigned next = 1;
        char text[LINE_SIZE];
        struct place place = {};

        snprintf(place.file, sizeof(place.file), "%.191s", file);
        while (read_line(stream, &buffer, &size, text, sizeof(text), &place.line, &next))
                if (option ? is_option(text, module, option, &place) : is_block(text, module))
                        add(places, &place);
        return -errno;
}

static bool is_nonsense(const char *line) {
        static const struct {
                const char *keyword;
                unsigned arguments; /* at least */
        } directives[] = {
                {"alias", 2},   {"blacklist", 1}, {"install", 2}, {"options", 2},
                {"remove", 2},  {"softdep", 2},   {"weakdep", 2},
                {"allow_unsupported_modules", 1}, /* SUSE's own, in a file of each of its systems */
        };
        _cleanup_free_ char *copy = strdup(line);
        char *rest = copy, *word;
        unsigned n = 0;

        if (!copy)
                return false;
        rest += strspn(rest, BLANKS);
        word = strsep(&rest, BLANKS);
        if (!*word || *word == '#')
                return false;
        while (rest && *(rest += strspn(rest, BLANKS))) {
                (void) strsep(&rest, BLANKS);
                n++;
        }
        for (size_t i = 0; i < ARRAY_SIZE(directives); i++)
                if (streq(word, directives[i].keyword))
                        return n < directives[i].arguments;
        return true;
}

int modprobe_d_read_nonsense(FILE *stream, const char *file, struct modprobe_d_nonsense *ret) {
        _cleanup_free_ char *buffer = NULL;
        unsigned line, next = 1, n = 0;
        size_t size = 0;
        char text[LINE_SIZE];

        while (read_line(stream, &buffer, &size, text, sizeof(text), &line, &next)) {
                if (!is_nonsense(text) || n++ > 0)
                        continue;
                snprintf(ret->place.file, sizeof(ret->place.file), "%.191s", file);
                snprintf(ret->place.value, sizeof(ret->place.value), "%.*s",
                         (int) strcspn(text, "\n"), text);
                ret->place.line = line;
        }
        ret->more = n > 0 ? n - 1 : 0;
        return errno ? -errno : n > 0;
}

/* Those that libkmod reads. */
static int is_conf(const struct dirent *entry) {
        const char *dot = strrchr(entry->d_name, '.');

        return entry->d_name[0] != '.' && dot && (streq(dot, ".conf") || streq(dot, ".alias"));
}

int modprobe_d_hides(const char *path) {
        struct stat st;
        int r = stat(path, &st) < 0 ? -errno : 0;

        if (r == 0)
                return !S_ISDIR(st.st_mode);
        if (!is_gone(r) && r != -ELOOP)
                return r;
        return lstat(path, &st) < 0 ? unless_gone(-errno) : 1;
}

/* A file of the same name in an earlier folder hides it. */
static int is_hidden(size_t folder, const char *name) {
        char path[320];
        int r = 0;

        for (size_t i = 0; i < folder && r == 0; i++) {
                snprintf(path, sizeof(path), "%s/%s", folders[i], name);
                r = modprobe_d_hides(path);
        }
        return r;
}

/* 1: it is not for this user. */
static int skip_unreadable(int r) {
        if (r == -EACCES)
                return 1;
        return r == -EISDIR || r == -ELOOP ? 0 : unless_gone(r);
}

typedef int (*conf_reader)(FILE *stream, const char *path, void *userdata);

static int read_file(const char *path, conf_reader fn, void *userdata) {
        _cleanup_fclose_ FILE *stream = NULL;

        stream = fopen(path, "re");
        return skip_unreadable(stream ? fn(stream, path, userdata) : -errno);
}

static int read_conf(size_t folder, const char *name, conf_reader fn, void *userdata) {
        char path[320];
        int r = is_hidden(folder, name);

        if (r != 0)
                return r < 0 ? skip_unreadable(r) : 0;
        snprintf(path, sizeof(path), "%s/%s", folders[folder], name);
        return read_file(path, fn, userdata);
}

/* Calls fn for each file that counts, until it fails. 1: what is not for this user was left out. */
static int for_each_conf(conf_reader fn, void *userdata) {
        bool closed = false;
        int r = 0;

        for (size_t folder = 0; folder < ARRAY_SIZE(folders) && r >= 0; folder++) {
                struct dirent **entries;
                int n = scandir(folders[folder], &entries, is_conf, alphasort);

                if (n < 0)
                        r = skip_unreadable(-errno);
                closed |= r > 0;
                for (int i = 0; i < n; i++) {
                        if (r >= 0)
                                r = read_conf(folder, entries[i]->d_name, fn, userdata);
                        closed |= r > 0;
                        free(entries[i]);
                }
                if (n >= 0)
                        free(entries);
        }
        return r < 0 ? r : closed;
}

struct search {
        const char *module, *option;
        struct places *places;
};

static int search_in(FILE *stream, const char *path, void *userdata) {
        const struct search *search = userdata;

        return modprobe_d_read(stream, path, search->module, search->option, search->places);
}

int modprobe_d_find(const char *module, const char *option, struct places *ret) {
        struct search search = {.module = module, .option = option, .places = ret};
        int r;

        *ret = (struct places){};
        r = for_each_conf(search_in, &search);
        ret->closed = r > 0;
        for (size_t i = 0; i < ret->n && r >= 0; i++) {
                r = is_stored(ret->items[i].file);
                ret->items[i].stored = r > 0;
        }
        return r < 0 ? r : 0;
}

/* A line is what follows "options" elsewhere. */
static int search_in_list(FILE *stream, const char *path, void *userdata) {
        const struct search *search = userdata;
        _cleanup_free_ char *buffer = NULL;
        struct place place = {.file = INITRAMFS_LIST};
        char text[LINE_SIZE], line[sizeof("options ") + LINE_SIZE];
        unsigned next = 1;
        size_t size = 0;

        while (read_line(stream, &buffer, &size, text, sizeof(text), &place.line, &next)) {
                snprintf(line, sizeof(line), "options %s", text);
                if (is_option(line, search->module, search->option, &place))
                        places_insert(search->places, search->places->n, &place);
        }
        return -errno;
}

int modprobe_d_find_list(const char *module, const char *option, struct places *places) {
        struct search search = {.module = module, .option = option, .places = places};
        int r = read_file(INITRAMFS_LIST, search_in_list, &search);

        places->closed |= r > 0;
        return r < 0 ? r : 0;
}

struct nonsense {
        struct modprobe_d_nonsense *ret;
        int n, max;
};

static int add_nonsense(FILE *stream, const char *path, void *userdata) {
        struct nonsense *nonsense = userdata;
        int r = 0;

        if (nonsense->n < nonsense->max)
                r = modprobe_d_read_nonsense(stream, path, &nonsense->ret[nonsense->n]);
        nonsense->n += r > 0;
        return r < 0 ? r : 0;
}

int modprobe_d_find_nonsense(struct modprobe_d_nonsense *ret, int max) {
        struct nonsense nonsense = {.ret = ret, .max = max};
        int r = for_each_conf(add_nonsense, &nonsense);

        return r < 0 ? r : nonsense.n;
}
