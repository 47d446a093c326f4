/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Machines of machine.h, and what a daemon remembers and decides there. */

#include "history.h"
#include "ladder.h"
#include "machine.h"
#include "plan.h"

/* A configuration, a machine, a memory and what is made of them. */
struct world {
        struct config *config;
        struct host *host;
        struct history history;
        struct plan *plan;
        bool waited; /* kvmgt has had its time */
};

/* As machine_make() and machine_declare(); the ini's group is known. */
void world_init(struct world *world, const char *declared, const char *offered);
void world_done(struct world *world);
/* After a change of what is declared. */
void world_declared(struct world *world);

/* As machine_present(), and u after the type: in use. */
void world_present(struct world *world, const char *present);
/* Turns the machine into one at this rung of the ladder. */
void world_at(struct world *world, enum situation situation);
/* Makes the plan (anew). */
void world_plan(struct world *world, uint64_t now, enum plan_flags flags);
/* Lets the kernel do what the plan says, without fail, and lets gvtd keep its notes. */
void world_obey(struct world *world);

struct mdev *world_mdev(struct world *world, char letter);
void world_vanish(struct world *world, char letter);
struct record *world_record(struct world *world, char letter);
/* A removal met this user, or failed with this errno. */
void meet_user(struct record *record, const char *user, bool awaited, uint64_t now);
void fail_removal(struct record *record, int error, uint64_t now);
/* The kernel answered a create with this errno. */
void fail_create(struct record *record, int error, bool fits, uint64_t now);

/* The plan's actions as text, in order: "kvmgt -a8 +b4 +c2?", "?" for what does not fit. */
const char *actions_text(const struct plan *plan);
/* The entries' states, in the order of the ini: "present create". */
const char *states_text(const struct plan *plan);
const char *situation_text(enum situation situation);
