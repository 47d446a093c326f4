/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What is remembered, and for how long. Times are in seconds. */

#include "build.h"

#include <errno.h>
#include <inttypes.h>

#include "action.h"
#include "util.h"

static void look(struct world *w, uint64_t second) {
        ck_assert_int_eq(history_update(&w->history, w->config, w->host, second * SECOND), 0);
}

/* Somebody else removes it, and gvtd looks; then it is there again. */
static void lose(struct world *w, char letter, uint64_t second) {
        char word[3] = {letter, '8'};

        world_vanish(w, letter);
        look(w, second);
        world_present(w, word);
}

static void new_registration(struct world *w) {
        w->host->gpus[0].registration += 100000;
}

/* Failures. */

static const struct {
        const char *sentence;
        int error;
        bool fits;
        enum hold hold;
        unsigned retries[5]; /* seconds after each failure; 0: not by time */
        enum outcome outcome; /* if not FAILED */
} failures[] = {
        {"EAGAIN: again after 1, 5 and 25 s, then waits",
         EAGAIN,
         true,
         HOLD_RETRY,
         {1, 5, 25, 0, 0}},
        {"EAGAIN, whether it fits or not", EAGAIN, false, HOLD_RETRY, {1, 5, 25, 0, 0}},
        {"EINTR may pass", EINTR, true, HOLD_RETRY, {1, 5, 25, 0, 0}},
        {"EBUSY may pass", EBUSY, true, HOLD_RETRY, {1, 5, 25, 0, 0}},
        {"ENOMEM may pass", ENOMEM, true, HOLD_RETRY, {1, 5, 25, 0, 0}},
        {"ENODEV: the parent is unregistering", ENODEV, true, HOLD_RETRY, {1, 5, 25, 0, 0}},
        {"ENOSPC with room left may pass", ENOSPC, true, HOLD_RETRY, {1, 5, 25, 0, 0}},
        {"ENOSPC without room waits for an event", ENOSPC, false, HOLD_RETRY, {0, 0, 0, 0, 0}},
        {"no note: no event tells when it ends", ENOSPC, false, HOLD_RETRY, {1, 5, 25, 25, 25},
         OUTCOME_NO_NOTE},
        {"EINVAL stays", EINVAL, true, HOLD_FAILED, {0, 0, 0, 0, 0}},
        {"ENOENT stays", ENOENT, true, HOLD_FAILED, {0, 0, 0, 0, 0}},
        {"EACCES stays", EACCES, true, HOLD_FAILED, {0, 0, 0, 0, 0}},
        {"EIO may be of a look of the worker's", EIO, true, HOLD_RETRY, {1, 5, 25, 0, 0}},
};

START_TEST(fails) {
        struct history history = {};
        struct record *record;
        uuid_t uuid;

        id_of('a', uuid);
        record = history_get(&history, uuid);
        ck_assert_ptr_nonnull(record);
        for (unsigned i = 0; i < ARRAY_SIZE(failures[_i].retries); i++) {
                uint64_t now = (100 + i * 100) * SECOND;
                uint64_t at = failures[_i].retries[i] * SECOND;
                const char *sentence = failures[_i].sentence;
                struct result result = {
                        .outcome = failures[_i].outcome ? failures[_i].outcome : OUTCOME_FAILED,
                        .error = failures[_i].error,
                };

                record_created(record, &result, failures[_i].fits, now);
                ck_assert_msg(record->hold == failures[_i].hold, "%s: hold", sentence);
                ck_assert_int_eq(record->create.error, failures[_i].error);
                ck_assert_msg(record->create.wait == at, "%s: failure %u: in %" PRIu64, sentence, i + 1,
                              record->create.wait);
                ck_assert_msg(record_holds_create(record, now), "%s: not held", sentence);
                ck_assert_msg(history_next(&history, now) == (at ? now + at : UINT64_MAX),
                              "%s: failure %u: next", sentence, i + 1);
                if (at) {
                        ck_assert_msg(record_holds_create(record, now + at - 1), "%s", sentence);
                        ck_assert_msg(!record_holds_create(record, now + at), "%s", sentence);
                        ck_assert_msg(history_next(&history, now + at) == UINT64_MAX, "%s: due",
                                      sentence);
                } else {
                        ck_assert_msg(record_holds_create(record, UINT64_MAX - 1), "%s", sentence);
                }
        }
        history_done(&history);
}
END_TEST

/* A UUID that is taken: by a device on its way out, for milliseconds, or by one that somebody holds. */
START_TEST(is_taken) {
        static const uint64_t waits[] = {SECOND / 20, SECOND / 5,  SECOND / 2, SECOND,
                                         5 * SECOND,  25 * SECOND, 0,          0};
        const struct result result = {.outcome = OUTCOME_FAILED, .error = EEXIST};
        struct record record = {};
        uint64_t now = SECOND;

        for (size_t i = 0; i < ARRAY_SIZE(waits); i++) {
                record_created(&record, &result, true, now);
                ck_assert_uint_eq(record.create.wait, waits[i]);
                ck_assert(record_holds_create(&record, now));
                ck_assert_int_eq(record_holds_create_briefly(&record, now), i < 3);
                now += waits[i];
                ck_assert(!record_holds_create_briefly(&record, now));
        }
}
END_TEST

static const struct {
        enum outcome outcome;
        int error;
        bool retried; /* by time */
} creates[] = {
        {OUTCOME_DONE, 0, false},
        {OUTCOME_FAILED, EINVAL, false},
        {OUTCOME_FAILED, EAGAIN, true},
        {OUTCOME_NO_NOTE, ENOSPC, true},
        {OUTCOME_GATE_CLOSED, 0, true},
        {OUTCOME_UNVERIFIED, 0, false},
};

START_TEST(takes_in_a_create) {
        struct result result = {.outcome = creates[_i].outcome, .error = creates[_i].error};
        struct record record = {};

        record_created(&record, &result, true, SECOND);
        ck_assert_int_eq(record.create.outcome, creates[_i].outcome);
        ck_assert_int_eq(record.create.error, creates[_i].error);
        ck_assert_int_eq(record.create.wait > 0, creates[_i].retried);
        ck_assert_int_eq(record_holds_create(&record, SECOND), creates[_i].outcome != OUTCOME_DONE);
}
END_TEST

/* What changes the kernel's answer, and for which hold. */
static void by_chance(struct world *w) {
        history_chance(&w->history);
}

static void by_reload(struct world *w) {
        history_forgive(&w->history);
}

static void by_registration(struct world *w) {
        new_registration(w);
        look(w, 10);
}

static void by_device_gone(struct world *w) {
        world_vanish(w, 'z');
        look(w, 10);
}

static void by_look(struct world *w) {
        look(w, 10);
}

static const struct {
        const char *sentence;
        void (*event)(struct world *);
        enum hold hold;
        enum hold after;
} events[] = {
        {"a device went away: what may pass is tried", by_device_gone, HOLD_RETRY, HOLD_NONE},
        {"a device went away: a failure stays", by_device_gone, HOLD_FAILED, HOLD_FAILED},
        {"a device went away: the rest goes on", by_device_gone, HOLD_RESTS, HOLD_RESTS},
        {"our own removal: what may pass is tried", by_chance, HOLD_RETRY, HOLD_NONE},
        {"our own removal: a failure stays", by_chance, HOLD_FAILED, HOLD_FAILED},
        {"our own removal: recreate = no stays", by_chance, HOLD_LOST, HOLD_LOST},
        {"a reload forgives what may pass", by_reload, HOLD_RETRY, HOLD_NONE},
        {"a reload forgives a failure", by_reload, HOLD_FAILED, HOLD_NONE},
        {"a reload forgives recreate = no", by_reload, HOLD_LOST, HOLD_NONE},
        {"a reload forgives the losses", by_reload, HOLD_RESTS, HOLD_NONE},
        {"a new registration forgives what may pass", by_registration, HOLD_RETRY, HOLD_NONE},
        {"a new registration forgives a failure", by_registration, HOLD_FAILED, HOLD_NONE},
        {"a new registration forgives recreate = no", by_registration, HOLD_LOST, HOLD_NONE},
        {"a new registration forgives the losses", by_registration, HOLD_RESTS, HOLD_NONE},
        {"another look changes nothing: may pass", by_look, HOLD_RETRY, HOLD_RETRY},
        {"another look changes nothing: failed", by_look, HOLD_FAILED, HOLD_FAILED},
};

START_TEST(gets_another_chance) {
        struct record *record;
        struct world w;

        world_init(&w, "a8", "8");
        world_present(&w, "z8f");
        look(&w, 1);
        record = world_record(&w, 'a');
        record->hold = events[_i].hold;
        record->create = (struct attempt){3, OUTCOME_FAILED, EAGAIN, SECOND, 500 * SECOND};
        events[_i].event(&w);
        record = world_record(&w, 'a');
        ck_assert_msg(record->hold == events[_i].after, "%s: %d", events[_i].sentence,
                      record->hold);
        if (events[_i].after == HOLD_NONE) {
                ck_assert_msg(record->create.error == 0 && record->create.failures == 0, "%s: all is forgotten", events[_i].sentence);
                ck_assert(!record_holds_create(record, 10 * SECOND));
        }
        world_done(&w);
}
END_TEST

/* Losses. */

static const struct {
        const char *sentence;
        uint64_t at[4]; /* seconds; 0: no more */
        bool no_recreate;
        enum hold hold;
} losses[] = {
        {"lost once: made again", {100}, false, HOLD_NONE},
        {"lost twice within a minute: made again", {100, 101}, false, HOLD_NONE},
        {"lost three times within a minute: rests", {100, 130, 159}, false, HOLD_RESTS},
        {"three times at once: rests", {100, 100, 100}, false, HOLD_RESTS},
        {"the first is a minute old: does not count", {100, 130, 160}, false, HOLD_NONE},
        {"the window slides", {100, 130, 160, 189}, false, HOLD_RESTS},
        {"once a minute for ever: made again", {100, 160, 220, 280}, false, HOLD_NONE},
        {"made by hand while it rests, and lost again", {100, 101, 102, 103}, false, HOLD_RESTS},
        {"recreate = no: the first is final", {100}, true, HOLD_LOST},
};

START_TEST(counts_losses) {
        struct world w;

        world_init(&w, "a8 b8", "8");
        w.config->recreate = !losses[_i].no_recreate;
        world_present(&w, "a8 b8");
        look(&w, 1);
        for (unsigned i = 0; i < ARRAY_SIZE(losses[_i].at) && losses[_i].at[i]; i++) {
                /* What was made again is seen before it is lost again. */
                if (i > 0)
                        look(&w, losses[_i].at[i]);
                lose(&w, 'a', losses[_i].at[i]);
                ck_assert_msg(world_record(&w, 'a')->lost, "%s: said", losses[_i].sentence);
        }
        ck_assert_msg(world_record(&w, 'a')->hold == losses[_i].hold, "%s: %d", losses[_i].sentence,
                      world_record(&w, 'a')->hold);
        ck_assert_msg(world_record(&w, 'b')->hold == HOLD_NONE, "%s: the other",
                      losses[_i].sentence);
        world_done(&w);
}
END_TEST

/* Loses it three times in as many seconds; each time it was made again before. Returns the rest that
 * follows, in seconds. */
static uint64_t lose_thrice(struct world *w, uint64_t from) {
        const struct record *record;

        for (unsigned i = 0; i < RECORD_LOSSES; i++) {
                world_present(w, "a8");
                look(w, from + i);
                lose(w, 'a', from + i);
        }
        record = world_record(w, 'a');
        ck_assert_int_eq(record->hold, HOLD_RESTS);
        ck_assert(record_holds_create(record, (from + 2) * SECOND + record->rest.wait - 1));
        ck_assert(!record_holds_create(record, (from + 2) * SECOND + record->rest.wait));
        ck_assert_uint_eq(history_next(&w->history, (from + 2) * SECOND),
                          (from + 2) * SECOND + record->rest.wait);
        return record->rest.wait / SECOND;
}

START_TEST(rests_grow_while_it_goes_on) {
        struct world w;
        uint64_t now = 100;

        world_init(&w, "a8", "8");
        ck_assert_uint_eq(lose_thrice(&w, now), 60);
        ck_assert_uint_eq(lose_thrice(&w, now += 2 + 60), 600);
        ck_assert_uint_eq(lose_thrice(&w, now += 2 + 600 + 50), 3600);
        ck_assert_uint_eq(lose_thrice(&w, now += 2 + 3600), 3600);
        /* and begin anew when it stood for a while */
        ck_assert_uint_eq(lose_thrice(&w, now += 2 + 3600 + 60), 60);
        world_done(&w);
}
END_TEST

/* Removed and made by somebody else between two looks: a loss, although it is there. */
START_TEST(replaced_is_lost) {
        struct world w;

        world_init(&w, "a8", "8");
        world_present(&w, "a8");
        look(&w, 1);
        world_vanish(&w, 'a');
        world_present(&w, "a8s");
        look(&w, 2);
        ck_assert(world_record(&w, 'a')->lost);
        ck_assert_uint_eq(world_record(&w, 'a')->n_losses, 1);
        ck_assert_uint_eq(world_record(&w, 'a')->inode, world_mdev(&w, 'a')->inode);
        ck_assert_int_eq(world_record(&w, 'a')->hold, HOLD_NONE);
        world_done(&w);
}
END_TEST

/* Whoever had it, has it no more. */
START_TEST(lost_is_not_busy) {
        struct world w;

        world_init(&w, "a8", "8");
        world_present(&w, "a8u");
        look(&w, 1);
        meet_user(world_record(&w, 'a'), "qemu (pid 7)", false, SECOND);
        world_vanish(&w, 'a');
        look(&w, 2);
        ck_assert(world_record(&w, 'a')->lost);
        ck_assert_uint_eq(world_record(&w, 'a')->removal.failures, 0);
        world_done(&w);
}
END_TEST

START_TEST(own_work_is_no_loss) {
        struct world w;

        world_init(&w, "a8", "8");
        world_present(&w, "a8");
        look(&w, 1);
        record_succeeded(world_record(&w, 'a'), 0);
        world_vanish(&w, 'a');
        look(&w, 2);
        ck_assert(!world_record(&w, 'a')->lost);
        ck_assert_uint_eq(world_record(&w, 'a')->n_losses, 0);
        world_done(&w);
}
END_TEST

/* Only declared vGPUs are lost; what others do with theirs is theirs, and is not told later, when
 * that UUID is declared. */
START_TEST(undeclared_is_no_loss) {
        struct world w;

        world_init(&w, "a8 z8", "8");
        world_present(&w, "a8 z8f");
        w.config->n_vgpus = 1;
        world_declared(&w);
        w.config->recreate = false;
        look(&w, 1);
        world_vanish(&w, 'z');
        look(&w, 2);
        w.config->n_vgpus = 2;
        world_declared(&w);
        look(&w, 3);
        ck_assert(!world_record(&w, 'z')->lost);
        ck_assert_int_eq(world_record(&w, 'z')->hold, HOLD_NONE);
        ck_assert_uint_eq(world_record(&w, 'z')->n_losses, 0);
        world_done(&w);
}
END_TEST

/* Another's device of that UUID and of another type, removed as the message about it says. */
START_TEST(out_of_the_way_is_no_loss) {
        struct world w;

        world_init(&w, "a8", "8 4");
        world_present(&w, "a4f");
        w.config->recreate = false;
        look(&w, 1);
        world_vanish(&w, 'a');
        look(&w, 2);
        ck_assert(!world_record(&w, 'a')->lost);
        ck_assert_int_eq(world_record(&w, 'a')->hold, HOLD_NONE);
        ck_assert_uint_eq(world_record(&w, 'a')->n_losses, 0);
        /* what is made in its place can be lost */
        world_present(&w, "a8");
        look(&w, 3);
        world_vanish(&w, 'a');
        look(&w, 4);
        ck_assert(world_record(&w, 'a')->lost);
        world_done(&w);
}
END_TEST

/* A create of somebody else's that fails shows the device for milliseconds, without its type. */
START_TEST(failed_create_is_no_loss) {
        struct world w;

        world_init(&w, "a8", "8");
        look(&w, 1);
        fail_create(world_record(&w, 'a'), EINVAL, true, SECOND);
        world_present(&w, "a?f");
        look(&w, 2);
        world_vanish(&w, 'a');
        look(&w, 3);
        ck_assert(!world_record(&w, 'a')->lost);
        ck_assert_uint_eq(world_record(&w, 'a')->n_losses, 0);
        ck_assert_int_eq(world_record(&w, 'a')->hold, HOLD_FAILED);
        world_done(&w);
}
END_TEST

/* Nor is what another GPU had, while ours offers nothing. */
START_TEST(elsewhere_is_no_loss) {
        struct world w;

        world_init(&w, "a8", "8");
        world_at(&w, SITUATION_GVT_OFF);
        world_present(&w, "a8fg");
        look(&w, 1);
        world_vanish(&w, 'a');
        look(&w, 2);
        ck_assert(!world_record(&w, 'a')->lost);
        ck_assert_uint_eq(world_record(&w, 'a')->n_losses, 0);
        world_done(&w);
}
END_TEST

/* One that goes loses its type first; it is still the one that was seen whole. */
START_TEST(going_is_what_it_was) {
        static const struct {
                const char *present;
                bool lost;
        } cases[] = {{"a8", true}, {"a4f", false /* stood in the way */}};
        struct world w;

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                world_init(&w, "a8", "8 4");
                world_present(&w, cases[i].present);
                look(&w, 1);
                world_mdev(&w, 'a')->type[0] = '\0';
                look(&w, 2);
                world_vanish(&w, 'a');
                look(&w, 3);
                ck_assert_msg(world_record(&w, 'a')->lost == cases[i].lost, "%s", cases[i].present);
                world_done(&w);
        }
}
END_TEST

/* The parent went, and took its devices with it: it is the parent that was lost. */
START_TEST(losing_the_parent_is_no_loss) {
        struct world w;

        world_init(&w, "a8", "8");
        world_present(&w, "a8");
        look(&w, 1);
        world_vanish(&w, 'a');
        world_at(&w, SITUATION_I915_AWAITED);
        look(&w, 2);
        ck_assert(!world_record(&w, 'a')->lost);
        ck_assert_uint_eq(world_record(&w, 'a')->n_losses, 0);
        world_done(&w);
}
END_TEST

START_TEST(new_registration_forgives_losses) {
        struct world w;

        world_init(&w, "a8", "8");
        world_present(&w, "a8");
        look(&w, 1);
        lose(&w, 'a', 2);
        look(&w, 2);
        lose(&w, 'a', 3);
        new_registration(&w);
        look(&w, 4);
        ck_assert_uint_eq(world_record(&w, 'a')->n_losses, 0);
        lose(&w, 'a', 5);
        ck_assert_int_eq(world_record(&w, 'a')->hold, HOLD_NONE);
        world_done(&w);
}
END_TEST

START_TEST(reload_forgives_losses) {
        struct world w;

        world_init(&w, "a8", "8");
        world_present(&w, "a8");
        look(&w, 1);
        for (unsigned i = 2; i < 5; i++) {
                lose(&w, 'a', i);
                if (i < 4)
                        look(&w, i);
        }
        ck_assert_int_eq(world_record(&w, 'a')->hold, HOLD_RESTS);
        history_forgive(&w.history);
        ck_assert_int_eq(world_record(&w, 'a')->hold, HOLD_NONE);
        ck_assert_uint_eq(world_record(&w, 'a')->n_losses, 0);
        world_done(&w);
}
END_TEST

/* Users. */

START_TEST(busy_backs_off) {
        static const unsigned after[] = {50, 200, 500, 5000, 25000, 25000}; /* ms; or at the next release */
        struct history history = {};
        struct record *record;
        uuid_t uuid;

        id_of('a', uuid);
        record = history_get(&history, uuid);
        ck_assert_ptr_nonnull(record);
        ck_assert(!record_holds_removal(record, SECOND));
        for (unsigned i = 0; i < ARRAY_SIZE(after); i++) {
                uint64_t now = (i + 1) * SECOND, at = now + after[i] * SECOND / 1000;

                meet_user(record, "qemu-system-x86 (pid 7, guest win10)", false, now);
                ck_assert_str_eq(record->holder, "qemu-system-x86 (pid 7, guest win10)");
                ck_assert(record_holds_removal(record, now));
                ck_assert_uint_eq(history_next(&history, now), at);
                ck_assert_msg(record_holds_removal(record, at - 1), "attempt %u", i);
                ck_assert_msg(!record_holds_removal(record, at), "attempt %u", i);
        }
        record->inode = 7;
        history_released(&history, 8 /* another device */);
        ck_assert(record_holds_removal(record, 7 * SECOND));
        history_released(&history, 7);
        ck_assert(!record_holds_removal(record, 7 * SECOND));
        meet_user(record, "qemu", false, 7 * SECOND);
        ck_assert_uint_eq(history_next(&history, 7 * SECOND), 7 * SECOND + SECOND / 20);
        history_released(&history, 7);
        meet_user(record, "qemu", true /* its end is awaited */, 8 * SECOND);
        ck_assert_uint_eq(history_next(&history, 8 * SECOND), UINT64_MAX);
        ck_assert(record_holds_removal(record, UINT64_MAX - 1));
        history_done(&history);
}
END_TEST

static bool repeats(const struct record *record, enum outcome outcome, int error) {
        return record_removal_repeats(record, &(struct result){.outcome = outcome, .error = error});
}

/* The claim of a removal that fails ends in a release of the node: no reason to try at once. */
START_TEST(unremovable_backs_off) {
        static const unsigned after[] = {1, 5, 25, 25}; /* s */
        struct history history = {};
        struct record *record;
        uint64_t now = SECOND;
        uuid_t uuid;

        id_of('a', uuid);
        record = history_get(&history, uuid);
        ck_assert_ptr_nonnull(record);
        meet_user(record, "qemu", false, now);
        ck_assert(repeats(record, OUTCOME_IN_USE, 0));
        ck_assert(!repeats(record, OUTCOME_FAILED, EROFS));
        for (unsigned i = 0; i < ARRAY_SIZE(after); i++) {
                fail_removal(record, EROFS, now);
                history_released(&history, record->inode);
                ck_assert(repeats(record, OUTCOME_FAILED, EROFS));
                ck_assert(!repeats(record, OUTCOME_FAILED, EIO));
                ck_assert(!repeats(record, OUTCOME_IN_USE, 0));
                ck_assert_uint_eq(history_next(&history, now), now + after[i] * SECOND);
                ck_assert(record_holds_removal(record, now + after[i] * SECOND - 1));
                now += after[i] * SECOND;
                ck_assert(!record_holds_removal(record, now));
        }
        meet_user(record, "qemu", false, now);
        ck_assert_uint_eq(history_next(&history, now), now + SECOND / 20);
        fail_removal(record, EIO, now);
        history_forgive(&history);
        ck_assert(!record_holds_removal(record, now));
        ck_assert(!repeats(record, OUTCOME_FAILED, EIO));
        meet_user(record, "qemu", false, now);
        record->announced = 7;
        history_forgive(&history);
        ck_assert(!record_holds_removal(record, now));
        ck_assert_int_eq(record->announced, 0);
        record->announced = ANNOUNCED_READY;
        history_forgive(&history);
        ck_assert_int_eq(record->announced, ANNOUNCED_READY);
        history_done(&history);
}
END_TEST

/* Gone as it was to go: neither a loss nor a user is left. */
START_TEST(removed_is_forgotten) {
        const struct result done = {.outcome = OUTCOME_DONE};
        struct record record = {.inode = 7, .hold = HOLD_LOST};

        meet_user(&record, "qemu", false, SECOND);
        record_removed(&record, &done, false, SECOND);
        ck_assert_uint_eq(record.inode, 0);
        ck_assert_int_eq(record.hold, HOLD_NONE);
        ck_assert(!record_holds_removal(&record, SECOND));
}
END_TEST

/* What gvtd removed is announced when it is declared and made again. */
START_TEST(removed_is_news_again) {
        struct record record = {.announced = ANNOUNCED_READY};

        record_succeeded(&record, 7);
        ck_assert_int_eq(record.announced, ANNOUNCED_READY);
        record_succeeded(&record, 0);
        ck_assert_int_eq(record.announced, 0);
}
END_TEST

START_TEST(busy_is_not_held_from_creation) {
        struct record record = {};

        meet_user(&record, "qemu", false, SECOND);
        ck_assert(!record_holds_create(&record, SECOND));
}
END_TEST

START_TEST(long_holder_is_cut) {
        struct record record = {};
        char name[2 * HOLDER_MAX];

        memset(name, 'x', sizeof(name));
        name[sizeof(name) - 1] = '\0';
        meet_user(&record, name, false, SECOND);
        ck_assert_uint_eq(strlen(record.holder), HOLDER_MAX - 1);
}
END_TEST

START_TEST(earliest_is_next) {
        struct world w;

        world_init(&w, "a8 b8 c8", "8");
        ck_assert_uint_eq(history_next(&w.history, 0), UINT64_MAX);
        fail_create(world_record(&w, 'a'), EAGAIN, true, 10 * SECOND);
        fail_create(world_record(&w, 'b'), EAGAIN, true, 9 * SECOND);
        meet_user(world_record(&w, 'c'), "qemu", false, 10 * SECOND);
        ck_assert_uint_eq(history_next(&w.history, 9 * SECOND), 10 * SECOND);
        ck_assert_uint_eq(history_next(&w.history, 10 * SECOND), 10 * SECOND + SECOND / 20);
        ck_assert_uint_eq(history_next(&w.history, 10 * SECOND + SECOND / 2), 11 * SECOND);
        world_done(&w);
}
END_TEST

/* The memory stays bounded, whatever comes and goes. */
START_TEST(forgets_the_undeclared) {
        struct world w;

        world_init(&w, "a8", "8");
        world_present(&w, "a8");
        for (unsigned i = 0; i < 20; i++) {
                char word[] = {(char) ('b' + i), '8', 'f', '\0'};

                world_present(&w, word);
                look(&w, i);
                world_vanish(&w, word[0]);
        }
        look(&w, 30);
        ck_assert_uint_le(w.history.n_records, 2);
        ck_assert_ptr_nonnull(history_find(&w.history, w.config->vgpus[0].uuid));
        world_done(&w);
}
END_TEST

START_TEST(keeps_the_declared) {
        struct world w;

        world_init(&w, "a8 b8", "8");
        look(&w, 1);
        fail_create(world_record(&w, 'a'), EINVAL, true, SECOND);
        world_record(&w, 'x');
        world_record(&w, 'y');
        look(&w, 2);
        ck_assert_uint_eq(w.history.n_records, 1);
        ck_assert_int_eq(world_record(&w, 'a')->hold, HOLD_FAILED);
        world_done(&w);
}
END_TEST

/* kvmgt: the machine's states one after the other, and what is thought of them. */
static const struct {
        const char *sentence;
        enum situation looks[3];
        unsigned n_looks;
        bool reload;
        bool unloaded;
} modules[] = {
        {"not loaded yet is not unloaded", {SITUATION_KVMGT_NEEDED}, 1, false, false},
        {"it was live and is gone: unloaded",
         {SITUATION_OFFERED, SITUATION_KVMGT_NEEDED},
         2,
         false,
         true},
        {"unloaded and loaded again: all is well",
         {SITUATION_OFFERED, SITUATION_KVMGT_NEEDED, SITUATION_OFFERED},
         3,
         false,
         false},
        {"gone together with i915: that is another matter",
         {SITUATION_OFFERED, SITUATION_I915_AWAITED},
         2,
         false,
         false},
        {"i915 went and came back: kvmgt is ours to load",
         {SITUATION_OFFERED, SITUATION_I915_AWAITED, SITUATION_KVMGT_NEEDED},
         3,
         false,
         false},
        {"unloaded, and then i915 went: another matter as well",
         {SITUATION_OFFERED, SITUATION_KVMGT_NEEDED, SITUATION_I915_AWAITED},
         3,
         false,
         false},
        {"the GPU went and came back: kvmgt is ours to load",
         {SITUATION_OFFERED, SITUATION_NO_GPU, SITUATION_KVMGT_NEEDED},
         3,
         false,
         false},
        {"a reload brings it back", {SITUATION_OFFERED, SITUATION_KVMGT_NEEDED}, 2, true, false},
};

START_TEST(remembers_kvmgt) {
        struct world w;

        world_init(&w, "a8", "8");
        world_done(&w);
        for (unsigned i = 0; i < modules[_i].n_looks; i++) {
                struct history history = w.history;

                world_init(&w, "a8", "8");
                w.history = history;
                world_at(&w, modules[_i].looks[i]);
                look(&w, i);
                if (i + 1 < modules[_i].n_looks) {
                        history = w.history;
                        w.history = (struct history){};
                        world_done(&w);
                        w.history = history;
                }
        }
        if (modules[_i].reload) {
                history_forgive(&w.history);
                look(&w, 5);
        }
        ck_assert_msg(w.history.kvmgt_unloaded == modules[_i].unloaded, "%s", modules[_i].sentence);
        world_done(&w);
}
END_TEST

/* Its unloading may still fail; that it is unloaded is known when it is gone. */
START_TEST(kvmgt_on_its_way_out_is_not_unloaded) {
        struct world w;

        world_init(&w, "a8", "8");
        look(&w, 1);
        w.host->kvmgt = MODULE_GOING;
        look(&w, 2);
        ck_assert(!w.history.kvmgt_unloaded);
        w.host->kvmgt = MODULE_AVAILABLE;
        look(&w, 3);
        ck_assert(w.history.kvmgt_unloaded);
        world_done(&w);
}
END_TEST

static void load(struct history *history, int error) {
        struct result result = {.outcome = error ? OUTCOME_FAILED : OUTCOME_DONE, .error = error};

        history_loaded(history, &result, SECOND);
}

START_TEST(loading_that_may_pass_is_tried_again) {
        struct history history = {};
        const unsigned after[] = {1, 5, 25};

        for (unsigned i = 0; i < ARRAY_SIZE(after); i++) {
                load(&history, EINTR);
                ck_assert_uint_eq(history_next(&history, SECOND), SECOND + after[i] * SECOND);
                ck_assert(history_holds_load(&history, SECOND + after[i] * SECOND - 1));
                ck_assert(!history_holds_load(&history, SECOND + after[i] * SECOND));
        }
        load(&history, EINTR);
        ck_assert_uint_eq(history_next(&history, SECOND), UINT64_MAX);
        ck_assert(history_holds_load(&history, UINT64_MAX));

        history = (struct history){};
        load(&history, ENOENT);
        ck_assert(history_holds_load(&history, UINT64_MAX));
        load(&history, 0);
        ck_assert(!history_holds_load(&history, SECOND));
}
END_TEST

/* No event tells when it is possible again. */
START_TEST(keeps_trying_to_let_it_sleep) {
        const struct result failed = {.outcome = OUTCOME_FAILED, .error = EROFS}, done = {.outcome = OUTCOME_DONE};
        struct history history = {};

        for (unsigned i = 0; i < 5; i++)
                history_slept(&history, &failed, SECOND);
        ck_assert_uint_eq(history_next(&history, SECOND), 26 * SECOND);
        ck_assert(history_holds_sleep(&history, 26 * SECOND - 1));
        ck_assert(!history_holds_sleep(&history, 26 * SECOND));
        history_slept(&history, &done, 26 * SECOND);
        ck_assert(!history_holds_sleep(&history, 26 * SECOND));
        ck_assert_uint_eq(history_next(&history, 26 * SECOND), UINT64_MAX);
}
END_TEST

/* Somebody else has loaded it. */
START_TEST(load_failure_ends_with_a_load) {
        struct world w;

        world_init(&w, "a8", "8");
        world_at(&w, SITUATION_NOT_REGISTERED);
        load(&w.history, ENOMEM);
        look(&w, 1);
        ck_assert_uint_eq(w.history.load.failures, 0);
        ck_assert_uint_eq(history_next(&w.history, SECOND), UINT64_MAX);
        world_done(&w);
}
END_TEST

START_TEST(load_failure_is_forgiven) {
        struct world w;

        world_init(&w, "a8", "8");
        world_at(&w, SITUATION_KVMGT_NEEDED);
        load(&w.history, ENOENT);
        look(&w, 1);
        ck_assert_int_eq(w.history.load.error, ENOENT);
        history_forgive(&w.history);
        ck_assert_uint_eq(w.history.load.failures, 0);

        load(&w.history, ENOENT);
        *w.host->gpus[0].driver = '\0';
        look(&w, 2);
        ck_assert_uint_eq(w.history.load.failures, 0);
        world_done(&w);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("history");
        TCase *tcase = tcase_create("history");

        tcase_add_loop_test(tcase, fails, 0, ARRAY_SIZE(failures));
        tcase_add_test(tcase, is_taken);
        tcase_add_loop_test(tcase, takes_in_a_create, 0, ARRAY_SIZE(creates));
        tcase_add_loop_test(tcase, gets_another_chance, 0, ARRAY_SIZE(events));
        tcase_add_loop_test(tcase, counts_losses, 0, ARRAY_SIZE(losses));
        tcase_add_test(tcase, rests_grow_while_it_goes_on);
        tcase_add_test(tcase, replaced_is_lost);
        tcase_add_test(tcase, lost_is_not_busy);
        tcase_add_test(tcase, own_work_is_no_loss);
        tcase_add_test(tcase, undeclared_is_no_loss);
        tcase_add_test(tcase, out_of_the_way_is_no_loss);
        tcase_add_test(tcase, failed_create_is_no_loss);
        tcase_add_test(tcase, going_is_what_it_was);
        tcase_add_test(tcase, elsewhere_is_no_loss);
        tcase_add_test(tcase, losing_the_parent_is_no_loss);
        tcase_add_test(tcase, new_registration_forgives_losses);
        tcase_add_test(tcase, reload_forgives_losses);
        tcase_add_test(tcase, busy_backs_off);
        tcase_add_test(tcase, unremovable_backs_off);
        tcase_add_test(tcase, removed_is_forgotten);
        tcase_add_test(tcase, removed_is_news_again);
        tcase_add_test(tcase, busy_is_not_held_from_creation);
        tcase_add_test(tcase, long_holder_is_cut);
        tcase_add_test(tcase, earliest_is_next);
        tcase_add_test(tcase, forgets_the_undeclared);
        tcase_add_test(tcase, keeps_the_declared);
        tcase_add_loop_test(tcase, remembers_kvmgt, 0, ARRAY_SIZE(modules));
        tcase_add_test(tcase, kvmgt_on_its_way_out_is_not_unloaded);
        tcase_add_test(tcase, loading_that_may_pass_is_tried_again);
        tcase_add_test(tcase, keeps_trying_to_let_it_sleep);
        tcase_add_test(tcase, load_failure_ends_with_a_load);
        tcase_add_test(tcase, load_failure_is_forgiven);
        suite_add_tcase(suite, tcase);
        return suite;
}
