/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "suite.h"

#include "places.h"
#include "util.h"

static struct place line(unsigned number) {
        return (struct place){"/etc/modprobe.d/a.conf", number, "0"};
}

static struct place word(const char *text, const char *value) {
        struct place place = {};

        snprintf(place.file, sizeof(place.file), "%s", text);
        snprintf(place.value, sizeof(place.value), "%s", value);
        return place;
}

static void append(struct places *places, struct place place) {
        places_insert(places, places->n, &place);
}

START_TEST(names_all) {
        struct places places = {};

        append(&places, line(1));
        ck_assert_str_eq(places_text(&places, 0).text, "/etc/modprobe.d/a.conf:1");
        append(&places, line(2));
        ck_assert_str_eq(places_text(&places, 0).text, "/etc/modprobe.d/a.conf:1 and /etc/modprobe.d/a.conf:2");
        append(&places, word("modprobe.blacklist=", ""));
        append(&places, word("i915.modeset=", "0"));
        ck_assert_str_eq(places_text(&places, 1).text, "/etc/modprobe.d/a.conf:2, modprobe.blacklist= and "
                         "i915.modeset=0 on the kernel command line");
        ck_assert_uint_eq(places_count_words(&places, 1), 2);
}
END_TEST

/* A name may be as long as a file system lets it. */
START_TEST(counts_what_is_too_much) {
        struct places places = {};
        struct place place = line(1);

        memset(place.file, 'x', sizeof(place.file) - 1);
        for (unsigned i = 0; i < PLACES_MAX + 3; i++, place.line++)
                append(&places, place);
        ck_assert_uint_eq(places.n, PLACES_MAX);
        ck_assert_uint_eq(places.items[PLACES_MAX - 1].line, PLACES_MAX + 3);
        ck_assert_str_eq(places_text(&places, 0).text + sizeof(place.file) - 1, ":4 and 10 more");
        ck_assert_str_eq(places_text(&places, PLACES_MAX - 1).text + sizeof(place.file) - 1, ":11");
}
END_TEST

/* The last ones count, so the first ones make room, and what comes before all is not kept. */
START_TEST(keeps_the_order) {
        struct {
                struct place before;
                struct places places;
        } memory = {};
        static const struct place nothing;
        struct places *places = &memory.places;
        struct place place;

        for (unsigned i = 10; i < 10 + PLACES_MAX; i++)
                append(places, line(i));
        place = line(99);
        places_insert(places, PLACES_MAX - 1, &place);
        ck_assert_uint_eq(places->items[0].line, 11);
        ck_assert_uint_eq(places->items[PLACES_MAX - 2].line, 99);
        ck_assert_uint_eq(places->items[PLACES_MAX - 1].line, 10 + PLACES_MAX - 1);
        place = line(1);
        places_insert(places, 0, &place);
        ck_assert_mem_eq(&memory.before, &nothing, sizeof(nothing));
        ck_assert_uint_eq(places->items[0].line, 11);
        ck_assert_uint_eq(places->left_out, 2);
}
END_TEST

/* A file of that name in /etc/modprobe.d takes the place of a package's, and of no other. */
static const struct {
        const char *file;
        unsigned line;
        bool hideable;
} files[] = {
        {"/lib/modprobe.d/x.conf", 1, true},
        {"/run/modprobe.d/x.conf", 1, true},
        {"/etc/modprobe.d/x.conf", 1, false},
        {"/usr/local/lib/modprobe.d/x.conf", 1, false},
        {"i915.modeset=", 0, false},
};

START_TEST(knows_what_can_be_hidden) {
        struct place place = line(files[_i].line);

        snprintf(place.file, sizeof(place.file), "%s", files[_i].file);
        ck_assert_int_eq(place_is_hideable(&place), files[_i].hideable);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("places");
        TCase *tcase = tcase_create("places");

        tcase_add_test(tcase, names_all);
        tcase_add_test(tcase, counts_what_is_too_much);
        tcase_add_test(tcase, keeps_the_order);
        tcase_add_loop_test(tcase, knows_what_can_be_hidden, 0, ARRAY_SIZE(files));
        suite_add_tcase(suite, tcase);
        return suite;
}
