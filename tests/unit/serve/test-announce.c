/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What is said, how loud, and that it is said once; ERRNO= is what a call returned, or is not there. The linker
 * puts this log in place of the journal's. */

#include "build.h"

#include <errno.h>
#include <stdarg.h>
#include <syslog.h>

#include "announce.h"
#include "log.h"
#include "message-ids.h"
#include "util.h"

#define NOW (100 * SECOND)

#define ID  "a297db4a-f4c2-11e6-90f6-d3b88d6c9561"
#define GPU "0000:00:02.0"

static int n_said, error_said, priority_said;
static struct subject about;
static char said[512];

void __wrap_log_write(int priority, const struct subject *subject, const char *format, ...)
        _printf_(3, 4);

void __wrap_log_write(int priority, const struct subject *subject, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        vsnprintf(said, sizeof(said), format, ap);
        va_end(ap);
        n_said++;
        priority_said = priority;
        about = subject ? *subject : (struct subject){};
        error_said = about.error;
}

static void forget(void) {
        n_said = 0;
}

/* That it was said, alone; NULL: that nothing was. */
static void expect(const char *sentence, int priority, const char *text) {
        ck_assert_msg(n_said == (text ? 1 : 0), "%s: %d said, at last \"%s\"", sentence, n_said, said);
        if (text) {
                ck_assert_msg(streq(said, text), "%s: \"%s\"", sentence, said);
                ck_assert_msg(priority_said == priority, "%s: priority %d", sentence, priority_said);
        }
        n_said = 0;
}

START_TEST(findings_are_said_with_their_place) {
        struct config *config = machine_declare("");

        finding_add(&config->findings, SEVERITY_ERROR, CAUSE("ini"), "/etc/gvtd.ini", 7, "wrong");
        announce_findings(config);
        ck_assert_uint_eq(about.config_line, 7);
        expect("an error", LOG_ERR, "/etc/gvtd.ini:7: wrong");
        findings_done(&config->findings);
        config->findings = (struct findings){};
        finding_add(&config->findings, SEVERITY_WARNING, CAUSE("ini"), "/etc/gvtd.ini", 0, "odd");
        announce_findings(config);
        expect("a warning of the whole file", LOG_WARNING, "/etc/gvtd.ini: odd");
        for (unsigned i = 1; i < 102; i++)
                finding_add(&config->findings, SEVERITY_WARNING, CAUSE("ini"), "/etc/gvtd.ini", i, "odd");
        announce_findings(config);
        ck_assert_int_eq(n_said, 101);
        n_said = 1;
        expect("many warnings", LOG_WARNING, "and 2 more findings, which `gvtd check --config` lists");
        finding_add(&config->findings, SEVERITY_ERROR, CAUSE("ini"), "/etc/gvtd.ini", 200, "wrong");
        announce_findings(config);
        n_said = 1;
        expect("an error among them", LOG_ERR, "and 3 more findings, which `gvtd check --config` lists");
        config_free(config);
}
END_TEST

START_TEST(a_group_is_news_when_that_changes) {
        const struct result done = {.outcome = OUTCOME_DONE}, unknown = {.outcome = OUTCOME_UNKNOWN};
        const struct result failed = {.outcome = OUTCOME_FAILED, .error = EIO};
        const char *silent = "the group of the ini, kvm, cannot be looked up: Input/output error; the nodes in /dev/vfio "
                             "stay as they are, and it is tried again until it works";
        struct config *config = machine_declare("");
        struct announced announced = {};

        announce_group(&announced, config, &done);
        expect("found", 0, NULL);
        announce_group(&announced, config, &failed);
        ck_assert_int_eq(error_said, EIO);
        expect("failed", LOG_ERR, silent);
        announce_group(&announced, config, &failed);
        expect("failed again", 0, NULL);
        announce_group(&announced, config, &unknown);
        expect("unknown", LOG_WARNING,
               "/etc/gvtd.ini: unknown group \"kvm\" (the default), so the vGPUs stay root's; expected one that getent "
               "group lists, or none (group =)");
        announce_group(&announced, config, &done);
        expect("found after all", 0, NULL);
        announce_group(&announced, config, &failed);
        expect("and failed anew", LOG_ERR, silent);
        config_free(config);
}
END_TEST

/* An entry, and what is said of it the first time; the second time it is nothing. */
static const struct {
        const char *sentence;
        const char *declared, *present;
        bool lost;
        int error; /* of its creation */
        int priority;
        const char *message_id, *text;
} entries[] = {
        {"on its way", "a8", "", false, 0, 0, NULL, NULL},
        {"there, and not verified", "a8", "a8", false, 0, 0, NULL, NULL},
        {"lost, and made again", "a8", "", true, 0, LOG_WARNING, MESSAGE_VGPU_LOST,
         "vGPU " ID " (i915-GVTg_V5_8) was removed by something else"},
        {"failed for good", "a8", "", false, ENOENT, LOG_ERR, MESSAGE_VGPU_FAILED,
         "vGPU " ID " (i915-GVTg_V5_8): the type went away while it was being created; `gvtd types` lists what is offered, "
         "`systemctl reload gvtd` tries again"},
        {"failed, and tried again", "a8", "", false, EAGAIN, LOG_ERR, MESSAGE_VGPU_FAILED,
         "vGPU " ID " (i915-GVTg_V5_8): the kernel is busy (Resource temporarily unavailable) (tried again after 1 s)"},
        {"not offered", "a2", "", false, 0, LOG_ERR, MESSAGE_VGPU_FAILED,
         "vGPU " ID " (i915-GVTg_V5_2): i915-GVTg_V5_2 is no type of this GPU, which offers i915-GVTg_V5_8, "
         "i915-GVTg_V5_4; larger types need a larger aperture (`gvtd types`)"},
        {"another type, not ours", "a4", "a8f", false, 0, LOG_ERR, MESSAGE_VGPU_CONFLICT,
         "vGPU " ID " (i915-GVTg_V5_4): it exists as i915-GVTg_V5_8, made by something else, and is declared as "
         "i915-GVTg_V5_4; remove it there (mdevctl, libvirt) or declare that type"},
        {"another type, in use", "a4", "a8u", false, 0, LOG_WARNING, MESSAGE_VGPU_CONFLICT,
         "vGPU " ID " (i915-GVTg_V5_4): it is a i915-GVTg_V5_8 and declared as i915-GVTg_V5_4, but in use by qemu (pid 7); "
         "it is changed when released"},
};

START_TEST(an_entry_is_said_once) {
        struct announced announced = {.situation = SITUATION_OFFERED + 1};
        struct world w;

        world_init(&w, entries[_i].declared, "8 4");
        world_present(&w, entries[_i].present);
        if (entries[_i].error)
                fail_create(world_record(&w, 'a'), entries[_i].error, true, NOW);
        world_record(&w, 'a')->lost = entries[_i].lost;
        world_plan(&w, NOW, 0);
        announce_plan(&announced, w.plan, &w.history);
        if (entries[_i].text) {
                ck_assert_str_eq(about.message_id, entries[_i].message_id);
                ck_assert_mem_eq(about.uuid, w.config->vgpus[0].uuid, sizeof(uuid_t));
                ck_assert_ptr_eq(about.device, &w.host->gpus[0].address);
        }
        expect(entries[_i].sentence, entries[_i].priority, entries[_i].text);
        announce_plan(&announced, w.plan, &w.history);
        expect(entries[_i].sentence, 0, NULL);
        world_done(&w);
}
END_TEST

/* It went with the GPU and came back with it: ready is news again. */
START_TEST(ready_is_news_after_a_wait) {
        static const char ready[] = "vGPU " ID " (i915-GVTg_V5_8) is ready on " GPU ": /dev/vfio/10, open to group kvm";
        struct announced announced = {.situation = SITUATION_OFFERED + 1};
        struct world w;

        world_init(&w, "a8", "8");
        world_present(&w, "a8");
        world_mdev(&w, 'a')->ready = true;
        history_seek_group(&w.history);
        world_plan(&w, NOW, 0);
        announce_plan(&announced, w.plan, &w.history);
        expect("nobody knows yet for whom", 0, NULL);
        w.history.group = GROUP_FOUND;
        announce_plan(&announced, w.plan, &w.history);
        expect("the first time", LOG_INFO, ready);
        world_vanish(&w, 'a');
        world_at(&w, SITUATION_DRIVER_AWAITED);
        world_plan(&w, NOW, 0);
        announce_plan(&announced, w.plan, &w.history);
        expect("awaited", 0, NULL);
        world_present(&w, "a8");
        world_mdev(&w, 'a')->ready = true;
        w.host->driver_complete = true;
        world_plan(&w, NOW, 0);
        announce_plan(&announced, w.plan, &w.history);
        expect("back", LOG_INFO, ready);
        w.history.group = GROUP_UNKNOWN;
        world_record(&w, 'a')->announced = 0;
        announce_plan(&announced, w.plan, &w.history);
        expect("a group that nobody knows", LOG_INFO,
               "vGPU " ID " (i915-GVTg_V5_8) is ready on " GPU ": /dev/vfio/10, open to root only");
        world_done(&w);
}
END_TEST

/* From one situation to the next; in the first, nothing has been said yet. */
static const struct {
        const char *sentence;
        const char *declared;
        enum situation before, situation;
        bool unanswered;
        int priority;
        const char *text;
} situations[] = {
        {"all is well", "", SITUATION_OFFERED, SITUATION_OFFERED, false, 0, NULL},
        {"an administrator is needed", "a8", SITUATION_I915_AWAITED, SITUATION_KVMGT_BLACKLISTED, false, LOG_ERR, "the answer"},
        {"and was not before", "a8", SITUATION_OFFERED, SITUATION_KVMGT_BLACKLISTED, false, LOG_ERR,
         "the GPU offers no vGPUs any more: the answer"},
        {"for nothing that is declared", "", SITUATION_I915_AWAITED, SITUATION_KVMGT_BLACKLISTED, false, LOG_NOTICE,
         "the answer"},
        {"the reason is being looked for", "a8", SITUATION_I915_AWAITED, SITUATION_GVT_OFF, true, 0, NULL},
        {"the reason is known", "a8", SITUATION_I915_AWAITED, SITUATION_GVT_OFF, false, LOG_ERR, "the answer"},
        {"i915 is awaited", "a8", SITUATION_KVMGT_MISSING, SITUATION_I915_AWAITED, false, LOG_INFO,
         "waiting for i915 to bind to " GPU},
        {"between two rungs", "a8", SITUATION_I915_AWAITED, SITUATION_NOT_REGISTERED, false, 0, NULL},
};

START_TEST(a_situation_is_said_once) {
        struct announced announced = {.situation = (int) situations[_i].before + 1};
        const struct gpu *gpu;
        struct world w;

        world_init(&w, situations[_i].declared, "8 4");
        world_at(&w, situations[_i].situation);
        if (!situations[_i].unanswered)
                history_answered(&w.history,
                                 question_find(w.config, w.host, situation_find(w.config, w.host, false, &gpu)),
                                 "the answer");
        world_plan(&w, NOW, 0);
        announce_plan(&announced, w.plan, &w.history);
        if (situations[_i].text)
                ck_assert_ptr_eq(about.device, &w.host->gpus[0].address);
        expect(situations[_i].sentence, situations[_i].priority, situations[_i].text);
        announce_plan(&announced, w.plan, &w.history);
        expect(situations[_i].sentence, 0, NULL);
        world_done(&w);
}
END_TEST

START_TEST(no_gpu_is_no_subject) {
        struct announced announced = {};
        struct world w;

        world_init(&w, "", "");
        world_at(&w, SITUATION_NO_GPU);
        world_plan(&w, NOW, 0);
        announce_plan(&announced, w.plan, &w.history);
        ck_assert_ptr_null(about.device);
        ck_assert_str_eq(about.message_id, MESSAGE_GPU_UNUSABLE);
        world_done(&w);
}
END_TEST

START_TEST(too_much_is_said_once) {
        static const char text[] = "1 of 4 declared vGPUs do not fit this GPU (aperture 512 MB); those first in the ini "
                                   "are served, `gvtd check` says what would fit";
        struct announced announced = {.situation = SITUATION_OFFERED + 1};
        struct world w;

        world_init(&w, "a4 b4 c4 d4", "4");
        world_plan(&w, NOW, 0);
        announce_plan(&announced, w.plan, &w.history);
        expect("too much", LOG_WARNING, text);
        announce_plan(&announced, w.plan, &w.history);
        expect("still too much", 0, NULL);
        w.host->gpus[0].aperture = 1024 * MB;
        world_plan(&w, NOW, 0);
        announce_plan(&announced, w.plan, &w.history);
        expect("enough", 0, NULL);
        w.host->gpus[0].aperture = 512 * MB;
        world_plan(&w, NOW, 0);
        announce_plan(&announced, w.plan, &w.history);
        expect("too much again", LOG_WARNING, text);
        world_done(&w);
}
END_TEST

START_TEST(another_enable_guc_is_said_once) {
        struct announced announced = {.situation = SITUATION_OFFERED + 1};
        struct world w;

        world_init(&w, "", "8");
        w.config->enable_guc = GUC_HUC_ONLY;
        w.host->enable_guc_seen = true;
        world_plan(&w, NOW, 0);
        announce_plan(&announced, w.plan, &w.history);
        expect("the reason is being looked for", 0, NULL);
        world_obey(&w);
        announce_plan(&announced, w.plan, &w.history);
        ck_assert_str_eq(about.message_id, MESSAGE_OPTION_DIFFERS);
        expect("it is known", LOG_WARNING, "the answer");
        announce_plan(&announced, w.plan, &w.history);
        expect("and stands", 0, NULL);
        world_done(&w);
}
END_TEST

/* What becomes of a create is said of its entry; what the kernel left undone, here. */
static const struct {
        const char *sentence;
        struct result result;
        const char *text;
} creations[] = {
        {"done", {.outcome = OUTCOME_DONE}, NULL},
        {"failed", {.outcome = OUTCOME_FAILED, .error = EINVAL}, NULL},
        {"half done", {.outcome = OUTCOME_UNVERIFIED, .detail = "it has no iommu_group"},
         "vGPU 00000000-0000-0000-0000-000000000000 (i915-GVTg_V5_8): the kernel reported it created, but it has no "
         "iommu_group"},
};

START_TEST(a_creation_is_said_where_it_is_half_done) {
        const struct action action = {.kind = ACTION_CREATE, .type = "i915-GVTg_V5_8"};

        announce_creation(&action, &creations[_i].result);
        expect(creations[_i].sentence, LOG_ERR, creations[_i].text);
}
END_TEST

/* A removal: the first time, again with the same answer, and at the stop. */
static const struct {
        struct result result;
        int priority;
        const char *text, *more;
} goings[] = {
        {{.outcome = OUTCOME_IN_USE, .detail = "qemu (pid 7)"}, LOG_NOTICE,
         "not removing vGPU 00000000-0000-0000-0000-000000000000 (i915-GVTg_V5_8): in use by qemu (pid 7)",
         "; it is removed when released"},
        {{.outcome = OUTCOME_FAILED, .error = EROFS}, LOG_ERR,
         "vGPU 00000000-0000-0000-0000-000000000000 (i915-GVTg_V5_8) could not be removed: its file in /run/gvtd cannot "
         "be dropped: is /run full or read-only (df /run)?", "; tried again until it works"},
};

START_TEST(a_removal_is_said_once_and_at_the_stop) {
        const struct action action = {.kind = ACTION_REMOVE, .type = "i915-GVTg_V5_8"};
        const struct result *result = &goings[_i].result, done = {.outcome = OUTCOME_DONE};
        struct record record = {};
        char text[512];

        snprintf(text, sizeof(text), "%s%s", goings[_i].text, goings[_i].more);
        announce_removal(&record, &action, result, /* last= */ false);
        expect("the first time", goings[_i].priority, text);
        record_removed(&record, result, false, NOW);
        announce_removal(&record, &action, result, /* last= */ false);
        expect("again", 0, NULL);
        announce_removal(&record, &action, result, /* last= */ true);
        expect("at the stop", goings[_i].priority, goings[_i].text);
        announce_removal(&record, &action, &done, /* last= */ false);
        expect("done", LOG_INFO, "removed vGPU 00000000-0000-0000-0000-000000000000 (i915-GVTg_V5_8)");
}
END_TEST

START_TEST(a_gpu_kept_awake_is_said_once) {
        const struct action action = {.kind = ACTION_LET_SLEEP, .parent = {.slot = 2}};
        const struct result failed = {.outcome = OUTCOME_FAILED, .error = EROFS}, done = {.outcome = OUTCOME_DONE};
        struct history history = {};

        announce_sleep(&history, &action, &done);
        expect("done", 0, NULL);
        announce_sleep(&history, &action, &failed);
        ck_assert_int_eq(error_said, EROFS);
        expect("failed", LOG_WARNING,
               GPU " may not sleep, since gvtd kept it awake to load kvmgt, and its power/control cannot be set back to "
               "auto: Read-only file system; tried again until it works");
        history_slept(&history, &failed, NOW);
        announce_sleep(&history, &action, &failed);
        expect("failed again", 0, NULL);
}
END_TEST

START_TEST(permissions_of_others_are_said_once) {
        struct world w;

        world_init(&w, "a8", "8");
        world_present(&w, "a8");
        world_mdev(&w, 'a')->node_uid = 64055;
        announce_access(&w.history, world_mdev(&w, 'a'));
        expect("the first time", LOG_NOTICE,
               "vGPU " ID ": /dev/vfio/10 is uid 64055, gid 0, mode 0600 by somebody else's doing (a udev rule, a "
               "running guest's manager); left so");
        announce_access(&w.history, world_mdev(&w, 'a'));
        expect("again", 0, NULL);
        world_done(&w);
}
END_TEST

/* The kernel is blamed for what is the kernel's. */
static const struct {
        const char *sentence;
        enum action_kind kind;
        bool uuid, device;
        const char *text;
} waits[] = {
        {"a create", ACTION_CREATE, true, true, "x; the kernel is at it and nothing can hurry it, gvtd goes on when it returns"},
        {"a removal", ACTION_REMOVE, true, true, "x; the kernel is at it and nothing can hurry it, gvtd goes on when it returns"},
        {"a load", ACTION_LOAD_KVMGT, false, true, "x; the kernel is at it and nothing can hurry it, gvtd goes on when it returns"},
        {"a question", ACTION_ASK, false, false, "x; gvtd goes on when it returns"},
        {"a group", ACTION_GROUP, false, false, "x; gvtd goes on when it returns"},
};

START_TEST(a_wait_is_said_with_its_subject) {
        const struct action action = {.kind = waits[_i].kind};

        announce_stuck(&action, "x");
        ck_assert_ptr_eq(about.uuid, waits[_i].uuid ? action.uuid : NULL);
        ck_assert_ptr_eq(about.device, waits[_i].device ? &action.parent : NULL);
        expect(waits[_i].sentence, LOG_WARNING, waits[_i].text);
        announce_stuck(NULL, "x");
        expect("of an earlier daemon", LOG_WARNING,
               "x; nothing is created or removed beside it, gvtd goes on when it ends");
}
END_TEST

static const struct {
        const char *sentence;
        struct result result;
        int error;
} removals[] = {
        {"the kernel refused", {.outcome = OUTCOME_FAILED, .error = EPERM}, EPERM},
        {"somebody has it", {.outcome = OUTCOME_IN_USE, .detail = "qemu (pid 7)"}, 0},
        {"something else is at it", {.outcome = OUTCOME_FAILED, .error = EAGAIN, .deduced = true}, 0},
        {"the worker was killed", {.outcome = OUTCOME_FAILED, .error = EINTR, .deduced = true}, 0},
};

START_TEST(removal_has_the_errno_of_a_call) {
        struct action action = {.kind = ACTION_REMOVE};

        n_said = 0;
        announce_removal(&(struct record){}, &action, &removals[_i].result, /* last= */ false);
        ck_assert_int_eq(n_said, 1);
        ck_assert_msg(error_said == removals[_i].error, "%s: %d", removals[_i].sentence, error_said);
}
END_TEST

static const struct {
        const char *sentence;
        enum hold hold;
        struct result result;
        int error;
        const char *message_id;
} creates[] = {
        {"the kernel refused", HOLD_FAILED, {.outcome = OUTCOME_FAILED, .error = EINVAL}, EINVAL, MESSAGE_VGPU_FAILED},
        {"the note cannot be written", HOLD_RETRY, {.outcome = OUTCOME_NO_NOTE, .error = EROFS}, EROFS,
         MESSAGE_STATE_UNWRITABLE},
        {"the gate is closed", HOLD_RETRY, {.outcome = OUTCOME_GATE_CLOSED}, 0, MESSAGE_VGPU_FAILED},
        {"the worker was killed", HOLD_RETRY,
         {.outcome = OUTCOME_FAILED, .error = EINTR, .deduced = true}, 0, MESSAGE_VGPU_FAILED},
        {"lost, after an earlier failure", HOLD_LOST, {.outcome = OUTCOME_FAILED, .error = EBUSY}, 0,
         MESSAGE_VGPU_LEFT_GONE},
        {"lost too often, after an earlier failure", HOLD_RESTS, {.outcome = OUTCOME_FAILED, .error = EBUSY}, 0,
         MESSAGE_VGPU_LEFT_GONE},
};

START_TEST(create_has_the_errno_of_a_call) {
        struct announced announced = {.situation = SITUATION_OFFERED + 1};
        struct record *record;
        struct world w;

        world_init(&w, "a8", "8");
        record = world_record(&w, 'a');
        record_created(record, &creates[_i].result, true, NOW);
        record->hold = creates[_i].hold;
        record->rest = (struct attempt){1, OUTCOME_FAILED, 0, SECOND, NOW + SECOND};
        world_plan(&w, NOW, 0);
        n_said = 0;
        announce_plan(&announced, w.plan, &w.history);
        ck_assert_int_eq(n_said, 1);
        ck_assert_msg(error_said == creates[_i].error, "%s: %d", creates[_i].sentence, error_said);
        ck_assert_str_eq(about.message_id, creates[_i].message_id);
        world_done(&w);
}
END_TEST

static const struct {
        bool left;
        const char *words;
} accesses[] = {
        {false, "open to group "},
        {true, "with the permissions that it was found with"},
};

START_TEST(ready_says_only_what_was_given) {
        struct announced announced = {.situation = SITUATION_OFFERED + 1};
        struct world w;

        world_init(&w, "a8", "8");
        world_present(&w, "a8");
        strcpy(w.config->group, "kvm");
        world_mdev(&w, 'a')->ready = true;
        world_mdev(&w, 'a')->access_left = accesses[_i].left;
        world_plan(&w, NOW, 0);
        announce_plan(&announced, w.plan, &w.history);
        ck_assert_msg(strstr(said, accesses[_i].words) != NULL, "%s", said);
        ck_assert_msg(!strstr(said, accesses[!_i].words), "%s", said);
        world_done(&w);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("announce");
        TCase *tcase = tcase_create("announce");

        /* under valgrind all of them are one process */
        tcase_add_checked_fixture(tcase, forget, NULL);
        tcase_add_test(tcase, findings_are_said_with_their_place);
        tcase_add_test(tcase, a_group_is_news_when_that_changes);
        tcase_add_loop_test(tcase, an_entry_is_said_once, 0, ARRAY_SIZE(entries));
        tcase_add_test(tcase, ready_is_news_after_a_wait);
        tcase_add_loop_test(tcase, a_situation_is_said_once, 0, ARRAY_SIZE(situations));
        tcase_add_test(tcase, no_gpu_is_no_subject);
        tcase_add_test(tcase, too_much_is_said_once);
        tcase_add_test(tcase, another_enable_guc_is_said_once);
        tcase_add_loop_test(tcase, a_creation_is_said_where_it_is_half_done, 0, ARRAY_SIZE(creations));
        tcase_add_loop_test(tcase, a_removal_is_said_once_and_at_the_stop, 0, ARRAY_SIZE(goings));
        tcase_add_test(tcase, a_gpu_kept_awake_is_said_once);
        tcase_add_test(tcase, permissions_of_others_are_said_once);
        tcase_add_loop_test(tcase, a_wait_is_said_with_its_subject, 0, ARRAY_SIZE(waits));
        tcase_add_loop_test(tcase, removal_has_the_errno_of_a_call, 0, ARRAY_SIZE(removals));
        tcase_add_loop_test(tcase, create_has_the_errno_of_a_call, 0, ARRAY_SIZE(creates));
        tcase_add_loop_test(tcase, ready_says_only_what_was_given, 0, ARRAY_SIZE(accesses));
        suite_add_tcase(suite, tcase);
        return suite;
}
