/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The one main() of the unit tests: runs what make_suite() of the test's own file returns and
 * prints TAP. CK_FORK=no runs it all in one process, for gdb and valgrind. */

#include "suite.h"

int main(void) {
        SRunner *runner;
        int failed;

        /* a test that hangs is found all the same, and a busy machine fails none */
        (void) setenv("CK_DEFAULT_TIMEOUT", "60", /* overwrite= */ 0);
        runner = srunner_create(make_suite());
        srunner_set_tap(runner, "-");
        srunner_run_all(runner, CK_SILENT);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
