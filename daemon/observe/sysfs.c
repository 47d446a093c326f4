/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The kernel gives one answer to one system call on an attribute: a write of a UUID is one attempt
 * to create a device (kernel-doc of create_store() in drivers/vfio/mdev/mdev_sysfs.c). */

#include "sysfs.h"

#include <fcntl.h>
#include <limits.h>

#include "util.h"

int sysfs_open(const char *path) {
        int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

DIR *sysfs_list(int at, const char *path) {
        _cleanup_close_ int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *d = fd < 0 ? NULL : fdopendir(fd);

        if (d)
                (void) TAKE_FD(fd);
        return d;
}

int sysfs_for_each(int at, const char *path, int (*fn)(int dir, const char *name, void *userdata),
                   void *userdata) {
        _cleanup_closedir_ DIR *d = sysfs_list(at, path);
        int r = d ? 0 : -errno;

        while (r >= 0) {
                struct dirent *entry;

                errno = 0; /* which alone tells the end from a failure */
                entry = readdir(d);
                if (!entry)
                        return -errno;
                if (entry->d_name[0] != '.')
                        r = fn(dirfd(d), entry->d_name, userdata);
        }
        return r;
}

int sysfs_is_there(int at, const char *path) {
        int r = faccessat(at, path, F_OK, 0) < 0 ? -errno : 1;

        return unless_gone(r);
}

int sysfs_read(int dir, const char *attribute, char *ret, size_t size) {
        _cleanup_close_ int fd = openat(dir, attribute, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        ssize_t n;

        if (fd < 0)
                return -errno;
        n = read(fd, ret, size - 1);
        if (n < 0)
                return -errno;
        if (n > 0 && ret[n - 1] == '\n')
                n--;
        ret[n] = '\0';
        return (int) n;
}

int sysfs_write(int dir, const char *attribute, const char *text) {
        /* O_WRONLY: opening `create` or `remove` for reading fails even for root. */
        _cleanup_close_ int fd = openat(dir, attribute, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
        ssize_t n;

        if (fd < 0)
                return -errno;
        n = write(fd, text, strlen(text));
        if (n < 0)
                return -errno;
        return (size_t) n == strlen(text) ? 0 : -EIO;
}

int sysfs_link_name(int dir, const char *link, char *ret, size_t size) {
        char target[PATH_MAX];
        const char *name;
        ssize_t n = readlinkat(dir, link, target, sizeof(target) - 1);

        if (n < 0)
                return -errno;
        target[n] = '\0';
        name = strrchr(target, '/');
        snprintf(ret, size, "%s", name ? name + 1 : target);
        return 0;
}

int sysfs_read_parts(int dir, void *ret, const sysfs_reader *readers, size_t n) {
        int r = 0;

        for (size_t i = 0; i < n && r >= 0; i++)
                r = unless_gone(readers[i](dir, ret));
        return r < 0 ? r : 0;
}
