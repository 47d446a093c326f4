/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Loaded before a program: its allocation number $FAULT_ALLOCATION fails, counted over all of it and its
 * libraries, and the file $FAULT_MARK appears. Where that file is there already, with 0, or without the
 * variable, none fails. A child of the program counts on by itself. What a program's end asks for is spared:
 * where lines are counted, the counts are written then. */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

typedef int program_t(int argc, char **argv, char **envp);
typedef int start_t(program_t *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
                    void (*rtld_fini)(void), void *stack_end);

int __libc_start_main(program_t *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*rtld_fini)(void), void *stack_end);

static long left = -1;
static program_t *program;

static int fails(void) {
        const char *number, *mark;

        mark = getenv("FAULT_MARK");
        if (left == -1) {
                number = getenv("FAULT_ALLOCATION");
                left = number && !(mark && access(mark, F_OK) == 0) ? atol(number) : 0;
        }
        if (left == 0 || --left > 0)
                return 0;
        if (mark)
                close(open(mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        errno = ENOMEM;
        return 1;
}

static void spare(void) {
        left = 0;
}

static int spare_and_run(int argc, char **argv, char **envp) {
        atexit(spare);
        return program(argc, argv, envp);
}

/* Before main() and behind the constructors: atexit() by one of those would come behind the counts */
int __libc_start_main(program_t *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*rtld_fini)(void), void *stack_end) {
        start_t *start = (start_t *) dlsym(RTLD_NEXT, "__libc_start_main");

        program = main;
        return start(spare_and_run, argc, argv, init, fini, rtld_fini, stack_end);
}

void *malloc(size_t size) {
        return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size) {
        return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size) {
        return fails() ? NULL : __libc_realloc(p, size);
}

void *reallocarray(void *p, size_t n, size_t size) {
        size_t bytes;

        if (__builtin_mul_overflow(n, size, &bytes)) {
                errno = ENOMEM;
                return NULL;
        }
        return realloc(p, bytes);
}

void *aligned_alloc(size_t alignment, size_t size) {
        return fails() ? NULL : __libc_memalign(alignment, size);
}
