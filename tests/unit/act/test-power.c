/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which bytes reach power/control, and what stays behind for whoever comes later. That the GPU is awake
 * then is the kernel's part, and shown in the guest. */

#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "note.h"
#include "parse.h"
#include "power.h"
#include "text.h"
#include "util.h"

static char folder[] = "/tmp/gvtd-power-XXXXXX";
static const struct pci_address address = {.slot = 2};
static int gpu = -1, notes = -1;

static void write_control(const char *text) {
        int fd = openat(gpu, "power/control", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t) strlen(text));
        close(fd);
}

/* What was written last; in a file, unlike in sysfs, the end of a longer word stays behind it. */
static bool control_begins(const char *word) {
        char text[16] = "";
        int fd = openat(gpu, "power/control", O_RDONLY | O_CLOEXEC);
        ssize_t n = read(fd, text, sizeof(text) - 1);

        close(fd);
        return n > 0 && strncmp(text, word, strlen(word)) == 0;
}

static void set_up(void) {
        strcpy(folder + strlen(folder) - 6, "XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(folder));
        notes = gpu = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ck_assert_int_eq(mkdirat(gpu, "power", 0755), 0);
        write_control("auto\n");
}

static void tear_down(void) {
        char command[64];

        close(gpu);
        snprintf(command, sizeof(command), "rm -r %s", folder);
        ck_assert_int_eq(system(command), 0);
}

static bool is_noted(void) {
        struct pci_address noted;
        int r = awake_read(notes, &noted);

        ck_assert_int_ge(r, 0);
        if (r > 0)
                ck_assert_str_eq(address_text(&noted).text, address_text(&address).text);
        return r > 0;
}

START_TEST(holds_and_releases) {
        ck_assert_int_eq(power_hold(gpu, &address, notes), 0);
        ck_assert(control_begins("on"));
        ck_assert(is_noted());
        ck_assert_int_eq(power_release(gpu, &address, notes), 0);
        ck_assert(control_begins("auto"));
        ck_assert(!is_noted());
}
END_TEST

/* An administrator's own choice is nothing to put back. */
START_TEST(leaves_one_that_may_not_sleep) {
        write_control("on\n");
        ck_assert_int_eq(power_hold(gpu, &address, notes), 0);
        ck_assert(!is_noted());
        ck_assert_int_eq(power_release(gpu, &address, notes), 0);
        ck_assert(control_begins("on"));
}
END_TEST

/* The process in between came to no end: `auto` is not seen any more, but what it was is noted. */
START_TEST(is_made_good_by_another) {
        ck_assert_int_eq(power_hold(gpu, &address, notes), 0);
        ck_assert_int_eq(power_hold(gpu, &address, notes), 0);
        ck_assert(is_noted());
        ck_assert_int_eq(power_release(gpu, &address, notes), 0);
        ck_assert(control_begins("auto"));
}
END_TEST

START_TEST(a_gpu_that_is_gone_needs_nothing) {
        ck_assert_int_eq(power_hold(gpu, &address, notes), 0);
        ck_assert_int_eq(power_release(-1, &address, notes), 0);
        ck_assert(!is_noted());
        ck_assert_int_lt(power_hold(-1, &address, notes), 0);
        ck_assert(!is_noted());
}
END_TEST

/* A crash while one was kept awake, and then another one in the ini. */
START_TEST(each_gets_back_its_own) {
        const struct pci_address other = {.bus = 3};

        ck_assert_int_eq(power_hold(gpu, &address, notes), 0);
        write_control("auto\n");
        ck_assert_int_eq(power_hold(gpu, &other, notes), -EBUSY);
        write_control("on\n");
        ck_assert_int_eq(power_release(gpu, &other, notes), 0);
        ck_assert(control_begins("on"));
        ck_assert(is_noted());
        ck_assert_int_eq(power_release(gpu, &address, notes), 0);
        ck_assert(control_begins("auto"));
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("power");
        TCase *tcase = tcase_create("power");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, holds_and_releases);
        tcase_add_test(tcase, leaves_one_that_may_not_sleep);
        tcase_add_test(tcase, is_made_good_by_another);
        tcase_add_test(tcase, each_gets_back_its_own);
        tcase_add_test(tcase, a_gpu_that_is_gone_needs_nothing);
        suite_add_tcase(suite, tcase);
        return suite;
}
