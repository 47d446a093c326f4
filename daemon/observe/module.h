/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Kernel modules, through libkmod: modprobe.d and its blacklists count. Silent. */

#include "host.h"
#include "question.h"

/* What the kernel or, where it has not got the module, the folder of modules says. -errno: nothing,
 * since the look failed. */
int module_look(const char *name, enum module_state *ret);

/* Of a blacklisted one: what may not be loaded, itself or modules that it needs. -errno: the look failed. */
int module_find_obstacles(const char *name, struct obstacles *ret);

/* Loads it and what it depends on. May block for as long as the module's init does: for the worker
 * only. 0 also when it was loaded already; -ENOENT: no such module; -EPERM: blacklisted; otherwise
 * the errno of the kernel. Success proves nothing for kvmgt (kvmgt_init() ignores a refusal). */
int module_load(const char *name);
