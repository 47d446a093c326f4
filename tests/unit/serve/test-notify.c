/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What arrives at systemd's socket. */

#include "suite.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "notify.h"
#include "util.h"

static int listen_at(const char *name) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        size_t n = strlen(name);

        memcpy(address.sun_path + 1, name, n); /* an abstract one: nothing to clean up */
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(bind(fd, (struct sockaddr *) &address,
                              (socklen_t) (offsetof(struct sockaddr_un, sun_path) + 1 + n)), 0);
        return fd;
}

static const struct {
        const char *status, *message;
} rows[] = {
        {"3 of 3 vGPUs ready on 0000:00:02.0", "STATUS=3 of 3 vGPUs ready on 0000:00:02.0"},
        {"in use by x\nMAINPID=4242\n", "STATUS=in use by x?MAINPID=4242?"},
        {"red \x1b[31m, bell \a, end \x7f", "STATUS=red ?[31m, bell ?, end ?"},
        {"caf\xc3\xa9", "STATUS=caf\xc3\xa9"},
};

START_TEST(a_message_is_one_line) {
        struct notified notified = {};
        char name[64], text[2048];
        ssize_t n;
        int fd;

        snprintf(name, sizeof(name), "@gvtd-test-notify-%d", (int) getpid());
        fd = listen_at(name + 1);
        setenv("NOTIFY_SOCKET", name, 1);
        ck_assert_int_eq(notify_status(&notified, rows[_i].status), 0);
        n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
        ck_assert_int_ge(n, 0);
        text[n] = '\0';
        ck_assert_str_eq(text, rows[_i].message);
        /* The same again is not told again. */
        ck_assert_int_eq(notify_status(&notified, rows[_i].status), 0);
        ck_assert_int_lt(recv(fd, text, sizeof(text), MSG_DONTWAIT), 0);
        close(fd);
}
END_TEST

static bool has_message(int fd) {
        char text[2048];

        return recv(fd, text, sizeof(text), MSG_DONTWAIT) > 0;
}

/* systemd would take it for the end of that reload, whose ini has not been read yet. */
START_TEST(an_end_is_not_told_while_the_next_reload_is_asked_for) {
        struct notified notified = {};
        char name[64];
        sigset_t mask;
        int fd;

        snprintf(name, sizeof(name), "@gvtd-test-notify-%d", (int) getpid());
        fd = listen_at(name + 1);
        setenv("NOTIFY_SOCKET", name, 1);
        sigemptyset(&mask);
        sigaddset(&mask, SIGHUP);
        ck_assert_int_eq(sigprocmask(SIG_BLOCK, &mask, NULL), 0);
        ck_assert_int_eq(kill(getpid(), SIGHUP), 0);
        /* but a start ends by itself */
        ck_assert_int_eq(notify_started(&notified), 0);
        ck_assert(has_message(fd));
        notified.reloading = true;
        ck_assert_int_eq(notify_started(&notified), 0);
        ck_assert(!has_message(fd));
        ck_assert(notified.reloading);

        ck_assert_int_eq(sigwaitinfo(&mask, NULL), SIGHUP);
        ck_assert_int_eq(notify_started(&notified), 0);
        ck_assert(has_message(fd));
        ck_assert(!notified.reloading);
        close(fd);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("notify");
        TCase *tcase = tcase_create("notify");

        tcase_add_loop_test(tcase, a_message_is_one_line, 0, ARRAY_SIZE(rows));
        tcase_add_test(tcase, an_end_is_not_told_while_the_next_reload_is_asked_for);
        suite_add_tcase(suite, tcase);
        return suite;
}
