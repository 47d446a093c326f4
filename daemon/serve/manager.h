/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The only long-lived state. Every reason to look again ends in one pass (pass.h), which may run at any
 * time and any number of times. Speaks. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "announce.h"
#include "history.h"
#include "notify.h"
#include "plan.h"
#include "watch.h"
#include "worker.h"

struct manager {
        sd_event *event;       /* borrowed */
        struct config *config; /* owned */
        int notes;             /* /run/gvtd */
        struct history history;
        struct announced announced;
        struct watches watches;

        sd_event_source *pass;  /* runs when nothing else is left to do */
        uint64_t rested;        /* when an event that can wait gets its next one */
        sd_event_source *retry; /* the next one that only time asks for */
        sd_event_source *grace; /* for the kernel to register after kvmgt came up */
        struct worker worker;
        struct notified notified;

        size_t nodes_awaited;  /* vGPUs whose node udev was not done with at the last pass */
        bool faulty;           /* this pass failed for want of memory, space, processes */
        struct attempt faults; /* such passes in a row */
        bool in_flux;          /* this pass saw a node whose permissions are being set */
        bool groups_changed;   /* /etc/group did, since a pass looked into it */
        bool waited_out; /* `wait` has run out, or there is nothing to wait for: a start or reload ends */
        bool kvmgt_waited; /* and so has the time that kvmgt was given to register */
        bool stopping;
        bool stop_worked; /* the removals of the stop were handed to a worker */
};

/* Takes ownership of config and of the descriptor. */
int manager_init(struct manager *manager, sd_event *event, struct config *config, int notes);
void manager_done(struct manager *manager);

/* Asks for a pass, after everything that is waiting in the event loop. */
void manager_look_again(struct manager *manager);
/* A device came, went or changed. A pass follows, a little later where one has just been. */
void manager_device_changed(struct manager *manager);
/* udev is done with a node of vfio's: with the last one that a pass waits for, nothing is put off. */
void manager_node_done(struct manager *manager);
/* A module or driver came or went. */
void manager_driver_changed(struct manager *manager);
/* `wait` is over: started with what stands. */
void manager_waited_out(struct manager *manager);
/* Takes ownership of the new configuration; READY=1 follows when its pass is done. */
void manager_reload(struct manager *manager, struct config *config);
/* A reload that was told to systemd came to nothing: READY=1, but for an earlier one that is under way, whose
 * end is still to come. */
void manager_refuse(struct manager *manager);
/* Ends the event loop when the worker is out of the way and remove_on_stop has been served. */
void manager_stop(struct manager *manager);

/* For pass.c and outcome.c. CLOCK_MONOTONIC, microseconds: */
uint64_t manager_now(const struct manager *manager);
/* UINT64_MAX: never. */
void timer_set(sd_event_source *timer, uint64_t at);
uint64_t timer_get(sd_event_source *timer);
/* This pass failed, which is said once in a row of such; it is tried again by the retry timer. `error` is
 * a positive errno. */
void manager_fault(struct manager *manager, int error, const char *what);
/* What systemd was not told (-errno) is told by the next pass. */
void manager_told(struct manager *manager, int r);
