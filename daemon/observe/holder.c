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

#include "names.h"
#include "printable.h"
#include "sysfs.h"
#include "text.h"
#include "util.h"

/* Enough for a libvirt guest with many devices; its name stands near the beginning. */
#define CMDLINE_SIZE 16384

/* What may be open; "" for what is not there. */
struct nodes {
        char group[64];
        char device[64];
};

static void find_nodes(const uuid_t uuid, int group, struct nodes *ret) {
        char path[sizeof(PATH_MDEV_DEVICES) + UUID_STR_LEN + 16];
        _cleanup_closedir_ DIR *d = NULL;

        *ret = (struct nodes){};
        if (group >= 0)
                snprintf(ret->group, sizeof(ret->group), PATH_VFIO "/%d", group);
        snprintf(path, sizeof(path), PATH_MDEV_DEVICES "/%s/vfio-dev", uuid_text(uuid).text);
        d = sysfs_list(AT_FDCWD, path);
        for (struct dirent *e; d && (e = readdir(d));)
                if (strncmp(e->d_name, "vfio", 4) == 0)
                        snprintf(ret->device, sizeof(ret->device), PATH_VFIO "/devices/%.32s",
                                 e->d_name);
        if (access(ret->device, F_OK) < 0)
                *ret->device = '\0';
}

static bool holds(int process, const struct nodes *nodes) {
        _cleanup_closedir_ DIR *d = sysfs_list(process, "fd");
        char target[64];

        if (!d)
                return false;
        for (struct dirent *e; (e = readdir(d));) {
                ssize_t n = readlinkat(dirfd(d), e->d_name, target, sizeof(target) - 1);

                if (n < 0)
                        continue;
                target[n] = '\0';
                if (streq(target, nodes->group) || streq(target, nodes->device))
                        return true;
        }
        return false;
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

static void describe(int process, const char *pid, char *ret, size_t size) {
        char command[32] = "a process", guest[64], cmdline[CMDLINE_SIZE + 1];
        _cleanup_close_ int fd = openat(process, "cmdline", O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? 0 : read(fd, cmdline, CMDLINE_SIZE);

        (void) sysfs_read(process, "comm", command, sizeof(command));
        make_printable(command);
        cmdline[n > 0 ? n : 0] = '\0';
        if (n > 0 && holder_guest_name(cmdline, (size_t) n + 1, guest, sizeof(guest)))
                snprintf(ret, size, "%s (pid %s, guest %s)", command, pid, guest);
        else
                snprintf(ret, size, "%s (pid %s)", command, pid);
}

pid_t holder_find(const uuid_t uuid, int group, char *ret, size_t size) {
        _cleanup_closedir_ DIR *d = NULL;
        struct nodes nodes;

        find_nodes(uuid, group, &nodes);
        if (!*nodes.group && !*nodes.device)
                return 0;
        d = sysfs_list(AT_FDCWD, "/proc");
        if (!d)
                return -errno;
        for (struct dirent *e; (e = readdir(d));) {
                _cleanup_close_ int process = -1;

                if (!isdigit((unsigned char) e->d_name[0]))
                        continue;
                process = openat(dirfd(d), e->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
                if (process < 0 || !holds(process, &nodes))
                        continue;
                describe(process, e->d_name, ret, size);
                return (pid_t) atoi(e->d_name);
        }
        return 0;
}
