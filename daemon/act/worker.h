/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A short-lived child process that carries out a plan's actions, so that a write which the kernel
 * does not return from blocks it and not the daemon. It streams its results, looks before each
 * action whether the daemon still wants it, and is never killed: a signal is what turns a waiting
 * writer into one that nothing can end. It may therefore outlive its daemon; it holds the lock
 * /run/gvtd/worker until it ends, so that the next daemon notices and keeps out of its way. There is
 * at most one, or, after a restart, the one that an earlier daemon left behind. Silent. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "action.h"
#include "lock.h"

/* Called from the event loop. `action` is borrowed for the call. */
struct worker_handler {
        /* An action came to its end. A worker that died counts as interrupted (EINTR). */
        void (*finished)(const struct action *action, const struct result *result, void *userdata);
        /* `worker->stuck` is news: it does not return from this action, or (NULL) an earlier daemon's
         * worker is still at something. */
        void (*stuck)(const struct action *action, void *userdata);
        /* It ended before it had told of all its work, killed or short of memory. */
        void (*died)(pid_t worker, void *userdata);
        /* Worth another look: the worker ended, or is stuck, or the earlier one ended. */
        void (*changed)(void *userdata);
        void *userdata;
};

struct worker {
        sd_event *event; /* borrowed */
        int notes;       /* borrowed; /run/gvtd */
        struct worker_handler handler;

        pid_t pid; /* 0: none is at work */
        int socket;
        sd_event_source *messages;
        struct action *actions;
        size_t n_actions;
        size_t at;     /* of these, whose end has not been told; n_actions: all are done */
        bool unwanted; /* what it leaves undone is meant to stay so */
        sd_event_source *ends, *patience;

        struct stray stray;
        sd_event_source *stray_end;
        char stuck[192]; /* what does not return or start, for the status; "" when all goes well */
};

/* SIGCHLD is blocked by then. */
int worker_init(struct worker *worker, sd_event *event, int notes, const struct worker_handler *handler);
/* The process goes on by itself if the kernel has it. */
void worker_done(struct worker *worker);

/* The right to act: a lock for worker_start(), or to be closed. -EBUSY: a worker is at it, this
 * daemon's or an earlier one's, whose end will be told; another -errno: try again later, -EAGAIN
 * where a stranger has it, as `stuck` says. */
int worker_lock(struct worker *worker);
/* Forks, and begins with the first action. The actions are copied. Takes ownership of the lock.
 * -errno where no process can be had: `stuck` says so. */
int worker_start(struct worker *worker, int lock, const struct action *actions, size_t n_actions);
/* The action under way ends as it will, none is begun after it. */
void worker_stop(struct worker *worker);

/* What it is at, in words; "" where nothing is under way. */
void worker_describe(const struct worker *worker, char *ret, size_t size);
/* Whether one is at work, this daemon's or an earlier one's, and not with what nobody waits for. */
bool worker_is_awaited(const struct worker *worker);
/* Whether this vGPU is, or may be, being made or removed right now. */
bool worker_is_at(const struct worker *worker, const uuid_t uuid);
