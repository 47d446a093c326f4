/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Loads kvmgt and what it depends on, as modprobe does. Silent. May block for as long as its init does:
 * for the worker only. 0 also when it was loaded already; -ENOENT: no such module; -EPERM: blacklisted;
 * otherwise the errno of the kernel. Success proves nothing (kvmgt_init() ignores a refusal). */
int kvmgt_load(void);
