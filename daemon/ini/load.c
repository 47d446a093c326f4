/* SPDX-License-Identifier: GPL-2.0-or-later */

/* From paths to a configuration: which files there are, whether they may be read, and what only
 * this machine knows (its id). What a file says is keys.c.
 *
 * gvtd runs as root at boot and must not hang there, nor in a reload: unless the caller says otherwise, a file
 * is opened without blocking and read only when it turns out to be a regular one. */

#include "load.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <systemd/sd-id128.h>

#include "config.h"
#include "keys.h"
#include "names.h"
#include "text.h"
#include "util.h"

/* The namespace of the UUIDs behind `count` is the machine id under this key. Changing it would
 * change them all. */
#define APPLICATION_ID SD_ID128_MAKE(5d, 0e, 8b, 31, 6a, 4f, 4c, 92, 9c, 1d, 7e, f3, 20, b6, 58, a4)

/* What can be opened and is no regular file; a socket cannot. */
static const char *kind_text(mode_t mode) {
        return S_ISDIR(mode) ? "a directory" : S_ISFIFO(mode) ? "a FIFO" : "a device node";
}

/* Of a path whose file is missing: whether it is because a link leads nowhere. */
static bool is_dangling(const char *path) {
        struct stat st;

        return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

/* What this process is short of is no fault of the file's: then all of the reading has failed. */
static int find_unreadable(struct config *config, const char *path, int error, const char *what) {
        if (error == ENOMEM || error == EMFILE || error == ENFILE)
                return -error;
        config->closed |= error == EACCES;
        if (error == ENOENT && is_dangling(path))
                return config_complain(
                        config, SEVERITY_ERROR, path, 0,
                        "a link to a %s that does not exist; expected the %s, or no link", what,
                        what);
        if (error == ENXIO)
                return config_complain(
                        config, SEVERITY_ERROR, path, 0,
                        "is a socket or a device without hardware; expected a regular %s", what);
        return config_complain(config, SEVERITY_ERROR, path, 0,
                           "cannot be read: %s; expected a readable %s", strerror(error), what);
}

/* An empty file, as a link to it is for systemd. */
static bool is_null(const struct stat *st) {
        return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
}

/* What is no file to read from at all becomes a finding. 0: not to be read, 1: go on. */
static int check_kind(struct config *config, const char *path, const struct stat *st, bool pipe) {
        int r;

        if (S_ISREG(st->st_mode) || is_null(st) || (pipe && !S_ISDIR(st->st_mode)))
                return 1;
        r = config_complain(config, SEVERITY_ERROR, path, 0, "is %s; expected a regular file",
                            kind_text(st->st_mode));
        return r < 0 ? r : 0;
}

static int check_mode(struct config *config, const char *path, mode_t mode) {
        if ((!S_ISREG(mode) && !S_ISDIR(mode)) || !(mode & S_IWOTH))
                return 0;
        return config_complain(config, SEVERITY_WARNING, path, 0,
                           "every user can write to it; expected root alone: chmod o-w %s", path);
}

static int read_fd(struct config *config, const char *path, int fd, bool pipe) {
        _cleanup_fclose_ FILE *stream = fdopen(fd, "re");
        struct stat st;
        int r;

        if (!stream) {
                close(fd);
                return -ENOMEM;
        }
        if (fstat(fd, &st) < 0)
                return find_unreadable(config, path, errno, "file");
        r = check_kind(config, path, &st, pipe);
        if (r <= 0)
                return r;
        r = check_mode(config, path, st.st_mode);
        if (r < 0)
                return r;
        r = config_read_stream(config, path, stream);
        return r < 0 ? find_unreadable(config, path, -r, "file") : 1;
}

/* A pipe that the user names may keep us waiting for its writer: that is what it is for. Standard
 * input is not opened anew: behind ssh it is a socket, which cannot be. */
static int open_pipe(const char *path) {
        if (streq(path, "/dev/stdin"))
                return fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

/* 1: read, or there is none; 0: not read, and a finding says so; negative when out of memory. */
static int read_file(struct config *config, const char *path, bool named, bool pipe) {
        int fd = pipe ? open_pipe(path) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

        if (fd >= 0)
                return read_fd(config, path, fd, pipe);
        if (errno == ENOENT && !named && !is_dangling(path))
                return 1;
        return find_unreadable(config, path, errno, "file");
}

static bool ends_in(const char *name, const char *suffix) {
        const char *dot = strrchr(name, '.');

        return dot && streq(dot, suffix);
}

/* .conf is the habit of other drop-ins (systemd's). */
static int is_dropin(const struct dirent *entry) {
        return entry->d_name[0] != '.' && (ends_in(entry->d_name, ".ini") || ends_in(entry->d_name, ".conf"));
}

/* By bytes, so that the order is the same in every locale. */
static int by_name(const struct dirent **a, const struct dirent **b) {
        return strcmp((*a)->d_name, (*b)->d_name);
}

static int read_dropin(struct config *config, const char *folder, const char *name) {
        _cleanup_free_ char *path = NULL;

        if (asprintf(&path, "%s/%s", folder, name) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        if (ends_in(name, ".conf"))
                return config_complain(config, SEVERITY_WARNING, path, 0,
                                   "is left out for its name; expected one that ends in .ini");
        return read_file(config, path, /* named= */ false, /* pipe= */ false);
}

static int read_dropins(struct config *config, const char *folder) {
        struct dirent **entries;
        struct stat st;
        int n = scandir(folder, &entries, is_dropin, by_name), r = 0;

        if (n < 0 && errno == ENOENT && !is_dangling(folder))
                return 0;
        if (n < 0)
                return find_unreadable(config, folder, errno, "folder");
        if (stat(folder, &st) == 0)
                r = check_mode(config, folder, st.st_mode);
        for (int i = 0; i < n; i++) {
                if (r >= 0)
                        r = read_dropin(config, folder, entries[i]->d_name);
                free(entries[i]);
        }
        free(entries);
        return r < 0 ? r : 0;
}

/* A machine without an id is one that is being built: the UUIDs derived there are for checking. Any
 * other failure must not lead to other UUIDs, for which the present ones would have to go: an id that
 * is none is an error in the place of the counts, and one that cannot be read now may be later. */
static int get_namespace(struct config *config, uuid_t ret) {
        const struct declared_count *count = config->counts;
        sd_id128_t id = SD_ID128_NULL;
        int r = config->n_counts == 0 ? 0 : sd_id128_get_machine_app_specific(APPLICATION_ID, &id);

        uuid_copy(ret, id.bytes);
        switch (r) {
        case -ENOENT:
        case -ENOMEDIUM:
        case -ENOPKG:
                return config_complain(config, SEVERITY_WARNING, count->file, count->line,
                                   "this machine has no id, so the UUIDs behind count are not its own; "
                                   "expected /etc/machine-id, as by systemd-machine-id-setup");
        case -EINVAL:
        case -EUCLEAN:
                config->n_counts = 0;
                return config_complain(config, SEVERITY_ERROR, count->file, count->line,
                                   "count needs the machine's id, and /etc/machine-id is malformed; "
                                   "expected 32 hexadecimal digits, as by systemd-machine-id-setup");
        default:
                return r;
        }
}

static int read_all(struct config *config, const char *file, const char *dropins, enum load_flags flags) {
        int r = read_file(config, file, /* named= */ !dropins, !dropins && flags & LOAD_PIPE);

        config->main_file = file;
        if (r == 0)
                config->unreadable = true;
        return r >= 0 && dropins ? read_dropins(config, dropins) : r;
}

static int finish(struct config *config) {
        uuid_t namespace;
        int r = get_namespace(config, namespace);

        return r < 0 ? r : config_finish(config, namespace);
}

int config_load_from(const char *file, const char *dropins, enum load_flags flags, struct config **ret) {
        _cleanup_config_ struct config *config = config_new();
        int r = config ? read_all(config, file, dropins, flags) : -ENOMEM;

        if (r >= 0 && !(flags & LOAD_OPTIONS))
                r = finish(config);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(config);
        return 0;
}

int config_load(const char *file, enum load_flags flags, struct config **ret) {
        return config_load_from(file ? file : PATH_CONFIG, file ? NULL : PATH_CONFIG_DROPINS, flags, ret);
}
