/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* gvtd attach [UUID] [--qemu | --libvirt] [--headless]: what gives exactly this vGPU to a guest. */

#include <stdbool.h>
#include <stdio.h>
#include <uuid/uuid.h>

struct options;
struct type_size;

/* Arguments for qemu-system-x86_64, in one line. `size` bounds the resolution; NULL: unknown. */
void attach_print_qemu(const uuid_t uuid, const struct type_size *size, bool headless,
                       FILE *stream);
/* Elements for `virsh edit`, with comments that say where they go. */
void attach_print_libvirt(const uuid_t uuid, const struct type_size *size, bool headless,
                          FILE *stream);

/* The verb; an exit status. */
int attach_main(const struct options *options);
