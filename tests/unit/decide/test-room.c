/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "build.h"
#include "room.h"
#include "util.h"

/* name:empty/now/planned of each type */
static const char *offers_text(const struct world *world) {
        static char text[256];
        struct offer offers[OFFERS_MAX];
        size_t n = offers_make(world->plan, offers);

        *text = '\0';
        for (size_t i = 0; i < n; i++)
                snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s:%u/%u/%u",
                         i ? " " : "", offers[i].name + strlen("i915-GVTg_"), offers[i].fit_empty,
                         offers[i].fit_now, offers[i].fit_planned);
        return text;
}

static const struct {
        unsigned id, aperture;
        const char *offered; /* NULL: not registered */
        const char *declared, *present, *expected;
} cases[] = {
        {0x1912, 128, NULL, "", "", ""},
        {0x1912, 256, NULL, "", "", "V5_8:2/2/2 V5_4:1/1/1"},
        {0x1912, 512, NULL, "", "", "V5_8:6/6/6 V5_4:3/3/3 V5_2:1/1/1"},
        {0x1612, 512, NULL, "", "", "V4_8:6/6/6 V4_4:3/3/3 V4_2:1/1/1"},
        {0x1912, 1024, NULL, "", "", "V5_8:7/7/7 V5_4:5/5/5 V5_2:2/2/2 V5_1:1/1/1"},
        {0xffff, 512, NULL, "", "", ""},                       /* unknown id: the kernel's to say */
        {0xffff, 512, "8 4", "", "", "V5_8:6/6/6 V5_4:3/3/3"}, /* and it has said so */
        {0x1912, 512, "4 8 2", "", "", "V5_8:6/6/6 V5_4:3/3/3 V5_2:1/1/1"},
        {0x1912, 512, "", "", "", ""},
        {0x1912, 512, "8 4 2", "a4 b8", "", "V5_8:6/6/3 V5_4:3/3/1 V5_2:1/1/0"},
        {0x1912, 512, "8 4 2", "a4 b8", "a4 b8", "V5_8:6/3/3 V5_4:3/1/1 V5_2:1/0/0"},
        {0x1912, 512, "8 4 2", "a4", "b8f", "V5_8:6/5/3 V5_4:3/2/1 V5_2:1/1/0"},
        {0x1912, 512, "8 4 2", "", "a4g b8p", "V5_8:6/6/6 V5_4:3/3/3 V5_2:1/1/1"},
        {0x1912, 256, "8 4", "a4 b8 c8", "", "V5_8:2/2/0 V5_4:1/1/0"},
        {0x1912, 256, "8 4", "a8 b4 c8", "", "V5_8:2/2/0 V5_4:1/1/0"}, /* b is passed over */
};

START_TEST(test_offers) {
        struct world world;

        world_init(&world, cases[_i].declared, cases[_i].offered ? cases[_i].offered : "");
        world_present(&world, cases[_i].present);
        world.host->gpus[0].registered = cases[_i].offered != NULL;
        world.host->gpus[0].device_id = (uint16_t) cases[_i].id;
        world.host->gpus[0].aperture = cases[_i].aperture * MB;
        world_plan(&world, 0, PLAN_LOOKING);
        ck_assert_msg(streq(offers_text(&world), cases[_i].expected), "row %d: %s, not %s", _i,
                      offers_text(&world), cases[_i].expected);
        world_done(&world);
}
END_TEST

static const struct {
        unsigned aperture, n;
        const char *declared, *type, *expected; /* NULL: none */
} choices[] = {
        {256, 1, "", NULL, "4"},   {256, 2, "", NULL, "8"},   {256, 3, "", NULL, NULL},
        {256, 1, "a8", NULL, "8"}, {512, 1, "", NULL, "2"},   {512, 3, "", NULL, "4"},
        {512, 4, "", NULL, "8"},   {512, 6, "", NULL, "8"},   {512, 7, "", NULL, NULL},
        {512, 1, "", "8", "8"},    {512, 2, "", "2", NULL},   {512, 1, "", "1", NULL},
        {1024, 1, "", NULL, "1"},  {1024, 2, "", NULL, "2"},  {1024, 5, "", NULL, "4"},
        {1024, 7, "", NULL, "8"},  {1024, 8, "", NULL, NULL}, {1024, 1, "a1", NULL, "4"},
        {2048, 1, "", NULL, "2"},  {2048, 4, "", NULL, "8"},  {2048, 5, "", NULL, NULL},
};

START_TEST(test_choose) {
        char type[TYPE_NAME_MAX], expected[TYPE_NAME_MAX];
        struct offer offers[OFFERS_MAX];
        const struct offer *offer;
        struct world world;
        size_t n;

        world_init(&world, choices[_i].declared, "");
        world.host->gpus[0].registered = false;
        world.host->gpus[0].aperture = choices[_i].aperture * MB;
        world_plan(&world, 0, PLAN_LOOKING);
        n = offers_make(world.plan, offers);
        if (choices[_i].type)
                type_of(*choices[_i].type, type);
        offer = offers_choose(offers, n, choices[_i].type ? type : NULL, choices[_i].n);
        if (choices[_i].expected) {
                type_of(*choices[_i].expected, expected);
                ck_assert_msg(offer && streq(offer->name, expected), "row %d: %s, not %s", _i,
                              offer ? offer->name : "none", expected);
        } else {
                ck_assert_msg(!offer, "row %d: %s, not none", _i, offer ? offer->name : "");
        }
        world_done(&world);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("room");
        TCase *tcase = tcase_create("room");

        tcase_add_loop_test(tcase, test_offers, 0, ARRAY_SIZE(cases));
        tcase_add_loop_test(tcase, test_choose, 0, ARRAY_SIZE(choices));
        suite_add_tcase(suite, tcase);
        return suite;
}
