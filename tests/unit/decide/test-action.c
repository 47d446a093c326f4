/* SPDX-License-Identifier: GPL-2.0-or-later */

/* How an action is named: in a status line and, brief, in the worker's lock, which the next gvtd reads. */

#include "suite.h"

#include "action.h"
#include "util.h"

#define GPU  "0000:00:02.0"
#define UUID "a297db4a-f4c2-11e6-90f6-d3b88d6c9525"

static const struct {
        enum action_kind kind;
        const char *text, *brief;
} actions[] = {
        {ACTION_LOAD_KVMGT, "loading kvmgt for " GPU, "loading kvmgt"},
        {ACTION_LET_SLEEP, "letting " GPU " sleep again", "letting the GPU sleep"},
        {ACTION_CREATE, "create of vGPU " UUID " on " GPU, "create of " UUID " on " GPU},
        {ACTION_REMOVE, "remove of vGPU " UUID " on " GPU, "remove of " UUID " on " GPU},
        {ACTION_ASK, "the search for a reason in the journal and modprobe.d", "the search for a reason"},
        {ACTION_GROUP, "the look-up of the ini's group", "the look-up of a group"},
};

START_TEST(describes_each) {
        struct action action = {.kind = actions[_i].kind, .parent = {.slot = 2}};
        char text[128];

        uuid_parse(UUID, action.uuid);
        action_describe(&action, /* brief= */ false, text, sizeof(text));
        ck_assert_str_eq(text, actions[_i].text);
        action_describe(&action, /* brief= */ true, text, sizeof(text));
        ck_assert_str_eq(text, actions[_i].brief);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("action");
        TCase *tcase = tcase_create("action");

        tcase_add_loop_test(tcase, describes_each, 0, ARRAY_SIZE(actions));
        suite_add_tcase(suite, tcase);
        return suite;
}
