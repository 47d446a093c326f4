/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What gvtd has in the kernel's hands at the moment: at most one worker, its action, and how long it
 * has been at it; or, after a restart, the worker that an earlier daemon left behind. Silent. */

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#include "plan.h"
#include "worker.h"

struct task_handler {
        /* An action came to its end. A worker that died counts as interrupted (EINTR). */
        void (*finished)(const struct action *action, const struct result *result, void *userdata);
        /* `task->stuck` is news: it does not return from this action, or (NULL) an earlier daemon's
         * worker is still at something. */
        void (*stuck)(const struct action *action, void *userdata);
        /* The worker ended before it had told of all its work, killed or short of memory. */
        void (*died)(pid_t worker, void *userdata);
        /* Worth another look: the worker ended, or is stuck, or the earlier one ended. */
        void (*changed)(void *userdata);
        void *userdata;
};

struct task {
        sd_event *event; /* borrowed */
        int notes;       /* borrowed; /run/gvtd */
        struct task_handler handler;
        struct worker *worker;
        struct action current; /* what the worker is at, where current_valid */
        bool current_valid;
        size_t unreported; /* actions of the worker that it has not told the end of */
        sd_event_source *patience;
        struct stray stray; /* pid 0: none */
        sd_event_source *stray_end;
        char stuck[192]; /* what does not return or start, for the status; "" when all goes well */
};

int task_init(struct task *task, sd_event *event, int notes, const struct task_handler *handler);
/* A worker goes on by itself if the kernel has it. */
void task_done(struct task *task);

/* The right to act: a lock for task_start(), or to be closed. -EBUSY: a worker is at it, this
 * daemon's or an earlier one's, whose end will be told; another -errno: try again later. */
int task_lock(struct task *task);
/* Takes ownership of the lock. -errno where no process can be had: `stuck` says so. */
int task_start(struct task *task, int lock, const struct action *actions, size_t n_actions);
/* What the worker is at, in words; "" where nothing is under way. */
void task_describe(const struct task *task, char *ret, size_t size);
/* Begins nothing more. */
void task_stop(struct task *task);

bool task_is_busy(const struct task *task);
/* Busy, and not with what nobody waits for. */
bool task_is_awaited(const struct task *task);
/* Whether this vGPU is, or may be, being made or removed right now. */
bool task_is_at(const struct task *task, const uuid_t uuid);
