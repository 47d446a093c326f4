/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Kernel modules, through libkmod: modprobe.d and its blacklists count. Silent. */

#include "host.h"
#include "question.h"

struct kmod_ctx;
struct kmod_list;

/* What the kernel or, where it has not got the module, the folder of modules says. -errno: nothing,
 * since the look failed. */
int module_look(const char *name, enum module_state *ret);

/* Of a blacklisted one: what may not be loaded, itself or modules that it needs. -errno: the look failed. */
int module_find_obstacles(const char *name, struct obstacles *ret);

/* For kmod_unref(); NULL: no memory. */
struct kmod_ctx *module_context(void);
/* The module by that name, for kmod_module_unref_list(). -ENOENT: this kernel has no such module, or no
 * index; -EINVAL: an index that is none (kernel_modules_find()); another -errno: the look failed. */
int module_find(struct kmod_ctx *ctx, const char *name, struct kmod_list **ret);
