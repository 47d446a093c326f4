/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What only the kernel's log of this boot tells. */

#include "question.h"

/* Takes in one message. Pure. */
void kernel_log_take(struct kernel_log *log, const char *message, uint64_t usec);
/* This vGPU was made after the last create that met ENOSPC, so that was another's or is overcome. Pure. */
bool kernel_log_made(const struct kernel_log *log, const uuid_t uuid);
/* From the journal; what is not there, or not for this user, leaves `readable` false. Silent; -errno where
 * the look failed. */
int kernel_log_read(struct kernel_log *ret);
