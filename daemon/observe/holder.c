/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The kernel tells that a group is taken (EBUSY), not by whom: /proc/PID/fd does. From Linux 6.6 on
 * a kernel with CONFIG_VFIO_DEVICE_CDEV also lets the device itself be opened. Once that descriptor
 * is bound to an iommufd the group counts as taken (vfio_device_block_group()); before, nothing but
 * /proc tells, and a removal would wait for it (vfio_unregister_group_dev()). */

#include "holder.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "host.h"
#include "names.h"
#include "printable.h"
#include "sysfs.h"
#include "text.h"
#include "util.h"

/* Enough for a libvirt guest with many devices; its name stands near the beginning. */
#define CMDLINE_SIZE 16384

/* A vGPU's nodes by number, since paths prove nothing: any user may open a file of that name in a
 * mount namespace of his own, and libvirt gives QEMU nodes of its own making. 0: there is none. */
struct sought {
        dev_t group;
        dev_t device;
        struct holder *holder;
};

/* A node's; 0 where there is none. -errno where that cannot be told. */
static int number_of(const char *path, dev_t *ret) {
        struct stat st;

        if (lstat(path, &st) < 0)
                return unless_gone(-errno);
        *ret = S_ISCHR(st.st_mode) ? st.st_rdev : 0;
        return 0;
}

static int device_number(int dir, const char *name, void *ret) {
        char path[sizeof(PATH_VFIO) + NAME_MAX + 16];

        snprintf(path, sizeof(path), PATH_VFIO "/devices/%s", name);
        return strncmp(name, "vfio", 4) == 0 ? number_of(path, ret) : 0;
}

static int seek(const uuid_t uuid, int group, struct holder *holder, struct sought *ret) {
        char path[sizeof(PATH_MDEV_DEVICES) + UUID_STR_LEN + 16];
        int r;

        *holder = (struct holder){};
        *ret = (struct sought){.holder = holder};
        snprintf(path, sizeof(path), PATH_MDEV_DEVICES "/%s/vfio-dev", uuid_text(uuid).text);
        r = unless_gone(sysfs_for_each(AT_FDCWD, path, device_number, &ret->device));
        if (r < 0 || group < 0)
                return r;
        snprintf(path, sizeof(path), PATH_VFIO "/%d", group);
        return number_of(path, &ret->group);
}

/* One option of a -name, up to its comma; a doubled comma is QEMU's way to write one. */
static const char *next_option(const char *text, const char *end, char *ret, size_t size) {
        size_t n = 0;

        for (; text < end && *text; text++) {
                if (*text == ',' && (++text == end || *text != ','))
                        break;
                if (n + 1 < size)
                        ret[n++] = *text;
        }
        ret[n] = '\0';
        return text;
}

/* "guest=win10,debug-threads=on" or "win10,process=x" or "win10". */
static bool copy_guest(const char *value, const char *end, char *ret, size_t size) {
        char option[128];

        for (bool first = true; value < end && *value; first = false) {
                value = next_option(value, end, option, sizeof(option));
                if (strncmp(option, "guest=", 6) == 0)
                        snprintf(ret, size, "%s", option + 6);
                else if (first && !strchr(option, '='))
                        snprintf(ret, size, "%s", option);
                else
                        continue;
                make_printable(ret);
                return *ret != '\0';
        }
        return false;
}

bool holder_guest_name(const char *cmdline, size_t size, char *ret, size_t ret_size) {
        const char *end = cmdline + size;

        for (const char *word = cmdline; word < end;) {
                const char *next = memchr(word, '\0', (size_t) (end - word));

                if (!next || ++next >= end)
                        return false;
                if (streq(word, "-name") || streq(word, "--name"))
                        return copy_guest(next, end, ret, ret_size);
                word = next;
        }
        return false;
}

static void describe(int process, pid_t pid, struct holder *ret) {
        char cmdline[CMDLINE_SIZE + 1];
        _cleanup_close_ int fd = openat(process, "cmdline", O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? 0 : read(fd, cmdline, CMDLINE_SIZE);

        *ret = (struct holder){.pid = pid, .command = "a process"};
        (void) sysfs_read(process, "comm", ret->command, sizeof(ret->command));
        make_printable(ret->command);
        if (n <= 0)
                return;
        cmdline[n] = '\0';
        (void) holder_guest_name(cmdline, (size_t) n + 1, ret->guest, sizeof(ret->guest));
}

/* Of what a descriptor refers to; 0: no device, or nothing that tells. Nobody is asked for it: the server of
 * some user's file system (FUSE) could keep us waiting for as long as it likes, or fail us with what it
 * likes. */
static int open_number(int fds, const char *name, dev_t *ret) {
        struct statx stx;

        *ret = 0;
        if (statx(fds, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE, &stx) < 0)
                return errno == ENOMEM ? -ENOMEM : 0;
        if (S_ISCHR(stx.stx_mode))
                *ret = makedev(stx.stx_rdev_major, stx.stx_rdev_minor);
        return 0;
}

/* A process that has ended meanwhile, or that is not for us to look into, holds nothing that we see. */
static int unless_out_of_sight(int error) {
        return error == ENOENT || error == ESRCH || error == EACCES || error == EPERM ? 0 : -error;
}

static int look_into(int proc, const char *pid, const struct sought *sought, size_t n) {
        _cleanup_close_ int process = openat(proc, pid, O_PATH | O_DIRECTORY | O_CLOEXEC);
        _cleanup_closedir_ DIR *d = process < 0 ? NULL : sysfs_list(process, "fd");
        dev_t number;

        if (!d)
                return unless_out_of_sight(errno);
        errno = 0;
        for (struct dirent *e; (e = readdir(d)); errno = 0) {
                int r = open_number(dirfd(d), e->d_name, &number);

                if (r < 0)
                        return r;
                for (size_t i = 0; number && i < n; i++)
                        if (sought[i].holder->pid == 0 &&
                            (number == sought[i].group || number == sought[i].device))
                                describe(process, (pid_t) atoi(pid), sought[i].holder);
        }
        return unless_out_of_sight(errno);
}

static bool all_found(const struct sought *sought, size_t n) {
        while (n > 0 && ((!sought[n - 1].group && !sought[n - 1].device) || sought[n - 1].holder->pid))
                n--;
        return n == 0;
}

/* One walk through /proc, however many are sought. */
static int look(const struct sought *sought, size_t n) {
        _cleanup_closedir_ DIR *d = NULL;
        int r;

        if (all_found(sought, n))
                return 0;
        d = sysfs_list(AT_FDCWD, "/proc");
        if (!d)
                return -errno;
        errno = 0;
        for (struct dirent *e; !all_found(sought, n) && (e = readdir(d)); errno = 0) {
                r = isdigit((unsigned char) e->d_name[0]) ? look_into(dirfd(d), e->d_name, sought, n) : 0;
                if (r < 0)
                        return r;
        }
        return -errno;
}

pid_t holder_find(const uuid_t uuid, int group, char *ret, size_t size) {
        struct holder holder;
        struct sought sought;
        int r = seek(uuid, group, &holder, &sought);

        if (r >= 0)
                r = look(&sought, 1);
        if (holder.pid > 0)
                holder_format(&holder, ret, size);
        return r < 0 ? r : holder.pid;
}

int holders_observe(struct host *host) {
        _cleanup_free_ struct sought *sought = calloc(host->n_mdevs + 1, sizeof(struct sought));

        if (!sought)
                return -ENOMEM;
        for (size_t i = 0; i < host->n_mdevs; i++) {
                struct mdev *mdev = &host->mdevs[i];
                int r = seek(mdev->uuid, mdev->group, &mdev->holder, &sought[i]);

                if (r < 0)
                        return r;
        }
        return look(sought, host->n_mdevs);
}

void holder_format(const struct holder *holder, char *ret, size_t size) {
        snprintf(ret, size, "%s (pid %d%s%s)", holder->command, (int) holder->pid,
                 *holder->guest ? ", guest " : "", holder->guest);
}
