/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A create before i915 has its engines, or after it has given them up, crashes the host. */

#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engines.h"
#include "util.h"

static const struct {
        const char *sentence;
        const char *folders[4]; /* of the GPU, made in this order */
        int r;
        enum engines engines;
} rows[] = {
        {"i915 does not have it yet", {}, -ENOENT, ENGINES_AWAITED},
        {"the card is not there yet", {"drm"}, 0, ENGINES_AWAITED},
        {"it has no engines yet", {"drm", "drm/card0"}, 0, ENGINES_AWAITED},
        {"they could not be started", {"drm", "drm/card0", "drm/card0/engine"}, 0, ENGINES_DEAD},
        {"they run", {"drm", "drm/card0", "drm/card0/engine", "drm/card0/engine/rcs0"}, 0, ENGINES_READY},
        {"a render node is no card", {"drm", "drm/renderD128", "drm/renderD128/engine", "drm/renderD128/engine/rcs0"},
         0, ENGINES_AWAITED},
        {"and comes before or behind it", {"drm", "drm/renderD128", "drm/card1", "drm/card1/engine"}, 0, ENGINES_DEAD},
};

/* What goes while it is looked at is no engines that could not be started. */
START_TEST(a_folder_that_goes_is_no_dead_card) {
        char folder[] = "/tmp/test-engines-XXXXXX";
        enum engines engines = ENGINES_READY;
        int gpu, r;

        ck_assert_ptr_nonnull(mkdtemp(folder));
        gpu = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ck_assert_int_ge(gpu, 0);
        ck_assert_int_eq(mkdirat(gpu, "drm", 0755), 0);
        ck_assert_int_eq(mkdirat(gpu, "drm/card0", 0755), 0);
        /* there for the first call, and no folder for the next */
        close(openat(gpu, "drm/card0/engine", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        r = engines_look(gpu, &engines);
        unlinkat(gpu, "drm/card0/engine", 0);
        unlinkat(gpu, "drm/card0", AT_REMOVEDIR);
        unlinkat(gpu, "drm", AT_REMOVEDIR);
        close(gpu);
        rmdir(folder);
        ck_assert_int_eq(r, 0);
        ck_assert_int_eq(engines, ENGINES_AWAITED);
}
END_TEST

START_TEST(looks_at_the_card) {
        char folder[] = "/tmp/test-engines-XXXXXX";
        enum engines engines = ENGINES_READY;
        int gpu, r, n = 0;

        ck_assert_ptr_nonnull(mkdtemp(folder));
        gpu = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ck_assert_int_ge(gpu, 0);
        for (; n < 4 && rows[_i].folders[n]; n++)
                ck_assert_int_eq(mkdirat(gpu, rows[_i].folders[n], 0755), 0);
        r = engines_look(gpu, &engines);
        while (n-- > 0)
                unlinkat(gpu, rows[_i].folders[n], AT_REMOVEDIR);
        close(gpu);
        rmdir(folder);
        ck_assert_msg(r == rows[_i].r, "%s: %d", rows[_i].sentence, r);
        ck_assert_msg(engines == rows[_i].engines, "%s: %d", rows[_i].sentence, engines);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("engines");
        TCase *tcase = tcase_create("engines");

        tcase_add_loop_test(tcase, looks_at_the_card, 0, ARRAY_SIZE(rows));
        tcase_add_test(tcase, a_folder_that_goes_is_no_dead_card);
        suite_add_tcase(suite, tcase);
        return suite;
}
