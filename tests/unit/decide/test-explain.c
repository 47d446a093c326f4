/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Each cause with its device and its remedy, to the letter. What else the situations say stands in
 * test-report.c, as part of the status lines. */

#include "build.h"

#include <errno.h>

#include "explain.h"
#include "ladder.h"
#include "util.h"

#define NOW (100 * SECOND)

/* A failed create. */
static const struct {
        int error;
        bool fits;
        const char *text;
        const char *present;
        enum outcome outcome; /* if not FAILED */
} errors[] = {
        {ENOSPC, true,
         "the kernel found no room for it although the arithmetic has some: the desktop holds the "
         "aperture (stop the display manager, `systemctl reload gvtd`, start it again), or earlier vGPUs "
         "have left it in pieces (end all VMs, then `systemctl stop gvtd; rmmod kvmgt; systemctl start gvtd`, "
         "which removes others' vGPUs, too)"},
        {ENOSPC, false,
         "no room left for it while undeclared vGPUs are in use (2); they are removed when released, and "
         "`gvtd status` names who uses them", "x8u y8u"},
        {ENOSPC, false,
         "no room left for it in the aperture of 256 MB: vGPU "
         "a297db4a-f4c2-11e6-90f6-d3b88d6c9578 (i915-GVTg_V5_8), made by something else, takes a part; "
         "remove it there (mdevctl, libvirt, a script?) or, if `gvtd status` as root shows nobody "
         "using it, with `echo 1 >/sys/bus/mdev/devices/a297db4a-f4c2-11e6-90f6-d3b88d6c9578/remove`; or "
         "declare that one in its stead", "x8f y8f"},
        {EEXIST, true,
         "the kernel still has a device of this UUID, which is being removed, and something holds it "
         "open (a VM?); end that, then `systemctl reload gvtd`"},
        {ENODEV, true,
         "the GPU stopped offering vGPUs while it was being created; it is created when the GPU "
         "offers them again"},
        {ENOENT, true,
         "the type went away while it was being created; `gvtd types` lists what is offered, `systemctl "
         "reload gvtd` tries again"},
        {EINVAL, true,
         "the kernel refused it as invalid, although UUID and type are right: GVT-g could not set "
         "it "
         "up; the kernel log (journalctl -k -g gvt) says more"},
        {EACCES, true,
         "gvtd may not write to sysfs; it has to run as root, with the sandbox of its own unit"},
        {EPERM, true,
         "gvtd may not write to sysfs; it has to run as root, with the sandbox of its own unit"},
        {ENOSPC, true,
         "gvtd cannot write its note to /run/gvtd, and creates nothing without: is /run full or "
         "read-only (df /run)?", "", OUTCOME_NO_NOTE},
        {0, true, "the kernel is busy (Resource temporarily unavailable)", "", OUTCOME_GATE_CLOSED},
        {ENOMEM, true, "the kernel is out of memory for it; free some, then `systemctl reload gvtd`"},
        {EAGAIN, true, "the kernel is busy (Resource temporarily unavailable)"},
        {EINTR, true, "the kernel is busy (Interrupted system call)"},
        {EBUSY, true, "the kernel is busy (Device or resource busy)"},
        {0, true,
         "the kernel reported it created, and it is incomplete; the journal says what is missing",
         "", OUTCOME_UNVERIFIED},
        {EIO, true,
         "the kernel refused it (Input/output error); its log (journalctl -k -g gvt) says more"},
};

START_TEST(explains_each_errno) {
        struct result result = {
                .outcome = errors[_i].outcome ? errors[_i].outcome : OUTCOME_FAILED,
                .error = errors[_i].error,
        };
        char text[EXPLANATION_MAX];
        struct world w;

        world_init(&w, "a8", "8 4");
        w.host->gpus[0].aperture = 256 * MB;
        if (errors[_i].present)
                world_present(&w, errors[_i].present);
        do /* the first ones may not be worth a word */
                record_created(world_record(&w, 'a'), &result, errors[_i].fits, NOW);
        while (record_holds_create_briefly(world_record(&w, 'a'), NOW));
        world_plan(&w, NOW, 0);
        ck_assert_int_eq(w.plan->entries[0].state, ENTRY_HELD);
        ck_assert_int_eq(w.plan->entries[0].fits, errors[_i].fits);
        explain_entry(w.plan, 0, text);
        ck_assert_msg(streq(text, errors[_i].text), "%s: \"%s\"", strerror(errors[_i].error), text);
        world_done(&w);
}
END_TEST

/* A removal that failed. */
static const struct {
        int error;
        bool deduced;
        const char *text;
} removals[] = {
        {EINTR, true, "the process that was removing it ended before it could tell"},
        {EINTR, false,
         "the kernel refused it (Interrupted system call); its log (journalctl -k -g vfio) says more"},
        {EAGAIN, true, "something else is changing it right now"},
        {ENODEV, false, "something else is changing it right now"},
        {ESTALE, true, "something else is changing it right now"},
        {EACCES, false,
         "gvtd may not open its node or write to sysfs; it has to run as root, with the sandbox of its "
         "own unit"},
        {EROFS, false,
         "its file in /run/gvtd cannot be dropped: is /run full or read-only (df /run)?"},
};

START_TEST(explains_each_removal) {
        char text[EXPLANATION_MAX];

        explain_removal(removals[_i].error, removals[_i].deduced, text);
        ck_assert_msg(streq(text, removals[_i].text), "%s: \"%s\"", strerror(removals[_i].error), text);
}
END_TEST

/* What a worker that was killed has made of it, nobody knows; and no kernel is busy. */
START_TEST(an_early_end_is_no_answer_of_the_kernel) {
        struct result killed = {.outcome = OUTCOME_FAILED, .error = EINTR, .deduced = true};
        char text[EXPLANATION_MAX];
        struct world w;

        world_init(&w, "a8", "8 4");
        record_created(world_record(&w, 'a'), &killed, true, NOW);
        world_plan(&w, NOW, 0);
        explain_entry(w.plan, 0, text);
        ck_assert_str_eq(text, "the process that was making it ended before it could tell");
        world_done(&w);
}
END_TEST

/* Everything else that becomes of an entry. */
static const struct {
        const char *declared, *present;
        enum situation situation;
        enum hold hold;
        unsigned errors;
        const char *text;
} entries[] = {
        {"a8", "", SITUATION_OFFERED, HOLD_NONE, 0, "being created"},
        {"a8", "", SITUATION_GVT_OFF, HOLD_NONE, 0, ""},
        {"a8", "a8", SITUATION_OFFERED, HOLD_NONE, 0,
         "there, but the kernel or udev is not done with its /dev/vfio node yet"},
        {"a4", "a8", SITUATION_OFFERED, HOLD_NONE, 0, "being made anew as i915-GVTg_V5_4"},
        {"a8", "", SITUATION_OFFERED, HOLD_LOST, 0,
         "something else removed it, and recreate = no; `systemctl reload gvtd` creates it again"},
        {"a8", "", SITUATION_OFFERED, HOLD_RESTS, 0,
         "something else removed it 3 times within a minute, and gvtd makes it again only after 10 min; "
         "find out what (mdevctl, libvirt, a script?), or take it out of the ini to be rid of it, and "
         "`systemctl reload gvtd`"},
        {"a4", "a8f", SITUATION_OFFERED, HOLD_NONE, 0,
         "it exists as i915-GVTg_V5_8, made by something else, and is declared as i915-GVTg_V5_4; "
         "remove it there (mdevctl, libvirt) or declare that type"},
        {"a4", "a8", SITUATION_OFFERED, HOLD_NONE, 1,
         "it is a i915-GVTg_V5_8 and stays one while the ini has errors (`gvtd check --config` lists "
         "them), although declared as i915-GVTg_V5_4"},
        {"a4 b4 c4 d8", "a8 b4 c4 d8", SITUATION_OFFERED, HOLD_NONE, 0,
         "it stays a i915-GVTg_V5_8 although declared as i915-GVTg_V5_4: no room left for it: the "
         "aperture of 512 MB does not carry all that is declared; `gvtd check` says what would fit"},
        {"a4", "a8 b4f c4f d8f", SITUATION_OFFERED, HOLD_NONE, 0,
         "it stays a i915-GVTg_V5_8 although declared as i915-GVTg_V5_4: no room left for it in the "
         "aperture of 512 MB: vGPU a297db4a-f4c2-11e6-90f6-d3b88d6c9562 (i915-GVTg_V5_4), made by "
         "something else, takes a part; remove it there (mdevctl, libvirt, a script?) or, if `gvtd "
         "status` as root shows nobody using it, with `echo 1 >/sys/bus/mdev/devices/"
         "a297db4a-f4c2-11e6-90f6-d3b88d6c9562/remove`; or declare that one in its stead"},
        {"a4", "a8u", SITUATION_OFFERED, HOLD_NONE, 0,
         "it is a i915-GVTg_V5_8 and declared as i915-GVTg_V5_4, but in use by qemu (pid 7); it is "
         "changed when released"},
        {"a8", "a8fg", SITUATION_OFFERED, HOLD_NONE, 0,
         "its UUID belongs to a i915-GVTg_V5_8 of 0000:03:00.0 already; give it another one "
         "(uuidgen)"},
        {"a8", "a8fp", SITUATION_OFFERED, HOLD_NONE, 0,
         "its UUID belongs to a i915-GVTg_V5_8 of another device already; give it another one "
         "(uuidgen)"},
        {"a2", "", SITUATION_OFFERED, HOLD_NONE, 0,
         "i915-GVTg_V5_2 is no type of this GPU, which offers i915-GVTg_V5_8, i915-GVTg_V5_4; "
         "larger "
         "types need a larger aperture (`gvtd types`)"},
};

START_TEST(explains_each_entry) {
        char text[EXPLANATION_MAX];
        struct world w;

        world_init(&w, entries[_i].declared, "8 4");
        world_present(&w, entries[_i].present);
        world_at(&w, entries[_i].situation);
        world_record(&w, 'a')->hold = entries[_i].hold;
        world_record(&w, 'a')->rest = (struct attempt){2, OUTCOME_FAILED, 0, 600 * SECOND, NOW + 1};
        w.config->findings.n_errors = entries[_i].errors;
        world_plan(&w, NOW, 0);
        explain_entry(w.plan, 0, text);
        ck_assert_msg(streq(text, entries[_i].text), "%s, present \"%s\": \"%s\"",
                      entries[_i].declared, entries[_i].present, text);
        world_done(&w);
}
END_TEST

START_TEST(kept_room_is_none) {
        char text[EXPLANATION_MAX];
        struct world w;

        world_init(&w, "a4 b4 c4 d8", "8 4");
        world_present(&w, "a8u b4 c4");
        world_plan(&w, NOW, 0);
        ck_assert_str_eq(states_text(w.plan), "in-use present present behind");
        explain_entry(w.plan, 3, text);
        ck_assert_str_eq(text, "no room left for it: the aperture of 512 MB does not carry all that is declared; "
                               "`gvtd check` says what would fit");
        world_done(&w);
}
END_TEST

/* A change of type that failed although nobody has the device: no user is made up. */
START_TEST(explains_a_change_that_failed) {
        char text[EXPLANATION_MAX];
        struct world w;

        world_init(&w, "a4", "8 4");
        world_present(&w, "a8");
        fail_removal(world_record(&w, 'a'), EROFS, NOW);
        world_plan(&w, NOW, 0);
        explain_entry(w.plan, 0, text);
        ck_assert_str_eq(text, "it is a i915-GVTg_V5_8 and declared as i915-GVTg_V5_4, but could not be removed: its "
                               "file in /run/gvtd cannot be dropped: is /run full or read-only (df /run)?; tried again");
        world_done(&w);
}
END_TEST

START_TEST(explains_a_group_that_is_awaited) {
        const struct result silent = {.outcome = OUTCOME_FAILED, .error = EIO};
        char text[EXPLANATION_MAX];
        struct world w;

        world_init(&w, "a8", "8 4");
        world_present(&w, "a8");
        history_seek_group(&w.history);
        world_plan(&w, NOW, 0);
        explain_entry(w.plan, 0, text);
        ck_assert_str_eq(text, "there, and its group kvm is being looked up");
        history_group(&w.history, &silent, NOW);
        explain_entry(w.plan, 0, text);
        ck_assert_str_eq(text, "there, but its group kvm cannot be looked up: Input/output error; tried again until it "
                               "works");
        world_done(&w);
}
END_TEST

/* What there is instead, by generation. */
static const struct {
        uint16_t device_id;
        const char *text;
} generations[] = {
        {0x9a49, "0000:00:02.0 (8086:9a49, Tiger Lake) has no GVT-g in any kernel; what it has is "
                 "SR-IOV: boot kernel 6.18 or later with xe.force_probe=9a49 i915.force_probe=!9a49 on "
                 "its command line (or any with the out-of-tree driver i915-sriov), then make VFs as "
                 "gvtd(8) says under SR-IOV"},
        {0xb080, "0000:00:02.0 (8086:b080, Panther Lake) has no GVT-g in any kernel; what it has is "
                 "SR-IOV: boot kernel 6.17 or later, whose xe has it, then make VFs as gvtd(8) says "
                 "under SR-IOV"},
        {0xd750, "0000:00:02.0 (8086:d750, Nova Lake-P) has no GVT-g in any kernel; what it has is "
                 "SR-IOV: boot kernel 7.3 or later with xe.force_probe=d750 on its command line, then "
                 "make VFs as gvtd(8) says under SR-IOV"},
        {0x7d55, "0000:00:02.0 (8086:7d55, Meteor Lake) has no GVT-g in any kernel; what it has is "
                 "SR-IOV, and no kernel's own driver for that: install the out-of-tree i915-sriov, "
                 "boot with i915.enable_guc=3 i915.max_vfs=7 module_blacklist=xe on the command line, "
                 "then make VFs as gvtd(8) says under SR-IOV"},
        {0x0412,
         "0000:00:02.0 (8086:0412, Haswell) has no GVT-g in any kernel; nor is there a driver with "
         "SR-IOV for it; only the whole GPU can be passed through, to one guest"},
        {0x8a52,
         "0000:00:02.0 (8086:8a52, Ice Lake) has no GVT-g in any kernel; nor is there a driver with "
         "SR-IOV for it; only the whole GPU can be passed through, to one guest"},
};

START_TEST(explains_each_generation) {
        char text[EXPLANATION_MAX];
        struct world w;

        world_init(&w, "a8", "8 4");
        world_at(&w, SITUATION_UNSUPPORTED);
        w.host->gpus[0].device_id = generations[_i].device_id;
        world_plan(&w, NOW, 0);
        situation_explain(w.plan, text);
        ck_assert_msg(streq(text, generations[_i].text), "%04x: \"%s\"", generations[_i].device_id,
                      text);
        world_done(&w);
}
END_TEST

START_TEST(nothing_there_at_all) {
        char text[EXPLANATION_MAX];
        struct world w;

        world_init(&w, "a8", "");
        world_at(&w, SITUATION_NO_SUCH_DEVICE);
        world_at(&w, SITUATION_NO_GPU);
        world_plan(&w, NOW, 0);
        ck_assert_int_eq(w.plan->situation, SITUATION_NO_SUCH_DEVICE);
        situation_explain(w.plan, text);
        ck_assert_str_eq(text,
                         "no Intel display device on the PCI bus, and none at 0000:03:00.0; "
                         "enable the integrated GPU (IGD, iGPU Multi-Monitor) in the firmware "
                         "setup, if the processor is one of Intel's that have it");
        world_done(&w);
}
END_TEST

/* A card comes first in the folder, and is not the one that anybody means. */
START_TEST(names_the_likeliest_instead) {
        char text[EXPLANATION_MAX];
        struct gpu gpus[2] = {{.address = {.bus = 3}, .device_id = 0x56a0}};
        struct gpu *own;
        struct world w;

        world_init(&w, "a8", "");
        world_at(&w, SITUATION_NO_SUCH_DEVICE);
        w.config->device.bus = 7;
        own = w.host->gpus;
        gpus[1] = own[0];
        w.host->gpus = gpus;
        w.host->n_gpus = 2;
        world_plan(&w, NOW, 0);
        situation_explain(w.plan, text);
        ck_assert_str_eq(text, "no Intel display device at 0000:07:00.0, where `device` in the ini says; "
                               "there is one at 0000:00:02.0");
        w.host->gpus = own;
        w.host->n_gpus = 1;
        world_done(&w);
}
END_TEST

/* Intel's integrated GPU is on bus 0 of domain 0; another one is a card. */
static const struct {
        struct pci_address address;
        bool card;
} places[] = {
        {{.slot = 2}, false},
        {{.bus = 3}, true},
        {{.domain = 1}, true},
};

START_TEST(tells_a_card_from_what_is_switched_off) {
        char text[EXPLANATION_MAX];
        struct world w;

        world_init(&w, "a8", "");
        world_at(&w, SITUATION_UNSUPPORTED);
        w.host->gpus[0].address = places[_i].address;
        world_plan(&w, NOW, 0);
        situation_explain(w.plan, text);
        ck_assert_int_eq(strstr(text, "; the integrated GPU, which may have it, is not there: ") != NULL, places[_i].card);
        world_done(&w);
}
END_TEST

/* Every rung but the last has something to say, within its bounds. */
START_TEST(no_rung_is_silent) {
        char text[EXPLANATION_MAX] = "stale";
        struct world w;

        world_init(&w, "a8", "8 4");
        world_at(&w, _i);
        world_plan(&w, NOW, 0);
        situation_explain(w.plan, text);
        ck_assert_msg(streq(text, "") == (_i == SITUATION_OFFERED), "%s: \"%s\"",
                      situation_text(_i), text);
        ck_assert_uint_lt(strlen(text), EXPLANATION_MAX - 1);
        world_done(&w);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("explain");
        TCase *tcase = tcase_create("explain");

        tcase_add_loop_test(tcase, explains_each_errno, 0, ARRAY_SIZE(errors));
        tcase_add_loop_test(tcase, explains_each_removal, 0, ARRAY_SIZE(removals));
        tcase_add_test(tcase, an_early_end_is_no_answer_of_the_kernel);
        tcase_add_loop_test(tcase, explains_each_entry, 0, ARRAY_SIZE(entries));
        tcase_add_test(tcase, kept_room_is_none);
        tcase_add_test(tcase, explains_a_change_that_failed);
        tcase_add_test(tcase, explains_a_group_that_is_awaited);
        tcase_add_loop_test(tcase, explains_each_generation, 0, ARRAY_SIZE(generations));
        tcase_add_test(tcase, nothing_there_at_all);
        tcase_add_test(tcase, names_the_likeliest_instead);
        tcase_add_loop_test(tcase, tells_a_card_from_what_is_switched_off, 0, ARRAY_SIZE(places));
        tcase_add_loop_test(tcase, no_rung_is_silent, 0, SITUATION_OFFERED + 1);
        suite_add_tcase(suite, tcase);
        return suite;
}
