/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What may be shown of text that others wrote. */

#include "suite.h"

#include "printable.h"
#include "util.h"

static const struct {
        const char *text, *clean;
} rows[] = {
        {"", ""},
        {"qemu-system-x86 (pid 7, guest win10)", "qemu-system-x86 (pid 7, guest win10)"},
        {"Окна, 窓, 🪟, \xc2\xa0\xc3\xbf", "Окна, 窓, 🪟, \xc2\xa0\xc3\xbf"},
        {"a\nb\tc\rd\x1b[2J\x7f", "a?b?c?d?[2J?"},
        {"C1, a terminal's own escapes: \xc2\x80\xc2\x9b\xc2\x9f", "C1, a terminal's own escapes: ??????"},
        {"a\xe0\x80\x80""b, overlong", "a???b, overlong"},
        {"\xc0\xaf \xc1\xbf \xe0\x9f\xbf \xf0\x8f\xbf\xbf", "?? ?? ??? ????"},
        {"surrogates \xed\xa0\x80\xed\xbf\xbf", "surrogates ??????"},
        {"at their sides \xed\x9f\xbf", "at their sides \xed\x9f\xbf"},
        {"bidi \xe2\x80\x8f\xe2\x80\xaa\xe2\x80\xae\xe2\x81\xa6\xe2\x81\xa9\xd8\x9c", "bidi ?????????????????"},
        {"line ends \xe2\x80\xa8\xe2\x80\xa9", "line ends ??????"},
        {"zero width \xe2\x80\x8b\xef\xbb\xbf", "zero width ??????"},
        {"no characters \xef\xbf\xbe\xef\xbf\xbf\xef\xb7\x90\xf0\x9f\xbf\xbf", "no characters ?????????????"},
        {"private \xee\x80\x80\xf3\xb0\x80\x80, tags \xf3\xa0\x80\x81", "private ???????, tags ????"},
        {"beyond \xf4\x90\x80\x80\xf5\x80\x80\x80\xfe\xff", "beyond ??????????"},
        {"alone \x80, cut \xc3", "alone ?, cut ?"},
        {"cut \xe2\x82", "cut ??"},
        {"cut \xf0\x9f\xaa", "cut ???"},
        {"cut in the middle \xe2\x82.", "cut in the middle ??."},
};

START_TEST(is_made_printable) {
        char *text = strdup(rows[_i].text); /* whose end the sanitizers and valgrind see */

        ck_assert_ptr_nonnull(text);
        make_printable(text);
        ck_assert_str_eq(text, rows[_i].clean);
        free(text);
}
END_TEST

START_TEST(is_one_line) {
        char *text;
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        ck_assert_ptr_nonnull(stream);
        print_line(stream, "gvtd: %s", "a\nMAINPID=1\xc2\x9b");
        fclose(stream);
        ck_assert_str_eq(text, "gvtd: a?MAINPID=1??\n");
        free(text);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("printable");
        TCase *tcase = tcase_create("printable");

        tcase_add_loop_test(tcase, is_made_printable, 0, ARRAY_SIZE(rows));
        tcase_add_test(tcase, is_one_line);
        suite_add_tcase(suite, tcase);
        return suite;
}
