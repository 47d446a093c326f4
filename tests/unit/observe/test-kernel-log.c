/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The kernel's own words, from 5.10 to 7.3. */

#include "suite.h"
#include <errno.h>
#include <systemd/sd-journal.h>

#include "kernel-log.h"
#include "util.h"

static const struct {
        const char *message;
        struct kernel_log expected;
} cases[] = {
        {"Linux version 6.1.0-47-amd64", {.readable = true}},
        {"Kernel command line: quiet i915.enable_gvt=1", {.readable = true}},
        {"i915 0000:00:02.0: [drm] GVT-g is disabled for guest",
         {.readable = true, .guest = true, .i915_usec = 7}},
        {"[drm] Unsupported device. GVT-g is disabled", {.readable = true, .unsupported = true}},
        {"i915 0000:00:02.0: [drm] *ERROR* Graphics virtualization is not yet supported with GuC "
         "submission",
         {.readable = true, .guc = true, .i915_usec = 7}},
        {"i915 0000:00:02.0: Direct firmware load for "
         "i915/gvt/vid_0x8086_did_0x1912_rid_0x06.golden_hw_state failed with error -2",
         {.readable = true, .golden = true, .i915_usec = 7}},
        {"[drm] Initialized i915 1.6.0 20201103 for 0000:00:02.0 on minor 0",
         {.readable = true, .i915_usec = 7, .taken = true, .taken_gpu = {.slot = 2}}},
        {"gvt: fail to allocate resource low GM space",
         {.readable = true, .no_space = NO_SPACE_ROOM}},
        {"gvt: fail to alloc low gm space from host",
         {.readable = true, .no_space = NO_SPACE_APERTURE}},
        {"gvt: fail to alloc high gm space from host",
         {.readable = true, .no_space = NO_SPACE_BEHIND}},
        {"gvt: vgpu 1: Failed to alloc fences",
         {.readable = true, .no_space = NO_SPACE_BEHIND}},
        {"gvt: failed to create intel vgpu: -28", {.readable = true}},
        {"kvmgt: loading out-of-tree module taints kernel.", {.readable = true}},
        {"kvmgt: Unknown symbol intel_gvt_set_ops (err -2)",
         {.readable = true, .broken = "kvmgt: Unknown symbol intel_gvt_set_ops (err -2)"}},
        {"assign a handler to a non-tracked mmio 4ab8",
         {.readable = true, .broken = "assign a handler to a non-tracked mmio 4ab8"}},
        {"i915 0000:00:02.0: [drm] Initialized i915 1.6.0 for 0000:00:02.0 on minor 0",
         {.readable = true, .i915_usec = 7, .taken = true, .taken_gpu = {.slot = 2}}},
        {"i915 0000:00:02.0: firmware: failed to load "
         "i915/gvt/vid_0x8086_did_0x1912_rid_0x06.golden_hw_state (-2)",
         {.readable = true, .golden = true, .i915_usec = 7}},
        {"kvmgt: disagrees about version of symbol \x1b[31mred\nMAINPID=7",
         {.readable = true,
          .broken = "kvmgt: disagrees about version of symbol ?[31mred?MAINPID=7"}},

        {"i915: `2' invalid for parameter `enable_gvt'",
         {.readable = true, .option = "enable_gvt", .value = "2"}},
        {"i915: `' invalid for parameter `enable_guc'", {.readable = true, .option = "enable_guc"}},
        {"kvm: `2' invalid for parameter `enable_gvt'", {.readable = true}},
        {"i915: unknown parameter 'gvt' ignored", {.readable = true}},
        {"i915: `2[7]: segfault at 0 ip 0 sp 0 error 4 in x[400000+1000]", {.readable = true}},

        {"RPM raw-wakeref not held", {.readable = true, .unpowered = true}},
        {"i915 0000:00:02.0: [drm] RPM wakelock ref not held during HW access",
         {.readable = true, .i915_usec = 7, .unpowered = true}},
        {"Device suspended during HW access", {.readable = true, .asleep = true}},
        {"x[7]: segfault at 0 ip 0 sp 0 error 4 in RPM raw-wakeref not held[400000+1000]",
         {.readable = true}},

        /* Names that any user may choose, in the middle of a line and at its beginning. */
        {"x[7]: segfault at 0 ip 0 sp 0 error 4 in non-tracked mmio\nMAINPID=4242\n[400000+1000]",
         {.readable = true}},
        {"x[7]: segfault at 0 ip 0 sp 0 error 4 in GVT-g is disabled for guest[400000+1000]",
         {.readable = true}},
        {"x[7]: segfault at 0 ip 0 sp 0 error 4 in [drm] GVT-g is disabled for guest[400000+1000]",
         {.readable = true}},
        {"x[7]: segfault at 0 ip 0 sp 0 error 4 in not yet supported with GuC submission[1+1]",
         {.readable = true}},
        {"x[7]: segfault at 0 ip 0 sp 0 error 4 in Initialized i915[400000+1000]",
         {.readable = true}},
        {"x[7]: segfault at 0 ip 0 sp 0 error 4 in golden_hw_state[400000+1000]",
         {.readable = true}},
        {"x[7]: segfault at 0 ip 0 sp 0 error 4 in gvt: fail to allocate resource[400000+1000]",
         {.readable = true}},
        {"[drm] GVT-g is [7]: segfault at 0 ip 0 sp 0 error 4 in disabled for guest[400000+1000]",
         {.readable = true}},
        {"i915 0000:00:02[7]: segfault at 0 ip 0 sp 0 error 4 in .0: [drm] x[400000+1000]",
         {.readable = true}},
        {"i915 [7]: segfault at 0 ip 0 sp 0 error 4 in x[400000+1000]", {.readable = true}},
};

START_TEST(test_take) {
        const struct kernel_log *expected = &cases[_i].expected;
        struct kernel_log log = {};

        kernel_log_take(&log, cases[_i].message, 7);
        ck_assert_msg(log.readable && log.guest == expected->guest && log.guc == expected->guc &&
                              log.unsupported == expected->unsupported &&
                              log.golden == expected->golden &&
                              log.unpowered == expected->unpowered &&
                              log.asleep == expected->asleep &&
                              log.no_space == expected->no_space &&
                              log.i915_usec == expected->i915_usec && log.taken == expected->taken &&
                                      same_address(&log.taken_gpu, &expected->taken_gpu),
                      "%s", cases[_i].message);
        ck_assert_str_eq(log.broken, expected->broken);
        ck_assert_str_eq(log.option, expected->option);
        ck_assert_str_eq(log.value, expected->value);
}
END_TEST

/* The last failure counts, and i915's first word. */
START_TEST(test_order) {
        struct kernel_log log = {};

        kernel_log_take(&log, "i915 0000:00:02.0: one", 5);
        kernel_log_take(&log, "gvt: fail to allocate resource fence", 6);
        kernel_log_take(&log, "gvt: fail to alloc low gm space from host", 7);
        kernel_log_take(&log, "i915 0000:00:02.0: two", 8);
        ck_assert_uint_eq(log.i915_usec, 5);
        ck_assert_int_eq(log.no_space, NO_SPACE_APERTURE);
}
END_TEST

#define A "a297db4a-f4c2-11e6-90f6-d3b88d6c9561"

static const struct {
        const char *sentence;
        const char *lines[3];
        bool made;
} successes[] = {
        {"failed, and nothing since", {"gvt: fail to alloc low gm space from host"}, false},
        {"made since", {"gvt: fail to alloc low gm space from host",
                        "intel_vgpu_mdev " A ": Adding to iommu group 7"}, true},
        {"in the words of 5.10", {"gvt: fail to alloc low gm space from host",
                                  "vfio_mdev " A ": MDEV: group_id = 7"}, true},
        {"another one was made", {"gvt: fail to alloc low gm space from host",
                                  "intel_vgpu_mdev 2f1b6ac5-7c7a-4a9a-9d2c-0d3f0f6f1f10: Adding to iommu group 7"},
         false},
        {"made before", {"intel_vgpu_mdev " A ": Adding to iommu group 7",
                         "gvt: fail to alloc low gm space from host"}, false},
        {"removed", {"gvt: fail to alloc low gm space from host",
                     "intel_vgpu_mdev " A ": Removing from iommu group 7"}, false},
        {"of another kind", {"gvt: fail to alloc low gm space from host",
                             "pci " A ": Adding to iommu group 7"}, false},
        {"cut short", {"gvt: fail to alloc low gm space from host", "intel_vgpu_mdev a297db4a"}, false},
};

/* The kernel does not name the vGPU that it has no space for. */
START_TEST(test_made_since) {
        struct kernel_log log = {};
        uuid_t a;

        ck_assert_int_eq(uuid_parse(A, a), 0);
        for (size_t i = 0; i < ARRAY_SIZE(successes[_i].lines) && successes[_i].lines[i]; i++)
                kernel_log_take(&log, successes[_i].lines[i], 7);
        ck_assert_int_eq(log.no_space, NO_SPACE_APERTURE);
        ck_assert_msg(kernel_log_made(&log, a) == successes[_i].made, "%s", successes[_i].sentence);
}
END_TEST

/* Many a VM's start makes one: the last ones count. */
START_TEST(test_many_made) {
        struct kernel_log log = {};
        uuid_t a, x;
        char line[128];

        ck_assert_int_eq(uuid_parse(A, a), 0);
        for (unsigned i = 0; i < 20; i++) {
                snprintf(line, sizeof(line),
                         "intel_vgpu_mdev a297db4a-f4c2-11e6-90f6-d3b88d6c95%02u: Adding to iommu group 7", i);
                kernel_log_take(&log, line, 7);
        }
        ck_assert_int_eq(uuid_parse("a297db4a-f4c2-11e6-90f6-d3b88d6c9519", x), 0);
        ck_assert(kernel_log_made(&log, x));
        ck_assert(!kernel_log_made(&log, a));
}
END_TEST

int __wrap_sd_journal_open(sd_journal **ret, int flags);
int __real_sd_journal_open(sd_journal **ret, int flags);
int __wrap_sd_journal_next(sd_journal *journal);

static int open_fails, next_fails;

int __wrap_sd_journal_open(sd_journal **ret, int flags) {
        return open_fails ? open_fails : __real_sd_journal_open(ret, flags);
}

int __wrap_sd_journal_next(sd_journal *journal) {
        return next_fails;
}

/* What this process is short of is not a journal that says nothing. */
START_TEST(test_shortage) {
        struct kernel_log log;

        open_fails = -EMFILE;
        ck_assert_int_eq(kernel_log_read(&log), -EMFILE);
        open_fails = -EACCES;
        ck_assert_int_eq(kernel_log_read(&log), 0);
        open_fails = 0;
        next_fails = -ENOMEM;
        ck_assert_int_eq(kernel_log_read(&log), -ENOMEM);
        next_fails = -EBADMSG;
        ck_assert_int_eq(kernel_log_read(&log), 0);
        ck_assert(!log.readable);
        next_fails = 0;
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("kernel-log");
        TCase *tcase = tcase_create("kernel-log");

        tcase_add_loop_test(tcase, test_take, 0, ARRAY_SIZE(cases));
        tcase_add_test(tcase, test_order);
        tcase_add_loop_test(tcase, test_made_since, 0, ARRAY_SIZE(successes));
        tcase_add_test(tcase, test_many_made);
        tcase_add_test(tcase, test_shortage);
        suite_add_tcase(suite, tcase);
        return suite;
}
