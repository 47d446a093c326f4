/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A vocabulary for small worlds, so that a row of a table stays one line. A vGPU is a letter and
 * the number of its type: "a8" is UUID ...61 as i915-GVTg_V5_8. Lists are separated by blanks. */

#include <check.h>
#include <stdlib.h>

#include "config.h"
#include "history.h"
#include "host.h"
#include "plan.h"
#include "ladder.h"

#define SECOND UINT64_C(1000000)
#define MB     (UINT64_C(1) << 20)

/* Each test file has one. */
Suite *make_suite(void);

/* A configuration, a machine, a memory and what is made of them. */
struct world {
        struct config *config;
        struct host *host;
        struct history history;
        struct plan *plan;
        bool waited; /* kvmgt has had its time */
};

/* The UUID of a letter, and its text. */
void id_of(char letter, uuid_t ret);
const char *id_text(char letter);

/* Fills an array that the compiler sized: the name of a type by its number. */
void type_of(char number, char ret[static TYPE_NAME_MAX]);

/* A machine that offers the types `offered` ("8 4 2") on a Skylake GPU at 0000:00:02.0 with an
 * aperture of 512 MB; the ini declares `declared` ("a8 b4"). */
void world_init(struct world *world, const char *declared, const char *offered);
void world_done(struct world *world);
/* After a change of what is declared. */
void world_declared(struct world *world);

/* Devices that are there, each of gvtd's own making, unless letters after the type say otherwise:
 *   f  foreign: no note        n  the note holds no inode yet (a crash between note and create)
 *   s  the note is of an earlier device of this UUID
 *   u  in use                  g  on another GPU (0000:03:00.0)
 *   p  parent is no PCI device
 * "a?" is a device whose type the kernel has not linked yet. */
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
/* The kernel answered a create with this errno. */
void fail_create(struct record *record, int error, bool fits, uint64_t now);

/* The plan's actions as text, in order: "kvmgt -a8 +b4 +c2?", "?" for what does not fit. */
const char *actions_text(const struct plan *plan);
/* The entries' states, in the order of the ini: "present create". */
const char *states_text(const struct plan *plan);
const char *situation_text(enum situation situation);
