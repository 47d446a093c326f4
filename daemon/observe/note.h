/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What gvtd has noted in /run/gvtd: one file for each vGPU of its own, named by the UUID, which holds the
 * inode of the device in sysfs (0: it was about to be made); UUID.ready beside it says that the device was
 * verified and opened to the group whose number it holds, and which device that was, by its inode. Until
 * udev has been told of it the line lacks its end, and counts as not ready. act/notes.h makes them. Silent;
 * -errno on failure. `dir` is an open /run/gvtd. */

#include <stddef.h>
#include <uuid/uuid.h>

struct note;
struct pci_address;

#define NOTE_READY ".ready"
#define NOTE_AWAKE "awake"
/* UUID, suffix, terminator. */
#define NOTE_NAME_SIZE (UUID_STR_LEN + sizeof(NOTE_READY))
/* Two numbers, the end of the line, the terminator. */
#define NOTE_TEXT_SIZE (10 + 1 + 20 + 1 + 1)

/* All notes, one a UUID; files of other names are not ours to judge. -errno where any of them cannot be
 * read: a device of ours whose note is not seen would be taken for a stranger's. */
int notes_read(int dir, struct note **ret, size_t *ret_n);

/* The GPU that gvtd keeps from sleeping. 1: `ret` is set; 0: there is none. */
int awake_read(int dir, struct pci_address *ret);
