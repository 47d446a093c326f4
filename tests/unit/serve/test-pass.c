/* SPDX-License-Identifier: GPL-2.0-or-later */

/* When systemd hears of the end of a reload. The linker puts a machine of ours in place of the real one. */

#include "build.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "manager.h"
#include "observe.h"
#include "pass.h"
#include "util.h"

static int look_error; /* -errno */

int __wrap_host_observe(struct host **ret);

int __wrap_host_observe(struct host **ret) {
        if (look_error == 0)
                *ret = machine_make("8");
        return look_error;
}

static char name[64];
static int systemd;
static sd_event *event;
static struct manager manager;

static void set_up(void) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        sigset_t mask;

        snprintf(name, sizeof(name), "@gvtd-test-pass-%d", (int) getpid());
        memcpy(address.sun_path + 1, name + 1, strlen(name) - 1);
        systemd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        ck_assert_int_ge(systemd, 0);
        ck_assert_int_eq(bind(systemd, (struct sockaddr *) &address,
                              (socklen_t) (offsetof(struct sockaddr_un, sun_path) + strlen(name))), 0);
        setenv("NOTIFY_SOCKET", name, 1);
        sigemptyset(&mask);
        sigaddset(&mask, SIGCHLD);
        ck_assert_int_eq(sigprocmask(SIG_BLOCK, &mask, NULL), 0);
        ck_assert_int_ge(sd_event_new(&event), 0);
        ck_assert_int_ge(manager_init(&manager, event, machine_declare(""), -1), 0);
        manager.notified.started = true;
        manager.worker.pid = getpid(); /* it does not return */
        manager_reload(&manager, machine_declare(""));
}

static void tear_down(void) {
        manager.worker.pid = 0;
        manager_done(&manager);
        sd_event_unref(event);
        close(systemd);
}

/* Whether READY=1 has come. */
static bool is_ready(void) {
        bool ready = false;
        char text[2048];
        ssize_t n;

        while ((n = recv(systemd, text, sizeof(text) - 1, MSG_DONTWAIT)) > 0) {
                text[n] = '\0';
                ready |= streq(text, "READY=1");
        }
        return ready;
}

static void run_all(void) {
        while (sd_event_run(event, 0) > 0)
                ;
}

START_TEST(a_reload_waits_for_the_worker) {
        run_all();
        ck_assert(!is_ready());
        manager_waited_out(&manager);
        run_all();
        ck_assert(is_ready());
        run_all();
        ck_assert(!is_ready());
}
END_TEST

/* No descriptor, no memory: it is told by a later pass, although the worker has not returned and even where that
 * pass fails. */
START_TEST(an_end_that_could_not_be_told_is_told_later) {
        look_error = _i ? -ENOMEM : 0;
        setenv("NOTIFY_SOCKET", "@gvtd-test-nobody", 1);
        manager_waited_out(&manager);
        run_all();
        ck_assert(manager.notified.reloading);
        ck_assert_uint_ne(timer_get(manager.retry), UINT64_MAX);
        setenv("NOTIFY_SOCKET", name, 1);
        pass_run(&manager);
        ck_assert(is_ready());
        ck_assert(!manager.notified.reloading);
}
END_TEST

START_TEST(a_reload_that_is_refused_ends_at_once) {
        manager_waited_out(&manager);
        run_all();
        ck_assert(is_ready());
        manager_refuse(&manager);
        ck_assert(is_ready());
        run_all();
        ck_assert(!is_ready());
}
END_TEST

/* Who asked for that one would go on too early. */
START_TEST(a_reload_that_is_refused_does_not_end_an_earlier_one) {
        manager_refuse(&manager);
        run_all();
        ck_assert(!is_ready());
        manager.worker.pid = 0;
        look_error = -EBUSY; /* no pass of this test acts */
        manager_waited_out(&manager);
        ck_assert(is_ready());
}
END_TEST

START_TEST(a_start_is_not_ended_by_a_refusal) {
        manager.notified = (struct notified){};
        manager_refuse(&manager);
        ck_assert(!is_ready());
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("pass");
        TCase *tcase = tcase_create("pass");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, a_reload_waits_for_the_worker);
        tcase_add_loop_test(tcase, an_end_that_could_not_be_told_is_told_later, 0, 2);
        tcase_add_test(tcase, a_reload_that_is_refused_ends_at_once);
        tcase_add_test(tcase, a_reload_that_is_refused_does_not_end_an_earlier_one);
        tcase_add_test(tcase, a_start_is_not_ended_by_a_refusal);
        suite_add_tcase(suite, tcase);
        return suite;
}
