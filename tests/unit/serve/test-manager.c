/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What asks for a pass, and how often it gets one. The linker puts this pass in place of the real one. */

#include "build.h"

#include <signal.h>

#include "manager.h"
#include "pass.h"
#include "util.h"

#define PACE (SECOND / 5)

static unsigned n_passes;

void __wrap_pass_run(struct manager *manager);

void __wrap_pass_run(struct manager *manager) {
        n_passes++;
}

static sd_event *event;
static struct manager manager;

static void begin(void) {
        sigset_t mask;

        sigemptyset(&mask);
        sigaddset(&mask, SIGCHLD);
        ck_assert_int_eq(sigprocmask(SIG_BLOCK, &mask, NULL), 0);
        ck_assert_int_ge(sd_event_new(&event), 0);
        ck_assert_int_ge(manager_init(&manager, event, machine_declare("a8"), -1), 0);
        n_passes = 0;
        /* the one that manager_init() asks for */
        ck_assert_int_gt(sd_event_run(event, 0), 0);
        ck_assert_uint_eq(n_passes, 1);
}

static void end(void) {
        manager_done(&manager);
        sd_event_unref(event);
}

static void run_all(void) {
        while (sd_event_run(event, 0) > 0)
                ;
}

/* By somebody who opens and closes a node in a loop, or changes its permissions. */
START_TEST(a_flood_of_a_node_is_paced) {
        uint64_t begun = usec_now(CLOCK_MONOTONIC), taken;
        unsigned before;

        begin();
        for (unsigned i = 0; i < 500; i++) {
                manager.watches.handler(1, i % 2, manager.watches.userdata);
                run_all();
        }
        taken = usec_now(CLOCK_MONOTONIC) - begun;
        ck_assert_msg(n_passes <= 2 + taken / PACE, "%u passes in %ju us", n_passes, (uintmax_t) taken);
        /* the last one is not forgotten */
        before = n_passes;
        manager.watches.handler(1, true, manager.watches.userdata);
        while (n_passes == before)
                ck_assert_int_gt(sd_event_run(event, 10 * SECOND), 0);
        end();
}
END_TEST

/* udev and systemd have a dozen of them for each vGPU that has just been made. */
START_TEST(a_flood_of_devices_is_paced) {
        uint64_t begun = usec_now(CLOCK_MONOTONIC), taken;

        begin();
        for (unsigned i = 0; i < 500; i++) {
                manager_device_changed(&manager);
                manager_node_done(&manager);
                run_all();
        }
        taken = usec_now(CLOCK_MONOTONIC) - begun;
        ck_assert_msg(n_passes <= 2 + taken / PACE, "%u passes in %ju us", n_passes, (uintmax_t) taken);
        end();
}
END_TEST

START_TEST(the_last_node_is_not_put_off) {
        begin();
        manager.rested = usec_now(CLOCK_MONOTONIC) + 3600 * SECOND; /* however slow this machine is */
        manager.nodes_awaited = 3;
        for (unsigned i = 1; i <= 3; i++) {
                ck_assert_uint_eq(n_passes, 1);
                manager_node_done(&manager);
                run_all();
        }
        ck_assert_uint_eq(n_passes, 2);
        ck_assert_uint_eq(manager.nodes_awaited, 0);
        end();
}
END_TEST

/* Its end asks for a pass. */
START_TEST(a_worker_is_not_disturbed_by_a_node) {
        begin();
        manager.rested = usec_now(CLOCK_MONOTONIC) + 3600 * SECOND;
        manager.nodes_awaited = 1;
        manager.worker.pid = getpid();
        manager_node_done(&manager);
        run_all();
        ck_assert_uint_eq(n_passes, 1);
        manager.worker.pid = 0;
        end();
}
END_TEST

START_TEST(permissions_are_no_release) {
        static const struct result in_use = {.outcome = OUTCOME_IN_USE, .detail = "qemu (pid 7)"};
        struct record *record;
        uuid_t a;

        begin();
        id_of('a', a);
        record = history_get(&manager.history, a);
        record->inode = 1;
        record_removed(record, &in_use, /* awaited= */ true, 0);
        manager.watches.handler(1, /* released= */ false, manager.watches.userdata);
        ck_assert(record_holds_removal(record, SECOND));
        manager.watches.handler(1, /* released= */ true, manager.watches.userdata);
        ck_assert(!record_holds_removal(record, SECOND));
        end();
}
END_TEST

/* A name service that took its time, and meanwhile somebody has added the group to the file. */
START_TEST(a_late_answer_about_the_group_is_none) {
        static const struct result found = {.outcome = OUTCOME_DONE, .gid = 103},
                                   unknown = {.outcome = OUTCOME_UNKNOWN};
        struct action action = {.kind = ACTION_GROUP, .group = -1};
        gid_t gid = 0;

        begin();
        snprintf(action.name, sizeof(action.name), "%s", manager.config->group);
        history_group(&manager.history, &found, 0);
        manager.worker.handler.finished(&action, &unknown, manager.worker.handler.userdata);
        ck_assert(history_knows_group(&manager.history, manager.config, &gid));
        ck_assert_uint_eq(gid, 103);
        end();
}
END_TEST

/* The file changes, and what the worker had found before that comes ahead of the pass. */
START_TEST(an_answer_from_before_a_change_of_the_groups_is_none) {
        static const struct result unknown = {.outcome = OUTCOME_UNKNOWN};
        struct action action = {.kind = ACTION_GROUP, .group = -1};

        begin();
        snprintf(action.name, sizeof(action.name), "%s", manager.config->group);
        manager.watches.groups_changed(manager.watches.userdata);
        manager.worker.handler.finished(&action, &unknown, manager.worker.handler.userdata);
        ck_assert(!history_holds_lookup(&manager.history, SECOND));
        /* the pass looks into the file, and what is found from then on counts */
        manager.groups_changed = false;
        manager.worker.handler.finished(&action, &unknown, manager.worker.handler.userdata);
        ck_assert(history_holds_lookup(&manager.history, SECOND));
        end();
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("manager");
        TCase *tcase = tcase_create("manager");

        tcase_add_test(tcase, a_flood_of_a_node_is_paced);
        tcase_add_test(tcase, a_flood_of_devices_is_paced);
        tcase_add_test(tcase, the_last_node_is_not_put_off);
        tcase_add_test(tcase, a_worker_is_not_disturbed_by_a_node);
        tcase_add_test(tcase, permissions_are_no_release);
        tcase_add_test(tcase, a_late_answer_about_the_group_is_none);
        tcase_add_test(tcase, an_answer_from_before_a_change_of_the_groups_is_none);
        suite_add_tcase(suite, tcase);
        return suite;
}
