/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A short-lived child process that carries out a plan's actions, so that a write which the kernel
 * does not return from blocks it and not the daemon. It streams its results, looks before each
 * action whether the daemon still wants it, and is never killed: a signal is what turns a waiting
 * writer into one that nothing can end. It may therefore outlive its daemon; it holds the lock
 * /run/gvtd/worker until it ends, so that the next daemon notices and keeps out of its way. */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "act.h"

struct action;
struct worker;

/* Called from the event loop. `action` is borrowed for the call. */
struct worker_handler {
        /* `next` is what it goes on with; NULL: that was the last. */
        void (*finished)(const struct action *action, const struct result *result,
                         const struct action *next, void *userdata);
        void (*ended)(void *userdata); /* no further call; worker_free() may be called from here */
        void *userdata;
};

/* The worker of an earlier daemon that is still at work. */
struct stray {
        pid_t pid;
        char task[128]; /* "create of UUID on 0000:00:02.0" */
};

/* Takes the lock for a new worker: the descriptor, or -EWOULDBLOCK and the stray filled in, or
 * another -errno. */
int worker_lock(int notes, struct stray *ret_stray);

/* Forks, and begins with the first action. The actions are copied. Takes ownership of lock. `notes`
 * is borrowed. */
int worker_start(struct worker **ret, sd_event *event, int notes, int lock,
                 const struct action *actions, size_t n_actions,
                 const struct worker_handler *handler);
/* The action under way ends as it will, none is begun after it. */
void worker_stop(struct worker *worker);
/* Lets go of the process, which goes on if it is in the kernel. */
struct worker *worker_free(struct worker *worker);

pid_t worker_pid(const struct worker *worker);
