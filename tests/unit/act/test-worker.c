/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The worker and its lock where something fails on the way. */

#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "worker.h"
#include "util.h"

static char folder[] = "/tmp/gvtd-test-XXXXXX";
static int notes;
static sd_event *event;
static unsigned n_finished, n_changed, n_died;
static struct result last;

/* --- what fails --- */

static bool no_watch, keeps_end, dies;
static int unlock_at_pidfd = -1, kept_end = -1;

int __real_sd_event_add_io(sd_event *e, sd_event_source **ret, int fd, uint32_t events,
                           sd_event_io_handler_t callback, void *userdata);
int __wrap_sd_event_add_io(sd_event *e, sd_event_source **ret, int fd, uint32_t events,
                           sd_event_io_handler_t callback, void *userdata);
int __real_socketpair(int domain, int type, int protocol, int ret[2]);
int __wrap_socketpair(int domain, int type, int protocol, int ret[2]);
int __real_pidfd_open(pid_t pid, unsigned flags);
int __wrap_pidfd_open(pid_t pid, unsigned flags);
struct result __real_act(const struct action *action, int dir);
struct result __wrap_act(const struct action *action, int dir);

int __wrap_sd_event_add_io(sd_event *e, sd_event_source **ret, int fd, uint32_t events,
                           sd_event_io_handler_t callback, void *userdata) {
        return no_watch ? -EMFILE
                        : __real_sd_event_add_io(e, ret, fd, events, callback, userdata);
}

int __wrap_socketpair(int domain, int type, int protocol, int ret[2]) {
        int r = __real_socketpair(domain, type, protocol, ret);

        if (r == 0 && keeps_end)
                kept_end = fcntl(ret[1], F_DUPFD_CLOEXEC, 0);
        return r;
}

int __wrap_pidfd_open(pid_t pid, unsigned flags) {
        if (unlock_at_pidfd >= 0)
                ck_assert_int_eq(flock(unlock_at_pidfd, LOCK_UN), 0);
        return __real_pidfd_open(pid, flags);
}

/* In the child. */
struct result __wrap_act(const struct action *action, int dir) {
        if (dies)
                (void) raise(SIGKILL);
        return __real_act(action, dir);
}

/* --- a worker without a daemon --- */

static void on_finished(const struct action *action, const struct result *result, void *userdata) {
        n_finished++;
        last = *result;
}

static void on_stuck(const struct action *action, void *userdata) {
}

static void on_died(pid_t worker, void *userdata) {
        n_died++;
}

static void on_changed(void *userdata) {
        n_changed++;
}

static struct worker worker;

static void set_up(void) {
        sigset_t mask;

        ck_assert_ptr_nonnull(mkdtemp(folder));
        notes = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ck_assert_int_ge(notes, 0);
        sigemptyset(&mask);
        sigaddset(&mask, SIGCHLD);
        ck_assert_int_eq(sigprocmask(SIG_BLOCK, &mask, NULL), 0);
        ck_assert_int_ge(sd_event_new(&event), 0);
        ck_assert_int_eq(worker_init(&worker, event, notes,
                                   &(struct worker_handler){on_finished, on_stuck, on_died,
                                                          on_changed, NULL}), 0);
}

static void tear_down(void) {
        worker_done(&worker);
        sd_event_unref(event);
        (void) unlinkat(notes, "worker", 0);
        close(notes);
        (void) rmdir(folder);
}

/* It fails by itself: no such GPU. */
static const struct action action = {.kind = ACTION_REMOVE, .parent = {.domain = 0xffff}};

/* Another process' lock, with this text. */
static int lock_with(const char *text) {
        int fd = openat(notes, "worker", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
        ck_assert_int_eq(write(fd, text, strlen(text)), (int) strlen(text));
        return fd;
}

START_TEST(works) {
        int lock = worker_lock(&worker);

        ck_assert_int_ge(lock, 0);
        ck_assert_int_eq(worker_start(&worker, lock, &action, 1), 0);
        while (worker_is_awaited(&worker))
                ck_assert_int_ge(sd_event_run(event, UINT64_MAX), 0);
        ck_assert_uint_eq(n_finished, 1);
}
END_TEST

/* READY does not wait for the reason of a warning. */
START_TEST(a_matter_aside_is_not_awaited) {
        const struct action aside = {.kind = ACTION_ASK, .question = QUESTION_ENABLE_GUC};
        const struct action more[] = {aside, action};

        ck_assert_int_eq(worker_start(&worker, worker_lock(&worker), more, 2), 0);
        ck_assert(!worker_is_awaited(&worker));
        ck_assert_int_eq(worker_lock(&worker), -EBUSY);
        while (n_finished == 0)
                ck_assert_int_ge(sd_event_run(event, UINT64_MAX), 0);
        ck_assert(worker_is_awaited(&worker) || n_finished == 2);
        while (worker.pid)
                ck_assert_int_ge(sd_event_run(event, UINT64_MAX), 0);
        ck_assert_uint_eq(n_finished, 2);
}
END_TEST

START_TEST(a_worker_that_cannot_be_watched_leaves_nothing) {
        int lock = worker_lock(&worker);

        no_watch = true;
        ck_assert_int_eq(worker_start(&worker, lock, &action, 1), -EMFILE);
        ck_assert(!worker_is_awaited(&worker));
        no_watch = false;
        ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
        ck_assert_int_eq(errno, ECHILD);
        lock = worker_lock(&worker);
        ck_assert_msg(lock >= 0, "%s", worker.stuck);
        close(lock);
        ck_assert_uint_eq(n_finished, 0);
}
END_TEST

START_TEST(a_worker_that_dies_is_told_of) {
        const struct action two[] = {action, action};

        dies = true;
        ck_assert_int_eq(worker_start(&worker, worker_lock(&worker), two, 2), 0);
        while (worker_is_awaited(&worker))
                ck_assert_int_ge(sd_event_run(event, UINT64_MAX), 0);
        ck_assert_uint_eq(n_died, 1);
        ck_assert_uint_eq(n_finished, 1); /* the second was not begun */
        ck_assert_int_eq(last.error, EINTR);
        ck_assert(last.deduced);
}
END_TEST

/* What it leaves undone then is meant to stay so. */
START_TEST(a_worker_that_dies_unwanted_is_not) {
        dies = true;
        ck_assert_int_eq(worker_start(&worker, worker_lock(&worker), &action, 1), 0);
        worker_stop(&worker);
        while (worker_is_awaited(&worker))
                ck_assert_int_ge(sd_event_run(event, UINT64_MAX), 0);
        ck_assert_uint_eq(n_died, 0);
        ck_assert_uint_eq(n_finished, 0);
}
END_TEST

/* A descendant may keep the other end open. */
START_TEST(the_end_is_seen_without_an_end_of_messages) {
        int lock = worker_lock(&worker);

        keeps_end = true;
        ck_assert_int_eq(worker_start(&worker, lock, &action, 1), 0);
        while (worker_is_awaited(&worker))
                ck_assert_int_ge(sd_event_run(event, UINT64_MAX), 0);
        ck_assert_uint_eq(n_finished, 1);
        ck_assert_int_ge(kept_end, 0);
        close(kept_end);
}
END_TEST

static mode_t mode_of(const char *name) {
        struct stat st;

        ck_assert_int_eq(fstatat(notes, name, &st, 0), 0);
        return st.st_mode & 07777;
}

START_TEST(the_lock_is_ours_alone) {
        mode_t old = umask(0);
        int lock = worker_lock(&worker);

        ck_assert_int_ge(lock, 0);
        close(lock);
        ck_assert_uint_eq(mode_of("worker"), 0600);
        ck_assert_int_eq(fchmodat(notes, "worker", 0644, 0), 0);
        lock = worker_lock(&worker);
        close(lock);
        ck_assert_uint_eq(mode_of("worker"), 0600);
        umask(old);
}
END_TEST

START_TEST(a_lock_without_a_name_is_tried_again) {
        int other = lock_with("");

        ck_assert_int_eq(worker_lock(&worker), -EAGAIN);
        ck_assert(strstr(worker.stuck, "/worker is locked by a process that is not known") != NULL);
        ck_assert(!worker_is_awaited(&worker));
        close(other);
}
END_TEST

START_TEST(a_lock_with_a_name_is_waited_for) {
        char text[64];
        int other;

        snprintf(text, sizeof(text), "%d loading kvmgt\n", (int) getpid());
        other = lock_with(text);
        ck_assert_int_eq(worker_lock(&worker), -EBUSY);
        ck_assert(strstr(worker.stuck, "is still at loading kvmgt") != NULL);
        close(other);
}
END_TEST

/* The pid may be anybody's from then on. */
START_TEST(a_lock_let_go_of_meanwhile_is_taken) {
        char text[64];
        int lock;

        snprintf(text, sizeof(text), "%d loading kvmgt\n", (int) getpid());
        unlock_at_pidfd = lock_with(text);
        lock = worker_lock(&worker);
        ck_assert_int_ge(lock, 0);
        ck_assert_str_eq(worker.stuck, "");
        close(lock);
        close(unlock_at_pidfd);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("worker");
        TCase *tcase = tcase_create("worker");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_set_timeout(tcase, 30);
        tcase_add_test(tcase, works);
        tcase_add_test(tcase, a_matter_aside_is_not_awaited);
        tcase_add_test(tcase, a_worker_that_cannot_be_watched_leaves_nothing);
        tcase_add_test(tcase, a_worker_that_dies_is_told_of);
        tcase_add_test(tcase, a_worker_that_dies_unwanted_is_not);
        tcase_add_test(tcase, the_end_is_seen_without_an_end_of_messages);
        tcase_add_test(tcase, the_lock_is_ours_alone);
        tcase_add_test(tcase, a_lock_without_a_name_is_tried_again);
        tcase_add_test(tcase, a_lock_with_a_name_is_waited_for);
        tcase_add_test(tcase, a_lock_let_go_of_meanwhile_is_taken);
        suite_add_tcase(suite, tcase);
        return suite;
}
