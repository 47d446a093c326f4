/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The file comes first and by itself: glibc forgets that one source could not be read when a later one
 * says no (nsswitch.conf(5)), so that for want of a descriptor kvm would be unknown. */

#include "group.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <sys/stat.h>

#include "sysfs.h"
#include "util.h"

#define PATH_GROUPS "/etc/group"

/* One way to find a group, in a buffer that may be too small: a positive errno. */
typedef int (*finder)(const char *name, FILE *file, char *buffer, size_t size, gid_t *ret);

static int find_in_file(const char *name, FILE *file, char *buffer, size_t size, gid_t *ret) {
        struct group entry, *found;
        int r;

        rewind(file);
        while ((r = fgetgrent_r(file, &entry, buffer, size, &found)) == 0)
                if (streq(entry.gr_name, name)) {
                        *ret = entry.gr_gid;
                        return 0;
                }
        return r; /* ENOENT: the end */
}

static int find_in_services(const char *name, FILE *file, char *buffer, size_t size, gid_t *ret) {
        struct group entry, *found;
        int r = getgrnam_r(name, &entry, buffer, size, &found);

        if (r == 0 && found)
                *ret = found->gr_gid;
        /* an errno of a service's own is no answer, whichever it is */
        return r == 0 ? (found ? 0 : ENOENT) : r == ENOENT ? ECONNREFUSED : r;
}

/* Without waiting: what is no file has no groups. */
static FILE *open_file(void) {
        _cleanup_close_ int fd = open(PATH_GROUPS, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        struct stat st;
        FILE *file;

        if (fd < 0 || fstat(fd, &st) < 0)
                return NULL;
        errno = EINVAL;
        file = S_ISREG(st.st_mode) ? fdopen(fd, "r") : NULL;
        if (file)
                (void) TAKE_FD(fd);
        return file;
}

/* All of a group's members have to fit. */
static int find_by(finder find, const char *name, FILE *file, gid_t *ret) {
        int r = ERANGE;

        for (size_t size = 4096; r == ERANGE; size *= 2) {
                _cleanup_free_ char *buffer = malloc(size);

                r = buffer ? find(name, file, buffer, size, ret) : ENOMEM;
        }
        return r == 0 ? 1 : r == ENOENT ? 0 : -r;
}

int group_look_in_file(const char *name, gid_t *ret) {
        _cleanup_fclose_ FILE *file = open_file();

        return file ? find_by(find_in_file, name, file, ret) : unless_gone(-errno);
}

int group_look(const char *name, gid_t *ret) {
        int r = group_look_in_file(name, ret);

        return r == 0 ? find_by(find_in_services, name, NULL, ret) : r;
}
