/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The options that i915 finds when it loads. */

#include "suite.h"

#include "config.h"
#include "modprobe.h"
#include "util.h"

#define HEAD "# Made by gvtd from /etc/gvtd.ini; changes here are lost.\n"

static const struct {
        const char *sentence;
        enum guc_option guc;
        const char *text;
} rows[] = {
        {"i915's own default of enable_guc stays", GUC_UNSET, HEAD "options i915 enable_gvt=1\n"},
        {"GuC off", GUC_OFF, HEAD "options i915 enable_gvt=1 enable_guc=0\n"},
        {"HuC only", GUC_HUC_ONLY, HEAD "options i915 enable_gvt=1 enable_guc=2\n"},
};

START_TEST(formats) {
        struct config config = {.enable_guc = rows[_i].guc};
        char text[MODPROBE_MAX];

        modprobe_format(&config, "/etc/gvtd.ini", text);
        ck_assert_msg(streq(text, rows[_i].text), "%s: \"%s\"", rows[_i].sentence, text);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("hint");
        TCase *tcase = tcase_create("hint");

        tcase_add_loop_test(tcase, formats, 0, ARRAY_SIZE(rows));
        suite_add_tcase(suite, tcase);
        return suite;
}
