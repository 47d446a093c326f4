/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The ladder: each rung, and which of two broken rungs is named. */

#include "build.h"

#include "util.h"

#define SKYLAKE     0x1912
#define KABY_LAKE   0x5912
#define TIGER_LAKE  0x9a49
#define HASWELL     0x0412
#define UNKNOWN_GPU 0xffff

START_TEST(names_each_rung) {
        enum situation situation = _i;
        struct world w;

        world_init(&w, "a8", "8 4");
        world_at(&w, situation);
        world_plan(&w, 0, 0);
        ck_assert_msg(w.plan->situation == situation, "%s: is \"%s\"", situation_text(situation),
                      situation_text(w.plan->situation));
        if (situation <= SITUATION_NO_SUCH_DEVICE)
                ck_assert_ptr_null(w.plan->gpu);
        else
                ck_assert_ptr_eq(w.plan->gpu, &w.host->gpus[0]);
        world_done(&w);
}
END_TEST

static const struct {
        const char *sentence;
        uint16_t device_id;
        const char *driver;
        bool registered, types, driver_complete;
        enum modeset modeset;
        enum module_state i915, kvmgt;
        enum parameter enable_gvt;
        enum situation situation;
} rows[] = {
        /* What the kernel offers settles every question before it. */
        {"offered by a GPU that the table does not know", UNKNOWN_GPU, "i915", true, true, true,
         false, MODULE_LIVE, MODULE_LIVE, PARAMETER_ON, SITUATION_OFFERED},
        {"offered by a GPU that the table says cannot", TIGER_LAKE, "i915", true, true, true, false,
         MODULE_LIVE, MODULE_LIVE, PARAMETER_ON, SITUATION_OFFERED},
        {"offered although enable_gvt cannot be read", SKYLAKE, "i915", true, true, true, false,
         MODULE_UNKNOWN, MODULE_UNKNOWN, PARAMETER_UNKNOWN, SITUATION_OFFERED},
        {"the gate comes before the types", SKYLAKE, "i915", true, true, false, false, MODULE_LIVE,
         MODULE_LIVE, PARAMETER_ON, SITUATION_DRIVER_AWAITED},
        {"the gate comes before an empty types folder", SKYLAKE, "i915", true, false, false, false,
         MODULE_LIVE, MODULE_LIVE, PARAMETER_ON, SITUATION_DRIVER_AWAITED},
        {"no types although all is loaded", SKYLAKE, "i915", true, false, true, false, MODULE_LIVE,
         MODULE_LIVE, PARAMETER_ON, SITUATION_NO_TYPES},

        /* The generation comes before the driver. */
        {"Tiger Lake under vfio-pci: the generation", TIGER_LAKE, "vfio-pci", false, false, false,
         false, MODULE_AVAILABLE, MODULE_AVAILABLE, PARAMETER_UNKNOWN, SITUATION_UNSUPPORTED},
        {"Haswell with i915: the generation", HASWELL, "i915", false, false, false, false,
         MODULE_LIVE, MODULE_AVAILABLE, PARAMETER_OFF, SITUATION_UNSUPPORTED},
        {"an unknown id gets the benefit of the doubt", UNKNOWN_GPU, "i915", false, false, false,
         false, MODULE_LIVE, MODULE_AVAILABLE, PARAMETER_ON, SITUATION_KVMGT_NEEDED},
        {"Kaby Lake has it", KABY_LAKE, "i915", false, false, false, false, MODULE_LIVE,
         MODULE_AVAILABLE, PARAMETER_ON, SITUATION_KVMGT_NEEDED},

        /* The driver. */
        {"xe is another driver", SKYLAKE, "xe", false, false, false, false, MODULE_LIVE,
         MODULE_AVAILABLE, PARAMETER_ON, SITUATION_OTHER_DRIVER},
        {"another driver comes before nomodeset", SKYLAKE, "vfio-pci", false, false, false,
         MODESET_NOMODESET,
         MODULE_MISSING, MODULE_MISSING, PARAMETER_UNKNOWN, SITUATION_OTHER_DRIVER},
        {"nomodeset comes before a missing i915", SKYLAKE, "", false, false, false,
         MODESET_NOMODESET, MODULE_MISSING, MODULE_MISSING, PARAMETER_UNKNOWN, SITUATION_NOMODESET},
        {"modeset=0 is another cause", SKYLAKE, "", false, false, false, MODESET_OFF, MODULE_LIVE,
         MODULE_AVAILABLE, PARAMETER_OFF, SITUATION_MODESET_OFF},
        {"nomodeset with i915 bound does not matter", SKYLAKE, "i915", false, false, false,
         MODESET_NOMODESET, MODULE_LIVE, MODULE_AVAILABLE, PARAMETER_ON, SITUATION_KVMGT_NEEDED},
        {"i915 loaded and not bound yet", SKYLAKE, "", false, false, false, false, MODULE_LIVE,
         MODULE_AVAILABLE, PARAMETER_ON, SITUATION_I915_AWAITED},
        {"i915 loading", SKYLAKE, "", false, false, false, false, MODULE_COMING, MODULE_AVAILABLE,
         PARAMETER_UNKNOWN, SITUATION_I915_AWAITED},
        {"what i915 is is not known", SKYLAKE, "", false, false, false, false, MODULE_UNKNOWN,
         MODULE_UNKNOWN, PARAMETER_UNKNOWN, SITUATION_I915_AWAITED},
        {"i915 unbound, with kvmgt missing: first i915", SKYLAKE, "", false, false, false, false,
         MODULE_LIVE, MODULE_MISSING, PARAMETER_OFF, SITUATION_I915_AWAITED},

        /* GVT-g. */
        {"a kernel without GVT-g comes before a missing kvmgt", SKYLAKE, "i915", false, false,
         false, false, MODULE_LIVE, MODULE_MISSING, PARAMETER_ABSENT, SITUATION_NO_GVT},
        {"enable_gvt off comes before a missing kvmgt", SKYLAKE, "i915", false, false, false, false,
         MODULE_LIVE, MODULE_MISSING, PARAMETER_OFF, SITUATION_GVT_OFF},
        {"enable_gvt off comes before a kvmgt that could be loaded", SKYLAKE, "i915", false, false,
         false, false, MODULE_LIVE, MODULE_AVAILABLE, PARAMETER_OFF, SITUATION_GVT_OFF},
        {"unreadable enable_gvt is no verdict", SKYLAKE, "i915", false, false, false, false,
         MODULE_LIVE, MODULE_AVAILABLE, PARAMETER_UNKNOWN, SITUATION_KVMGT_NEEDED},

        /* kvmgt. */
        {"what kvmgt is is not known: try", SKYLAKE, "i915", false, false, false, false,
         MODULE_LIVE, MODULE_UNKNOWN, PARAMETER_ON, SITUATION_KVMGT_NEEDED},
        {"kvmgt on its way in", SKYLAKE, "i915", false, false, false, false, MODULE_LIVE,
         MODULE_COMING, PARAMETER_ON, SITUATION_DRIVER_AWAITED},
        {"kvmgt on its way out", SKYLAKE, "i915", false, false, false, false, MODULE_LIVE,
         MODULE_GOING, PARAMETER_ON, SITUATION_DRIVER_AWAITED},
        {"kvmgt live and nothing registered", SKYLAKE, "i915", false, false, false, false,
         MODULE_LIVE, MODULE_LIVE, PARAMETER_ON, SITUATION_NOT_REGISTERED},
};

/* driver_override holds i915 off, unless it asks for i915. */
static const struct {
        const char *override, *driver;
        enum situation situation;
} overrides[] = {
        {"vfio-pci", "", SITUATION_OVERRIDDEN},
        {"vfio-pci", "vfio-pci", SITUATION_OVERRIDDEN},
        {"i915", "", SITUATION_I915_AWAITED},
        {"i915", "vfio-pci", SITUATION_OTHER_DRIVER},
};

START_TEST(knows_an_override) {
        const struct gpu *gpu;
        struct world w;

        world_init(&w, "a8", "8 4");
        world_at(&w, SITUATION_I915_AWAITED);
        snprintf(w.host->gpus[0].override, DRIVER_NAME_MAX, "%s", overrides[_i].override);
        snprintf(w.host->gpus[0].driver, DRIVER_NAME_MAX, "%s", overrides[_i].driver);
        ck_assert_int_eq(situation_find(w.config, w.host, false, &gpu), overrides[_i].situation);
        world_done(&w);
}
END_TEST

/* Registered early in the probe, with every other gate open. */
START_TEST(the_probe_is_awaited) {
        const struct gpu *gpu;
        struct world w;

        world_init(&w, "a8", "8 4");
        w.host->gpus[0].engines = ENGINES_AWAITED;
        ck_assert_int_eq(situation_find(w.config, w.host, false, &gpu), SITUATION_PROBE_AWAITED);
        w.host->driver_complete = false;
        ck_assert_int_eq(situation_find(w.config, w.host, false, &gpu), SITUATION_DRIVER_AWAITED);
        world_done(&w);
}
END_TEST

START_TEST(names_the_first_cause) {
        const struct gpu *gpu;
        enum situation found;
        struct world w;

        world_init(&w, "a8", rows[_i].types ? "8 4" : "");
        w.host->gpus[0].device_id = rows[_i].device_id;
        w.host->gpus[0].registered = rows[_i].registered;
        snprintf(w.host->gpus[0].driver, DRIVER_NAME_MAX, "%s", rows[_i].driver);
        w.host->driver_complete = rows[_i].driver_complete;
        w.host->modeset = rows[_i].modeset;
        w.host->i915 = rows[_i].i915;
        w.host->kvmgt = rows[_i].kvmgt;
        w.host->enable_gvt = rows[_i].enable_gvt;
        found = situation_find(w.config, w.host, false, &gpu);
        ck_assert_msg(found == rows[_i].situation, "%s: \"%s\", not \"%s\"", rows[_i].sentence,
                      situation_text(found), situation_text(rows[_i].situation));
        world_done(&w);
}
END_TEST

/* Hopeless: exit 69. Blocked: READY at once. The rest is worth waiting for. */
static const struct {
        enum situation situation;
        bool hopeless, blocked;
} verdicts[] = {
        {SITUATION_NO_GPU, true, true},
        {SITUATION_NO_SUCH_DEVICE, true, true},
        {SITUATION_UNSUPPORTED, true, true},
        {SITUATION_OTHER_DRIVER, false, true},
        {SITUATION_OVERRIDDEN, false, true},
        {SITUATION_NOMODESET, false, true},
        {SITUATION_MODESET_OFF, false, true},
        {SITUATION_MODULES_GONE, false, true},
        {SITUATION_MODULES_UNINDEXED, false, true},
        {SITUATION_I915_MISSING, false, true},
        {SITUATION_I915_BLACKLISTED, false, true},
        {SITUATION_I915_AWAITED, false, false},
        {SITUATION_NO_GVT, false, true},
        {SITUATION_GVT_OFF, false, true},
        {SITUATION_KVMGT_MISSING, false, true},
        {SITUATION_KVMGT_BLACKLISTED, false, true},
        {SITUATION_KVMGT_UNLOADED, false, true},
        {SITUATION_KVMGT_FAILED, false, true},
        {SITUATION_KVMGT_NEEDED, false, false},
        {SITUATION_NOT_REGISTERED, false, false},
        {SITUATION_REFUSED, false, true},
        {SITUATION_KERNEL_OLD, false, true},
        {SITUATION_DRIVER_AWAITED, false, false},
        {SITUATION_PROBE_AWAITED, false, false},
        {SITUATION_WEDGED, false, true},
        {SITUATION_NO_TYPES, false, true},
        {SITUATION_OFFERED, false, false},
};

START_TEST(knows_what_to_wait_for) {
        const char *name = situation_text(verdicts[_i].situation);

        ck_assert_int_eq(verdicts[_i].situation, _i);
        ck_assert_msg(situation_is_hopeless(_i) == verdicts[_i].hopeless, "%s: hopeless", name);
        ck_assert_msg(situation_is_blocked(_i) == verdicts[_i].blocked, "%s: blocked", name);
}
END_TEST

/* What is asked: whatever stands in the way, else enable_guc where the ini sets it. */
static const struct {
        enum situation situation;
        enum guc_option asked;
        bool seen;
        int running;
        enum question question;
} questions[] = {
        {SITUATION_OFFERED, GUC_UNSET, true, 2, QUESTION_NONE},
        {SITUATION_OFFERED, GUC_HUC_ONLY, false, 0, QUESTION_NONE},
        {SITUATION_OFFERED, GUC_HUC_ONLY, true, 2, QUESTION_NONE},
        {SITUATION_OFFERED, GUC_HUC_ONLY, true, -1, QUESTION_ENABLE_GUC},
        {SITUATION_OFFERED, GUC_OFF, true, -1, QUESTION_ENABLE_GUC},
        {SITUATION_OFFERED, GUC_OFF, true, 0, QUESTION_NONE},
        {SITUATION_KVMGT_NEEDED, GUC_HUC_ONLY, true, 0, QUESTION_ENABLE_GUC},
        {SITUATION_UNSUPPORTED, GUC_HUC_ONLY, true, 0, QUESTION_NONE},
        {SITUATION_GVT_OFF, GUC_HUC_ONLY, true, 0, QUESTION_ENABLE_GVT},
        {SITUATION_NOMODESET, GUC_UNSET, false, 0, QUESTION_NOMODESET},
        {SITUATION_MODESET_OFF, GUC_UNSET, false, 0, QUESTION_MODESET},
        {SITUATION_MODULES_GONE, GUC_HUC_ONLY, true, 0, QUESTION_MODULES},
        {SITUATION_NO_GVT, GUC_HUC_ONLY, true, 0, QUESTION_NO_GVT},
        {SITUATION_OVERRIDDEN, GUC_UNSET, false, 0, QUESTION_NONE},
        {SITUATION_I915_BLACKLISTED, GUC_HUC_ONLY, false, 0, QUESTION_I915_BLACKLISTED},
        {SITUATION_KVMGT_BLACKLISTED, GUC_HUC_ONLY, true, 0, QUESTION_KVMGT_BLACKLISTED},
        {SITUATION_NOT_REGISTERED, GUC_UNSET, true, 0, QUESTION_NONE},
        {SITUATION_REFUSED, GUC_HUC_ONLY, true, 0, QUESTION_REFUSAL},
        {SITUATION_NO_GPU, GUC_UNSET, false, 0, QUESTION_NONE},
};

START_TEST(knows_what_to_ask) {
        struct world w;

        world_init(&w, "a8", "8");
        w.config->enable_guc = questions[_i].asked;
        w.host->enable_guc_seen = questions[_i].seen;
        w.host->enable_guc = questions[_i].running;
        ck_assert_int_eq(question_find(w.config, w.host, questions[_i].situation),
                         questions[_i].question);
        world_done(&w);
}
END_TEST

/* Which GPU the configuration means. Slots 2, 3, 4; 0: no such GPU. sysfs has them in this order or in any. */
static const struct {
        const char *sentence;
        uint16_t ids[3];
        unsigned registered; /* slot */
        unsigned device;     /* slot; 0: auto */
        unsigned chosen;     /* slot; 0: none */
} choices[] = {
        {"the only one", {SKYLAKE}, 0, 0, 2},
        {"the only one, even without GVT-g", {TIGER_LAKE}, 0, 0, 2},
        {"none at all", {0}, 0, 0, 0},
        {"the one that offers vGPUs", {SKYLAKE, SKYLAKE, SKYLAKE}, 3, 0, 3},
        {"the one that offers vGPUs, whatever the table says", {SKYLAKE, TIGER_LAKE}, 3, 0, 3},
        {"else the one whose generation has GVT-g", {TIGER_LAKE, UNKNOWN_GPU, SKYLAKE}, 0, 0, 4},
        {"an unknown one rather than one that cannot", {TIGER_LAKE, UNKNOWN_GPU}, 0, 0, 3},
        {"of equals the first", {SKYLAKE, SKYLAKE}, 0, 0, 2},
        {"the one named", {SKYLAKE, SKYLAKE}, 2, 3, 3},
        {"the one named, even without GVT-g", {SKYLAKE, TIGER_LAKE}, 2, 3, 3},
        {"the one named is not there: none", {SKYLAKE}, 2, 5, 0},
};

static void add_choice(struct host *host, size_t row, unsigned slot) {
        struct gpu *gpu = &host->gpus[host->n_gpus];

        if (!choices[row].ids[slot - 2])
                return;
        gpu->address.slot = (uint8_t) slot;
        gpu->device_id = choices[row].ids[slot - 2];
        gpu->registered = slot == choices[row].registered;
        host->n_gpus++;
}

START_TEST(chooses_the_gpu) {
        struct config config = {.device_auto = choices[_i].device == 0};

        config.device.slot = (uint8_t) choices[_i].device;
        for (unsigned first = 2; first < 5; first++) {
                struct gpu gpus[3] = {};
                struct host host = {.gpus = gpus};
                const struct gpu *chosen;

                for (unsigned k = 0; k < 3; k++)
                        add_choice(&host, (size_t) _i, 2 + (first - 2 + k) % 3);
                chosen = host_choose_gpu(&host, &config);
                ck_assert_msg((chosen ? chosen->address.slot : 0) == choices[_i].chosen, "%s, slot %u first",
                              choices[_i].sentence, first);
        }
}
END_TEST

/* All four parts of an address count. */
START_TEST(compares_whole_addresses) {
        struct gpu gpu = {.address = {1, 2, 3, 4}};
        struct mdev mdev = {.on_pci = true, .parent = {1, 2, 3, 4}};

        ck_assert(mdev_is_on(&mdev, &gpu));
        mdev.parent.domain++;
        ck_assert(!mdev_is_on(&mdev, &gpu));
        mdev.parent = (struct pci_address){1, 0, 3, 4};
        ck_assert(!mdev_is_on(&mdev, &gpu));
        mdev.parent = (struct pci_address){1, 2, 0, 4};
        ck_assert(!mdev_is_on(&mdev, &gpu));
        mdev.parent = (struct pci_address){1, 2, 3, 0};
        ck_assert(!mdev_is_on(&mdev, &gpu));
        mdev.parent = gpu.address;
        mdev.on_pci = false;
        ck_assert(!mdev_is_on(&mdev, &gpu));
}
END_TEST

static const struct {
        const char *sentence;
        const char *present;
        bool owned;
} owners[] = {
        {"a note of this device", "a8", true},
        {"a note that could not hold the inode yet", "a8n", true},
        {"no note", "a8f", false},
        {"a note of an earlier device", "a8s", false},
};

START_TEST(knows_its_own) {
        struct world w;

        world_init(&w, "", "8");
        world_present(&w, "z8 y8 x8"); /* so that the notes have to be sorted */
        world_present(&w, owners[_i].present);
        world_present(&w, "b8 c8f");
        ck_assert_msg(host_owns(w.host, world_mdev(&w, 'a')) == owners[_i].owned, "%s",
                      owners[_i].sentence);
        world_done(&w);
}
END_TEST

/* UUID.ready alone, as a crash in note_drop() or a stranger may leave it. */
START_TEST(ready_alone_is_no_ownership) {
        struct world w;

        world_init(&w, "", "8");
        world_present(&w, "a8n");
        w.host->notes[0].owned = false;
        w.host->notes[0].ready = true;
        ck_assert(!host_owns(w.host, world_mdev(&w, 'a')));
        world_done(&w);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("ladder");
        TCase *tcase = tcase_create("ladder");

        tcase_add_loop_test(tcase, names_each_rung, 0, SITUATION_OFFERED + 1);
        tcase_add_loop_test(tcase, names_the_first_cause, 0, ARRAY_SIZE(rows));
        tcase_add_loop_test(tcase, knows_an_override, 0, ARRAY_SIZE(overrides));
        tcase_add_test(tcase, the_probe_is_awaited);
        tcase_add_loop_test(tcase, knows_what_to_wait_for, 0, ARRAY_SIZE(verdicts));
        tcase_add_loop_test(tcase, knows_what_to_ask, 0, ARRAY_SIZE(questions));
        tcase_add_loop_test(tcase, chooses_the_gpu, 0, ARRAY_SIZE(choices));
        tcase_add_test(tcase, compares_whole_addresses);
        tcase_add_loop_test(tcase, knows_its_own, 0, ARRAY_SIZE(owners));
        tcase_add_test(tcase, ready_alone_is_no_ownership);
        suite_add_tcase(suite, tcase);
        return suite;
}
