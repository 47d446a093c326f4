/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The kernel command line, read as the kernel reads it. */

#include "suite.h"

#include "cmdline.h"
#include "util.h"

static const struct {
        const char *sentence;
        const char *cmdline;
        const char *key;
        const char *value; /* NULL: not there */
} rows[] = {
        {"an empty command line", "", "nomodeset", NULL},
        {"nothing but blanks", " \t \n", "nomodeset", NULL},
        {"a word alone", "nomodeset", "nomodeset", ""},
        {"a word among others", "quiet nomodeset splash", "nomodeset", ""},
        {"the last word, with the newline of /proc/cmdline", "quiet nomodeset\n", "nomodeset", ""},
        {"several blanks and tabs", "quiet \t  nomodeset", "nomodeset", ""},
        {"a value", "quiet i915.enable_gvt=1 splash", "i915.enable_gvt", "1"},
        {"an empty value", "quiet i915.enable_gvt= splash", "i915.enable_gvt", ""},
        {"an empty value at the end", "i915.enable_gvt=", "i915.enable_gvt", ""},
        {"a value with '='", "root=UUID=12", "root", "UUID=12"},
        {"a longer word is another word", "nomodesets", "nomodeset", NULL},
        {"a word that ends so is another word", "xnomodeset", "nomodeset", NULL},
        {"a shorter word is another word", "nomodese", "nomodeset", NULL},
        {"a word of the same length is another word", "nomodesex xomodeset", "nomodeset", NULL},
        {"a word of two letters", "ro nomodeset", "nomodeset", ""},
        {"a longer key is another key", "i915.enable_gvt2=1", "i915.enable_gvt", NULL},
        {"a value is no key", "foo=nomodeset", "nomodeset", NULL},
        {"the last of several wins", "i915.enable_gvt=1 i915.enable_gvt=0", "i915.enable_gvt", "0"},
        {"a bare one at the end wins", "i915.modeset=1 i915.modeset", "i915.modeset", ""},
        {"a dash is an underscore in names", "i915.enable-gvt=1", "i915.enable_gvt", "1"},
        {"and the last wins across both", "i915.enable_gvt=0 i915.enable-gvt=1", "i915.enable_gvt",
         "1"},
        {"and an underscore a dash, as in the name of a module", "vfio_pci.ids=8086:1912",
         "vfio-pci.ids", "8086:1912"},
        {"but not in values", "module_blacklist=a-b", "module_blacklist", "a-b"},
        {"a list", "module_blacklist=nouveau,kvmgt", "module_blacklist", "nouveau,kvmgt"},
        {"quotes hold blanks together", "foo=\"a nomodeset b\" quiet", "nomodeset", NULL},
        {"quotes around a whole parameter", "\"foo=a nomodeset b\" quiet", "nomodeset", NULL},
        {"quotes are not part of a value", "foo=\"a b\" quiet", "foo", "a b"},
        {"nor of a whole parameter", "\"foo=a b\" quiet", "foo", "a b"},
        {"nor of a word alone", "\"nomodeset\"", "nomodeset", ""},
        {"quotes in the middle are", "foo=a\" \"b", "foo", "a\" \"b"},
        {"a quote alone", "\"", "nomodeset", NULL},
        {"a quote for a value", "foo=\"", "foo", ""},
        {"a carriage return is a blank", "foo=1\r\n", "foo", "1"},
        {"after the quotes comes the next word", "foo=\"a b\" nomodeset", "nomodeset", ""},
        {"quotes that never end hold the rest", "foo=\"a nomodeset", "nomodeset", NULL},
        {"a part of a word in quotes", "foo=a\" \"b nomodeset", "nomodeset", ""},
        {"what follows -- is for init", "quiet -- nomodeset", "nomodeset", NULL},
        {"what precedes -- is not", "nomodeset -- quiet", "nomodeset", ""},
        {"but to libkmod it is for a module all the same", "quiet -- i915.modeset=0", "i915.modeset", "0"},
        {"what begins with -- is a word", "--x nomodeset", "nomodeset", ""},
};

START_TEST(finds) {
        const char *sentence = rows[_i].sentence;
        char value[64] = "untouched";
        bool found = cmdline_find(rows[_i].cmdline, rows[_i].key, value, sizeof(value));

        ck_assert_msg(found == (rows[_i].value != NULL), "%s: found is %d", sentence, found);
        ck_assert_msg(streq(value, found ? rows[_i].value : "untouched"), "%s: \"%s\"", sentence,
                      value);
}
END_TEST

START_TEST(long_value_is_cut) {
        char value[4];

        ck_assert(cmdline_find("foo=0123456789", "foo", value, sizeof(value)));
        ck_assert_str_eq(value, "012");
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("cmdline");
        TCase *tcase = tcase_create("cmdline");

        tcase_add_loop_test(tcase, finds, 0, ARRAY_SIZE(rows));
        tcase_add_test(tcase, long_value_is_cut);
        suite_add_tcase(suite, tcase);
        return suite;
}
