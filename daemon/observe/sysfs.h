/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One read, one write, one link: attributes below an open folder; and what a folder holds. No stdio,
 * since the kernel's errno is the answer; nothing cached, since the answer changes. Silent. All return
 * -errno on failure, and two failures are not the same: what is gone is an answer, every other one
 * says nothing about the thing, so that the look at it has failed. */

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

/* It is not there, or went away while it was looked at (kernfs_get_active() fails with ENODEV). */
static inline bool is_gone(int r) {
        return r == -ENOENT || r == -ENODEV || r == -ENOTDIR || r == -ESTALE;
}

/* For what may be missing: 0 then, too. */
static inline int unless_gone(int r) {
        return is_gone(r) ? 0 : r;
}

/* An O_PATH descriptor of a folder, close-on-exec; links in the path are followed. */
int sysfs_open(const char *path);
/* For readdir(); the caller closes it. NULL: errno tells. */
DIR *sysfs_list(int at, const char *path);
/* Calls fn with the open folder for each name in it that does not begin with a dot, and ends early
 * with what it returned where that is negative. */
int sysfs_for_each(int at, const char *path, int (*fn)(int dir, const char *name, void *userdata),
                   void *userdata);
/* 1: there, 0: gone. */
int sysfs_is_there(int at, const char *path);
/* Reads the attribute, cuts the newline at its end, terminates. Returns the length. */
int sysfs_read(int dir, const char *attribute, char *ret, size_t size);
/* One write(2) of the whole text. */
int sysfs_write(int dir, const char *attribute, const char *text);
/* The last component of what the link points to, cut where it is longer. */
int sysfs_link_name(int dir, const char *link, char *ret, size_t size);

/* One part of the look at a thing, filled in; -errno: gone, or failed. */
typedef int (*sysfs_reader)(int dir, void *ret);
/* What is gone stays at its "unknown"; what cannot be read ends the look. 0 or -errno. */
int sysfs_read_parts(int dir, void *ret, const sysfs_reader *readers, size_t n);
