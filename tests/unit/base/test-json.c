/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <check.h>

#include "suite.h"
#include "json.h"
#include "util.h"

static char *text;
static size_t size;

static struct json json_new(void) {
        struct json json = {.stream = open_memstream(&text, &size)};

        ck_assert_ptr_nonnull(json.stream);
        return json;
}

static void expect(struct json *json, const char *expected) {
        fclose(json->stream);
        ck_assert_str_eq(text, expected);
        free(text);
}

START_TEST(test_nesting) {
        struct json json = json_new();

        json_object(&json, NULL);
        json_string(&json, "a", "b");
        json_list(&json, "list");
        json_object(&json, NULL);
        json_number(&json, "n", UINT64_MAX);
        json_bool(&json, "t", true);
        json_bool(&json, "f", false);
        json_object_end(&json);
        json_string(&json, NULL, "x");
        json_string(&json, NULL, NULL);
        json_list_end(&json);
        json_list(&json, "none");
        json_list_end(&json);
        json_object(&json, "empty");
        json_object_end(&json);
        json_object_end(&json);
        expect(&json, "{\n"
                      "  \"a\": \"b\",\n"
                      "  \"list\": [\n"
                      "    {\n"
                      "      \"n\": 18446744073709551615,\n"
                      "      \"t\": true,\n"
                      "      \"f\": false\n"
                      "    },\n"
                      "    \"x\",\n"
                      "    null\n"
                      "  ],\n"
                      "  \"none\": [],\n"
                      "  \"empty\": {}\n"
                      "}\n");
}
END_TEST

static const struct {
        const char *in, *out;
} escapes[] = {
        {"", "\"\""},
        {"plain", "\"plain\""},
        {"say \"hi\"", "\"say \\\"hi\\\"\""},
        {"C:\\x", "\"C:\\\\x\""},
        {"a\nb\tc", "\"a\\u000ab\\u0009c\""},
        {"\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\""},
        {"\xc3\xa4", "\"\xc3\xa4\""},
        {"a\xe0\x80\x80" "b\xff", "\"a???b?\""},
        {"\xc2\x9b\xe2\x80\xae\xed\xa0\x80", "\"????????\""},
};

START_TEST(test_escapes) {
        struct json json = json_new();

        json_string(&json, NULL, escapes[_i].in);
        expect(&json, escapes[_i].out);
}
END_TEST

START_TEST(test_key_escaped) {
        struct json json = json_new();

        json_object(&json, NULL);
        json_number(&json, "a\"b", 0);
        json_object_end(&json);
        expect(&json, "{\n  \"a\\\"b\": 0\n}\n");
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("json");
        TCase *tcase = tcase_create("json");

        tcase_add_test(tcase, test_nesting);
        tcase_add_loop_test(tcase, test_escapes, 0, ARRAY_SIZE(escapes));
        tcase_add_test(tcase, test_key_escaped);
        suite_add_tcase(suite, tcase);
        return suite;
}
