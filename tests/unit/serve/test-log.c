/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A message for which there is no memory is not lost in silence: what there is of it goes to standard
 * error, which is the journal's, too. The linker puts these functions in place of the libraries' own. */

#include "suite.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "log.h"

int __real_vasprintf(char **ret, const char *format, va_list arguments);
int __wrap_vasprintf(char **ret, const char *format, va_list arguments);
int __real___vasprintf_chk(char **ret, int flag, const char *format, va_list arguments);
int __wrap___vasprintf_chk(char **ret, int flag, const char *format, va_list arguments);
int __wrap_sd_journal_sendv(const struct iovec *iov, int n);
int __wrap_sd_pid_get_unit(pid_t pid, char **ret);

/* Texts until the one that cannot be made; and what went to the journal. */
static int left;
static int sent;

int __wrap_vasprintf(char **ret, const char *format, va_list arguments) {
        return left-- == 0 ? -1 : __real_vasprintf(ret, format, arguments);
}

int __wrap___vasprintf_chk(char **ret, int flag, const char *format, va_list arguments) {
        return left-- == 0 ? -1 : __real___vasprintf_chk(ret, flag, format, arguments);
}

/* It counts when it says whose it is: the journal may not get to it in time to see that. */
int __wrap_sd_journal_sendv(const struct iovec *iov, int n) {
        for (int i = 0; i < n; i++)
                if (strcmp(iov[i].iov_base, "OBJECT_SYSTEMD_UNIT=gvtd.service") == 0)
                        sent++;
        return 0;
}

int __wrap_sd_pid_get_unit(pid_t pid, char **ret) {
        *ret = strdup("gvtd.service");
        return *ret ? 0 : -ENOMEM;
}

/* What standard error is told when the text of that number cannot be made. */
static void expect(int failing, int expected_sent, const char *expected) {
        char path[] = "/tmp/test-log-XXXXXX", stream[64], said[256] = "";
        int fd = mkstemp(path), old = dup(STDERR_FILENO);
        struct stat st;

        ck_assert_int_ge(fd, 0);
        ck_assert_int_ge(dup2(fd, STDERR_FILENO), 0);
        ck_assert_int_eq(fstat(fd, &st), 0);
        snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t) st.st_dev, (uintmax_t) st.st_ino);
        setenv("JOURNAL_STREAM", stream, 1);
        log_open();
        sent = 0;
        left = failing;
        log_write(LOG_ERR, &(struct subject){.type = "i915-GVTg_V5_8"}, "vGPU %d", 7);
        left = -1;
        dup2(old, STDERR_FILENO);
        ck_assert_int_ge(pread(fd, said, sizeof(said) - 1, 0), 0);
        ck_assert_str_eq(said, expected);
        ck_assert_int_eq(sent, expected_sent);
        close(old);
        close(fd);
        unlink(path);
}

START_TEST(nothing_is_lost_in_silence) {
        expect(-1, 1, "");
        expect(0, 0, "<3>out of memory for the words of a message: vGPU %d\n");
        expect(1, 0, "<3>vGPU 7\n");
        expect(5, 0, "<3>vGPU 7\n");
        expect(6, 1, "");
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("log");
        TCase *tcase = tcase_create("log");

        tcase_add_test(tcase, nothing_is_lost_in_silence);
        suite_add_tcase(suite, tcase);
        return suite;
}
