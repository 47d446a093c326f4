/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <check.h>
#include <stdlib.h>

#define SECOND UINT64_C(1000000)
#define MB     (UINT64_C(1) << 20)

/* Each test file has one. */
Suite *make_suite(void);
