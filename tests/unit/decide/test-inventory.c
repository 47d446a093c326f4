/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "build.h"
#include "inventory.h"
#include "util.h"

static const struct {
        const char *declared, *present, *expected; /* letter state owner, in order */
} cases[] = {
        {"", "", ""},
        {"a8", "", "a absent -"},
        {"a8", "a8", "a present gvtd"},
        {"a8", "a8f", "a present other"},
        {"a8", "a8s", "a present other"},
        {"a8", "a?", "a present gvtd"},
        {"a8", "a4", "a mistyped gvtd"},
        {"a8", "a8g", "a mistyped gvtd"},
        {"", "a8", "a leftover gvtd"},
        {"", "a8f", "a foreign other"},
        {"", "a8fp", "a foreign other"},
        {"b8 a8", "c8f a8", "b absent -, a present gvtd, c foreign other"},
};

static const char *inventory_text(const struct vgpu *vgpus, size_t n) {
        static char text[256];

        *text = '\0';
        for (size_t i = 0; i < n; i++)
                snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%c %s %s",
                         i ? ", " : "", vgpus[i].uuid[15], vgpu_state_name(vgpus[i].state),
                         !vgpus[i].mdev   ? "-"
                         : vgpus[i].owned ? "gvtd"
                                          : "other");
        return text;
}

START_TEST(test_inventory) {
        struct vgpu *vgpus;
        struct world world;
        size_t n;

        world_init(&world, cases[_i].declared, "8 4 2");
        world_present(&world, cases[_i].present);
        world_plan(&world, 0, PLAN_LOOKING);
        vgpus = inventory_make(world.plan, &n);
        ck_assert_ptr_nonnull(vgpus);
        ck_assert_msg(streq(inventory_text(vgpus, n), cases[_i].expected), "row %d: %s, not %s", _i,
                      inventory_text(vgpus, n), cases[_i].expected);
        free(vgpus);
        world_done(&world);
}
END_TEST

START_TEST(test_ready) {
        struct vgpu *vgpus;
        struct world world;
        size_t n;

        world_init(&world, "a8", "8");
        world_present(&world, "a8");
        world.host->mdevs[0].ready = true;
        world_plan(&world, 0, PLAN_LOOKING);
        vgpus = inventory_make(world.plan, &n);
        ck_assert_str_eq(inventory_text(vgpus, n), "a ready gvtd");
        ck_assert_str_eq(vgpus[0].type, "i915-GVTg_V5_8");
        free(vgpus);
        world_done(&world);
}
END_TEST

static const struct {
        struct holder holder;
        const char *brief;
} holders[] = {
        {{}, ""},
        {{4321, "qemu-system-x86", "win10"}, "pid 4321 win10"},
        {{4321, "qemu-system-x86", ""}, "pid 4321 qemu-system-x86"},
        {{4321, "x (pid 1", ""}, "pid 4321 x (pid 1"},
        {{4321, "x", "a) (pid 1, guest b"}, "pid 4321 a) (pid 1, guest b"},
};

START_TEST(test_brief) {
        char text[128];

        inventory_brief_holder(&holders[_i].holder, text, sizeof(text));
        ck_assert_str_eq(text, holders[_i].brief);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("inventory");
        TCase *tcase = tcase_create("inventory");

        tcase_add_loop_test(tcase, test_inventory, 0, ARRAY_SIZE(cases));
        tcase_add_test(tcase, test_ready);
        tcase_add_loop_test(tcase, test_brief, 0, ARRAY_SIZE(holders));
        suite_add_tcase(suite, tcase);
        return suite;
}
