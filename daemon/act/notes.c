/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "notes.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "config.h"
#include "host.h"
#include "names.h"
#include "note.h"
#include "text.h"
#include "util.h"

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

static void note_name(const uuid_t uuid, const char *suffix, char ret[static NOTE_NAME_SIZE]) {
        snprintf(ret, NOTE_NAME_SIZE, "%s%s", uuid_text(uuid).text, suffix);
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
        char name[NOTE_NAME_SIZE], text[32];

        note_name(uuid, "", name);
        snprintf(text, sizeof(text), "%" PRIu64 "\n", inode);
        return write_file(dir, name, O_CREAT | O_TRUNC, text);
}

int note_write_ready(int dir, const uuid_t uuid, gid_t gid, uint64_t inode) {
        char name[NOTE_NAME_SIZE], text[NOTE_TEXT_SIZE];

        note_name(uuid, NOTE_READY, name);
        snprintf(text, sizeof(text), "%u %" PRIu64, gid, inode);
        return write_file(dir, name, O_CREAT | O_TRUNC, text);
}

int note_confirm_ready(int dir, const uuid_t uuid) {
        char name[NOTE_NAME_SIZE];

        note_name(uuid, NOTE_READY, name);
        return write_file(dir, name, O_APPEND, "\n");
}

int note_drop_ready(int dir, const uuid_t uuid) {
        char name[NOTE_NAME_SIZE];

        note_name(uuid, NOTE_READY, name);
        return drop_file(dir, name);
}

int note_drop(int dir, const uuid_t uuid) {
        char name[NOTE_NAME_SIZE];
        int r = note_drop_ready(dir, uuid);

        if (r < 0)
                return r;
        note_name(uuid, "", name);
        return drop_file(dir, name);
}

int awake_write(int dir, const struct pci_address *address) {
        char text[NOTE_TEXT_SIZE];

        snprintf(text, sizeof(text), "%s\n", address_text(address).text);
        return write_file(dir, NOTE_AWAKE, O_CREAT | O_TRUNC, text);
}

int awake_drop(int dir) {
        return drop_file(dir, NOTE_AWAKE);
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
