/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The files behind ownership and readiness. A note is a few bytes, written at once; one cut short by
 * a crash reads as inode 0, which errs towards "ours, being made". */

#include "note.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "config.h"
#include "host.h"
#include "names.h"
#include "parse.h"
#include "sysfs.h"
#include "text.h"
#include "util.h"

#define READY_SUFFIX ".ready"
/* UUID, suffix, terminator. */
#define NAME_SIZE (UUID_STR_LEN + sizeof(READY_SUFFIX))

int notes_open(void) {
        int fd;

        if (mkdir(PATH_NOTES, 0755) < 0 && errno != EEXIST)
                return -errno;
        fd = open(PATH_NOTES, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

static void note_name(const uuid_t uuid, const char *suffix, char ret[static NAME_SIZE]) {
        snprintf(ret, NAME_SIZE, "%s%s", uuid_text(uuid).text, suffix);
}

static int write_file(int dir, const char *name, int flags, const char *text) {
        _cleanup_close_ int fd = openat(dir, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | flags, 0644);
        ssize_t written;

        /* Whatever the umask: `gvtd status` reads it for anybody. */
        if (fd < 0 || fchmod(fd, 0644) < 0)
                return -errno;
        written = write(fd, text, strlen(text));
        if (written < 0)
                return -errno;
        return (size_t) written == strlen(text) ? 0 : -ENOSPC;
}

static int drop_file(int dir, const char *name) {
        return unlinkat(dir, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int note_write(int dir, const uuid_t uuid, uint64_t inode) {
        char name[NAME_SIZE], text[32];

        note_name(uuid, "", name);
        snprintf(text, sizeof(text), "%" PRIu64 "\n", inode);
        return write_file(dir, name, O_CREAT | O_TRUNC, text);
}

int note_write_ready(int dir, const uuid_t uuid, gid_t gid) {
        char name[NAME_SIZE], text[32];

        note_name(uuid, READY_SUFFIX, name);
        snprintf(text, sizeof(text), "%u", gid);
        return write_file(dir, name, O_CREAT | O_TRUNC, text);
}

int note_confirm_ready(int dir, const uuid_t uuid) {
        char name[NAME_SIZE];

        note_name(uuid, READY_SUFFIX, name);
        return write_file(dir, name, O_APPEND, "\n");
}

int note_drop_ready(int dir, const uuid_t uuid) {
        char name[NAME_SIZE];

        note_name(uuid, READY_SUFFIX, name);
        return drop_file(dir, name);
}

int note_drop(int dir, const uuid_t uuid) {
        char name[NAME_SIZE];
        int r = note_drop_ready(dir, uuid);

        if (r < 0)
                return r;
        note_name(uuid, "", name);
        return drop_file(dir, name);
}

/* False, and 0, for one without its end of line. */
static bool read_number(int dir, const char *name, uint64_t *ret) {
        _cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        char text[32];
        ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

        *ret = 0;
        if (n <= 0 || text[n - 1] != '\n')
                return false;
        text[n] = '\0';
        *ret = strtoull(text, NULL, 10);
        return true;
}

/* Splits "UUID" or "UUID.ready"; false for any other name. */
static bool parse_name(const char *name, uuid_t ret_uuid, bool *ret_ready) {
        char uuid[UUID_STR_LEN];

        if (strlen(name) < UUID_STR_LEN - 1)
                return false;
        memcpy(uuid, name, UUID_STR_LEN - 1);
        uuid[UUID_STR_LEN - 1] = '\0';
        if (parse_uuid(uuid, ret_uuid) < 0)
                return false;
        name += UUID_STR_LEN - 1;
        *ret_ready = streq(name, READY_SUFFIX);
        return *ret_ready || *name == '\0';
}

static struct note *note_get(struct note **notes, size_t *n, const uuid_t uuid) {
        struct note *grown;

        for (size_t i = 0; i < *n; i++)
                if (uuid_compare((*notes)[i].uuid, uuid) == 0)
                        return &(*notes)[i];
        grown = reallocarray(*notes, *n + 1, sizeof(struct note));
        if (!grown)
                return NULL;
        *notes = grown;
        grown[*n] = (struct note){};
        uuid_copy(grown[*n].uuid, uuid);
        return &grown[(*n)++];
}

static int note_read(int dir, const char *name, struct note **notes, size_t *n) {
        struct note *note;
        uint64_t number;
        uuid_t uuid;
        bool ready;

        if (!parse_name(name, uuid, &ready))
                return 0;
        note = note_get(notes, n, uuid);
        if (!note)
                return -ENOMEM;
        if (ready) {
                note->ready = read_number(dir, name, &number);
                note->ready_gid = (gid_t) number;
        } else {
                note->owned = true;
                (void) read_number(dir, name, &note->inode);
        }
        return 0;
}

int notes_read(int dir, struct note **ret, size_t *ret_n) {
        _cleanup_free_ struct note *notes = NULL;
        _cleanup_closedir_ DIR *d = sysfs_list(dir, ".");
        size_t n = 0;
        int r;

        if (!d)
                return -errno;
        for (struct dirent *e; (e = readdir(d));) {
                r = note_read(dir, e->d_name, &notes, &n);
                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(notes);
        *ret_n = n;
        return 0;
}

/* A note of a device that is gone, or of an earlier one of that UUID; the .ready of a stranger's
 * device that is not declared any more. */
static bool is_stale(const struct host *host, const struct config *config,
                     const struct note *note, const struct mdev *mdev) {
        if (!mdev)
                return true;
        return note->owned ? !host_owns(host, mdev) : !config_declares(config, note->uuid);
}

int notes_tidy(int dir, struct host *host, const struct config *config) {
        size_t kept = 0;
        int r = 0;

        for (size_t i = 0; i < host->n_notes; i++) {
                struct note *note = &host->notes[i];
                const struct mdev *mdev = host_find_mdev(host, note->uuid);

                if (is_stale(host, config, note, mdev)) {
                        r = note_drop(dir, note->uuid);
                        if (r < 0)
                                return r;
                        continue;
                }
                if (note->owned && note->inode == 0) {
                        r = note_write(dir, note->uuid, mdev->inode);
                        note->inode = mdev->inode;
                }
                if (r < 0)
                        return r;
                host->notes[kept++] = *note;
        }
        host->n_notes = kept;
        return 0;
}
