/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The lock /run/gvtd/worker: who has it acts, and the file says at what. Silent. */

#include <sys/types.h>

struct action;

/* The worker of an earlier daemon that is still at work. */
struct stray {
        pid_t pid;      /* 0: none */
        char task[128]; /* "create of UUID on 0000:00:02.0" */
};

/* The descriptor, or -EWOULDBLOCK and who has it, or another -errno. */
int lock_take(int notes, struct stray *ret_stray);
/* For whoever finds it taken. */
void lock_describe(int lock, const struct action *action);
