/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The search for a reason where the one who knows it is silent. */

#include "suite.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "evidence.h"
#include "question.h"
#include "util.h"

/* A bus that takes connections and says nothing: frozen, or out of memory. */
START_TEST(silent_bus_is_not_waited_for) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        socklen_t size = sizeof(address);
        char bus_address[64];
        int bus = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct kernel_log log = {};
        struct evidence evidence;
        time_t begin = time(NULL);

        ck_assert_int_ge(bus, 0);
        /* without a name it gets one that nobody has: the tests of a package may run at the same time */
        ck_assert_int_eq(bind(bus, (struct sockaddr *) &address, sizeof(sa_family_t)), 0);
        ck_assert_int_eq(listen(bus, 8), 0);
        ck_assert_int_eq(getsockname(bus, (struct sockaddr *) &address, &size), 0);
        snprintf(bus_address, sizeof(bus_address), "unix:abstract=%.*s",
                 (int) (size - offsetof(struct sockaddr_un, sun_path)) - 1, address.sun_path + 1);
        setenv("DBUS_SYSTEM_BUS_ADDRESS", bus_address, 1);
        ck_assert_int_eq(evidence_look(QUESTION_ENABLE_GVT, 1, &log, &evidence), 0);
        ck_assert_int_ge(accept(bus, NULL, NULL), 0); /* it was asked */
        ck_assert_uint_eq(evidence.option.userspace_usec, 0);
        ck_assert_int_le(time(NULL) - begin, 10);
        close(bus);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("evidence");
        TCase *tcase = tcase_create("evidence");

        tcase_set_timeout(tcase, 20);
        tcase_add_test(tcase, silent_bus_is_not_waited_for);
        suite_add_tcase(suite, tcase);
        return suite;
}
