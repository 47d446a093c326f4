/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "build.h"
#include "i915-option.h"
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
        {"options i915 enable_gvt=\\0", 1, "\\0"}, /* no newline, no continuation */
};

START_TEST(test_option) {
        char *text = strdup(options[_i].text);
        FILE *stream = fmemopen(text, strlen(text) + !*text, "r");
        struct modprobe_place place = {};
        bool found = modprobe_read(stream, "f", "i915", "enable_gvt", &place);

        ck_assert_msg(found == (options[_i].line > 0), "row %d", _i);
        ck_assert_uint_eq(place.line, options[_i].line);
        ck_assert_str_eq(place.value, options[_i].value);
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
        {"install kvmgt /sbin/modprobe --ignore-install kvmgt\n", 0},
        {"install kvm /bin/false\n", 0},
};

START_TEST(test_block) {
        char *text = strdup(blocks[_i].text);
        FILE *stream = fmemopen(text, strlen(text), "r");
        struct modprobe_place place = {};

        ck_assert_msg(modprobe_read(stream, "f", "kvmgt", NULL, &place) == (blocks[_i].line > 0),
                      "row %d", _i);
        ck_assert_uint_eq(place.line, blocks[_i].line);
        fclose(stream);
        free(text);
}
END_TEST

#define CONF     "/run/modprobe.d/gvtd.conf"
#define FOREIGN  "/etc/modprobe.d/zz.conf"
#define GVT      .option = "enable_gvt", .asked = 1
#define GUC      .option = "enable_guc", .asked = 2
#define ASKED(value)       .conf = true, .place = {CONF, 3, value}
#define OVERRIDDEN(value)  .conf = true, .place = {FOREIGN, 3, value}
#define EARLY    .i915_usec = 2, .userspace_usec = 3
#define LATE     .i915_usec = 4, .userspace_usec = 3

static const struct {
        struct hint_source source;
        const char *cause, *text;
} sources[] = {
        /* The kernel command line has the last word. */
        {{GVT, .cmdline = true, .cmdline_value = "0", ASKED("1")},
         "gvt-off-cmdline",
         "i915.enable_gvt=0 on the kernel command line overrides it; remove it in the boot loader's "
         "configuration and reboot"},
        {{GVT, .cmdline = true, .cmdline_value = "N", .builtin = true},
         "gvt-off-cmdline",
         "i915.enable_gvt=N on the kernel command line overrides it; remove it in the boot loader's "
         "configuration and reboot"},
        {{GUC, .cmdline = true, .cmdline_value = "0", ASKED("2")},
         "gvt-off-cmdline",
         "i915.enable_guc=0 on the kernel command line overrides it; remove it in the boot loader's "
         "configuration and reboot"},
        {{GVT, .cmdline = true, .cmdline_value = "1"},
         "gvt-off-by-hand",
         "the kernel command line asks for it, so something loaded i915 by hand with other "
         "options; reboot"},
        {{GVT, .cmdline = true, .cmdline_value = ""},
         "gvt-off-by-hand",
         "the kernel command line asks for it, so something loaded i915 by hand with other "
         "options; reboot"},
        {{GUC, .cmdline = true, .cmdline_value = "2"},
         "gvt-off-by-hand",
         "the kernel command line asks for it, so something loaded i915 by hand with other "
         "options; reboot"},
        {{GVT, .builtin = true, ASKED("1")},
         "gvt-off-builtin",
         "i915 is built into this kernel, so that only the kernel command line counts; add "
         "i915.enable_gvt=1 to it and reboot"},
        {{GUC, .builtin = true, ASKED("2")},
         "gvt-off-builtin",
         "i915 is built into this kernel, so that only the kernel command line counts; add "
         "i915.enable_guc=2 to it and reboot"},

        /* Nobody asks. */
        {{GVT}, "gvt-off-unasked", "nothing asks for it; `systemctl enable gvtd` and reboot"},
        {{GVT, LATE, .image_command = "dracut -f"},
         "gvt-off-unasked",
         "nothing asks for it; `systemctl enable gvtd` and reboot"},
        {{GVT, EARLY},
         "gvt-off-unasked",
         "nothing asks for it; `systemctl enable gvtd` and reboot"},
        {{GVT, EARLY, .image_command = "dracut -f"},
         "gvt-off-unasked",
         "nothing asks for it; `systemctl enable gvtd`, run `dracut -f`, since i915 is loaded from "
         "the initramfs, and reboot"},
        {{GVT, EARLY, .oneshot_failed = true, .image_command = "dracut -f"},
         "gvt-off-unwritten",
         "nothing asks for it, since gvtd-modprobe.service failed; `journalctl -b -u "
         "gvtd-modprobe` says why, remedy that and reboot"},
        {{GUC, LATE, .image_command = "dracut -f"},
         "gvt-off-unasked",
         "i915 was loaded when the ini did not ask for it; reboot"},
        {{GUC, EARLY, .image_command = "dracut -f"},
         "gvt-off-unasked",
         "i915 was loaded when the ini did not ask for it; run `dracut -f` and reboot"},
        {{GUC, LATE, ASKED("0"), .conf_usec = 2},
         "gvt-off-unasked",
         "i915 was loaded when the ini did not ask for it; reboot"},

        /* Another file has the last word. */
        {{GVT, OVERRIDDEN("0"), .image_command = "dracut -f"},
         "gvt-off-modprobe",
         FOREIGN ":3 sets it to 0 and comes last; remove that line, run `dracut -f` and reboot"},
        {{GVT, OVERRIDDEN("no")},
         "gvt-off-modprobe",
         FOREIGN ":3 sets it to no and comes last; remove that line and reboot"},
        {{GUC, OVERRIDDEN("3")},
         "gvt-off-modprobe",
         FOREIGN ":3 sets it to 3 and comes last; remove that line and reboot"},

        /* The right file has it, and i915 has not heard. */
        {{GVT, ASKED("1"), EARLY, .conf_usec = 4, .image_command = "update-initramfs -u"},
         "gvt-off-initramfs",
         CONF ":3 asks for it, but i915 is loaded from the initramfs, which has not got this "
         "option; run `update-initramfs -u` and reboot"},
        {{GUC, ASKED("2"), EARLY, .conf_usec = 4, .image_command = "update-initramfs -u"},
         "gvt-off-initramfs",
         CONF ":3 asks for it, but i915 is loaded from the initramfs, which has not got this "
         "option; run `update-initramfs -u` and reboot"},
        {{GVT, ASKED("1"), EARLY, .conf_usec = 1},
         "gvt-off-initramfs",
         CONF ":3 asks for it, but i915 is loaded from the initramfs, which has not got this "
         "option; add i915.enable_gvt=1 to the kernel command line and reboot"},
        {{GVT, ASKED("1"), EARLY, .conf_usec = 4, .image_new = true,
          .image_command = "update-initramfs -u"},
         "gvt-off-reboot",
         CONF ":3 asks for it, and the initramfs, from which i915 is loaded, was made anew since; "
         "reboot"},
        {{GVT, ASKED("1"), LATE, .conf_usec = 5},
         "gvt-off-reboot",
         CONF ":3 asks for it, but was written after i915 was loaded; reboot"},
        {{GVT, ASKED("1"), LATE, .conf_usec = 5, .image_new = true},
         "gvt-off-reboot",
         CONF ":3 asks for it, but was written after i915 was loaded; reboot"},
        {{GVT, ASKED("Y"), LATE, .conf_usec = 3},
         "gvt-off-by-hand",
         CONF ":3 asked for it before i915 was loaded, so something loaded i915 with other options "
         "(by hand, or from a copy of modprobe.d); reboot"},
        {{GUC, OVERRIDDEN("2"), LATE, .conf_usec = 3},
         "gvt-off-by-hand",
         FOREIGN ":3 asked for it before i915 was loaded, so something loaded i915 with other "
         "options (by hand, or from a copy of modprobe.d); reboot"},
        {{GVT, ASKED("1"), .conf_usec = 4, .userspace_usec = 3, .image_command = "dracut -f"},
         "gvt-off-reboot",
         CONF ":3 asks for it, which counts when i915 loads; reboot, and if nothing has changed "
         "then, i915 comes from the initramfs: run `dracut -f` and reboot again"},
        {{GVT, ASKED("1"), .conf_usec = 4},
         "gvt-off-reboot",
         CONF ":3 asks for it, which counts when i915 loads; reboot, and if nothing has changed "
         "then, i915 comes from the initramfs: add i915.enable_gvt=1 to the kernel command line "
         "and reboot again"},
};

START_TEST(test_explain) {
        char text[REASON_MAX];

        ck_assert_str_eq(hint_source_explain(&sources[_i].source, text), sources[_i].cause);
        ck_assert_str_eq(text, sources[_i].text);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("hint-source");
        TCase *tcase = tcase_create("hint-source");

        tcase_add_loop_test(tcase, test_option, 0, ARRAY_SIZE(options));
        tcase_add_loop_test(tcase, test_block, 0, ARRAY_SIZE(blocks));
        tcase_add_loop_test(tcase, test_explain, 0, ARRAY_SIZE(sources));
        suite_add_tcase(suite, tcase);
        return suite;
}
