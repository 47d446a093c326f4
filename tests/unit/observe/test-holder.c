/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The guest's name on the command lines that QEMU and libvirt write. */

#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "holder.h"
#include "util.h"

/* A literal's words end with NULs, the last with the literal's own. */
#define WORDS(text) text, sizeof(text)

static const struct {
        const char *sentence;
        const char *words;
        size_t size;
        const char *guest; /* NULL: none */
} rows[] = {
        {"QEMU by hand",
         WORDS("qemu\0-name\0win10\0-m\0"
               "4G"),
         "win10"},
        {"libvirt", WORDS("qemu\0-name\0guest=win10,debug-threads=on\0-S"), "win10"},
        {"two dashes", WORDS("qemu\0--name\0win10"), "win10"},
        {"a name with options", WORDS("qemu\0-name\0win10,process=vm"), "win10"},
        {"guest= is not always first", WORDS("qemu\0-name\0debug-threads=on,guest=win10"), "win10"},
        {"blanks in the name", WORDS("qemu\0-name\0guest=Windows 10 (dev),debug-threads=on"),
         "Windows 10 (dev)"},
        {"a comma in the name, which QEMU doubles", WORDS("qemu\0-name\0guest=a,,b,process=x"),
         "a,b"},
        {"a new line in the name, which would forge a message to systemd",
         WORDS("qemu\0-name\0guest=a\nMAINPID=1\x1b[2J"), "a?MAINPID=1?[2J"},
        {"a name in another alphabet", WORDS("qemu\0-name\0guest=Окна"), "Окна"},
        {"cut within a character", WORDS("qemu\0-name\0guest=a\xd0"), "a?"},
        {"escapes of a terminal, a turned direction, an overlong letter",
         WORDS("qemu\0-name\0guest=\xc2\x9b" "a\xe2\x80\xae" "b\xe0\x80\x80"), "??a???b???"},
        {"no text at all", WORDS("qemu\0-name\0guest=\xff\xc0\x80"), "???"},
        {"no name",
         WORDS("qemu\0-m\0"
               "4G"),
         NULL},
        {"options but no name", WORDS("qemu\0-name\0debug-threads=on"), NULL},
        {"-name is the last word", WORDS("qemu\0-name"), NULL},
        {"an empty name", WORDS("qemu\0-name\0"), NULL},
        {"only the first option may be a bare name", WORDS("qemu\0-name\0debug-threads=on,win10"),
         NULL},
        {"an empty guest", WORDS("qemu\0-name\0guest=,debug-threads=on"), NULL},
        {"-name as a value of something else", WORDS("qemu\0-append\0-names\0x"), NULL},
        {"the command itself is no name", WORDS("-m"), NULL},
        {"cut short within the name: what is there of it", "qemu\0-name\0win", 12, "w"},
        {"cut short at a comma", "qemu\0-name\0w,,", 13, "w"},
        {"cut short before the name", "qemu\0-name", 10, NULL},
        {"nothing at all", "", 0, NULL},
};

START_TEST(finds_the_name) {
        const char *sentence = rows[_i].sentence;
        char guest[64] = "";
        /* A copy of exactly that size: a step beyond it is seen by the sanitizers and valgrind. */
        char *words = malloc(rows[_i].size + 1);
        bool found;

        ck_assert_ptr_nonnull(words);
        words = realloc(words, rows[_i].size ? rows[_i].size : 1);
        ck_assert_ptr_nonnull(words);
        memcpy(words, rows[_i].words, rows[_i].size);
        found = holder_guest_name(words, rows[_i].size, guest, sizeof(guest));
        free(words);
        ck_assert_msg(found == (rows[_i].guest != NULL), "%s: found is %d (\"%s\")", sentence,
                      found, guest);
        if (found)
                ck_assert_msg(streq(guest, rows[_i].guest), "%s: \"%s\"", sentence, guest);
}
END_TEST

START_TEST(long_name_is_cut) {
        char guest[4];

        ck_assert(holder_guest_name(WORDS("qemu\0-name\0windows"), guest, sizeof(guest)));
        ck_assert_str_eq(guest, "win");
}
END_TEST

/* --- what fails --- */

static int list_error, node_error, open_error; /* errno; 0: works */
static dev_t node; /* the number of every node that is looked for */

int __wrap_sysfs_for_each(int at, const char *path, int (*fn)(int, const char *, void *), void *userdata);
int __wrap_lstat64(const char *path, struct stat *ret);
int __real_statx(int dir, const char *path, int flags, unsigned mask, struct statx *ret);
int __wrap_statx(int dir, const char *path, int flags, unsigned mask, struct statx *ret);

int __wrap_sysfs_for_each(int at, const char *path, int (*fn)(int, const char *, void *), void *userdata) {
        return list_error ? -list_error : fn(at, "vfio7", userdata);
}

int __wrap_lstat64(const char *path, struct stat *ret) {
        *ret = (struct stat){.st_mode = S_IFCHR, .st_rdev = node};
        errno = node_error;
        return node_error ? -1 : 0;
}

int __wrap_statx(int dir, const char *path, int flags, unsigned mask, struct statx *ret) {
        errno = open_error;
        return open_error ? -1 : __real_statx(dir, path, flags, mask, ret);
}

/* A search that failed has not found nobody. */
static const struct {
        const char *sentence;
        int list_error, node_error, open_error;
        int r; /* 1: somebody has it */
} failures[] = {
        {"open", 0, 0, 0, 1},
        {"no folder of nodes: only the group is looked for", ENOENT, 0, 0, 1},
        {"the folder cannot be listed", ENOMEM, 0, 0, -ENOMEM},
        {"the table of files is full", ENFILE, 0, 0, -ENFILE},
        {"no node", 0, ENOENT, 0, 0},
        {"the node cannot be looked at", 0, ENOMEM, 0, -ENOMEM},
        {"what is open cannot be looked at", 0, 0, ENOMEM, -ENOMEM},
        {"what is open is of somebody's own file system", 0, 0, EIO, 0},
};

START_TEST(failure_is_not_nobody) {
        static const uuid_t uuid = {1};
        int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), r;
        char text[128];

        ck_assert_int_ge(fd, 0);
        node = makedev(1, 3);
        list_error = failures[_i].list_error;
        node_error = failures[_i].node_error;
        open_error = failures[_i].open_error;
        for (int group = -1; group <= 7; group += 8) {
                r = holder_find(uuid, group, text, sizeof(text));
                if (group == -1 && failures[_i].list_error == ENOENT)
                        ck_assert_int_eq(r, 0);
                else
                        ck_assert_msg(failures[_i].r == 1 ? r > 0 : r == failures[_i].r, "%s: %d",
                                      failures[_i].sentence, r);
        }
        close(fd);
}
END_TEST

/* Nobody holds a group of this number. */
START_TEST(nobody_holds_what_is_not_there) {
        static const uuid_t uuid = {1};
        char text[128];

        list_error = node_error = ENOENT;
        ck_assert_int_eq(holder_find(uuid, -1, text, sizeof(text)), 0);
        ck_assert_int_eq(holder_find(uuid, 987654, text, sizeof(text)), 0);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("holder");
        TCase *tcase = tcase_create("holder");

        tcase_add_loop_test(tcase, finds_the_name, 0, ARRAY_SIZE(rows));
        tcase_add_test(tcase, long_name_is_cut);
        tcase_add_loop_test(tcase, failure_is_not_nobody, 0, ARRAY_SIZE(failures));
        tcase_add_test(tcase, nobody_holds_what_is_not_there);
        suite_add_tcase(suite, tcase);
        return suite;
}
