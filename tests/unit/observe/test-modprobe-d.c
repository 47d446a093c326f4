/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "suite.h"
#include "modprobe-d.h"
#include "util.h"

static const struct {
        const char *text;
        unsigned line; /* 0: says nothing about it */
        const char *value;
} options[] = {
        {"", 0, ""},
        {"options i915 enable_gvt=1\n", 1, "1"},
        {"options i915 enable_gvt=1", 1, "1"},
        {"# options i915 enable_gvt=1\n", 0, ""},
        {"\n\noptions  i915\tenable_guc=0   enable_gvt=N\n", 3, "N"},
        {"options i915 enable_gvt=1\noptions i915 enable_gvt=0\n", 2, "0"},
        {"options i915 enable_gvt=1 enable_gvt=0\n", 1, "0"},
        {"options i915 enable_gvt\n", 1, "1"},
        {"options i915 enable_gvt2=1\n", 0, ""},
        {"options kvmgt enable_gvt=1\n", 0, ""},
        {"options i915\n", 0, ""},
        {"options\n", 0, ""},
        {"options i915 \\\n  enable_guc=2 \\\n  enable_gvt=1\n", 1, "1"},
        {"x\noptions i915 \\\n  enable_gvt=1\n", 2, "1"},
        {"  options i915 enable_gvt=1\n", 1, "1"},
        {"options i915 enable_gvt=1\\\n", 1, "1"},
        {"options i915 enable-gvt=0\n", 1, "0"},
        {"options i915 modeset=1 \"enable_gvt=0\"\n", 1, "0"},
        {"options i915 enable_gvt=\"0\"\n", 1, "0"},
        {"options i915 enable_gvt=\"0\n", 1, "0"},
        {"options i915 enable_gvt=on\r\n", 1, "on"},
        {"install i915 /sbin/modprobe --ignore-install i915 enable_gvt=0\n", 1, "0"},
        {"install i915 /bin/echo enable_gvt=0\n", 0, ""},
        {"install i915 modprobe -i i915 enable_gvt=0\noptions i915 enable_gvt=1\n", 1, "0"},
        {"install i915 modprobe -i i915 enable_gvt=0\ninstall i915 modprobe -i i915 enable_gvt=1\n", 1, "0"},
        {"install i915 modprobe -i i915 enable_gvt=0 $CMDLINE_OPTS\n", 1, "0"},
        {"options i915 enable_gvt=1\ninstall i915 modprobe -i i915 enable_gvt=0 $CMDLINE_OPTS\n", 1, "1"},
        {"install i915 modprobe -i i915 $CMDLINE_OPTS enable_gvt=0\noptions i915 enable_gvt=1\n", 1, "0"},
        {"options i915 enable_gvt=\\0", 1, "\\0"}, /* no newline, no continuation */
};

START_TEST(test_option) {
        char *text = strdup(options[_i].text);
        FILE *stream = fmemopen(text, strlen(text) + !*text, "r");
        struct places places = {};
        const struct place *last;

        ck_assert_int_eq(modprobe_d_read(stream, "/f", "i915", "enable_gvt", &places), 0);
        last = &places.items[places.n ? places.n - 1 : 0];
        ck_assert_msg((places.n > 0) == (options[_i].line > 0), "row %d", _i);
        ck_assert_uint_eq(last->line, options[_i].line);
        ck_assert_str_eq(last->value, options[_i].value);
        fclose(stream);
        free(text);
}
END_TEST

static const struct {
        const char *text;
        unsigned line;
} blocks[] = {
        {"options kvmgt x=1\n", 0},
        {"blacklist kvmgt\n", 1},
        {"# x\nblacklist  kvmgt \n", 2},
        {"blacklist kvm\n", 0},
        {"install kvmgt /bin/false\n", 1},
        {"install kvmgt /usr/bin/true\n", 1},
        {"install kvmgt true\n", 1},
        {"install kvmgt  : # not here\n", 1},
        {"install kvmgt /usr/local/bin/true-kvmgt\n", 0},
        {"install kvmgt /bin/echo not here\n", 1},
        {"install kvmgt /usr/bin/logger -t kvmgt not here\n", 1},
        {"install kvmgt exit 0\n", 1},
        {"install kvmgt /dev/null\n", 1},
        {"install kvmgt echo here it comes; /sbin/modprobe --ignore-install kvmgt\n", 0},
        {"install kvmgt true; insmod /root/kvmgt.ko\n", 0},
        {"install kvmgt /sbin/modprobe --ignore-install kvmgt\n", 0},
        {"install kvm /bin/false\n", 0},
        {"install kvm* /bin/false\n", 1},
        {"blacklist kvm*\n", 0},
        {"install [k-m]vmgt /bin/false\n", 1},
        {"install kvmg[ /bin/false\n", 0},
};

START_TEST(test_block) {
        char *text = strdup(blocks[_i].text);
        FILE *stream = fmemopen(text, strlen(text), "r");
        struct places places = {};

        ck_assert_int_eq(modprobe_d_read(stream, "/f", "kvmgt", NULL, &places), 0);
        ck_assert_msg(places.n == (blocks[_i].line > 0), "row %d", _i);
        ck_assert_uint_eq(places.items[0].line, blocks[_i].line);
        fclose(stream);
        free(text);
}
END_TEST

static const struct {
        const char *text;
        unsigned line, more;
        const char *begins;
} nonsense[] = {
        {"# x\n\n  # y\n\t\n", 0, 0, ""},
        {"options i915 enable_gvt=1\nblacklist nouveau\nalias a b\ninstall a /bin/true\n", 0, 0, ""},
        {"remove a /bin/true\nsoftdep a pre: b\nweakdep a b\n", 0, 0, ""},
        {"allow_unsupported_modules 1\n", 0, 0, ""},
        {"8086:1912\n", 1, 0, "8086:1912"},
        {"blacklist nouveau\n10de:1d10\n10de:1d11\nids=10de:1d12", 2, 2, "10de:1d10"},
        {"vfio-pci ids=8086:1912\n", 1, 0, "vfio-pci ids=8086:1912"},
        {"i915.enable_gvt=1\n", 1, 0, "i915.enable_gvt=1"},
        {"Options i915 enable_gvt=1\n", 1, 0, "Options i915 enable_gvt=1"},
        {"blacklist\n", 1, 0, "blacklist"},
        {"options i915\n", 1, 0, "options i915"},
        {"options i915 \\\n  enable_gvt=1\n", 0, 0, ""},
        {"x \\\n y\nz\n", 1, 1, "x  y"},
};

START_TEST(test_nonsense) {
        char *text = strdup(nonsense[_i].text);
        FILE *stream = fmemopen(text, strlen(text), "r");
        struct modprobe_d_nonsense found = {};

        ck_assert_msg(modprobe_d_read_nonsense(stream, "f", &found) == (nonsense[_i].line > 0), "row %d",
                      _i);
        ck_assert_uint_eq(found.place.line, nonsense[_i].line);
        ck_assert_uint_eq(found.more, nonsense[_i].more);
        ck_assert_str_eq(found.place.value, nonsense[_i].begins);
        fclose(stream);
        free(text);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("modprobe-d");
        TCase *tcase = tcase_create("modprobe-d");

        tcase_add_loop_test(tcase, test_option, 0, ARRAY_SIZE(options));
        tcase_add_loop_test(tcase, test_block, 0, ARRAY_SIZE(blocks));
        tcase_add_loop_test(tcase, test_nonsense, 0, ARRAY_SIZE(nonsense));
        suite_add_tcase(suite, tcase);
        return suite;
}
