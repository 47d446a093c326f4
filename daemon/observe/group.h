/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Groups by name. Silent. */

#include <sys/types.h>

/* Looks in /etc/group, and never waits. 1: found, 0: it is not there, -errno: that cannot be told. */
int group_look_in_file(const char *name, gid_t *ret);
/* The same, and where it is not there the name services are asked, which may take as long as they like:
 * for the worker and the verbs, never for an event loop nor before udevd runs. 1: found, 0: nobody knows
 * it, -errno: somebody who may know could not be asked. */
int group_look(const char *name, gid_t *ret);
