/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Text to value: what is taken, and that all else is refused and leaves the result alone. */

#include <check.h>
#include <errno.h>
#include <limits.h>

#include "parse.h"
#include "text.h"
#include "util.h"

Suite *make_suite(void);

#define UNTOUCHED 4711
#define SEC       UINT64_C(1000000)

static const struct {
        const char *text;
        unsigned min, max;
        int r;
        unsigned value;
} unsigneds[] = {
        {"0", 0, 3, 0, 0},
        {"3", 0, 3, 0, 3},
        {"1000", 1, 1000, 0, 1000},
        {"0010", 1, 1000, 0, 10},
        {"4294967295", 0, UINT_MAX, 0, UINT_MAX},
        {"0", 1, 1000, -ERANGE, 0},
        {"1001", 1, 1000, -ERANGE, 0},
        {"4294967296", 0, UINT_MAX, -ERANGE, 0},
        {"99999999999999999999999999", 0, UINT_MAX, -ERANGE, 0},
        {"", 0, 3, -EINVAL, 0},
        {" 1", 0, 3, -EINVAL, 0},
        {"1 ", 0, 3, -EINVAL, 0},
        {"+1", 0, 3, -EINVAL, 0},
        {"-1", 0, 3, -EINVAL, 0},
        {"1x", 0, 3, -EINVAL, 0},
        {"0x1", 0, 3, -EINVAL, 0},
        {"1.0", 0, 3, -EINVAL, 0},
        {"99999999999999999999999999x", 0, UINT_MAX, -EINVAL, 0},
        {"one", 0, 3, -EINVAL, 0},
};

START_TEST(an_unsigned_is_digits_within_its_bounds) {
        unsigned value = UNTOUCHED;
        int r = parse_unsigned(unsigneds[_i].text, unsigneds[_i].min, unsigneds[_i].max, &value);

        ck_assert_msg(r == unsigneds[_i].r, "\"%s\": %d", unsigneds[_i].text, r);
        ck_assert_msg(value == (r < 0 ? UNTOUCHED : unsigneds[_i].value), "\"%s\": %u",
                      unsigneds[_i].text, value);
}
END_TEST

static const struct {
        const char *text;
        int r;
        bool value;
} bools[] = {
        {"yes", 0, true},       {"no", 0, false},         {"true", 0, true},
        {"false", 0, false},    {"on", 0, true},          {"off", 0, false},
        {"1", 0, true},         {"0", 0, false},          {"y", 0, true},
        {"n", 0, false},        {"t", 0, true},           {"f", 0, false},
        {"YES", 0, true},       {"False", 0, false},      {"", -EINVAL, false},
        {"2", -EINVAL, false},  {"yes ", -EINVAL, false}, {"yess", -EINVAL, false},
        {"ye", -EINVAL, false},
};

START_TEST(a_bool_is_one_of_systemds_words) {
        bool value = !bools[_i].value;
        int r = parse_bool(bools[_i].text, &value);

        ck_assert_msg(r == bools[_i].r, "\"%s\": %d", bools[_i].text, r);
        ck_assert_msg(value == (r < 0 ? !bools[_i].value : bools[_i].value), "\"%s\"",
                      bools[_i].text);
}
END_TEST

static const struct {
        const char *text;
        int r;
        uint64_t usec;
} spans[] = {
        {"90s", 0, 90 * SEC},
        {"90", 0, 90 * SEC},
        {"0", 0, 0},
        {"1min 30s", 0, 90 * SEC},
        {"1min30s", 0, 90 * SEC},
        {"30s 1min", 0, 90 * SEC},
        {"2 h", 0, 7200 * SEC},
        {"1 hour 1", 0, 3601 * SEC},
        {"1.5h", 0, 5400 * SEC},
        {"0.25", 0, 250000},
        {"1.s", 0, SEC},
        {"1.0000001s", 0, SEC},
        {"1.9999999s", 0, 1999999},
        {"12us", 0, 12},
        {"12\302\265s", 0, 12},
        {"12\316\274s", 0, 12},
        {"7usec", 0, 7},
        {"5ms", 0, 5000},
        {"5msec", 0, 5000},
        {"5sec", 0, 5 * SEC},
        {"1second", 0, SEC},
        {"5 seconds", 0, 5 * SEC},
        {"2m", 0, 120 * SEC},
        {"2minutes", 0, 120 * SEC},
        {"1minute", 0, 60 * SEC},
        {"1hr", 0, 3600 * SEC},
        {"2hours", 0, 7200 * SEC},
        {"1d", 0, 86400 * SEC},
        {"1day", 0, 86400 * SEC},
        {"2days", 0, 172800 * SEC},
        {"1w", 0, 604800 * SEC},
        {"1week", 0, 604800 * SEC},
        {"2weeks", 0, 1209600 * SEC},
        {"1M", 0, 2629800 * SEC},
        {"1month", 0, 2629800 * SEC},
        {"2months", 0, 5259600 * SEC},
        {"1y", 0, 31557600 * SEC},
        {"1year", 0, 31557600 * SEC},
        {"0.5years", 0, 15778800 * SEC},
        {"3s ", 0, 3 * SEC},
        {"infinity", 0, UINT64_MAX},
        {"18446744073709551614us", 0, UINT64_MAX - 1},
        {"18446744073709551615us", -ERANGE, 0}, /* would read as infinity */
        {"18446744073709551616us", -ERANGE, 0},
        {"18446744073709551614us 2us", -ERANGE, 0},
        {"99999999999999h", -ERANGE, 0},
        {"99999999999999999999", -ERANGE, 0},
        {"18446744073709.9s", -ERANGE, 0},
        {"", -EINVAL, 0},
        {"s", -EINVAL, 0},
        {" 5", -EINVAL, 0},
        {"-5s", -EINVAL, 0},
        {"+5s", -EINVAL, 0},
        {"5x", -EINVAL, 0},
        {"5 fortnights", -EINVAL, 0},
        {"5 microcenturies", -EINVAL, 0},
        {"5 s|sec", -EINVAL, 0},
        {"5s x", -EINVAL, 0},
        {"5S", -EINVAL, 0},
        {".5s", -EINVAL, 0},
        {"1..5s", -EINVAL, 0},
        {"1.5.5s", -EINVAL, 0},
        {"0x10", -EINVAL, 0},
        {"infinity 1s", -EINVAL, 0},
        {"1s infinity", -EINVAL, 0},
        {"1s,2s", -EINVAL, 0},
};

START_TEST(a_time_span_is_systemds) {
        uint64_t usec = UNTOUCHED;
        int r = parse_timespan(spans[_i].text, &usec);

        ck_assert_msg(r == spans[_i].r, "\"%s\": %d", spans[_i].text, r);
        ck_assert_msg(usec == (r < 0 ? UNTOUCHED : spans[_i].usec), "\"%s\": %llu", spans[_i].text,
                      (unsigned long long) usec);
}
END_TEST

static const struct {
        const char *text;
        int r;
        struct pci_address address;
} addresses[] = {
        {"0000:00:02.0", 0, {0, 0, 2, 0}},
        {"ffff:ff:1f.7", 0, {0xffff, 0xff, 0x1f, 7}},
        {"ABCD:EF:1B.3", 0, {0xabcd, 0xef, 0x1b, 3}},
        {"0000:00:20.0", -ERANGE, {0}},
        {"0000:00:02.8", -ERANGE, {0}},
        {"0000:00:02.f", -ERANGE, {0}},
        {"00:02.0", -EINVAL, {0}},
        {"0000:00:02.0 ", -EINVAL, {0}},
        {" 0000:00:02.", -EINVAL, {0}},
        {"0000:00:02.00", -EINVAL, {0}},
        {"0000-00-02.0", -EINVAL, {0}},
        {"0000:00:02:0", -EINVAL, {0}},
        {"000g:00:02.0", -EINVAL, {0}},
        {"0000: 1:02.0", -EINVAL, {0}},
        {"0000:+1:02.0", -EINVAL, {0}},
        {"0x00:00:02.0", -EINVAL, {0}},
        {"0000:00:0x.0", -EINVAL, {0}},
        {"0000:00:02.g", -EINVAL, {0}},
        {"", -EINVAL, {0}},
};

START_TEST(a_pci_address_has_all_its_digits) {
        struct pci_address address = {.domain = UNTOUCHED};
        int r = parse_pci_address(addresses[_i].text, &address);

        ck_assert_msg(r == addresses[_i].r, "\"%s\": %d", addresses[_i].text, r);
        if (r < 0) {
                ck_assert_uint_eq(address.domain, UNTOUCHED);
                return;
        }
        ck_assert_uint_eq(address.domain, addresses[_i].address.domain);
        ck_assert_uint_eq(address.bus, addresses[_i].address.bus);
        ck_assert_uint_eq(address.slot, addresses[_i].address.slot);
        ck_assert_uint_eq(address.function, addresses[_i].address.function);
        ck_assert_int_eq(strcasecmp(address_text(&address).text, addresses[_i].text), 0);
}
END_TEST

static const struct {
        const char *text;
        int r;
} uuids[] = {
        {"a297db4a-f4c2-11e6-90f6-d3b88d6c9525", 0},
        {"A297DB4A-F4C2-11E6-90F6-D3B88D6C9525", 0},
        {"00000000-0000-0000-0000-000000000000", 0},
        {"{a297db4a-f4c2-11e6-90f6-d3b88d6c9525}", -EINVAL},
        {"urn:uuid:a297db4a-f4c2-11e6-90f6-d3b88d6c9525", -EINVAL},
        {"a297db4af4c211e690f6d3b88d6c9525", -EINVAL},
        {"a297db4a-f4c2-11e6-90f6-d3b88d6c952", -EINVAL},
        {"a297db4a-f4c2-11e6-90f6-d3b88d6c95255", -EINVAL},
        {"a297db4a-f4c2-11e6-90f6-d3b88d6c952g", -EINVAL},
        {"a297db4a-f4c211e6--90f6-d3b88d6c9525", -EINVAL},
        {"a297db4a-f4c2-11e6-90f6-d3b88d6c952 ", -EINVAL},
        {" 297db4a-f4c2-11e6-90f6-d3b88d6c9525", -EINVAL},
        {"", -EINVAL},
};

#define BARS "0xde000000 0xdeffffff 0x140204\n0x0 0x0 0x0\n"

static const struct {
        const char *text;
        int r;
        uint64_t size;
} bars[] = {
        {BARS "0xc0000000 0xcfffffff 0x14220c\n", 0, UINT64_C(256) << 20},
        {BARS "0x00000000c0000000 0x00000000cfffffff", 0, UINT64_C(256) << 20},
        {BARS "0x0 0x1 0x0\n", 0, 2},
        {BARS "0x0 0xfffffffffffffffe 0x0\n", 0, UINT64_MAX},
        {BARS "0x0 0xffffffffffffffff 0x0\n", -ERANGE, 0}, /* its size would be 0 */
        {BARS "0x0 0x0 0x0\n", -ERANGE, 0},                /* not in use */
        {BARS "0xcfffffff 0xc0000000 0x0\n", -ERANGE, 0},
        {BARS "0xc0000000\n", -EINVAL, 0},
        {BARS "what\n", -EINVAL, 0},
        {BARS, -EINVAL, 0},
        {"0xc0000000 0xcfffffff 0x0\n", -EINVAL, 0},
        {"", -EINVAL, 0},
};

START_TEST(the_size_of_a_bar_is_in_its_line) {
        uint64_t size = 0;

        ck_assert_int_eq(parse_pci_bar(bars[_i].text, 2, &size), bars[_i].r);
        ck_assert_msg(size == bars[_i].size, "\"%s\": %ju", bars[_i].text, (uintmax_t) size);
}
END_TEST

START_TEST(a_uuid_has_36_characters) {
        uuid_t uuid, before;
        char text[UUID_STR_LEN];
        int r;

        memset(uuid, 0x5a, sizeof(uuid));
        uuid_copy(before, uuid);
        r = parse_uuid(uuids[_i].text, uuid);
        ck_assert_msg(r == uuids[_i].r, "\"%s\": %d", uuids[_i].text, r);
        uuid_unparse(uuid, text);
        if (r < 0)
                ck_assert_int_eq(uuid_compare(uuid, before), 0);
        else
                ck_assert_int_eq(strcasecmp(text, uuids[_i].text), 0);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("parse");
        TCase *tcase = tcase_create("parse");

        tcase_add_loop_test(tcase, an_unsigned_is_digits_within_its_bounds, 0,
                            ARRAY_SIZE(unsigneds));
        tcase_add_loop_test(tcase, a_bool_is_one_of_systemds_words, 0, ARRAY_SIZE(bools));
        tcase_add_loop_test(tcase, a_time_span_is_systemds, 0, ARRAY_SIZE(spans));
        tcase_add_loop_test(tcase, a_pci_address_has_all_its_digits, 0, ARRAY_SIZE(addresses));
        tcase_add_loop_test(tcase, the_size_of_a_bar_is_in_its_line, 0, ARRAY_SIZE(bars));
        tcase_add_loop_test(tcase, a_uuid_has_36_characters, 0, ARRAY_SIZE(uuids));
        suite_add_tcase(suite, tcase);
        return suite;
}
