/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Who says what in modprobe.d, by file and line. libkmod applies this configuration without telling
 * where a word comes from; here it is read again, by the rules of modprobe.d(5), for the place. */

#include <stdio.h>

#include "question.h"

/* The last "options MODULE ... OPTION=VALUE" of the stream or, with `option` NULL, what blocks the
 * module: "blacklist MODULE", "install MODULE" with a command that does nothing. 1: found, 0: there is
 * none, -errno of the stream. Pure but for that. */
int modprobe_read(FILE *stream, const char *file, const char *module, const char *option,
                   struct modprobe_place *ret);

/* The same over all of modprobe.d, in libkmod's order: what comes last wins. Of what is no file, or not
 * for this user to read, nothing is known. */
int modprobe_find(const char *module, const char *option, struct modprobe_place *ret);
