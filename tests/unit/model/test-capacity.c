/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Every figure here is a literal worked out from the kernel's source by hand (and, for 256 MB and
 * 1 GB, confirmed by users' reports), not computed by the code under test. */

#include <check.h>

#include "capacity.h"
#include "util.h"

Suite *make_suite(void);

static const char *const names[] = {"i915-GVTg_V5_8", "i915-GVTg_V5_4", "i915-GVTg_V5_2",
                                    "i915-GVTg_V5_1"};

/* An empty machine: which types are listed, and how many of each fit. */
static const struct {
        unsigned aperture, ggtt; /* MB */
        bool listed[4];
        unsigned available[4];
} empty[] = {
        {0, 4096, {false, false, false, false}, {0, 0, 0, 0}},
        {64, 4096, {false, false, false, false}, {0, 0, 0, 0}},
        {128, 4096, {false, false, false, false}, {0, 0, 0, 0}},
        {256, 4096, {true, true, false, false}, {2, 1, 0, 0}},
        {512, 4096, {true, true, true, false}, {6, 3, 1, 0}},
        {1024, 4096, {true, true, true, true}, {7, 5, 2, 1}},
        {2048, 4096, {true, true, true, true}, {4, 3, 1, 0}},
        {4096, 4096, {true, true, true, true}, {0, 0, 0, 0}},
        {256, 2048, {true, true, false, false}, {2, 1, 0, 0}},
        {512, 2048, {true, true, true, false}, {3, 2, 1, 0}},
        {1024, 2048, {true, true, true, true}, {1, 1, 0, 0}},
};

/* Combinations to which nothing can be added: vGPUs of _8, _4, _2, _1, with 4 GB of GGTT. */
static const struct {
        unsigned aperture;
        unsigned n[4];
} maximal[] = {
        {256, {2, 0, 0, 0}},  {256, {0, 1, 0, 0}},  {512, {6, 0, 0, 0}},  {512, {4, 1, 0, 0}},
        {512, {2, 2, 0, 0}},  {512, {2, 0, 1, 0}},  {512, {0, 3, 0, 0}},  {512, {0, 1, 1, 0}},
        {1024, {7, 0, 0, 0}}, {1024, {5, 1, 0, 0}}, {1024, {4, 2, 0, 0}}, {1024, {4, 0, 1, 0}},
        {1024, {3, 3, 0, 0}}, {1024, {3, 1, 1, 0}}, {1024, {1, 4, 0, 0}}, {1024, {1, 2, 1, 0}},
        {1024, {1, 0, 2, 0}}, {1024, {1, 0, 0, 1}}, {1024, {0, 5, 0, 0}}, {1024, {0, 3, 1, 0}},
        {1024, {0, 1, 2, 0}}, {1024, {0, 1, 0, 1}}, {2048, {4, 0, 0, 0}}, {2048, {3, 1, 0, 0}},
        {2048, {1, 2, 0, 0}}, {2048, {1, 0, 1, 0}}, {2048, {0, 3, 0, 0}}, {2048, {0, 1, 1, 0}},
};

static bool take_all(struct pool *pool, const unsigned n[4]) {
        for (size_t t = 4; t-- > 0;)
                for (unsigned i = 0; i < n[t]; i++)
                        if (!pool_take(pool, type_size_find(names[t])))
                                return false;
        return true;
}

START_TEST(test_empty) {
        uint64_t aperture = empty[_i].aperture * MIB;
        struct pool pool = pool_of(aperture, empty[_i].ggtt * MIB);

        for (size_t t = 0; t < ARRAY_SIZE(names); t++) {
                const struct type_size *size = type_size_find(names[t]);

                ck_assert_msg(type_listed(size, aperture) == empty[_i].listed[t],
                              "%u MB: is %s listed", empty[_i].aperture, names[t]);
                ck_assert_msg(pool_count(&pool, size) == empty[_i].available[t],
                              "%u MB: %u of %s, not %u", empty[_i].aperture,
                              pool_count(&pool, size), names[t], empty[_i].available[t]);
        }
}
END_TEST

START_TEST(test_maximal) {
        struct pool pool = pool_of(maximal[_i].aperture * MIB, 4096 * MIB);

        ck_assert_msg(take_all(&pool, maximal[_i].n), "row %d fits", _i);
        for (size_t t = 0; t < ARRAY_SIZE(names); t++) {
                struct pool before = pool;

                ck_assert_msg(!pool_take(&pool, type_size_find(names[t])), "row %d and one more %s",
                              _i, names[t]);
                ck_assert_mem_eq(&pool, &before, sizeof(pool));
        }
}
END_TEST

/* No maximal combination is missing above: whatever fits is within one of the rows. */
static bool within_a_row(unsigned aperture, const unsigned n[4]) {
        for (size_t i = 0; i < ARRAY_SIZE(maximal); i++)
                if (maximal[i].aperture == aperture && n[0] <= maximal[i].n[0] &&
                    n[1] <= maximal[i].n[1] && n[2] <= maximal[i].n[2] && n[3] <= maximal[i].n[3])
                        return true;
        return false;
}

START_TEST(test_every_mix) {
        static const unsigned apertures[] = {256, 512, 1024, 2048};

        for (unsigned code = 0; code < 8 * 8 * 8 * 8; code++) {
                unsigned n[] = {code % 8, code / 8 % 8, code / 64 % 8, code / 512};
                struct pool pool = pool_of(apertures[_i] * MIB, 4096 * MIB);

                ck_assert_msg(take_all(&pool, n) == within_a_row(apertures[_i], n),
                              "%u MB: %u %u %u %u", apertures[_i], n[0], n[1], n[2], n[3]);
        }
}
END_TEST

/* What is there already may be more than the arithmetic allows; nothing wraps around. */
START_TEST(test_overcharged) {
        struct pool pool = pool_of(256 * MIB, 4096 * MIB);

        for (unsigned i = 0; i < 40; i++)
                pool_charge(&pool, type_size_find("i915-GVTg_V5_1"));
        ck_assert_uint_eq(pool.low_gm, 0);
        ck_assert_uint_eq(pool.high_gm, 0);
        ck_assert_uint_eq(pool.fences, 0);
        ck_assert_uint_eq(pool.ids, 0);
}
END_TEST

static const struct {
        const char *name;
        unsigned number, low, high, xres, yres; /* 0: no such type */
} types[] = {
        {"i915-GVTg_V5_8", 8, 64, 384, 1024, 768},
        {"i915-GVTg_V5_4", 4, 128, 512, 1920, 1200},
        {"i915-GVTg_V5_2", 2, 256, 1024, 1920, 1200},
        {"i915-GVTg_V5_1", 1, 512, 2048, 1920, 1200},
        {"i915-GVTg_V4_8", 8, 64, 384, 1024, 768},
        {"i915-GVTg_V4_1", 1, 512, 2048, 1920, 1200},
        {"", 0, 0, 0, 0, 0},
        {"i915-GVTg_V", 0, 0, 0, 0, 0},
        {"i915-GVTg_V5", 0, 0, 0, 0, 0},
        {"i915-GVTg_V5_", 0, 0, 0, 0, 0},
        {"i915-GVTg_V5_3", 0, 0, 0, 0, 0},
        {"i915-GVTg_V5_16", 0, 0, 0, 0, 0},
        {"i915-GVTg_V5_88", 0, 0, 0, 0, 0},
        {"i915-GVTg_V6_8", 0, 0, 0, 0, 0},
        {"i915-GVTg_V5-8", 0, 0, 0, 0, 0},
        {"GVTg_V5_8", 0, 0, 0, 0, 0},
        {"nvidia-35", 0, 0, 0, 0, 0},
};

START_TEST(test_types) {
        const struct type_size *size = type_size_find(types[_i].name);

        if (types[_i].number == 0) {
                ck_assert_msg(!size, "%s is no type", types[_i].name);
                return;
        }
        ck_assert_ptr_nonnull(size);
        ck_assert_uint_eq(size->number, types[_i].number);
        ck_assert_uint_eq(size->low_gm, types[_i].low * MIB);
        ck_assert_uint_eq(size->high_gm, types[_i].high * MIB);
        ck_assert_uint_eq(size->fences, 4);
        ck_assert_uint_eq(size->xres, types[_i].xres);
        ck_assert_uint_eq(size->yres, types[_i].yres);
}
END_TEST

START_TEST(test_sizes_ascend) {
        size_t n;
        const struct type_size *sizes = type_sizes(&n);

        ck_assert_uint_eq(n, 4);
        for (size_t i = 1; i < n; i++)
                ck_assert_uint_lt(sizes[i - 1].low_gm, sizes[i].low_gm);
}
END_TEST

/* A change of type takes the difference of both kinds of memory, or nothing at all. */
static const struct {
        unsigned low, high; /* MB that are left */
        bool grows;
} growths[] = {
        {64, 64, true},
        {63, 1024, false},
        {1024, 63, false},
};

START_TEST(test_grow) {
        const struct type_size *small = type_size_find("i915-GVTg_V5_4"), *large = type_size_find("i915-GVTg_V5_2");
        unsigned low = (unsigned) ((large->low_gm - small->low_gm) / MIB);
        unsigned high = (unsigned) ((large->high_gm - small->high_gm) / MIB);
        struct pool pool = {
                .low_gm = growths[_i].low * low / 64 * MIB,
                .high_gm = growths[_i].high * high / 64 * MIB,
        };
        struct pool before = pool;

        ck_assert_int_eq(pool_grow(&pool, small, large), growths[_i].grows);
        ck_assert_uint_eq(pool.low_gm, growths[_i].grows ? 0 : before.low_gm);
        ck_assert_uint_eq(pool.high_gm, growths[_i].grows ? 0 : before.high_gm);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("capacity");
        TCase *tcase = tcase_create("capacity");

        tcase_add_loop_test(tcase, test_empty, 0, ARRAY_SIZE(empty));
        tcase_add_loop_test(tcase, test_maximal, 0, ARRAY_SIZE(maximal));
        tcase_add_loop_test(tcase, test_every_mix, 0, 4);
        tcase_add_test(tcase, test_overcharged);
        tcase_add_loop_test(tcase, test_grow, 0, ARRAY_SIZE(growths));
        tcase_add_loop_test(tcase, test_types, 0, ARRAY_SIZE(types));
        tcase_add_test(tcase, test_sizes_ascend);
        suite_add_tcase(suite, tcase);
        return suite;
}
