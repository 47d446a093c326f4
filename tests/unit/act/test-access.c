/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Whose permissions a node has, and whether they are gvtd's to change. */

#include "suite.h"

#include "access.h"
#include "host.h"
#include "util.h"

#define KVM  108
#define QEMU 64055 /* libvirt-qemu */

/* Notes: none, one without .ready, .ready under root only, .ready under KVM. */
enum note_kind { NONE, OWNED, READY_ROOT, READY_KVM };

static const struct {
        const char *sentence;
        uid_t uid;
        gid_t gid;
        mode_t mode;
        enum note_kind note;
        gid_t declared;
        enum access_state state;
        bool just_now; /* the permissions were set */
} rows[] = {
        {"fresh from the kernel", 0, 0, 0600, NONE, KVM, ACCESS_TO_GIVE},
        {"fresh from the kernel, ours", 0, 0, 0600, OWNED, KVM, ACCESS_TO_GIVE},
        {"fresh from the kernel, root only declared", 0, 0, 0600, NONE, 0, ACCESS_RIGHT},
        {"given", 0, KVM, 0660, READY_KVM, KVM, ACCESS_RIGHT},
        {"as declared, whoever did it", 0, KVM, 0660, NONE, KVM, ACCESS_RIGHT},
        {"root only again, by somebody", 0, 0, 0600, READY_KVM, KVM, ACCESS_TO_GIVE},
        {"libvirt gave it back to root", 0, 0, 0660, READY_KVM, KVM, ACCESS_TO_GIVE},
        {"libvirt gave it back, then the ini says root only", 0, 0, 0660, READY_KVM, 0,
         ACCESS_TO_GIVE},
        {"root:root 0660, and we gave nothing", 0, 0, 0660, OWNED, KVM, ACCESS_FOREIGN},
        {"given, and killed before it was opened", 0, KVM, 0600, OWNED, KVM, ACCESS_TO_GIVE},
        {"a rule that was left so is no group taken back", 0, 0, 0660, READY_ROOT, KVM,
         ACCESS_FOREIGN},
        {"given, then the ini names another group", 0, KVM, 0660, READY_KVM, 44, ACCESS_TO_GIVE},
        {"given, then the ini says root only", 0, KVM, 0660, READY_KVM, 0, ACCESS_TO_GIVE},
        {"root only, then the ini names a group", 0, 0, 0600, READY_ROOT, KVM, ACCESS_TO_GIVE},
        {"a group that we did not give", 0, 44, 0660, READY_KVM, KVM, ACCESS_FOREIGN},
        {"a group that we did not give yet", 0, 44, 0660, OWNED, KVM, ACCESS_FOREIGN},
        {"a group, and no note", 0, 44, 0660, NONE, KVM, ACCESS_FOREIGN},
        {"an administrator's 0666", 0, 0, 0666, NONE, KVM, ACCESS_FOREIGN},
        {"0666 in our group", 0, KVM, 0666, READY_KVM, KVM, ACCESS_FOREIGN},
        {"our group, but closed by somebody", 0, KVM, 0600, READY_KVM, KVM, ACCESS_FOREIGN},
        {"a guest runs: libvirt's user", QEMU, QEMU, 0600, READY_KVM, KVM, ACCESS_FOREIGN},
        {"a guest runs: libvirt's user, our group", QEMU, KVM, 0660, READY_KVM, KVM,
         ACCESS_FOREIGN},
        {"udev is at it: the group is given, the mode not yet", 0, 44, 0600, OWNED, KVM, ACCESS_IN_FLUX,
         .just_now = true},
        {"just now, as declared", 0, KVM, 0660, OWNED, KVM, ACCESS_RIGHT, .just_now = true},
        {"just now, fresh from the kernel", 0, 0, 0600, OWNED, KVM, ACCESS_TO_GIVE, .just_now = true},
        {"another owner where root only is declared", 1000, 0, 0600, NONE, 0, ACCESS_FOREIGN},
        {"root:root 0660 is not what root only means", 0, 0, 0660, READY_ROOT, 0, ACCESS_FOREIGN},
};

START_TEST(looks) {
        struct mdev mdev = {
                .node_present = true,
                .node_uid = rows[_i].uid,
                .node_gid = rows[_i].gid,
                .node_mode = rows[_i].mode,
                .node_age = rows[_i].just_now ? SECOND - 1 : SECOND,
        };
        struct note note = {
                .owned = true,
                .ready = rows[_i].note >= READY_ROOT,
                .ready_gid = rows[_i].note == READY_KVM ? KVM : 0,
        };
        enum access_state state =
                access_look(&mdev, rows[_i].note == NONE ? NULL : &note, rows[_i].declared);

        ck_assert_msg(state == rows[_i].state, "%s: %d", rows[_i].sentence, state);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("access");
        TCase *tcase = tcase_create("access");

        tcase_add_loop_test(tcase, looks, 0, ARRAY_SIZE(rows));
        suite_add_tcase(suite, tcase);
        return suite;
}
