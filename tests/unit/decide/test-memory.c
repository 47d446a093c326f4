/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Every allocation of what decides fails once: it ends in -ENOMEM or NULL, leaves nothing behind (which the
 * sanitizers and valgrind watch), and what was known before is known after. The linker puts these functions in
 * place of the C library's. */

#include "build.h"

#include <errno.h>

#include "inventory.h"
#include "util.h"

void *__real_calloc(size_t n, size_t size);
void *__real_reallocarray(void *p, size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);

/* Allocations until the one that fails; below zero: none does. */
static long left = -1;

static bool fails(void) {
        if (left < 0 || left-- > 0)
                return false;
        errno = ENOMEM;
        return true;
}

void *__wrap_calloc(size_t n, size_t size) {
        return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_reallocarray(void *p, size_t n, size_t size) {
        return fails() ? NULL : __real_reallocarray(p, n, size);
}

/* It lets allocation after allocation fail until there is none left, and returns how many there were. */
static long fail_each(int (*run)(struct world *), struct world *world) {
        for (long n = 0;; n++) {
                int r;

                left = n;
                r = run(world);
                if (left >= 0) {
                        left = -1;
                        ck_assert_int_eq(r, 0);
                        return n;
                }
                ck_assert_msg(r == -ENOMEM, "allocation %ld: %d", n, r);
        }
}

static int plan(struct world *world) {
        int r = plan_make(world->config, world->host, &world->history, SECOND, 0, &world->plan);

        ck_assert((r == 0) == (world->plan != NULL));
        return r;
}

START_TEST(no_half_plan) {
        struct world w;

        world_init(&w, "a8 b4", "8 4");
        world_present(&w, "z8");
        ck_assert_int_eq(fail_each(plan, &w), 3);
        ck_assert_str_eq(actions_text(w.plan), "-z8 +b4 +a8");
        world_done(&w);
}
END_TEST

static int look(struct world *world) {
        return history_update(&world->history, world->config, world->host, 2 * SECOND);
}

/* A look that is cut short counts no loss twice and forgets no failure. */
START_TEST(remembers_all_the_same) {
        struct world w;

        world_init(&w, "a8 b8 c8", "8");
        world_present(&w, "a8");
        ck_assert_int_eq(look(&w), 0);
        fail_create(world_record(&w, 'b'), EINVAL, true, SECOND);
        world_vanish(&w, 'a');
        world_present(&w, "c8 d8f");
        ck_assert_int_eq(fail_each(look, &w), 3 /* the third has c already */);
        ck_assert_uint_eq(world_record(&w, 'a')->n_losses, 1);
        ck_assert_int_eq(world_record(&w, 'b')->hold, HOLD_FAILED);
        ck_assert_uint_eq(world_record(&w, 'c')->inode, world_mdev(&w, 'c')->inode);
        ck_assert_uint_eq(world_record(&w, 'd')->inode, world_mdev(&w, 'd')->inode);
        world_done(&w);
}
END_TEST

static int list(struct world *world) {
        size_t n = 0;
        struct vgpu *vgpus = inventory_make(world->plan, &n);

        ck_assert_uint_eq(n, vgpus ? 2 : 0);
        free(vgpus);
        return vgpus ? 0 : -ENOMEM;
}

START_TEST(no_half_list) {
        struct world w;

        world_init(&w, "a8", "8");
        world_present(&w, "z8");
        world_plan(&w, SECOND, 0);
        ck_assert_int_eq(fail_each(list, &w), 1);
        world_done(&w);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("memory");
        TCase *tcase = tcase_create("memory");

        tcase_add_test(tcase, no_half_plan);
        tcase_add_test(tcase, remembers_all_the_same);
        tcase_add_test(tcase, no_half_list);
        suite_add_tcase(suite, tcase);
        return suite;
}
