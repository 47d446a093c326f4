/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The folder of the notes (note.h), which are what ownership is decided by. A note is written before
 * `create` and dropped after `remove`, so that a crash at any point leaves at worst a note without a
 * device. Once the device is there the note holds its sysfs inode: a device that somebody else makes later
 * under the same UUID has another one, and is theirs. The udev rule tests for a note and its .ready. Anybody
 * may read them. Silent; -errno on failure. `dir` is an open /run/gvtd. */

#include <stdint.h>
#include <sys/types.h>
#include <uuid/uuid.h>

struct config;
struct host;
struct pci_address;

/* Opens /run/gvtd, made when missing (systemd makes it for the service). */
int notes_open(void);
/* A file beside them to take a lock on. Root's alone, whatever the umask is or was: whoever may read
 * it may lock it, and keep gvtd from work. */
int notes_open_lock(int dir, const char *name);

/* inode 0: the create is about to happen. */
int note_write(int dir, const uuid_t uuid, uint64_t inode);
/* Before udev is told, and after. */
int note_write_ready(int dir, const uuid_t uuid, gid_t gid, uint64_t inode);
int note_confirm_ready(int dir, const uuid_t uuid);
int note_drop_ready(int dir, const uuid_t uuid);
/* Both files. A missing one is fine. */
int note_drop(int dir, const uuid_t uuid);

/* Drops the notes without a device before anything is decided, in the folder and in the host, or a
 * stranger's later device of that UUID would count as ours; completes those cut short by a crash. */
int notes_tidy(int dir, struct host *host, const struct config *config);

/* The file `awake` beside them: the address of a GPU that gvtd keeps from sleeping while kvmgt is loaded.
 * It stands while power/control is not as gvtd found it, which was `auto`, so that whoever comes after a
 * crash can put it back. */
int awake_write(int dir, const struct pci_address *address);
/* A missing one is fine. */
int awake_drop(int dir);
