/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A group that is unknown, and one that cannot be asked for. The linker puts these functions in place of
 * the C library's (open64: as open() is called for large files). */

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "group.h"
#include "util.h"

Suite *make_suite(void);

int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_getgrnam_r(const char *name, struct group *entry, char *buffer, size_t size,
                      struct group **ret);

static int file_error, service_error; /* errno; 0: works */
static gid_t known = 0;               /* to the name services; 0: nobody */
static unsigned n_asked;              /* they were */
static const char *instead;           /* of the file */

int __wrap_open64(const char *path, int flags, ...) {
        errno = file_error;
        return file_error ? -1 : __real_open64(instead ? instead : path, flags);
}

/* Has more members than fit at first. */
int __wrap_getgrnam_r(const char *name, struct group *entry, char *buffer, size_t size,
                      struct group **ret) {
        n_asked++;
        if (!service_error && size < 10000)
                return ERANGE;
        *entry = (struct group){.gr_gid = known};
        *ret = known && !service_error ? entry : NULL;
        return service_error;
}

static const struct {
        const char *sentence;
        const char *name;
        int file_error, service_error;
        gid_t known;
        int r;
        gid_t gid;
} rows[] = {
        {"in the file", "root", 0, ECONNREFUSED, 7, 1, 0},
        {"known to a service", "domain users", 0, 0, 7, 1, 7},
        {"unknown to all", "no such group", 0, 0, 0, 0, 99},
        {"a part of a name is another name", "roo", 0, 0, 0, 0, 99},
        {"the service is not up", "no such group", 0, ECONNREFUSED, 0, -ECONNREFUSED, 99},
        {"a service's ENOENT is its own", "no such group", 0, ENOENT, 0, -ECONNREFUSED, 99},
        {"the file cannot be opened, whatever a service says", "root", EMFILE, 0, 0, -EMFILE, 99},
        {"no such file: the services know", "root", ENOENT, 0, 7, 1, 7},
};

START_TEST(looks) {
        gid_t gid = 99;
        int r;

        file_error = rows[_i].file_error;
        service_error = rows[_i].service_error;
        known = rows[_i].known;
        r = group_look(rows[_i].name, &gid);
        ck_assert_msg(r == rows[_i].r && gid == rows[_i].gid, "%s: %d, %u", rows[_i].sentence, r, gid);
}
END_TEST

/* The event loop's look: no name service, however much it knows or fails. */
static const struct {
        const char *sentence;
        const char *name;
        int file_error;
        int r;
        gid_t gid;
} file_rows[] = {
        {"in the file", "root", 0, 1, 0},
        {"not in the file", "domain users", 0, 0, 99},
        {"no such file", "root", ENOENT, 0, 99},
        {"the file cannot be opened", "root", EMFILE, -EMFILE, 99},
};

START_TEST(looks_in_the_file) {
        gid_t gid = 99;
        int r;

        n_asked = 0;
        file_error = file_rows[_i].file_error;
        service_error = 0;
        known = 7;
        r = group_look_in_file(file_rows[_i].name, &gid);
        ck_assert_msg(r == file_rows[_i].r && gid == file_rows[_i].gid, "%s: %d, %u",
                      file_rows[_i].sentence, r, gid);
        ck_assert_uint_eq(n_asked, 0);
}
END_TEST

/* Nobody ever writes to it. */
START_TEST(does_not_wait_for_a_fifo) {
        char folder[] = "/tmp/test-group-XXXXXX", path[64];
        gid_t gid = 99;
        int r;

        ck_assert_ptr_nonnull(mkdtemp(folder));
        snprintf(path, sizeof(path), "%s/group", folder);
        ck_assert_int_eq(mkfifo(path, 0600), 0);
        file_error = 0;
        instead = path;
        r = group_look_in_file("root", &gid);
        instead = NULL;
        (void) unlink(path);
        (void) rmdir(folder);
        ck_assert_int_eq(r, -EINVAL);
        ck_assert_uint_eq(gid, 99);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("group");
        TCase *tcase = tcase_create("group");

        tcase_add_loop_test(tcase, looks, 0, ARRAY_SIZE(rows));
        tcase_add_loop_test(tcase, looks_in_the_file, 0, ARRAY_SIZE(file_rows));
        tcase_add_test(tcase, does_not_wait_for_a_fifo);
        suite_add_tcase(suite, tcase);
        return suite;
}
