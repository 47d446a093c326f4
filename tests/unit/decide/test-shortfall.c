/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "build.h"
#include "shortfall.h"
#include "util.h"

#define A "a297db4a-f4c2-11e6-90f6-d3b88d6c9561"
#define B "a297db4a-f4c2-11e6-90f6-d3b88d6c9562"
#define C "a297db4a-f4c2-11e6-90f6-d3b88d6c9563"
#define D "a297db4a-f4c2-11e6-90f6-d3b88d6c9564"
#define H "a297db4a-f4c2-11e6-90f6-d3b88d6c9568"

#define TAIL "declare fewer (gvtd types shows how many fit, 7 at the most)\n"

static const struct {
        unsigned aperture;
        const char *declared, *present, *expected;
} cases[] = {
        {512, "", "", ""},
        {512, "a4 b4 c4", "", ""},
        {512, "a4 b4 c4", "a4 b4f", ""},
        {512, "a8 b8 c8 d8 e8 f8", "", ""},
        {0, "a1 b1 c1", "", ""}, /* unknown */
        {512, "c2 a1 b1 d1", "", /* each type is named once */
         "ini:2: error: i915-GVTg_V5_1 is no type of this GPU, which with its aperture of 512 MB offers "
         "i915-GVTg_V5_8, i915-GVTg_V5_4, i915-GVTg_V5_2; declare one of these, or set Aperture Size in the "
         "firmware setup to 1024 MB or more\n"},
        {512, "a4 b4 c4", "w8f x4f y8f z4fg", /* the largest of them, and of this GPU */
         "0000:00:02.0: error: 2 of 3 declared vGPUs do not fit into the aperture of 512 MB: " B ", " C "; "
         "vGPU a297db4a-f4c2-11e6-90f6-d3b88d6c9578 (i915-GVTg_V5_4), made by something else, takes a part; "
         "remove it there (mdevctl, libvirt, a script?) or, if `gvtd status` as root shows nobody using it, "
         "with `echo 1 >/sys/bus/mdev/devices/a297db4a-f4c2-11e6-90f6-d3b88d6c9578/remove`; or " TAIL},
        {256, "a4 b4", "",
         "0000:00:02.0: error: 1 of 2 declared vGPUs do not fit into the aperture of 256 MB: " B "; "
         "with Aperture Size set to 512 MB in the firmware setup all would fit, "
         "with no type larger than i915-GVTg_V5_8 they fit now, or " TAIL},
        {512, "a4 b4 c4", "d4f",
         "0000:00:02.0: error: 1 of 3 declared vGPUs do not fit into the aperture of 512 MB: " C "; "
         "vGPU " D " (i915-GVTg_V5_4), made by something else, takes a part; "
         "remove it there (mdevctl, libvirt, a script?) or, if `gvtd status` as root shows nobody "
         "using it, with `echo 1 >/sys/bus/mdev/devices/" D "/remove`; "
         "with Aperture Size set to 1024 MB in the firmware setup all would fit, "
         "with no type larger than i915-GVTg_V5_8 they fit now, or " TAIL},
        {512, "a4 b4 c4", "d4", ""}, /* a leftover of ours goes before they come */
        {256, "a4", "y8f z8", /* and counts for no remedy, either */
         "0000:00:02.0: error: 1 of 1 declared vGPUs do not fit into the aperture of 256 MB: " A "; "
         "vGPU a297db4a-f4c2-11e6-90f6-d3b88d6c9579 (i915-GVTg_V5_8), made by something else, takes a "
         "part; remove it there (mdevctl, libvirt, a script?) or, if `gvtd status` as root shows nobody "
         "using it, with `echo 1 >/sys/bus/mdev/devices/a297db4a-f4c2-11e6-90f6-d3b88d6c9579/remove`; "
         "with Aperture Size set to 512 MB in the firmware setup all would fit, with no type larger "
         "than i915-GVTg_V5_8 they fit now, or " TAIL},
        {1024, "a2 b2 c2", "",
         "0000:00:02.0: error: 1 of 3 declared vGPUs do not fit into the graphics address space of 4096 MB "
         "(into the aperture of 1024 MB they would): " C "; "
         "with no type larger than i915-GVTg_V5_4 they fit now, or " TAIL},
        {1024, "a8 b8 c8 d8 e8 f8 g8 h8", "",
         "0000:00:02.0: error: 1 of 8 declared vGPUs do not fit into the graphics address space of 4096 MB "
         "(into the aperture of 1024 MB they would): " H "; " TAIL},
        {256, "a8 b4 c8 d8 e4 f8", "", /* earlier entries first, and what is small enough after */
         "0000:00:02.0: error: 4 of 6 declared vGPUs do not fit into the aperture of 256 MB: " B ", "
         "a297db4a-f4c2-11e6-90f6-d3b88d6c9564, a297db4a-f4c2-11e6-90f6-d3b88d6c9565 and 1 more; "
         "with Aperture Size set to 1024 MB in the firmware setup all would fit, or " TAIL},
        {2048, "a8 b8 c8 d8 e8", "", /* less is more */
         "0000:00:02.0: error: 1 of 5 declared vGPUs do not fit into the graphics address space of 4096 MB "
         "(into the aperture of 2048 MB they would): "
         "a297db4a-f4c2-11e6-90f6-d3b88d6c9565; with Aperture Size set to 512 MB in the firmware "
         "setup all would fit, or " TAIL},
        {256, "a2 b2", "",
         "ini:1: error: i915-GVTg_V5_2 is no type of this GPU, which with its aperture of 256 MB "
         "offers i915-GVTg_V5_8, i915-GVTg_V5_4; declare one of these, or set Aperture Size in the "
         "firmware setup to 512 MB or more\n"},
        {512, "a1 b8", "",
         "ini:1: error: i915-GVTg_V5_1 is no type of this GPU, which with its aperture of 512 MB "
         "offers i915-GVTg_V5_8, i915-GVTg_V5_4, i915-GVTg_V5_2; declare one of these, or set "
         "Aperture Size in the firmware setup to 1024 MB or more\n"},
};

static char *text;
static size_t size;

static void expect(struct world *world, const char *expected) {
        FILE *stream = open_memstream(&text, &size);
        struct findings findings = {};

        world_plan(world, 0, PLAN_LOOKING);
        shortfall_find(world->plan, &findings);
        findings_print(&findings, stream);
        fclose(stream);
        ck_assert_str_eq(text, expected);
        free(text);
        findings_done(&findings);
}

START_TEST(test_shortfall) {
        struct world world;

        world_init(&world, cases[_i].declared, "");
        world_present(&world, cases[_i].present);
        world.host->gpus[0].registered = false;
        world.host->gpus[0].aperture = cases[_i].aperture * MB;
        expect(&world, cases[_i].expected);
        world_done(&world);
}
END_TEST

START_TEST(test_other_generation) {
        struct world world;

        world_init(&world, "a8", "");
        world.host->gpus[0].registered = false;
        strcpy(world.config->vgpus[0].type, "i915-GVTg_V4_8");
        world.config->vgpus[0].file = "/etc/gvtd.ini";
        world.config->vgpus[0].line = 7;
        expect(&world, "/etc/gvtd.ini:7: error: i915-GVTg_V4_8 is no type of this GPU, which with "
                       "its aperture of 512 MB offers i915-GVTg_V5_8, i915-GVTg_V5_4, "
                       "i915-GVTg_V5_2; did you mean i915-GVTg_V5_8?\n");
        world_done(&world);
}
END_TEST

START_TEST(test_unknown_generation) {
        struct world world;

        world_init(&world, "a8 b1", "");
        world.host->gpus[0].registered = false;
        world.host->gpus[0].device_id = 0xffff;
        expect(&world, "");
        world_done(&world);
}
END_TEST

START_TEST(test_json) {
        FILE *stream = open_memstream(&text, &size);
        struct findings findings = {};

        finding_add(&findings, SEVERITY_NOTE, "ok", "here", 0, "%d fine", 3);
        finding_add(&findings, SEVERITY_WARNING, "odd", "there", 0, "hm");
        findings_print_json(&findings, stream);
        fclose(stream);
        ck_assert_str_eq(text, "{\n"
                               "  \"ok\": true,\n"
                               "  \"findings\": [\n"
                               "    {\n"
                               "      \"severity\": \"note\",\n"
                               "      \"cause\": \"ok\",\n"
                               "      \"subject\": \"here\",\n"
                               "      \"text\": \"3 fine\"\n"
                               "    },\n"
                               "    {\n"
                               "      \"severity\": \"warning\",\n"
                               "      \"cause\": \"odd\",\n"
                               "      \"subject\": \"there\",\n"
                               "      \"text\": \"hm\"\n"
                               "    }\n"
                               "  ]\n"
                               "}\n");
        free(text);
        finding_add(&findings, SEVERITY_ERROR, "bad", "there", 0, "no");
        ck_assert_uint_eq(findings.n_errors, 1);
        stream = open_memstream(&text, &size);
        findings_print_json(&findings, stream);
        fclose(stream);
        ck_assert_ptr_nonnull(strstr(text, "\"ok\": false"));
        free(text);
        findings_done(&findings);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("shortfall");
        TCase *tcase = tcase_create("shortfall");

        tcase_add_loop_test(tcase, test_shortfall, 0, ARRAY_SIZE(cases));
        tcase_add_test(tcase, test_other_generation);
        tcase_add_test(tcase, test_unknown_generation);
        tcase_add_test(tcase, test_json);
        suite_add_tcase(suite, tcase);
        return suite;
}
