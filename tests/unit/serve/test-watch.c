/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What of a node is its release. The linker puts a file in place of the node. */

#include "build.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>

#include "util.h"
#include "watch.h"

static char node[] = "/tmp/gvtd-test-XXXXXX";

int __real_sd_event_add_inotify(sd_event *event, sd_event_source **ret, const char *path, uint32_t mask,
                                sd_event_inotify_handler_t callback, void *userdata);
int __wrap_sd_event_add_inotify(sd_event *event, sd_event_source **ret, const char *path, uint32_t mask,
                                sd_event_inotify_handler_t callback, void *userdata);

static bool no_watch;

int __wrap_sd_event_add_inotify(sd_event *event, sd_event_source **ret, const char *path, uint32_t mask,
                                sd_event_inotify_handler_t callback, void *userdata) {
        return no_watch ? -ENOSPC : __real_sd_event_add_inotify(event, ret, node, mask, callback, userdata);
}

static sd_event *event;
static unsigned n_events, n_releases;

static void on_node(uint64_t inode, bool released, void *userdata) {
        n_events++;
        n_releases += released;
}

static struct watches watches = {.handler = on_node};
static struct world w;
static struct mdev *mdev;

static void begin(void) {
        int fd = mkstemp(node);

        ck_assert_int_ge(fd, 0);
        close(fd);
        ck_assert_int_ge(sd_event_new(&event), 0);
        watches.event = event;
        world_init(&w, "a8", "8");
        world_present(&w, "a8");
        mdev = world_mdev(&w, 'a');
        mdev->node_present = true;
        ck_assert_int_eq(watches_sync(&watches, w.host), 0);
}

static void end(void) {
        watches_done(&watches);
        event = sd_event_unref(event);
        world_done(&w);
        (void) unlink(node);
        memcpy(node + sizeof(node) - sizeof("XXXXXX"), "XXXXXX", sizeof("XXXXXX"));
}

/* Runs until there was one; whether it was a release. Then another look is due. */
static bool next_is_release(void) {
        unsigned before = n_releases;

        n_events = 0;
        while (n_events == 0)
                ck_assert_int_gt(sd_event_run(event, 10 * SECOND), 0);
        ck_assert_uint_eq(n_events, 1);
        ck_assert_int_eq(watches_arm(&watches), 0);
        return n_releases > before;
}

static void open_and_close(void) {
        int fd = open(node, O_RDONLY | O_CLOEXEC);

        ck_assert_int_ge(fd, 0);
        close(fd);
}

START_TEST(a_change_of_permissions_is_a_release_where_no_other_is_awaited) {
        pid_t holder;

        begin();
        open_and_close();
        ck_assert(next_is_release());
        ck_assert_int_eq(chmod(node, 0640), 0);
        ck_assert(next_is_release());

        holder = fork();
        if (holder == 0) {
                (void) prctl(PR_SET_PDEATHSIG, SIGKILL); /* where the test fails, too */
                (void) pause();
                _exit(0);
        }
        ck_assert_int_eq(watches_follow(&watches, mdev->inode, holder), 1);
        ck_assert_int_eq(chmod(node, 0600), 0);
        ck_assert(!next_is_release());
        open_and_close();
        ck_assert(next_is_release());
        ck_assert_int_eq(kill(holder, SIGKILL), 0);
        ck_assert(next_is_release());
        ck_assert_int_eq(waitpid(holder, NULL, 0), holder);
        ck_assert_int_eq(chmod(node, 0640), 0);
        ck_assert(next_is_release());

        end();
}
END_TEST

/* The worker finds it in use, it is released, and then the worker's word is heard. */
START_TEST(a_release_before_the_answer_is_not_lost) {
        begin();
        ck_assert_int_eq(watches_follow(&watches, mdev->inode, getpid()), 1);
        ck_assert_int_eq(watches_follow(&watches, mdev->inode, getpid()), 0);
        open_and_close();
        ck_assert(next_is_release());
        ck_assert_int_eq(watches_follow(&watches, mdev->inode, getpid()), 1);
        ck_assert_int_eq(watches_follow(&watches, mdev->inode, getpid()), 0);
        end();
}
END_TEST

/* Nobody saw what happened until then. */
START_TEST(a_watch_that_comes_late_is_a_release) {
        begin();
        ck_assert_int_eq(watches_follow(&watches, mdev->inode, getpid()), 1);
        open_and_close();
        no_watch = true;
        while (sd_event_run(event, 0) > 0)
                ;
        ck_assert_int_eq(watches_arm(&watches), -ENOSPC);
        ck_assert_int_eq(watches_follow(&watches, mdev->inode, getpid()), 1);
        ck_assert_int_eq(watches_follow(&watches, mdev->inode, getpid()), 0);
        open_and_close();
        no_watch = false;
        n_releases = 0;
        ck_assert_int_eq(watches_arm(&watches), 0);
        ck_assert_uint_eq(n_releases, 1);
        ck_assert_int_eq(watches_arm(&watches), 0);
        ck_assert_uint_eq(n_releases, 1);
        end();
}
END_TEST

START_TEST(a_loop_of_opens_is_told_once_a_look) {
        begin();
        for (int look = 0; look < 3; look++) {
                n_events = 0;
                for (int i = 0; i < 100; i++) {
                        open_and_close();
                        while (sd_event_run(event, 0) > 0)
                                ;
                }
                ck_assert_uint_eq(n_events, 1);
                ck_assert_int_eq(watches_arm(&watches), 0);
        }
        end();
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("watch");
        TCase *tcase = tcase_create("watch");

        tcase_set_timeout(tcase, 60);
        tcase_add_test(tcase, a_change_of_permissions_is_a_release_where_no_other_is_awaited);
        tcase_add_test(tcase, a_release_before_the_answer_is_not_lost);
        tcase_add_test(tcase, a_watch_that_comes_late_is_a_release);
        tcase_add_test(tcase, a_loop_of_opens_is_told_once_a_look);
        suite_add_tcase(suite, tcase);
        return suite;
}
