/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The journal's side: one entry for each thing that happened or became known, none that repeats.
 * What was said last about each vGPU is remembered in its record. These functions speak. */

#include <stdbool.h>
#include <sys/types.h>

struct action;
struct config;
struct history;
struct mdev;
struct plan;
struct record;
struct result;

/* What was last said about the host as a whole. */
struct announced {
        int situation; /* enum situation + 1; 0: nothing yet */
        bool exceeds;
        bool guc;
        int group; /* enum outcome + 1 of its look-up; 0: nothing, or it is found */
};

void announce_findings(const struct config *config);
/* What came of looking up the ini's group, whose being unknown becomes a finding. */
void announce_group(struct announced *announced, struct config *config, const struct result *result);
/* New failures, conflicts, readiness, losses; and the situation where it keeps vGPUs from coming. */
void announce_plan(struct announced *announced, const struct plan *plan, struct history *history);
/* Of a create that failed announce_plan() says what becomes of it; here, what the kernel left undone. */
void announce_creation(const struct action *action, const struct result *result);
/* Before the history takes it in. `last`: the service stops, and nobody will come back for it. */
void announce_removal(const struct record *record, const struct action *action,
                      const struct result *result, bool last);
/* Before the history takes it in. */
void announce_sleep(const struct history *history, const struct action *action,
                    const struct result *result);
/* Somebody else's permissions stand on its node. */
void announce_access(struct history *history, const struct mdev *mdev);
/* What the worker, or, with NULL, that of an earlier daemon, does not return from. */
void announce_stuck(const struct action *action, const char *stuck);
/* It ended before it had told of all its work. */
void announce_death(pid_t worker);
