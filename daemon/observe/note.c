/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A note is a few bytes, written at once; one cut short by a crash reads as inode 0, which errs towards
 * "ours, being made". One that cannot be read is neither: the look at the notes has failed. */

#include "note.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "host.h"
#include "parse.h"
#include "sysfs.h"
#include "util.h"

/* 1; 0, and an empty text, for one without its end of line. What is no file is none of ours: -ENOENT. */
static int read_file(int dir, const char *name, char ret[static NOTE_TEXT_SIZE]) {
        _cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        struct stat st;
        ssize_t n;

        *ret = '\0';
        if (fd < 0 || fstat(fd, &st) < 0)
                return errno == ELOOP || errno == ENXIO ? -ENOENT : -errno;
        if (!S_ISREG(st.st_mode))
                return -ENOENT;
        n = read(fd, ret, NOTE_TEXT_SIZE - 1);
        if (n < 0)
                return -errno;
        if (n == 0 || ret[n - 1] != '\n')
                n = 0;
        ret[n] = '\0';
        return n > 0;
}

/* One cut short was written before the GPU was kept from anything: none. */
int awake_read(int dir, struct pci_address *ret) {
        char text[NOTE_TEXT_SIZE];
        int r = read_file(dir, NOTE_AWAKE, text);

        if (r <= 0)
                return unless_gone(r);
        text[strcspn(text, "\n")] = '\0';
        return parse_pci_address(text, ret) == 0;
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
        *ret_ready = streq(name, NOTE_READY);
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
        char text[NOTE_TEXT_SIZE];
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
