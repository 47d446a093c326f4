/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What came of the worker's actions: told, and remembered for the next pass. Speaks. */

struct manager;
struct result;

/* Makes the manager's worker, whose news are taken in from then on. -errno. */
int outcome_listen(struct manager *manager);
/* What came of looking up the ini's group, by whomever. */
void outcome_of_group(struct manager *manager, const struct result *result);
