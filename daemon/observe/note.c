/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The files behind ownership and readiness. A note is a few bytes, written at once; one cut short by
 * a crash reads as inode 0, which errs towards "ours, being made". One that cannot be read is neither:
 * the look at the notes has failed. */

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

#define AWAKE        "awake"
#define READY_SUFFIX ".ready"
/* UUID, suffix, terminator. */
#define NAME_SIZE (UUID_STR_LEN + sizeof(READY_SUFFIX))
/* Two numbers, the end of the line, the terminator. */
#define TEXT_SIZE (10 + 1 + 20 + 1 + 1)

int notes_open(void) {
        int fd;

        if (mkdir(PATH_NOTES, 0755) < 0 && errno != EEXIST)
                return -errno;
        fd = open(PATH_NOTES, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

int notes_open_lock(int dir, const char *name) {
        _cleanup_close_ int fd = openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

        return fd < 0 || fchmod(fd, 0600) < 0 ? -errno : TAKE_FD(fd);
}

static void note_name(const uuid_t uuid, const char *suffix, char ret[static NAME_SIZE]) {
        snprintf(ret, NAME_SIZE, "%s%s", uuid_text(uuid).text, suffix);
}

static int write_file(int dir, const char *name, int flags, const char *text) {
        /* Where there is a FIFO in its place nobody waits for who may read it. */
        _cleanup_close_ int fd = openat(dir, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags, 0644);
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

int note_write_ready(int dir, const uuid_t uuid, gid_t gid, uint64_t inode) {
        char name[NAME_SIZE], text[TEXT_SIZE];

        note_name(uuid, READY_SUFFIX, name);
        snprintf(text, sizeof(text), "%u %" PRIu64, gid, inode);
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

/* 1; 0, and an empty text, for one without its end of line. What is no file is none of ours: -ENOENT. */
static int read_file(int dir, const char *name, char ret[static TEXT_SIZE]) {
        _cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        struct stat st;
        ssize_t n;

        *ret = '\0';
        if (fd < 0 || fstat(fd, &st) < 0)
                return errno == ELOOP || errno == ENXIO ? -ENOENT : -errno;
        if (!S_ISREG(st.st_mode))
                return -ENOENT;
        n = read(fd, ret, TEXT_SIZE - 1);
        if (n < 0)
                return -errno;
        if (n == 0 || ret[n - 1] != '\n')
                n = 0;
        ret[n] = '\0';
        return n > 0;
}

/* One cut short was written before the GPU was kept from anything: none. */
int awake_read(int dir, struct pci_address *ret) {
        char text[TEXT_SIZE];
        int r = read_file(dir, AWAKE, text);

        if (r <= 0)
                return unless_gone(r);
        text[strcspn(text, "\n")] = '\0';
        return parse_pci_address(text, ret) == 0;
}

int awake_write(int dir, const struct pci_address *address) {
        char text[TEXT_SIZE];

        snprintf(text, sizeof(text), "%s\n", address_text(address).text);
        return write_file(dir, AWAKE, O_CREAT | O_TRUNC, text);
}

int awake_drop(int dir) {
        return drop_file(dir, AWAKE);
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

static struct note *note_add(struct note **notes, size_t *n, const uuid_t uuid) {
        struct note *grown = reallocarray(*notes, *n + 1, sizeof(struct note));

        if (!grown)
                return NULL;
        *notes = grown;
        grown[*n] = (struct note){};
        uuid_copy(grown[*n].uuid, uuid);
        return &grown[(*n)++];
}

struct note_list {
        struct note *notes;
        size_t n;
};

static int note_read(int dir, const char *name, void *userdata) {
        struct note_list *list = userdata;
        struct note *note;
        char text[TEXT_SIZE];
        uuid_t uuid;
        bool ready;
        int r;

        if (!parse_name(name, uuid, &ready))
                return 0;
        r = read_file(dir, name, text);
        if (r < 0)
                return unless_gone(r);
        note = note_add(&list->notes, &list->n, uuid);
        if (!note)
                return -ENOMEM;
        if (ready) {
                note->ready = r > 0;
                (void) sscanf(text, "%u %" SCNu64, &note->ready_gid, &note->ready_inode);
        } else {
                note->owned = true;
                note->inode = strtoull(text, NULL, 10);
        }
        return 0;
}

/* The note itself comes before its .ready. */
static int compare_files(const void *a, const void *b) {
        const struct note *x = a, *y = b;
        int r = uuid_compare(x->uuid, y->uuid);

        return r != 0 ? r : y->owned - x->owned;
}

/* What the two files of a vGPU say becomes one note. */
static size_t join_files(struct note *notes, size_t n) {
        size_t joined = 0;

        qsort(notes, n, sizeof(struct note), compare_files);
        for (size_t i = 0; i < n; i++) {
                struct note *note = joined > 0 ? &notes[joined - 1] : NULL;

                if (!note || uuid_compare(note->uuid, notes[i].uuid) != 0) {
                        notes[joined++] = notes[i];
                        continue;
                }
                note->ready = notes[i].ready;
                note->ready_gid = notes[i].ready_gid;
                note->ready_inode = notes[i].ready_inode;
        }
        return joined;
}

int notes_read(int dir, struct note **ret, size_t *ret_n) {
        struct note_list list = {};
        int r = sysfs_for_each(dir, ".", note_read, &list);

        if (r < 0) {
                free(list.notes);
                return r;
        }
        *ret = list.notes;
        *ret_n = list.n > 0 ? join_files(list.notes, list.n) : 0;
        return 0;
}

/* A note of a device that is gone, or of an earlier one of that UUID; the .ready of a stranger's
 * device that is not declared any more. */
static bool is_stale(const struct host *host, const struct config *config,
                     const struct note *note, const struct mdev *mdev) {
        if (!mdev)
                return true;
        if (note->owned)
                return !host_owns(host, mdev);
        return !note_is_of(note, mdev) || config_leaves_out(config, note->uuid);
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
