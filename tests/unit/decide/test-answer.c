/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "answer.h"
#include "names.h"
#include "suite.h"
#include "util.h"

#define CONF     "/run/modprobe.d/gvtd.conf"
#define FOREIGN  "/etc/modprobe.d/zz.conf"
#define GVT      .name = "enable_gvt", .asked = 1
#define GUC      .name = "enable_guc", .asked = 2
#define ASKED(value)       .places = {{{CONF, 3, value}}, 1}
#define OVERRIDDEN(value)  .places = {{{FOREIGN, 3, value}}, 1}
#define WORD(name, value)  .places = {{{CONF, 3, "1"}, {"i915." name "=", 0, value}}, 2}
#define EARLY    .i915_usec = 2, .userspace_usec = 3
#define LATE     .i915_usec = 4, .userspace_usec = 3
#define TEN_ZEROS     "0000000000"
#define SHOWN_ZEROS   TEN_ZEROS TEN_ZEROS TEN_ZEROS "00"
#define FORTY_ZEROS   TEN_ZEROS TEN_ZEROS TEN_ZEROS TEN_ZEROS
#define HUNDRED_ZEROS FORTY_ZEROS FORTY_ZEROS TEN_ZEROS TEN_ZEROS

static const struct {
        struct i915_option option;
        const char *cause, *text;
} options[] = {
        /* The kernel command line has the last word. */
        {{GVT, WORD("enable_gvt", "0")},
         "gvt-off-cmdline",
         "i915.enable_gvt=0 on the kernel command line overrides it; remove it in the boot loader's "
         "configuration and reboot"},
        {{GVT, WORD("enable_gvt", "N"), .builtin = true},
         "gvt-off-cmdline",
         "i915.enable_gvt=N on the kernel command line overrides it; remove it in the boot loader's "
         "configuration and reboot"},
        {{GUC, WORD("enable_guc", "0")},
         "gvt-off-cmdline",
         "i915.enable_guc=0 on the kernel command line overrides it; remove it in the boot loader's "
         "configuration and reboot"},
        {{GVT, WORD("enable_gvt", "1")},
         "gvt-off-by-hand",
         "the kernel command line asks for it, so something loaded i915 by hand with other "
         "options; reboot"},
        {{GVT, WORD("enable_gvt", "")},
         "gvt-off-by-hand",
         "the kernel command line asks for it, so something loaded i915 by hand with other "
         "options; reboot"},
        {{GUC, WORD("enable_guc", "2")},
         "gvt-off-by-hand",
         "the kernel command line asks for it, so something loaded i915 by hand with other "
         "options; reboot"},
        {{GVT, .builtin = true},
         "gvt-off-builtin",
         "i915 is built into this kernel, so that only the kernel command line counts; add "
         "i915.enable_gvt=1 to the kernel command line and reboot"},
        {{GUC, .builtin = true},
         "gvt-off-builtin",
         "i915 is built into this kernel, so that only the kernel command line counts; add "
         "i915.enable_guc=2 to the kernel command line and reboot"},

        /* Nobody asks. */
        {{GVT}, "gvt-off-unasked", "nothing asks for it; `systemctl enable gvtd` and reboot"},
        {{GVT, LATE, .remedy.image = "dracut -f"},
         "gvt-off-unasked",
         "nothing asks for it; `systemctl enable gvtd` and reboot"},
        {{GVT, EARLY},
         "gvt-off-unasked",
         "nothing asks for it; `systemctl enable gvtd`, add i915.enable_gvt=1 to the kernel command "
         "line, since i915 is loaded from the initramfs, and reboot"},
        {{GVT, EARLY, .remedy.cmdline = CMDLINE_RPM_OSTREE},
         "gvt-off-unasked",
         "nothing asks for it; `systemctl enable gvtd`, run `rpm-ostree kargs "
         "--append-if-missing=i915.enable_gvt=1`, since i915 is loaded from the initramfs, and "
         "reboot"},
        {{GVT, WORD("enable_gvt", "0"), .remedy.cmdline = CMDLINE_RPM_OSTREE},
         "gvt-off-cmdline",
         "i915.enable_gvt=0 on the kernel command line overrides it; run `rpm-ostree kargs "
         "--delete-if-present=i915.enable_gvt=0` and reboot"},
        /* One that is cut would name no word that is there. */
        {{GVT, WORD("enable_gvt", FORTY_ZEROS), .remedy.cmdline = CMDLINE_RPM_OSTREE},
         "gvt-off-cmdline",
         "i915.enable_gvt=" SHOWN_ZEROS " on the kernel command line overrides it; run `rpm-ostree kargs "
         "--delete-if-present=i915.enable_gvt=" FORTY_ZEROS "` and reboot"},
        {{GVT, WORD("enable_gvt", HUNDRED_ZEROS), .remedy.cmdline = CMDLINE_RPM_OSTREE},
         "gvt-off-cmdline",
         "i915.enable_gvt=" SHOWN_ZEROS " on the kernel command line overrides it; remove it with "
         "`rpm-ostree kargs --editor` and reboot"},
        {{GVT, WORD("enable_gvt", "0"), .remedy.cmdline = CMDLINE_IMAGE},
         "gvt-off-cmdline",
         "i915.enable_gvt=0 on the kernel command line overrides it; remove it from the image's kernel "
         "arguments (/usr/lib/bootc/kargs.d) and reboot"},
        {{GVT, WORD("enable_gvt", "0"), .remedy.cmdline = CMDLINE_NIXOS},
         "gvt-off-cmdline",
         "i915.enable_gvt=0 on the kernel command line overrides it; remove it from boot.kernelParams, run "
         "`nixos-rebuild boot` and reboot"},
        {{GVT, ASKED("1"), EARLY, .conf_usec = 4, .remedy.cmdline = CMDLINE_NIXOS},
         "gvt-off-initramfs",
         "/run/modprobe.d/gvtd.conf:3 asks for it, but i915 is loaded from the initramfs, which has "
         "not got this option; add \"i915.enable_gvt=1\" to boot.kernelParams, run `nixos-rebuild "
         "boot` and reboot"},
        {{GVT, EARLY, .remedy.image = "dracut -f"},
         "gvt-off-unasked",
         "nothing asks for it; `systemctl enable gvtd`, run `dracut -f`, since i915 is loaded from "
         "the initramfs, and reboot"},
        {{GVT, EARLY, .oneshot_failed = true, .remedy.image = "dracut -f"},
         "gvt-off-unwritten",
         "nothing asks for it, since gvtd-modprobe.service failed; `journalctl -b -u "
         "gvtd-modprobe` says why, remedy that and reboot"},
        /* A file in /etc hides gvtd's own; where the initramfs copies modprobe.d, that one is for it. */
        {{GVT, LATE, .hidden = true},
         "gvt-off-unasked",
         "nothing asks for it, since " PATH_MODPROBE_FILE_BEFORE " hides gvtd's own file of that name in /run; "
         "give it another name and reboot"},
        {{GVT, EARLY, .hidden = true, .remedy.image = "dracut -f"},
         "gvt-off-unasked",
         "nothing asks for it, since " PATH_MODPROBE_FILE_BEFORE " hides gvtd's own file of that name in /run; "
         "give it another name, run `dracut -f` and reboot"},
        {{GVT, LATE, .hidden = true, .remedy = {.image = "mkinitcpio -P", .copies = true}},
         "gvt-off-unasked",
         "nothing asks for it, since " PATH_MODPROBE_FILE_BEFORE " hides gvtd's own file of that name in /run; "
         "run `mkinitcpio -P` and reboot"},
        {{GUC, LATE, .remedy.image = "dracut -f"},
         "gvt-off-unasked",
         "i915 was loaded when the ini did not ask for it; reboot"},
        {{GUC, EARLY, .remedy.image = "dracut -f"},
         "gvt-off-unasked",
         "i915 was loaded when the ini did not ask for it; run `dracut -f` and reboot"},
        {{GUC, LATE, ASKED("0"), .conf_usec = 2},
         "gvt-off-unasked",
         "i915 was loaded when the ini did not ask for it; reboot"},

        /* Another file has the last word. */
        {{GVT, OVERRIDDEN("0"), .remedy.image = "dracut -f"},
         "gvt-off-modprobe",
         FOREIGN ":3 sets it to 0 and comes last; remove that line, run `dracut -f` and reboot"},
        {{GVT, OVERRIDDEN("no")},
         "gvt-off-modprobe",
         FOREIGN ":3 sets it to no and comes last; remove that line, make the initramfs anew and reboot"},
        {{GUC, OVERRIDDEN("3"), .remedy.image_stays = true},
         "gvt-off-modprobe",
         FOREIGN ":3 sets it to 3 and comes last; remove that line and reboot"},

        /* All that have it must go, and nothing else: not what an earlier file says, nor what the kernel
         * command line overrides anyway. */
        {{GVT, .places = {{{"/etc/modprobe.d/a.conf", 1, "0"}, {CONF, 3, "1"}, {FOREIGN, 1, "0"},
                           {FOREIGN, 2, "N"}}, 4}, .remedy.image = "dracut -f"},
         "gvt-off-modprobe",
         FOREIGN ":1 and " FOREIGN ":2 set it otherwise and come last; remove these lines, run `dracut -f` "
         "and reboot"},
        {{GVT, .places = {{{CONF, 3, "1"}, {FOREIGN, 1, "0"}, {"i915.enable_gvt=", 0, "0"}}, 3},
          .remedy.image = "dracut -f"},
         "gvt-off-cmdline",
         FOREIGN ":1 and i915.enable_gvt=0 on the kernel command line override it; remove that line, run "
         "`dracut -f`, remove the rest in the boot loader's configuration and reboot"},
        {{GVT, .places = {{{FOREIGN, 1, "0"}, {"i915.enable_gvt=", 0, "1"}}, 2}},
         "gvt-off-by-hand",
         "the kernel command line asks for it, so something loaded i915 by hand with other options; reboot"},
        /* A command that would be too long is none. */
        {{GVT, .places = {{{"i915.enable_gvt=", 0, "off"}, {"i915.enable_gvt=", 0, "off"},
                           {"i915.enable_gvt=", 0, "off"}, {"i915.enable_gvt=", 0, "off"},
                           {"i915.enable_gvt=", 0, "off"}, {"i915.enable_gvt=", 0, "off"}}, 6},
          .remedy.cmdline = CMDLINE_RPM_OSTREE},
         "gvt-off-cmdline",
         "i915.enable_gvt=off, i915.enable_gvt=off, i915.enable_gvt=off, i915.enable_gvt=off, "
         "i915.enable_gvt=off and i915.enable_gvt=off on the kernel command line override it; remove them with "
         "`rpm-ostree kargs --editor` and reboot"},
        /* gvtd writes its own anew. */
        {{GUC, .places = {{{FOREIGN, 1, "0"}, {CONF, 3, "0"}}, 2}, LATE},
         "gvt-off-unasked", "i915 was loaded when the ini did not ask for it; reboot"},

        /* The right file has it, and i915 has not heard. */
        {{GVT, ASKED("1"), EARLY, .conf_usec = 4, .remedy.image = "update-initramfs -u"},
         "gvt-off-initramfs",
         CONF ":3 asks for it, but i915 is loaded from the initramfs, which has not got this "
         "option; run `update-initramfs -u` and reboot"},
        {{GUC, ASKED("2"), EARLY, .conf_usec = 4, .remedy.image = "update-initramfs -u"},
         "gvt-off-initramfs",
         CONF ":3 asks for it, but i915 is loaded from the initramfs, which has not got this "
         "option; run `update-initramfs -u` and reboot"},
        {{GVT, ASKED("1"), EARLY, .conf_usec = 1},
         "gvt-off-initramfs",
         CONF ":3 asks for it, but i915 is loaded from the initramfs, which has not got this "
         "option; add i915.enable_gvt=1 to the kernel command line and reboot"},
        {{GVT, ASKED("1"), EARLY, .conf_usec = 4, .image_new = true,
          .remedy.image = "update-initramfs -u"},
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
        /* When the file was written, or where i915 came from, is not known: nothing is claimed of it. */
        {{GVT, ASKED("1"), LATE, .remedy.image = "dracut -f"},
         "gvt-off-reboot",
         CONF ":3 asks for it, which counts when i915 loads; reboot, and if nothing has changed "
         "then, i915 comes from the initramfs: run `dracut -f` and reboot again"},
        {{GVT, ASKED("1"), .i915_usec = 4, .conf_usec = 5, .remedy.image = "dracut -f"},
         "gvt-off-reboot",
         CONF ":3 asks for it, which counts when i915 loads; reboot, and if nothing has changed "
         "then, i915 comes from the initramfs: run `dracut -f` and reboot again"},
        {{GVT, ASKED("1"), .conf_usec = 4, .userspace_usec = 3, .remedy.image = "dracut -f"},
         "gvt-off-reboot",
         CONF ":3 asks for it, which counts when i915 loads; reboot, and if nothing has changed "
         "then, i915 comes from the initramfs: run `dracut -f` and reboot again"},
        {{GVT, ASKED("1"), .conf_usec = 4},
         "gvt-off-reboot",
         CONF ":3 asks for it, which counts when i915 loads; reboot, and if nothing has changed "
         "then, i915 comes from the initramfs: add i915.enable_gvt=1 to the kernel command line "
         "and reboot again"},
};

START_TEST(test_option) {
        char text[REASON_MAX];

        ck_assert_str_eq(answer_option(&options[_i].option, text), options[_i].cause);
        ck_assert_str_eq(text, options[_i].text);
}
END_TEST

static const struct {
        struct kernel_log log;
        bool enable_gvt_seen;
        const char *cause, *part;
} refusals[] = {
        {{.readable = true, .guest = true, .unsupported = true}, true, "gvt-guest", "on its host"},
        {{.readable = true, .guc = true}, true, "guc", "enable_guc=1 or 3"},
        {{.readable = true, .unsupported = true}, true, "unsupported", "Broadwell to Comet Lake"},
        {{.readable = true, .broken = "dup mmio"}, true, "gvt-broken", "(dup mmio); try another"},
        {{.readable = true}, true, "not-registered", "log does not say why; boot with"},
        {{}, true, "not-registered", "log cannot be read (run this as root)"},
        {{}, false, "not-registered", "most likely since i915 runs with enable_gvt=0"},
};

START_TEST(test_refusals) {
        char text[EXPLANATION_MAX];

        ck_assert_str_eq(answer_refusal(&refusals[_i].log, refusals[_i].enable_gvt_seen, text),
                         refusals[_i].cause);
        ck_assert_msg(strstr(text, refusals[_i].part) != NULL, "%s", text);
}
END_TEST

/* i915 came out of an initramfs that has an old one. */
static const struct {
        struct remedy remedy;
        const char *step;
} images[] = {
        {{NULL}, "; make the initramfs anew and reboot"},
        {{"dracut -f"}, "; run `dracut -f` and reboot"},
        {{.cmdline = CMDLINE_NIXOS}, "; run `nixos-rebuild boot` and reboot"},
        {{.cmdline = CMDLINE_RPM_OSTREE}, "; deploy the image anew, of which the initramfs is a part, and reboot"},
        {{.cmdline = CMDLINE_IMAGE}, "; deploy the image anew, of which the initramfs is a part, and reboot"},
};

START_TEST(test_images) {
        struct evidence evidence = {.modules.has_gvt = true, .remedy = images[_i].remedy};
        char text[EXPLANATION_MAX];

        ck_assert_str_eq(answer(QUESTION_NO_GVT, 0, &evidence, text), "module-mismatch");
        ck_assert_msg(strstr(text, images[_i].step) != NULL, "%s", text);
}
END_TEST

/* Long names, and as many as there is room for. */
static void fill(struct places *places, const char *word) {
        struct place place = {.value = "0"};

        memset(place.file, 'x', sizeof(place.file) - 1);
        memcpy(place.file, "/lib/", strlen("/lib/"));
        for (place.line = 1000; place.line < 1000 + PLACES_MAX; place.line++)
                places_insert(places, places->n, &place);
        place = (struct place){.value = "0"};
        snprintf(place.file, sizeof(place.file), "%s", word);
        places_insert(places, places->n, &place);
}

/* The remedy stands at the end. */
START_TEST(test_both_lists_fit) {
        struct evidence evidence = {
                .option = {.name = "modeset", .asked = -1,
                           .remedy.image = "gvtd modprobe --print > /etc/modprobe.d/gvtd.conf && mkinitcpio -P"},
        };
        char text[EXPLANATION_MAX];
        const char *end = ", remove the rest in the boot loader's configuration";

        fill(&evidence.option.places, "i915.modeset=");
        fill(&evidence.blocks, "modprobe.blacklist=");
        evidence.obstacles.n = ARRAY_SIZE(evidence.obstacles.names);
        for (size_t i = 0; i < evidence.obstacles.n; i++)
                memset(evidence.obstacles.names[i], 'm', sizeof(evidence.obstacles.names[i]) - 1);
        (void) answer(QUESTION_MODESET, 0, &evidence, text);
        ck_assert_ptr_nonnull(strstr(text, " and reboot"));
        answer_add_blocks(&evidence, text);
        ck_assert_uint_gt(strlen(text), strlen(end));
        ck_assert_str_eq(text + strlen(text) - strlen(end), end);
}
END_TEST

/* Whom kvmgt's complaint is about, and what stands in the log of a kernel that is as it should be. */
static const struct {
        const char *broken, *misfit, *cause, *part;
} complaints[] = {
        {"kvmgt: disagrees about version of symbol x", "", "module-mismatch",
         "different builds (kvmgt: disagrees about version of symbol x); reboot"},
        {"", "intel_gvt_set_ops", "module-mismatch", "different builds (intel_gvt_set_ops); reboot"},
        {"dup mmio", "", "gvt-broken", "(dup mmio); try another"},
        {"", "", NULL, ""},
};

START_TEST(test_complaints) {
        struct evidence evidence = {.modules = {.there = true, .whole = true, .has_kvmgt = true, .has_gvt = true}};
        char text[EXPLANATION_MAX];
        const char *cause;

        snprintf(evidence.log.broken, sizeof(evidence.log.broken), "%s", complaints[_i].broken);
        snprintf(evidence.modules.misfit, sizeof(evidence.modules.misfit), "%s", complaints[_i].misfit);
        cause = answer(QUESTION_KVMGT, 0, &evidence, text);
        ck_assert_pstr_eq(cause, complaints[_i].cause);
        ck_assert_msg(strstr(text, complaints[_i].part) != NULL, "%s", text);
        ck_assert_int_eq(*text == '\0', !cause);
}
END_TEST

START_TEST(test_no_question_no_answer) {
        struct evidence evidence = {.log.guest = true};
        char text[EXPLANATION_MAX] = "stale";

        ck_assert_ptr_null(answer(QUESTION_NONE, 0, &evidence, text));
        ck_assert_str_eq(text, "");
}
END_TEST

/* Nothing is claimed to be the one line that has to go. */
START_TEST(test_block_without_a_place) {
        struct evidence evidence = {.obstacles = {{"mdev", "kvm"}, 2}};
        char text[EXPLANATION_MAX];

        (void) answer(QUESTION_KVMGT_BLACKLISTED, 0, &evidence, text);
        ck_assert_str_eq(text, "mdev, which kvmgt needs, is blacklisted, by which line was not found; `modprobe -c | "
                         "grep mdev` shows it; remove it and `systemctl reload gvtd`");
        *text = '\0';
        answer_add_blocks(&evidence, text);
        ck_assert_str_eq(text, "; before that, remove what blacklists mdev: it was not found, and `modprobe -c | grep "
                         "mdev` shows it");
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("answer");
        TCase *tcase = tcase_create("answer");

        tcase_add_loop_test(tcase, test_option, 0, ARRAY_SIZE(options));
        tcase_add_loop_test(tcase, test_refusals, 0, ARRAY_SIZE(refusals));
        tcase_add_loop_test(tcase, test_images, 0, ARRAY_SIZE(images));
        tcase_add_loop_test(tcase, test_complaints, 0, ARRAY_SIZE(complaints));
        tcase_add_test(tcase, test_no_question_no_answer);
        tcase_add_test(tcase, test_both_lists_fit);
        tcase_add_test(tcase, test_block_without_a_place);
        suite_add_tcase(suite, tcase);
        return suite;
}
