/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The file /run/gvtd/awake: the address of a GPU that gvtd keeps from sleeping while kvmgt is loaded.
 * It stands while the GPU's power/control is not as gvtd found it, which was `auto`, so that whoever
 * comes after a crash can put it back. Silent; -errno. `notes` is an open /run/gvtd. */

#include "parse.h"

/* 1: `ret` is set; 0: there is none. What is no address counts as none. */
int awake_read(int notes, struct pci_address *ret);
int awake_write(int notes, const struct pci_address *address);
/* A missing one is fine. */
int awake_drop(int notes);
