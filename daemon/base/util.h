/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What C lacks and every file needs: scope-bound cleanup, ownership moves, a few one-liners.
 * Header only; it must not grow into a library. */

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define _cleanup_(fn) __attribute__((cleanup(fn)))
#define _printf_(fmt, args) __attribute__((format(printf, fmt, args)))
#define _unused_ __attribute__((unused))

#define SECOND UINT64_C(1000000) /* in microseconds, as all times here */
#define MINUTE (60 * SECOND)
#define MIB    (UINT64_C(1) << 20)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define TAKE(x, none)                                                                              \
        ({                                                                                         \
                __typeof__(x) taken_ = (x);                                                        \
                (x) = (none);                                                                      \
                taken_;                                                                            \
        })
#define TAKE_PTR(p) TAKE(p, NULL)
#define TAKE_FD(fd) TAKE(fd, -1)

static inline void freep(void *p) {
        free(*(void **) p);
}

static inline void closep(int *fd) {
        if (*fd >= 0)
                close(*fd);
}

static inline void fclosep(FILE **f) {
        if (*f)
                fclose(*f);
}

static inline void closedirp(DIR **d) {
        if (*d)
                closedir(*d);
}

#define _cleanup_free_ _cleanup_(freep)
#define _cleanup_close_ _cleanup_(closep)
#define _cleanup_fclose_ _cleanup_(fclosep)
#define _cleanup_closedir_ _cleanup_(closedirp)

/* Room for one more element: arrays grow at the powers of two, so that a long list stays linear. NULL: out
 * of memory. */
static inline void *grow(void *array, size_t n, size_t size) {
        if (n & (n - 1))
                return array;
        return reallocarray(array, n ? 2 * n : 1, size);
}

static inline uint64_t usec_of(const struct timespec *time) {
        return (uint64_t) time->tv_sec * SECOND + (uint64_t) time->tv_nsec / 1000;
}

static inline uint64_t usec_now(clockid_t clock) {
        struct timespec now;

        (void) clock_gettime(clock, &now);
        return usec_of(&now);
}

static inline bool streq(const char *a, const char *b) {
        return strcmp(a, b) == 0;
}

static inline const char *plural(size_t n) {
        return n == 1 ? "" : "s";
}
