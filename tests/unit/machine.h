/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A vocabulary for small machines, so that a row of a table stays one line. A vGPU is a letter and
 * the number of its type: "a8" is UUID ...61 as i915-GVTg_V5_8. Lists are separated by blanks. */

#include "config.h"
#include "host.h"
#include "suite.h"

/* The UUID of a letter, and its text. */
void id_of(char letter, uuid_t ret);
const char *id_text(char letter);

/* The name of a type by its number. */
void type_of(char number, char ret[static TYPE_NAME_MAX]);

/* Another GPU than the one of a machine. */
extern const struct pci_address other_gpu;

void each_word(const char *list, void (*use)(void *userdata, const char *word), void *userdata);

/* A machine that offers the types `offered` ("8 4 2") on a Skylake GPU at 0000:00:02.0 with an
 * aperture of 512 MB; the ini declares `declared` ("a8 b4"). */
struct host *machine_make(const char *offered);
struct config *machine_declare(const char *declared);

/* Devices that are there, each of gvtd's own making, unless letters after the type say otherwise:
 *   f  foreign: no note        n  the note holds no inode yet (a crash between note and create)
 *   s  the note is of an earlier device of this UUID
 *   g  on another GPU (0000:03:00.0)
 *   p  parent is no PCI device
 * "a?" is a device whose type the kernel has not linked yet. */
void machine_present(struct host *host, const char *present);
struct mdev *machine_add(struct host *host, const uuid_t uuid, const char *type);
void machine_note(struct host *host, const uuid_t uuid, uint64_t inode);
struct mdev *machine_mdev(const struct host *host, char letter);
void machine_vanish(struct host *host, const uuid_t uuid);
