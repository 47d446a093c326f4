/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The decision: one row, one sentence of the specification. */

#include "build.h"

#include <errno.h>

#include "util.h"

struct plan_case {
        const char *sentence;
        const char *declared, *offered, *present;
        const char *actions, *states;
        unsigned aperture; /* MB; 0: 512 */
        unsigned errors;   /* in the ini */
        enum plan_flags flags;
        size_t deferred;
        bool exceeds;
};

static const struct plan_case cases[] = {
        /* Present. */
        {"a machine that is right yields an empty plan", "a8 b4", "8 4 2", "a8 b4", "",
         "present present"},
        {"nothing declared and nothing there yields an empty plan", "", "8 4", "", "", ""},
        {"present with the declared type is fine, whoever made it", "a8 b4", "8 4", "a8f b4s", "",
         "present present"},
        {"a device whose type the kernel has not linked yet is in the making", "a8", "8 4", "a?",
         "", "present"},
        {"what is missing is created", "a8 b4", "8 4", "a8", "+b4", "present create"},

        /* Whose it is. */
        {"undeclared and foreign is left alone", "a8", "8 4", "a8 z8f", "", "present"},
        {"undeclared and owned is removed", "a8", "8 4", "a8 z8", "-z8", "present"},
        {"a note of an earlier device does not make this one ours", "", "8", "z8s", "", ""},
        {"a note without an inode yet is ours", "", "8", "z8n", "-z8", ""},
        {"undeclared, owned and in use: deferred", "a8", "8 4", "a8 z8u", "", "present",
         .deferred = 1},
        {"one in use does not keep the idle ones", "", "8", "x8 y8u z8", "-x8 -z8", "",
         .deferred = 1},
        {"a device of another kind of parent is never removed", "", "8", "z8p", "", ""},
        {"removals come before creations", "a8", "8", "z8", "-z8 +a8", "create"},

        /* Errors in the ini. */
        {"while errors stand, nothing is removed", "a8", "8", "a8 z8", "", "present", .errors = 1},
        {"while errors stand, the good entries are provisioned", "a8 b8", "8", "z8", "+a8 +b8",
         "create create", .errors = 2},
        {"while errors stand, no type is changed", "a4", "8 4", "a8", "", "kept", .errors = 1},
        {"while errors stand, not even of an idle one that was busy", "a4", "8 4", "a8u", "",
         "kept", .errors = 1},
        {"errors or not, what others made is theirs", "a4", "8 4", "a8f", "", "other-type",
         .errors = 1},

        /* Another type. */
        {"another type, owned and idle: removed to be made anew", "a4", "8 4", "a8", "-a8",
         "recreate"},
        {"another type that the GPU does not offer: ours stays", "a1", "8 4 2", "a8", "",
         "not-offered"},
        {"another type, made by others: left alone", "a4", "8 4", "a8f", "", "other-type"},
        {"another type, under a stale note: left alone", "a4", "8 4", "a8s", "", "other-type"},
        {"another type, owned and in use: left alone", "a4", "8 4", "a8u", "", "in-use"},
        {"the UUID is taken on another GPU: left alone", "a8", "8 4", "a8fg", "", "other-gpu"},
        {"the UUID is taken by another kind of device: left alone", "a8", "8 4", "a8fp", "",
         "other-gpu"},
        {"a type that the GPU does not offer is not tried", "a8 b1", "8 4 2", "", "+a8",
         "create not-offered"},

        /* Capacity: 512 MB carry 384 MB of vGPUs: 64 (_8), 128 (_4), 256 (_2) each. */
        {"largest type first", "a8 b4 c2", "8 4 2 1", "", "+c2 +b4 +a8", "create create create",
         .aperture = 1024},
        {"of one size in the order of the ini", "c8 a8 b8", "8 4 2", "", "+c8 +a8 +b8",
         "create create create"},
        {"the order of the ini gets the capacity: an early small one pushes a late large one out",
         "a8 b8 c8 d2", "8 4 2", "", "+a8 +b8 +c8 +d2?", "create create create create",
         .exceeds = true},
        {"an early large one pushes late small ones out", "a2 b4 c8", "8 4 2", "", "+a2 +b4 +c8?",
         "create create create", .exceeds = true},
        {"a small one behind a large one that does not fit still gets its room", "a4 b2 c2 d8",
         "8 4 2", "", "+b2 +a4 +c2? +d8?", "create create create create", .exceeds = true},
        {"the rest is tried last all the same, largest first", "a2 b4 c8 d4", "8 4 2", "",
         "+a2 +b4 +d4? +c8?", "create create create create", .exceeds = true},
        {"foreign devices count against the capacity", "a4", "8 4", "x4f y4f z4f", "+a4?", "create",
         .exceeds = true},
        {"devices of another GPU do not", "a4", "8 4", "x4fg y4fg z4fg", "+a4", "create"},
        {"what is being removed makes room", "a4", "8 4", "x4 y4f z4f", "-x4 +a4", "create"},
        {"what is recreated takes room as its new type", "a2 b4 c8", "8 4 2", "a8", "-a8 +b4",
         "recreate create create", .exceeds = true},
        {"beside a change nothing is tried that has no room: it could get that of the change",
         "b4 e4 f4 c4", "8 4", "b8 e4 f4", "-b8", "recreate present present create", .exceeds = true},
        {"two changes do not go by the same free room", "a4 b4", "8 4", "u8 a8 b8 f4f", "-u8 -a8",
         "recreate recreate"},
        {"nor a change and a new one", "a4 c8", "8 4", "u8 a8 f4f g8f", "-u8 -a8", "recreate create"},
        {"what is free now is kept for the first one that waits", "c4 a4", "8 4", "u4 a8 f4f", "-u4",
         "create recreate"},
        {"no room for the other type: the one that is there stays", "x2 y4 z8", "8 4 2", "x8 y4 z8", "",
         "no-room present present", .exceeds = true},
        {"and takes its own from what comes after it", "x2 y4 z8 a8 b4", "8 4 2", "x8 y4 z8", "+a8 +b4?",
         "no-room present present create create", .exceeds = true},
        {"an earlier one gets the room that the change needs", "a4 x4", "8 4 2", "x8 f4f g8f", "+a4",
         "create no-room", .exceeds = true},
        {"what shrinks has room, whatever else is declared", "a2 x8", "8 4 2", "x4 f4f g4f", "-x4",
         "create recreate", .exceeds = true},
        {"what needs the room of one that shrinks waits until that is gone: it may be in use", "x4 y8",
         "8 4 2", "x8 y4 f4f g8f", "-y4", "recreate recreate"},
        {"and of one that is not declared", "x2", "8 4 2", "x8 y4 z4", "-y4 -z4", "recreate"},
        {"and stays where that is in use", "x2", "8 4 2", "x8 y4u f8f", "", "no-room", .deferred = 1,
         .exceeds = true},
        {"one that is in use keeps the room that it will need", "a2 b4 c4", "8 4 2", "a8u", "+b4",
         "in-use create behind", .exceeds = true},
        {"but not from what comes before it", "b4 c4 a2", "8 4 2", "a8u", "+b4 +c4", "create create in-use",
         .exceeds = true},
        {"where it has no room, it keeps none", "x2 y4 a8", "8 4 2", "x8u y4 f4f", "+a8", "in-use present create",
         .exceeds = true},
        {"one that will shrink keeps what it has", "a8 b4 c4", "8 4 2", "a2u", "+b4 +c4?",
         "in-use create create", .exceeds = true},
        {"a change to a type of unknown size is left to the kernel", "x3 y8", "8 3",
         "x8 f4f g4f h8f", "-x8", "recreate create", .exceeds = true},
        {"never more than seven", "a8 b8 c8 d8 e8 f8 g8 h8", "8 4 2 1", "",
         "+a8 +b8 +c8 +d8 +e8 +f8 +g8 +h8?",
         "create create create create create create create create", .aperture = 1024,
         .exceeds = true},
        {"a present one does not fit or not fit: it is there", "a2 b2", "8 4 2", "a2 b2", "",
         "present present"},
        {"beside a change nothing of unknown size is tried", "a4 y3", "8 4 3", "a8", "-a8", "recreate create"},
        {"a type of unknown size is left to the kernel, after the known ones", "a3 b8", "8 3", "",
         "+b8 +a3", "create create"},

        /* Stopping with remove_on_stop. */
        {"stopping: everything of ours and idle goes, declared or not", "a8", "8 4", "a8 z8 y8f",
         "-a8 -z8", "", .flags = PLAN_STOPPING},
        {"stopping: what is in use stays", "a8 b8", "8", "a8u b8", "-b8", "",
         .flags = PLAN_STOPPING, .deferred = 1},
        {"stopping: nothing is created", "a8 b8", "8", "", "", "", .flags = PLAN_STOPPING},
        {"stopping: errors in the ini do not keep anything", "a8", "8", "a8", "-a8", "",
         .flags = PLAN_STOPPING, .errors = 1},
};

START_TEST(decides) {
        const struct plan_case *c = &cases[_i];
        struct world w;

        world_init(&w, c->declared, c->offered);
        world_present(&w, c->present);
        w.config->findings.n_errors = c->errors;
        if (c->aperture)
                w.host->gpus[0].aperture = c->aperture * MB;
        world_plan(&w, SECOND, c->flags);

        ck_assert_msg(streq(actions_text(w.plan), c->actions), "%s: actions \"%s\", not \"%s\"",
                      c->sentence, actions_text(w.plan), c->actions);
        ck_assert_msg(streq(states_text(w.plan), c->states), "%s: states \"%s\", not \"%s\"",
                      c->sentence, states_text(w.plan), c->states);
        ck_assert_msg(w.plan->n_deferred == c->deferred, "%s: %zu deferred", c->sentence,
                      w.plan->n_deferred);
        ck_assert_msg(w.plan->exceeds == c->exceeds, "%s: exceeds", c->sentence);
        world_done(&w);
}
END_TEST

/* The same rows: what the plan makes of the machine needs a second pass where a type changes, a third
 * where that waits for another's room, and then nothing more. */
START_TEST(own_result_yields_an_empty_plan) {
        const struct plan_case *c = &cases[_i];
        struct world w;

        world_init(&w, c->declared, c->offered);
        world_present(&w, c->present);
        w.config->findings.n_errors = c->errors;
        for (int pass = 0; pass < 3; pass++) {
                world_plan(&w, SECOND, c->flags);
                world_obey(&w);
        }
        world_plan(&w, SECOND, c->flags);
        ck_assert_msg(w.plan->n_actions == 0, "%s: then still \"%s\"", c->sentence,
                      actions_text(w.plan));
        world_done(&w);
}
END_TEST

/* The gate: a create before the parent and the driver behind it are complete can take the host
 * down. */
START_TEST(creates_only_where_offered) {
        enum situation situation = _i;
        const char *name = situation_text(situation);
        struct world w;

        world_init(&w, "a8 b4", "8 4");
        world_at(&w, situation);
        world_plan(&w, SECOND, 0);

        ck_assert_msg(w.plan->situation == situation, "%s: is \"%s\"", name,
                      situation_text(w.plan->situation));
        if (situation == SITUATION_OFFERED)
                ck_assert_str_eq(actions_text(w.plan), "+b4 +a8");
        else if (situation == SITUATION_KVMGT_NEEDED)
                ck_assert_str_eq(actions_text(w.plan), "kvmgt");
        else if (w.plan->question != QUESTION_NONE)
                ck_assert_str_eq(actions_text(w.plan), "ask");
        else
                ck_assert_msg(w.plan->n_actions == 0, "%s: \"%s\"", name, actions_text(w.plan));
        ck_assert_msg(streq(states_text(w.plan),
                            situation == SITUATION_OFFERED ? "create create" : "awaited awaited"),
                      "%s: \"%s\"", name, states_text(w.plan));
        ck_assert_msg(!w.plan->exceeds, "%s: exceeds", name);
        world_done(&w);
}
END_TEST

/* What a look does not tell is asked for once, and after everything else; what is only a warning, by a
 * worker of its own. */
START_TEST(asks_once) {
        struct world w;

        world_init(&w, "a8", "8");
        w.config->enable_guc = GUC_HUC_ONLY;
        w.host->enable_guc_seen = true;
        world_plan(&w, SECOND, PLAN_STOPPING);
        ck_assert_str_eq(actions_text(w.plan), "");
        w.host->driver_complete = false;
        world_plan(&w, SECOND, 0);
        ck_assert_str_eq(actions_text(w.plan), "");
        w.host->driver_complete = true;
        world_plan(&w, SECOND, 0);
        ck_assert_str_eq(actions_text(w.plan), "+a8");
        world_obey(&w);
        world_plan(&w, SECOND, 0);
        ck_assert_str_eq(actions_text(w.plan), "ask");
        ck_assert_int_eq(w.plan->actions[0].running, 0);
        ck_assert_int_eq(w.plan->actions[0].asked, 2);
        world_obey(&w);
        world_plan(&w, SECOND, 0);
        ck_assert_str_eq(actions_text(w.plan), "");
        world_at(&w, SITUATION_GVT_OFF);
        world_plan(&w, SECOND, 0);
        ck_assert_str_eq(actions_text(w.plan), "ask");
        history_answered(&w.history, QUESTION_ENABLE_GVT, "");
        world_plan(&w, SECOND, 0);
        ck_assert_str_eq(actions_text(w.plan), "");
        history_forgive(&w.history);
        world_plan(&w, SECOND, 0);
        ck_assert_str_eq(actions_text(w.plan), "group ask");
        world_done(&w);
}
END_TEST

/* Nobody waits where only an administrator can change it, so the warning's reason is asked for there, too. */
START_TEST(asks_where_nothing_is_awaited) {
        struct world w;

        world_init(&w, "a8", "");
        w.config->enable_guc = GUC_HUC_ONLY;
        w.host->enable_guc_seen = true;
        world_at(&w, SITUATION_NO_TYPES);
        world_plan(&w, SECOND, 0);
        ck_assert_str_eq(actions_text(w.plan), "ask");
        ck_assert_int_eq(w.plan->actions[0].question, QUESTION_ENABLE_GUC);
        world_done(&w);
}
END_TEST

/* Behind all else, until somebody knows; while nobody can be asked, again after a while. */
START_TEST(looks_up_the_group) {
        struct result refused = {.outcome = OUTCOME_FAILED, .error = ENOMEM};
        struct result unknown = {.outcome = OUTCOME_UNKNOWN};
        struct result found = {.outcome = OUTCOME_DONE, .gid = 36};
        struct world w;
        gid_t gid;

        world_init(&w, "a8", "8");
        history_seek_group(&w.history);
        ck_assert(!history_knows_group(&w.history, w.config, &gid));
        world_plan(&w, SECOND, PLAN_STOPPING);
        ck_assert_str_eq(actions_text(w.plan), "");
        world_plan(&w, SECOND, 0);
        ck_assert_str_eq(actions_text(w.plan), "+a8 group");
        ck_assert_str_eq(w.plan->actions[1].name, "kvm");
        history_group(&w.history, &refused, SECOND);
        ck_assert(!history_knows_group(&w.history, w.config, &gid));
        ck_assert_uint_eq(history_next(&w.history, SECOND), 2 * SECOND);
        world_plan(&w, SECOND, 0);
        ck_assert_str_eq(actions_text(w.plan), "+a8");
        world_plan(&w, 2 * SECOND, 0);
        ck_assert_str_eq(actions_text(w.plan), "+a8 group");
        history_group(&w.history, &unknown, 2 * SECOND);
        ck_assert(history_knows_group(&w.history, w.config, &gid) && gid == 0);
        world_plan(&w, 3 * SECOND, 0);
        ck_assert_str_eq(actions_text(w.plan), "+a8");
        ck_assert_uint_eq(history_next(&w.history, SECOND), UINT64_MAX);
        history_seek_group(&w.history); /* /etc/group is another */
        history_group(&w.history, &found, 4 * SECOND);
        ck_assert(history_knows_group(&w.history, w.config, &gid) && gid == 36);
        *w.config->group = '\0';
        history_forgive(&w.history);
        ck_assert(history_knows_group(&w.history, w.config, &gid) && gid == 0);
        world_plan(&w, SECOND, 0);
        ck_assert_str_eq(actions_text(w.plan), "+a8");
        world_done(&w);
}
END_TEST

/* The default one matters to nobody then. */
START_TEST(looks_up_no_group_for_nothing) {
        struct world w;

        world_init(&w, "", "8");
        history_seek_group(&w.history);
        world_plan(&w, SECOND, 0);
        ck_assert_str_eq(actions_text(w.plan), "");
        world_done(&w);
}
END_TEST

/* No device there, only notes, for instance after i915 was unbound. */
START_TEST(notes_without_devices_do_nothing) {
        struct world w;

        world_init(&w, "a8", "8");
        world_present(&w, "a8 z8");
        world_vanish(&w, 'a');
        world_vanish(&w, 'z');
        world_at(&w, SITUATION_NOT_REGISTERED);
        world_plan(&w, SECOND, 0);
        ck_assert_str_eq(actions_text(w.plan), "");
        world_done(&w);
}
END_TEST

static const struct {
        const char *sentence;
        const char *declared;
        int error;
        unsigned retry; /* the second from which on it may be tried again; 0: none */
        bool unloaded;
        const char *actions;
} loads[] = {
        {"kvmgt is loaded when needed", "a8", 0, 0, false, "kvmgt"},
        {"kvmgt is loaded even while nothing is declared", "", 0, 0, false, "kvmgt"},
        {"kvmgt is not loaded again after a failure", "a8", ENOENT, 0, false, ""},
        {"nor before its time after one that may pass", "a8", ENOMEM, 2, false, ""},
        {"but then it is", "a8", ENOMEM, 1, false, "kvmgt"},
        {"kvmgt is not loaded again after somebody unloaded it", "a8", 0, 0, true, ""},
};

START_TEST(loads_kvmgt) {
        struct world w;

        world_init(&w, loads[_i].declared, "");
        world_at(&w, SITUATION_KVMGT_NEEDED);
        w.history.load = (struct attempt){loads[_i].error != 0, OUTCOME_FAILED, loads[_i].error,
                                          loads[_i].retry, loads[_i].retry * SECOND};
        w.history.kvmgt_unloaded = loads[_i].unloaded;
        world_plan(&w, SECOND, 0);
        ck_assert_msg(streq(actions_text(w.plan), loads[_i].actions), "%s: \"%s\"",
                      loads[_i].sentence, actions_text(w.plan));
        if (w.plan->n_actions > 0)
                ck_assert_int_eq(w.plan->actions[0].parent.slot, 2);
        world_done(&w);
}
END_TEST

/* What a load that did not come to its end left behind is made good, unless the next load does it: where there is
 * one. */
START_TEST(lets_the_gpu_sleep) {
        struct result failed = {.outcome = OUTCOME_FAILED, .error = EACCES};
        struct world w;

        world_init(&w, "", "");
        w.host->kept_awake = true;
        w.host->awake = w.host->gpus[0].address;
        world_plan(&w, SECOND, 0);
        ck_assert_str_eq(actions_text(w.plan), "sleep");
        ck_assert_int_eq(w.plan->actions[0].parent.slot, 2);
        history_slept(&w.history, &failed, SECOND);
        world_plan(&w, SECOND, 0);
        ck_assert_str_eq(actions_text(w.plan), "");
        ck_assert_uint_eq(history_next(&w.history, SECOND), 2 * SECOND);
        world_plan(&w, 2 * SECOND, 0);
        ck_assert_str_eq(actions_text(w.plan), "sleep");
        world_obey(&w);
        world_plan(&w, 2 * SECOND, 0);
        ck_assert_str_eq(actions_text(w.plan), "");

        w.host->kept_awake = true;
        world_at(&w, SITUATION_KVMGT_NEEDED);
        world_plan(&w, 2 * SECOND, 0);
        ck_assert_str_eq(actions_text(w.plan), "kvmgt");
        history_loaded(&w.history, &failed, 2 * SECOND);
        world_plan(&w, 2 * SECOND, 0);
        ck_assert_str_eq(actions_text(w.plan), "sleep");
        world_done(&w);
}
END_TEST

/* There is no later. */
START_TEST(stopping_tries_what_failed_once_more) {
        const struct result refused = {.outcome = OUTCOME_FAILED, .error = EROFS};
        struct world w;

        world_init(&w, "", "8");
        world_present(&w, "z8");
        record_removed(world_record(&w, 'z'), &refused, false, SECOND);
        world_plan(&w, SECOND, 0);
        ck_assert_str_eq(actions_text(w.plan), "");
        world_plan(&w, SECOND, PLAN_STOPPING);
        ck_assert_str_eq(actions_text(w.plan), "-z8");
        world_done(&w);
}
END_TEST

START_TEST(stopping_loads_nothing) {
        struct world w;

        world_init(&w, "a8", "");
        world_at(&w, SITUATION_KVMGT_NEEDED);
        world_plan(&w, SECOND, PLAN_STOPPING);
        ck_assert_str_eq(actions_text(w.plan), "");
        world_done(&w);
}
END_TEST

static const struct {
        const char *sentence;
        struct record record;
        uint64_t now;
        const char *actions, *states;
} memories[] = {
        {"failed for good: held", {.hold = HOLD_FAILED}, 9 * SECOND, "+b8", "held create"},
        {"lost and not to be recreated: held",
         {.hold = HOLD_LOST},
         9 * SECOND,
         "+b8",
         "held create"},
        {"lost too often: held",
         {.hold = HOLD_RESTS, .rest = {1, OUTCOME_FAILED, 0, 60 * SECOND, 70 * SECOND}},
         70 * SECOND - 1,
         "+b8",
         "held create"},
        {"lost too often, and has rested",
         {.hold = HOLD_RESTS, .rest = {1, OUTCOME_FAILED, 0, 60 * SECOND, 70 * SECOND}},
         70 * SECOND,
         "+a8 +b8",
         "create create"},
        {"not before its time",
         {.hold = HOLD_RETRY, .create = {1, OUTCOME_FAILED, EAGAIN, SECOND, 5 * SECOND}},
         5 * SECOND - 1,
         "+b8",
         "held create"},
        {"tried again at its time",
         {.hold = HOLD_RETRY, .create = {1, OUTCOME_FAILED, EAGAIN, SECOND, 5 * SECOND}},
         5 * SECOND,
         "+a8 +b8",
         "create create"},
        {"its UUID is not free yet: not worth a word",
         {.hold = HOLD_RETRY, .create = {1, OUTCOME_FAILED, EEXIST, SECOND / 20, 5 * SECOND}},
         5 * SECOND - 1,
         "+b8",
         "awaited create"},
        {"nor is it after a while: somebody holds it",
         {.hold = HOLD_RETRY, .create = {4, OUTCOME_FAILED, EEXIST, SECOND, 5 * SECOND}},
         5 * SECOND - 1,
         "+b8",
         "held create"},
        {"out of tries: held until an event",
         {.hold = HOLD_RETRY, .create = {4, OUTCOME_FAILED, EAGAIN, 0, 0}},
         9 * SECOND,
         "+b8",
         "held create"},
        {"an empty record holds nothing", {.hold = HOLD_NONE}, SECOND, "+a8 +b8", "create create"},
};

START_TEST(respects_the_memory) {
        struct record *record;
        struct world w;

        world_init(&w, "a8 b8", "8");
        record = world_record(&w, 'a');
        record->hold = memories[_i].record.hold;
        record->create = memories[_i].record.create;
        record->rest = memories[_i].record.rest;
        world_plan(&w, memories[_i].now, 0);
        ck_assert_msg(streq(actions_text(w.plan), memories[_i].actions), "%s: \"%s\"",
                      memories[_i].sentence, actions_text(w.plan));
        ck_assert_msg(streq(states_text(w.plan), memories[_i].states), "%s: \"%s\"",
                      memories[_i].sentence, states_text(w.plan));
        world_done(&w);
}
END_TEST

START_TEST(removal_waits_for_its_time) {
        struct world w;

        world_init(&w, "a4", "8 4");
        world_present(&w, "a8 z8");
        meet_user(world_record(&w, 'a'), "qemu (pid 7)", false, 0);
        meet_user(world_record(&w, 'z'), "qemu (pid 7)", false, 0);
        world_plan(&w, SECOND / 20 - 1, 0);
        ck_assert_str_eq(actions_text(w.plan), "");
        ck_assert_str_eq(states_text(w.plan), "in-use");
        ck_assert_uint_eq(w.plan->n_deferred, 1);
        world_plan(&w, SECOND / 20, 0);
        ck_assert_str_eq(actions_text(w.plan), "-z8 -a8");
        ck_assert_uint_eq(w.plan->n_deferred, 0);
        fail_removal(world_record(&w, 'z'), EROFS, 0);
        world_plan(&w, SECOND - 1, 0);
        ck_assert_str_eq(actions_text(w.plan), "-a8");
        ck_assert_uint_eq(w.plan->n_deferred, 0);
        ck_assert_uint_eq(w.plan->n_unremovable, 1);
        world_done(&w);
}
END_TEST

/* A removal is of the very device that was seen, and says all that the worker needs. */
START_TEST(actions_are_complete) {
        const struct action *action;
        struct mdev *mdev;
        struct world w;

        world_init(&w, "a8", "8");
        world_present(&w, "z8");
        mdev = world_mdev(&w, 'z');
        world_plan(&w, SECOND, 0);
        ck_assert_uint_eq(w.plan->n_actions, 2);

        action = &w.plan->actions[0];
        ck_assert_int_eq(action->kind, ACTION_REMOVE);
        ck_assert_int_eq(uuid_compare(action->uuid, mdev->uuid), 0);
        ck_assert_str_eq(action->type, "i915-GVTg_V5_8");
        ck_assert_uint_eq(action->inode, mdev->inode);
        ck_assert_int_eq(action->group, mdev->group);
        ck_assert_int_eq(action->parent.slot, 2);

        action = &w.plan->actions[1];
        ck_assert_int_eq(action->kind, ACTION_CREATE);
        ck_assert_str_eq(action->type, "i915-GVTg_V5_8");
        ck_assert_int_eq(action->group, -1);
        ck_assert_int_eq(action->parent.slot, 2);
        ck_assert(action->fits);
        world_done(&w);
}
END_TEST

START_TEST(taken_elsewhere_without_a_gpu) {
        struct world w;

        world_init(&w, "a8", "");
        world_at(&w, SITUATION_NO_GPU);
        world_present(&w, "a8fg");
        world_plan(&w, SECOND, 0);
        ck_assert_str_eq(states_text(w.plan), "other-gpu");
        ck_assert_str_eq(actions_text(w.plan), "");
        world_done(&w);
}
END_TEST

/* config space of the GPU may be out of reach: then the kernel alone decides. */
START_TEST(unknown_aperture_is_left_to_the_kernel) {
        struct world w;

        world_init(&w, "a1 b1 c1", "1");
        w.host->gpus[0].aperture = 0;
        world_plan(&w, SECOND, 0);
        ck_assert_str_eq(actions_text(w.plan), "+a1 +b1 +c1");
        ck_assert(!w.plan->exceeds);
        world_done(&w);
}
END_TEST

/* One that failed keeps its place in the order of the ini; one that recreate = no
 * gave up does not. */
START_TEST(held_ones_keep_their_room) {
        struct world w;

        world_init(&w, "a2 b4 c8", "8 4 2");
        world_record(&w, 'a')->hold = HOLD_FAILED;
        world_plan(&w, SECOND, 0);
        ck_assert_str_eq(actions_text(w.plan), "+b4 +c8?");
        world_record(&w, 'a')->hold = HOLD_LOST;
        world_plan(&w, SECOND, 0);
        ck_assert_str_eq(actions_text(w.plan), "+b4 +c8");
        ck_assert(!w.plan->exceeds);
        world_done(&w);
}
END_TEST

START_TEST(scales_to_a_thousand) {
        struct world w;

        world_init(&w, "", "8");
        w.config->n_vgpus = 1000;
        w.config->vgpus = calloc(1000, sizeof(struct declared));
        ck_assert_ptr_nonnull(w.config->vgpus);
        for (unsigned i = 0; i < 1000; i++) {
                w.config->vgpus[i].uuid[0] = (unsigned char) (1 + i / 256);
                w.config->vgpus[i].uuid[1] = (unsigned char) i;
                type_of('8', w.config->vgpus[i].type);
        }
        world_declared(&w);
        world_plan(&w, SECOND, 0);
        ck_assert_uint_eq(w.plan->n_actions, 1000);
        ck_assert(w.plan->actions[5].fits);
        ck_assert(!w.plan->actions[6].fits);
        world_obey(&w);
        world_plan(&w, SECOND, 0);
        ck_assert_uint_eq(w.plan->n_actions, 0);
        world_done(&w);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("plan");
        TCase *tcase = tcase_create("plan");

        tcase_add_loop_test(tcase, decides, 0, ARRAY_SIZE(cases));
        tcase_add_loop_test(tcase, own_result_yields_an_empty_plan, 0, ARRAY_SIZE(cases));
        tcase_add_loop_test(tcase, creates_only_where_offered, 0, SITUATION_OFFERED + 1);
        tcase_add_test(tcase, asks_once);
        tcase_add_test(tcase, asks_where_nothing_is_awaited);
        tcase_add_test(tcase, taken_elsewhere_without_a_gpu);
        tcase_add_test(tcase, looks_up_the_group);
        tcase_add_test(tcase, looks_up_no_group_for_nothing);
        tcase_add_test(tcase, notes_without_devices_do_nothing);
        tcase_add_loop_test(tcase, loads_kvmgt, 0, ARRAY_SIZE(loads));
        tcase_add_test(tcase, lets_the_gpu_sleep);
        tcase_add_test(tcase, stopping_tries_what_failed_once_more);
        tcase_add_test(tcase, stopping_loads_nothing);
        tcase_add_loop_test(tcase, respects_the_memory, 0, ARRAY_SIZE(memories));
        tcase_add_test(tcase, removal_waits_for_its_time);
        tcase_add_test(tcase, actions_are_complete);
        tcase_add_test(tcase, unknown_aperture_is_left_to_the_kernel);
        tcase_add_test(tcase, held_ones_keep_their_room);
        tcase_add_test(tcase, scales_to_a_thousand);
        suite_add_tcase(suite, tcase);
        return suite;
}
