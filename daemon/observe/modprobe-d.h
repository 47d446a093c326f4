/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Who says what in modprobe.d, by file and line. libkmod applies this configuration without telling
 * where a word comes from; here it is read again, by the rules of modprobe.d(5), for the place. */

#include <stdio.h>

#include "places.h"

/* Adds each "options MODULE ... OPTION=VALUE" of the stream or, with `option` NULL, what blocks the module:
 * "blacklist MODULE", "install MODULE" with a command that does nothing. -errno of the stream. Pure but for
 * that. */
int modprobe_d_read(FILE *stream, const char *file, const char *module, const char *option,
                  struct places *places);

/* The same over all of modprobe.d, in libkmod's order. Of what is no file, or not for this user to read,
 * nothing is known. */
int modprobe_d_find(const char *module, const char *option, struct places *ret);

/* Adds each "MODULE ... OPTION=VALUE" of what initramfs-tools loads by itself. It does so behind udev, so that
 * this counts only for what udev does not load. */
int modprobe_d_find_list(const char *module, const char *option, struct places *places);

/* Whether what is there takes the place of the files of that name in later folders: a link to nothing does, a folder
 * does not. 1, 0, -errno. */
int modprobe_d_hides(const char *path);

/* Of an install line: with or without a folder, and with what stands behind it. */
bool modprobe_d_does_nothing(const char *command);

struct modprobe_d_nonsense {
        struct place place; /* of the first; its beginning as the value */
        unsigned more;               /* behind it in the file */
};

/* Lines that say nothing which modprobe knows. 1: found, 0: there is none, -errno of the stream. */
int modprobe_d_read_nonsense(FILE *stream, const char *file, struct modprobe_d_nonsense *ret);
/* One for each file of modprobe.d that has any, `max` at the most; how many, or -errno. */
int modprobe_d_find_nonsense(struct modprobe_d_nonsense *ret, int max);
