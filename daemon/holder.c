/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The kernel tells that a group is taken (EBUSY), not by whom: /proc/PID/fd does. */

#include "holder.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "names.h"
#include "sysfs.h"
#include "util.h"

/* Enough for a libvirt guest with many devices; its name stands near the beginning. */
#define CMDLINE_SIZE 16384

static DIR *open_folder(int at, const char *path) {
        int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 ? NULL : fdopendir(fd);
}

static bool holds(int process, const char *node) {
        _cleanup_closedir_ DIR *d = open_folder(process, "fd");
        char target[64];

        if (!d)
                return false;
        for (struct dirent *e; (e = readdir(d));) {
                ssize_t n = readlinkat(dirfd(d), e->d_name, target, sizeof(target) - 1);

                if (n < 0)
                        continue;
                target[n] = '\0';
                if (streq(target, node))
                        return true;
        }
        return false;
}

/* What a process calls itself goes into the service's status line, where a new line would begin
 * another message to systemd, and to terminals. */
static void make_printable(char *text) {
        for (; *text; text++)
                if ((unsigned char) *text < ' ' || *text == '\x7f')
                        *text = '?';
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

pid_t holder_find(int group, char *ret, size_t size) {
        _cleanup_closedir_ DIR *d = open_folder(AT_FDCWD, "/proc");
        char node[64];

        if (!d)
                return -errno;
        snprintf(node, sizeof(node), PATH_VFIO "/%d", group);
        for (struct dirent *e; (e = readdir(d));) {
                _cleanup_close_ int process = -1;

                if (!isdigit((unsigned char) e->d_name[0]))
                        continue;
                process = openat(dirfd(d), e->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
                if (process < 0 || !holds(process, node))
                        continue;
                describe(process, e->d_name, ret, size);
                return (pid_t) atoi(e->d_name);
        }
        return 0;
}
