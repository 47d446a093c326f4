/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "attempt.h"

#include "util.h"

#define MS (SECOND / 1000)

static const struct {
        uint64_t usec[7]; /* 0 behind the last */
        bool go_on;
} schedules[] = {
        [WAITS_NONE] = {{0}},
        [WAITS_SOME] = {{1 * SECOND, 5 * SECOND, 25 * SECOND}},
        [WAITS_ON] = {{1 * SECOND, 5 * SECOND, 25 * SECOND}, .go_on = true},
        [WAITS_IN_USE] = {{50 * MS, 200 * MS, 500 * MS, 5 * SECOND, 25 * SECOND}, .go_on = true},
        [WAITS_TAKEN] = {{50 * MS, 200 * MS, 500 * MS, 1 * SECOND, 5 * SECOND, 25 * SECOND}},
        [WAITS_REST] = {{60 * SECOND, 600 * SECOND, 3600 * SECOND}, .go_on = true},
        [WAITS_FAULT] = {{1 * SECOND, 5 * SECOND, 25 * SECOND, 60 * SECOND}, .go_on = true},
};

void attempt_failed(struct attempt *attempt, const struct result *result, enum waits waits, uint64_t now) {
        const uint64_t *usec = schedules[waits].usec;
        size_t i = 0;

        while (i < attempt->failures && usec[i])
                i++;
        attempt->wait = usec[i > 0 && !usec[i] && schedules[waits].go_on ? i - 1 : i];
        attempt->again_at = now + attempt->wait;
        attempt->outcome = result->outcome;
        attempt->error = result->error;
        attempt->deduced = result->deduced;
        attempt->failures++;
}

bool attempt_holds(const struct attempt *attempt, uint64_t now) {
        return attempt->failures > 0 && (attempt->wait == 0 || attempt->again_at > now);
}

uint64_t attempt_next(const struct attempt *attempt, uint64_t now, uint64_t next) {
        return attempt->failures > 0 && attempt->wait > 0 && attempt->again_at > now &&
                               attempt->again_at < next
                       ? attempt->again_at
                       : next;
}
