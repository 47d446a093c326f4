/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Who has a vGPU open. Silent. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <uuid/uuid.h>

struct holder;
struct host;

/* Finds a process that has the node of vfio group <group> (-1: leave that out) or the device's own
 * open, under whatever name, and describes it. Reads all of /proc, which may block on a process in
 * trouble: for the worker and the verbs. Returns its pid and fills ret; 0: nobody that may be seen;
 * -errno: the search failed. */
pid_t holder_find(const uuid_t uuid, int group, char *ret, size_t size);
/* The same for every mdev of the host, which keeps the answers. */
int holders_observe(struct host *host);

/* "qemu-system-x86 (pid 4321, guest win10)" */
void holder_format(const struct holder *holder, char *ret, size_t size);

/* The guest's name out of a command line of `size` bytes with NULs between the words, as QEMU and
 * libvirt write it ("-name win10", "-name guest=win10,debug-threads=on"). Pure. False: none. */
bool holder_guest_name(const char *cmdline, size_t size, char *ret, size_t ret_size);
