/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "suite.h"
#include "util.h"
#include "verbs.h"

static const struct {
        const char *json;
        bool is_auto;
} definitions[] = {
        {"", false},
        {"{\"mdev_type\": \"i915-GVTg_V5_8\", \"start\": \"auto\", \"attrs\": []}", true},
        {"{\"mdev_type\":\"i915-GVTg_V5_8\",\"start\":\"auto\"}", true},
        {"{\n  \"start\" :\n \"auto\"\n}", true},
        {"{\"start\": \"manual\"}", false},
        {"{\"start\": auto}", false},
        {"{\"start\"", false},
        {"{\"mdev_type\": \"auto\"}", false},
};

START_TEST(test_mdevctl) {
        ck_assert_msg(mdevctl_is_auto(definitions[_i].json) == definitions[_i].is_auto, "%s",
                      definitions[_i].json);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("mdevctl");
        TCase *tcase = tcase_create("mdevctl");

        tcase_add_loop_test(tcase, test_mdevctl, 0, ARRAY_SIZE(definitions));
        suite_add_tcase(suite, tcase);
        return suite;
}
