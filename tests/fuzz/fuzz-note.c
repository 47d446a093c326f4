/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Any file in /run/gvtd, and any attribute in sysfs: the first line is its name, the rest what it
 * holds. A name that is none of ours is not looked at. */

#include <fcntl.h>

#include "fuzz.h"
#include "host.h"
#include "note.h"
#include "sysfs.h"

/* In memory where there is such a place. */
static int folder(void) {
        static char path[64];
        static int dir = -1;

        if (dir >= 0)
                return dir;
        snprintf(path, sizeof(path), "%s/gvtd-fuzz-XXXXXX",
                 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        assert(mkdtemp(path));
        dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert(dir >= 0);
        return dir;
}

static bool write_file(const char *name, const char *text, size_t size) {
        _cleanup_close_ int fd = openat(folder(), name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

        return fd >= 0 && write(fd, text, size) == (ssize_t) size;
}

static void check_attribute(const char *name, size_t size) {
        char text[32];
        int n = sysfs_read(folder(), name, text, sizeof(text));

        assert(n >= 0 && n < (int) sizeof(text) && (size_t) n <= size);
        assert(text[n] == '\0');
}

static void check_notes(const char *name) {
        _cleanup_free_ struct note *notes = NULL;
        char uuid[UUID_STR_LEN];
        size_t n;

        assert(notes_read(folder(), &notes, &n) == 0);
        assert(n <= 1);
        if (n == 0)
                return;
        uuid_unparse_lower(notes->uuid, uuid);
        assert(strncasecmp(name, uuid, strlen(uuid)) == 0);
        name += strlen(uuid);
        assert(notes->owned ? !*name : streq(name, ".ready"));
        assert(notes->owned || notes->inode == 0);
        assert(!(notes->owned && notes->ready));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *name = fuzz_text(data, size);
        char *text = strchr(name, '\n'), *end = name + size;

        if (!text)
                return 0;
        *text++ = '\0';
        /* "./x" would be another name for x */
        if (strchr(name, '/') || !write_file(name, text, (size_t) (end - text)))
                return 0;
        check_attribute(name, (size_t) (end - text));
        check_notes(name);
        assert(unlinkat(folder(), name, 0) == 0);
        return 0;
}
