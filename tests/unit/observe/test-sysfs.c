/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What is read, written and gone, on files that answer as sysfs does. */

#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "sysfs.h"
#include "util.h"

static char folder[] = "/tmp/test-sysfs-XXXXXX";
static int dir = -1;

static void setup(void) {
        strcpy(folder + strlen(folder) - 6, "XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(folder));
        dir = sysfs_open(folder);
        ck_assert_int_ge(dir, 0);
}

static void teardown(void) {
        unlinkat(dir, "file", 0);
        unlinkat(dir, "link", 0);
        closep(&dir);
        rmdir(folder);
}

static void make_file(const char *text) {
        int fd = openat(dir, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t) strlen(text));
        close(fd);
}

/* Gone is what the kernel has taken away meanwhile; all else is a look that failed. */
static const struct {
        int error;
        bool gone;
} errors[] = {
        {ENOENT, true}, {ENODEV, true}, {ENOTDIR, true}, {ESTALE, true},
        {ENOMEM, false}, {EMFILE, false}, {EIO, false}, {EACCES, false}, {0, false},
};

START_TEST(tells_gone_from_failed) {
        ck_assert_int_eq(is_gone(-errors[_i].error), errors[_i].gone);
        ck_assert_int_eq(unless_gone(-errors[_i].error), errors[_i].gone ? 0 : -errors[_i].error);
}
END_TEST

static const struct {
        const char *file, *text;
} reads[] = {
        {"Y\n", "Y"}, {"Y", "Y"}, {"", ""}, {"\n", ""}, {"a\nb\n\n", "a\nb\n"}, {"longer\n", "longe"},
};

START_TEST(reads_without_the_line_end) {
        char text[6];

        make_file(reads[_i].file);
        ck_assert_int_eq(sysfs_read(dir, "file", text, sizeof(text)), (int) strlen(reads[_i].text));
        ck_assert_str_eq(text, reads[_i].text);
}
END_TEST

START_TEST(failures_are_told) {
        int device = sysfs_open("/dev"), here = sysfs_open("/");
        char text[16];

        ck_assert_int_eq(sysfs_open("/nowhere"), -ENOENT);
        ck_assert_int_eq(sysfs_read(dir, "file", text, sizeof(text)), -ENOENT);
        ck_assert_int_eq(sysfs_read(here, "dev", text, sizeof(text)), -EISDIR);
        ck_assert_int_eq(sysfs_write(dir, "file", "1"), -ENOENT);
        ck_assert_int_eq(sysfs_write(device, "full", "1"), -ENOSPC);
        ck_assert_int_eq(sysfs_write(device, "null", "1"), 0);
        ck_assert_int_eq(sysfs_link_name(dir, "file", text, sizeof(text)), -ENOENT);
        close(device);
        close(here);
}
END_TEST

/* A link in the place of an attribute could lead a write anywhere. */
START_TEST(follows_no_link) {
        char text[16];

        make_file("1");
        ck_assert_int_eq(symlinkat("file", dir, "link"), 0);
        ck_assert_int_eq(sysfs_read(dir, "link", text, sizeof(text)), -ELOOP);
        ck_assert_int_eq(sysfs_write(dir, "link", "2"), -ELOOP);
        ck_assert_int_eq(sysfs_read(dir, "file", text, sizeof(text)), 1);
        ck_assert_str_eq(text, "1");
        ck_assert_int_eq(sysfs_link_name(dir, "link", text, sizeof(text)), 0);
        ck_assert_str_eq(text, "file");
}
END_TEST

START_TEST(names_the_end_of_a_link) {
        char text[16];

        ck_assert_int_eq(symlinkat("../../drivers/i915", dir, "link"), 0);
        ck_assert_int_eq(sysfs_link_name(dir, "link", text, sizeof(text)), 0);
        ck_assert_str_eq(text, "i915");
}
END_TEST

static int n_read;

static int read_one(int at, void *ret) {
        n_read++;
        return 1;
}

static int read_gone(int at, void *ret) {
        n_read++;
        return -ENODEV;
}

static int read_failed(int at, void *ret) {
        n_read++;
        return -EIO;
}

START_TEST(a_part_may_be_gone_and_none_may_fail) {
        static const sysfs_reader some_gone[] = {read_one, read_gone, read_one}, one_failed[] = {read_failed, read_one};

        n_read = 0;
        ck_assert_int_eq(sysfs_read_parts(dir, NULL, some_gone, ARRAY_SIZE(some_gone)), 0);
        ck_assert_int_eq(n_read, 3);
        n_read = 0;
        ck_assert_int_eq(sysfs_read_parts(dir, NULL, one_failed, ARRAY_SIZE(one_failed)), -EIO);
        ck_assert_int_eq(n_read, 1);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("sysfs");
        TCase *tcase = tcase_create("sysfs");

        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_loop_test(tcase, tells_gone_from_failed, 0, ARRAY_SIZE(errors));
        tcase_add_loop_test(tcase, reads_without_the_line_end, 0, ARRAY_SIZE(reads));
        tcase_add_test(tcase, failures_are_told);
        tcase_add_test(tcase, follows_no_link);
        tcase_add_test(tcase, names_the_end_of_a_link);
        tcase_add_test(tcase, a_part_may_be_gone_and_none_may_fail);
        suite_add_tcase(suite, tcase);
        return suite;
}
