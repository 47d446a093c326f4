/* SPDX-License-Identifier: GPL-2.0-or-later */

/* ERRNO= is what a call returned, or is not there. The linker puts this log in place of the journal's. */

#include "build.h"

#include <errno.h>
#include <stdarg.h>

#include "announce.h"
#include "log.h"
#include "util.h"

#define NOW (100 * SECOND)

static int n_said, error_said;
static char said[512];

void __wrap_log_write(int priority, const struct subject *subject, const char *format, ...)
        _printf_(3, 4);

void __wrap_log_write(int priority, const struct subject *subject, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        vsnprintf(said, sizeof(said), format, ap);
        va_end(ap);
        n_said++;
        error_said = subject ? subject->error : 0;
}

static const struct {
        const char *sentence;
        struct result result;
        int error;
} removals[] = {
        {"the kernel refused", {.outcome = OUTCOME_FAILED, .error = EPERM}, EPERM},
        {"somebody has it", {.outcome = OUTCOME_IN_USE, .detail = "qemu (pid 7)"}, 0},
        {"something else is at it", {.outcome = OUTCOME_FAILED, .error = EAGAIN, .deduced = true}, 0},
        {"the worker was killed", {.outcome = OUTCOME_FAILED, .error = EINTR, .deduced = true}, 0},
};

START_TEST(removal_has_the_errno_of_a_call) {
        struct action action = {.kind = ACTION_REMOVE};

        n_said = 0;
        announce_removal(&(struct record){}, &action, &removals[_i].result, /* last= */ false);
        ck_assert_int_eq(n_said, 1);
        ck_assert_msg(error_said == removals[_i].error, "%s: %d", removals[_i].sentence, error_said);
}
END_TEST

static const struct {
        const char *sentence;
        enum hold hold;
        struct result result;
        int error;
} creates[] = {
        {"the kernel refused", HOLD_FAILED, {.outcome = OUTCOME_FAILED, .error = EINVAL}, EINVAL},
        {"the note cannot be written", HOLD_RETRY, {.outcome = OUTCOME_NO_NOTE, .error = EROFS}, EROFS},
        {"the gate is closed", HOLD_RETRY, {.outcome = OUTCOME_GATE_CLOSED}, 0},
        {"the worker was killed", HOLD_RETRY,
         {.outcome = OUTCOME_FAILED, .error = EINTR, .deduced = true}, 0},
        {"lost, after an earlier failure", HOLD_LOST, {.outcome = OUTCOME_FAILED, .error = EBUSY}, 0},
};

START_TEST(create_has_the_errno_of_a_call) {
        struct announced announced = {.situation = SITUATION_OFFERED + 1};
        struct record *record;
        struct world w;

        world_init(&w, "a8", "8");
        record = world_record(&w, 'a');
        record_created(record, &creates[_i].result, true, NOW);
        record->hold = creates[_i].hold;
        world_plan(&w, NOW, 0);
        n_said = 0;
        announce_plan(&announced, w.plan, &w.history);
        ck_assert_int_eq(n_said, 1);
        ck_assert_msg(error_said == creates[_i].error, "%s: %d", creates[_i].sentence, error_said);
        world_done(&w);
}
END_TEST

static const struct {
        bool left;
        const char *words;
} accesses[] = {
        {false, "open to group "},
        {true, "with the permissions that it was found with"},
};

START_TEST(ready_says_only_what_was_given) {
        struct announced announced = {.situation = SITUATION_OFFERED + 1};
        struct world w;

        world_init(&w, "a8", "8");
        world_present(&w, "a8");
        strcpy(w.config->group, "kvm");
        world_mdev(&w, 'a')->ready = true;
        world_mdev(&w, 'a')->access_left = accesses[_i].left;
        world_plan(&w, NOW, 0);
        announce_plan(&announced, w.plan, &w.history);
        ck_assert_msg(strstr(said, accesses[_i].words) != NULL, "%s", said);
        ck_assert_msg(!strstr(said, accesses[!_i].words), "%s", said);
        world_done(&w);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("announce");
        TCase *tcase = tcase_create("announce");

        tcase_add_loop_test(tcase, removal_has_the_errno_of_a_call, 0, ARRAY_SIZE(removals));
        tcase_add_loop_test(tcase, create_has_the_errno_of_a_call, 0, ARRAY_SIZE(creates));
        tcase_add_loop_test(tcase, ready_says_only_what_was_given, 0, ARRAY_SIZE(accesses));
        suite_add_tcase(suite, tcase);
        return suite;
}
