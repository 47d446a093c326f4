/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The guest's name on the command lines that QEMU and libvirt write. */

#include "suite.h"

#include <fcntl.h>

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

/* Nobody holds a group of this number. */
START_TEST(nobody_holds_what_is_not_there) {
        static const uuid_t uuid = {1};
        char text[128];

        ck_assert_int_eq(holder_find(uuid, -1, text, sizeof(text)), 0);
        ck_assert_int_eq(holder_find(uuid, 987654, text, sizeof(text)), 0);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("holder");
        TCase *tcase = tcase_create("holder");

        tcase_add_loop_test(tcase, finds_the_name, 0, ARRAY_SIZE(rows));
        tcase_add_test(tcase, long_name_is_cut);
        tcase_add_test(tcase, nobody_holds_what_is_not_there);
        suite_add_tcase(suite, tcase);
        return suite;
}
