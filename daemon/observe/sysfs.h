/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One read, one write, one link: attributes below an open folder; and what a folder holds. No stdio, since the kernel's errno
 * is the answer; nothing cached, since the answer changes. Silent. All return -errno on failure. */

#include <dirent.h>
#include <stddef.h>

/* An O_PATH descriptor of a folder, close-on-exec; links in the path are followed. */
int sysfs_open(const char *path);
/* For readdir(); the caller closes it. NULL: errno tells. */
DIR *sysfs_list(int at, const char *path);
/* Reads the attribute, cuts the newline at its end, terminates. Returns the length. */
int sysfs_read(int dir, const char *attribute, char *ret, size_t size);
/* One write(2) of the whole text. */
int sysfs_write(int dir, const char *attribute, const char *text);
/* The last component of what the link points to. */
int sysfs_link_name(int dir, const char *link, char *ret, size_t size);
