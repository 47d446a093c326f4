/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <check.h>

#include "platform.h"
#include "util.h"

Suite *make_suite(void);

static const struct {
        uint16_t id;
        const char *name; /* NULL: unknown */
        enum platform_answer answer;
        const char *types, *since;
} cases[] = {
        {0x1602, "Broadwell", PLATFORM_GVTG, "V4"},
        {0x163e, "Broadwell", PLATFORM_GVTG, "V4"},
        {0x1912, "Skylake", PLATFORM_GVTG, "V5"},
        {0x1923, "Skylake", PLATFORM_GVTG, "V5"},
        {0x0a84, "Apollo Lake", PLATFORM_GVTG, "V5"},
        {0x5a85, "Apollo Lake", PLATFORM_GVTG, "V5"},
        {0x5912, "Kaby Lake", PLATFORM_GVTG, "V5"},
        {0x591c, "Kaby Lake", PLATFORM_GVTG, "V5"},
        {0x3e92, "Coffee Lake", PLATFORM_GVTG, "V5"},
        {0x3ea0, "Coffee Lake", PLATFORM_GVTG, "V5"},
        {0x87ca, "Coffee Lake", PLATFORM_GVTG, "V5"},
        {0x9bc5, "Comet Lake", PLATFORM_GVTG, "V5"},
        {0x9bf6, "Comet Lake", PLATFORM_GVTG, "V5"},
        {0x0412, "Haswell", PLATFORM_PASSTHROUGH},
        {0x0a2e, "Haswell", PLATFORM_PASSTHROUGH},
        {0x22b0, "Cherry View", PLATFORM_PASSTHROUGH},
        {0x3185, "Gemini Lake", PLATFORM_PASSTHROUGH},
        {0x8a52, "Ice Lake", PLATFORM_PASSTHROUGH},
        {0x4571, "Elkhart Lake", PLATFORM_PASSTHROUGH},
        {0x4e61, "Jasper Lake", PLATFORM_PASSTHROUGH},
        {0x4c8a, "Rocket Lake", PLATFORM_PASSTHROUGH},
        {0x4905, "DG1", PLATFORM_PASSTHROUGH},
        {0x56a5, "Arc A-series", PLATFORM_PASSTHROUGH},
        {0x9a49, "Tiger Lake", PLATFORM_XE_ASKED, NULL, "6.18"},
        {0x4680, "Alder Lake-S", PLATFORM_XE_ASKED, NULL, "6.18"},
        {0x46a6, "Alder Lake-P", PLATFORM_XE_ASKED, NULL, "6.18"},
        {0x46d1, "Alder Lake-N", PLATFORM_XE_ASKED, NULL, "6.18"},
        {0xa780, "Raptor Lake-S", PLATFORM_XE_ASKED, NULL, "6.18"},
        {0xa7a0, "Raptor Lake-P", PLATFORM_XE_ASKED, NULL, "6.18"},
        {0xa7a1, "Raptor Lake-U", PLATFORM_XE_ASKED, NULL, "6.18"},
        {0x56c0, "Data Center GPU Flex", PLATFORM_XE_ASKED, NULL, "6.18"},
        {0x7d55, "Meteor Lake", PLATFORM_I915_SRIOV},
        {0x7d67, "Arrow Lake", PLATFORM_I915_SRIOV},
        {0x64a0, "Lunar Lake", PLATFORM_PASSTHROUGH},
        {0xe20b, "Battlemage", PLATFORM_XE, NULL, "6.17"},
        {0xb080, "Panther Lake", PLATFORM_XE, NULL, "6.17"},
        {0xfd81, "Wildcat Lake", PLATFORM_XE, NULL, "6.17"},
        {0xd745, "Nova Lake-S", PLATFORM_XE, NULL, "7.2"},
        {0xd75f, "Nova Lake-P", PLATFORM_XE_ALONE, NULL, "7.3"},
        {0x6750, "Crescent Island", PLATFORM_XE_ALONE, NULL, "7.3"},
        {0x0166, "Ivy Bridge", PLATFORM_PASSTHROUGH},
        {0x0126, "Sandy Bridge", PLATFORM_PASSTHROUGH},
        {0x0f31, "Bay Trail", PLATFORM_PASSTHROUGH},
        {0x0000, NULL, 0, NULL},
        {0x0046, "Ironlake", PLATFORM_PASSTHROUGH},
        {0x5a5c, "Cannon Lake", PLATFORM_PASSTHROUGH},
        {0x2a02, NULL, 0, NULL}, /* 965GM */
        {0x9121, NULL, 0, NULL}, /* the middle of "1912 1923", were the blank not there */
        {0xffff, NULL, 0, NULL},
};

START_TEST(test_find) {
        const struct platform *platform = platform_find(cases[_i].id);

        if (!cases[_i].name) {
                ck_assert_msg(!platform, "%04x is unknown", cases[_i].id);
                return;
        }
        ck_assert_msg(platform != NULL, "%04x is known", cases[_i].id);
        ck_assert_str_eq(platform->name, cases[_i].name);
        ck_assert_int_eq(platform->answer, cases[_i].answer);
        ck_assert_pstr_eq(platform->types, cases[_i].types);
        ck_assert_pstr_eq(platform->since, cases[_i].since);
}
END_TEST

/* How many ids there are of each kind: catches one lost or one that two generations claim. */
START_TEST(test_numbers) {
        unsigned n[PLATFORM_PASSTHROUGH + 1] = {0};

        for (unsigned id = 0; id <= 0xffff; id++) {
                const struct platform *platform = platform_find((uint16_t) id);

                if (platform)
                        n[platform->answer]++;
        }
        ck_assert_uint_eq(n[PLATFORM_GVTG], 115);
        ck_assert_uint_eq(n[PLATFORM_XE], 13 + 12 + 2 + 7);
        ck_assert_uint_eq(n[PLATFORM_XE_ASKED], 11 + 8 + 18 + 5 + 8 + 5 + 5 + 3);
        ck_assert_uint_eq(n[PLATFORM_XE_ALONE], 9 + 5);
        ck_assert_uint_eq(n[PLATFORM_I915_SRIOV], 5 + 5);
        ck_assert_uint_eq(n[PLATFORM_PASSTHROUGH], 128 + 3 + 7 + 6 + 4 + 2 + 14);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("platform");
        TCase *tcase = tcase_create("platform");

        tcase_add_loop_test(tcase, test_find, 0, ARRAY_SIZE(cases));
        tcase_add_test(tcase, test_numbers);
        suite_add_tcase(suite, tcase);
        return suite;
}
