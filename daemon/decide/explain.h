/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Causes in words, each with its remedy: for whoever reads the journal at 2 a.m. Pure. */

#include <stdbool.h>
#include <stddef.h>

struct plan;

/* Long enough for every sentence here: the longest names two lists and what to do about each. */
#define EXPLANATION_MAX 1280

/* A running gvtd might create while kvmgt goes, which crashes the kernel. */
#define MAKE_ANEW                                                                                 \
        "end all VMs, then `systemctl stop gvtd; rmmod kvmgt; systemctl start gvtd`, which removes others' " \
        "vGPUs, too"

/* Why a device of ours could not be removed; `error` is a positive errno, `deduced` that of the result. */
void explain_removal(int error, bool deduced, char ret[static EXPLANATION_MAX]);
/* Of the largest device on the plan's GPU that is neither ours nor declared: "vGPU UUID (TYPE), made by
 * something else, takes a part; ..." and how to be rid of it. "" where there is none. */
void explain_stranger(const struct plan *plan, char *ret, size_t size);
/* Why the i-th declared vGPU is not ready; "" when there is nothing to say. */
void explain_entry(const struct plan *plan, size_t i, char ret[static EXPLANATION_MAX]);
