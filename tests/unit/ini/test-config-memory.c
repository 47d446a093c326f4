/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Every allocation of the configuration fails once: each time it must end in -ENOMEM and nothing
 * else, with all that was allocated freed again (which the sanitizers and valgrind watch). The
 * linker puts these functions in place of the C library's. */

#include <check.h>
#include <errno.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "config.h"
#include "load.h"
#include "util.h"

Suite *make_suite(void);

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_reallocarray(void *p, size_t n, size_t size);
char *__real_strdup(const char *text);
int __real_vasprintf(char **ret, const char *format, va_list arguments);
int __real___vasprintf_chk(char **ret, int flag, const char *format, va_list arguments);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
char *__wrap_strdup(const char *text);
int __wrap_vasprintf(char **ret, const char *format, va_list arguments);
int __wrap_asprintf(char **ret, const char *format, ...);
int __wrap___vasprintf_chk(char **ret, int flag, const char *format, va_list arguments);
int __wrap___asprintf_chk(char **ret, int flag, const char *format, ...);

/* Allocations until the one that fails; below zero: none does. */
static long left = -1;

static bool fails(void) {
        if (left < 0 || left-- > 0)
                return false;
        errno = ENOMEM;
        return true;
}

void *__wrap_malloc(size_t size) {
        return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size) {
        return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size) {
        return fails() ? NULL : __real_realloc(p, size);
}

void *__wrap_reallocarray(void *p, size_t n, size_t size) {
        return fails() ? NULL : __real_reallocarray(p, n, size);
}

char *__wrap_strdup(const char *text) {
        return fails() ? NULL : __real_strdup(text);
}

int __wrap_vasprintf(char **ret, const char *format, va_list arguments) {
        return fails() ? -1 : __real_vasprintf(ret, format, arguments);
}

int __wrap_asprintf(char **ret, const char *format, ...) {
        va_list arguments;
        int r;

        va_start(arguments, format);
        r = __wrap_vasprintf(ret, format, arguments);
        va_end(arguments);
        return r;
}

/* What the two are called in a build with _FORTIFY_SOURCE, as distributions make it. */
int __wrap___vasprintf_chk(char **ret, int flag, const char *format, va_list arguments) {
        return fails() ? -1 : __real___vasprintf_chk(ret, flag, format, arguments);
}

int __wrap___asprintf_chk(char **ret, int flag, const char *format, ...) {
        va_list arguments;
        int r;

        va_start(arguments, format);
        r = __wrap___vasprintf_chk(ret, flag, format, arguments);
        va_end(arguments);
        return r;
}

/* Something of everything that allocates; no group, whose lookup may fail in peace. */
static const char text[] = "early = 1\n[gvtd]\ngroup =\nwait = x\n[foo]\n[bar]\nx = 1\nmalformed\n[baz]\n[torn\nx\0\n"
                           "[i915-GVTg_V5_8]\nuuid = a297db4a-f4c2-11e6-90f6-d3b88d6c9525\n"
                           "  a297db4a-f4c2-11e6-90f6-d3b88d6c9525 bad\n"
                           "[i915-GVTg_V5_4]\ncount = 3\n[i915-GVTg_V5_2]\ncount = 2\n";

static void make_file(const char *path) {
        FILE *file = fopen(path, "we");

        ck_assert_ptr_nonnull(file);
        ck_assert_uint_eq(fwrite(text, 1, sizeof(text) - 1, file), sizeof(text) - 1);
        fclose(file);
        ck_assert_int_eq(chmod(path, 0666), 0); /* worth a finding */
}

START_TEST(want_of_memory_is_told_and_leaves_nothing) {
        char folder[] = "/tmp/test-config-memory-XXXXXX", ini[64], dropins[64], dropin[80];
        struct config *config = NULL;
        long n = 0;

        ck_assert_ptr_nonnull(mkdtemp(folder));
        snprintf(ini, sizeof(ini), "%s/ini", folder);
        snprintf(dropins, sizeof(dropins), "%s/d", folder);
        snprintf(dropin, sizeof(dropin), "%s/x.ini", dropins);
        ck_assert_int_eq(mkdir(dropins, 0755), 0);
        ck_assert_int_eq(chmod(dropins, 0777), 0);
        make_file(ini);
        make_file(dropin);
        for (;; n++) {
                int r;

                left = n;
                r = config_load_from(ini, dropins, 0, &config);
                if (left >= 0)
                        break;
                ck_assert_msg(r == -ENOMEM, "allocation %ld: %d", n, r);
                ck_assert_ptr_null(config);
        }
        left = -1;
        ck_assert_int_gt(n, 50);
        ck_assert_uint_eq(config->n_vgpus, 6);
        config_free(config);
        unlink(dropin);
        rmdir(dropins);
        unlink(ini);
        rmdir(folder);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("config-memory");
        TCase *tcase = tcase_create("config-memory");

        tcase_add_test(tcase, want_of_memory_is_told_and_leaves_nothing);
        suite_add_tcase(suite, tcase);
        return suite;
}
