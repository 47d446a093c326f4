/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The table of what is reported when, each status line to the letter. */

#include "build.h"

#include <errno.h>

#include "report.h"
#include "util.h"

#define GPU  "0000:00:02.0"
#define ID_A "a297db4a-f4c2-11e6-90f6-d3b88d6c9561"
#define ID_B "a297db4a-f4c2-11e6-90f6-d3b88d6c9562"

/* What happened to "a" (and to kvmgt) before; the time is 100 s. */
#define NOW (100 * SECOND)

static void no_room(struct world *w) {
        fail_create(world_record(w, 'a'), ENOSPC, false, NOW);
}

static void invalid(struct world *w) {
        fail_create(world_record(w, 'a'), EINVAL, true, NOW);
}

static void invalid_b(struct world *w) {
        fail_create(world_record(w, 'b'), EINVAL, true, NOW);
}

static void busy_once(struct world *w) {
        fail_create(world_record(w, 'a'), EAGAIN, true, NOW);
}

static void busy_twice(struct world *w) {
        busy_once(w);
        busy_once(w);
}

static void load_failed(struct world *w) {
        w->history.load = (struct attempt){1, OUTCOME_FAILED, ENOENT, 0, 0};
}

static void load_rejected(struct world *w) {
        w->history.load = (struct attempt){1, OUTCOME_FAILED, EKEYREJECTED, 0, 0};
}

static void load_not_permitted(struct world *w) {
        w->history.load = (struct attempt){1, OUTCOME_FAILED, EPERM, 0, 0};
}

static void load_of_nothing(struct world *w) {
        w->history.load = (struct attempt){1, OUTCOME_UNVERIFIED, 0, 0, 0};
}

static void unloaded(struct world *w) {
        w->history.kvmgt_unloaded = true;
}

static void answered(struct world *w) {
        const struct gpu *gpu;
        enum situation situation = situation_find(w->config, w->host, w->waited, &gpu);

        history_answered(&w->history, question_find(w->config, w->host, situation), "the answer");
}

/* The worker that was to find out came to nothing. */
static void unanswered(struct world *w) {
        answered(w);
        *w->history.answer = '\0';
}

/* Its UUID is taken for a moment, which is not worth a word. */
static void taken_once(struct world *w) {
        fail_create(world_record(w, 'a'), EEXIST, true, NOW);
}

static void unremovable_z(struct world *w) {
        fail_removal(world_record(w, 'z'), EROFS, NOW);
}

static void two_errors(struct world *w) {
        w->config->findings.n_errors = 2;
}

static void one_error(struct world *w) {
        w->config->findings.n_errors = 1;
}

static void guc_differs(struct world *w) {
        w->config->enable_guc = GUC_HUC_ONLY;
        w->host->enable_guc_seen = true;
}

static const struct {
        const char *sentence;
        const char *declared, *present;
        const char *verified; /* letters of those that settle.c found ready */
        enum situation situation;
        void (*before)(struct world *);
        struct progress progress;
        bool ready, hopeless;
        const char *status;
} rows[] = {
        /* Nothing declared, on any machine: READY. */
        {"nothing declared", "", "", "", SITUATION_OFFERED, NULL, {}, true, false,
         "no vGPUs declared in /etc/gvtd.ini; 2 types on offer (gvtd types)"},
        {"nothing declared, no GPU", "", "", "", SITUATION_NO_GPU, NULL, {}, true, false,
         "no vGPUs declared in /etc/gvtd.ini"},
        {"nothing declared, no such device", "", "", "", SITUATION_NO_SUCH_DEVICE, NULL, {}, true,
         false, "no vGPUs declared in /etc/gvtd.ini"},
        {"nothing declared, unsupported", "", "", "", SITUATION_UNSUPPORTED, NULL, {}, true, false,
         "no vGPUs declared in /etc/gvtd.ini"},
        {"nothing declared, GVT-g off", "", "", "", SITUATION_GVT_OFF, answered, {}, true,
         false, "no vGPUs declared in /etc/gvtd.ini"},
        {"nothing declared, i915 not bound", "", "", "", SITUATION_I915_AWAITED, NULL, {}, true,
         false,
         "no vGPUs declared in /etc/gvtd.ini"},
        {"nothing declared, kvmgt did not load", "", "", "", SITUATION_KVMGT_NEEDED, load_failed,
         {}, true, false, "no vGPUs declared in /etc/gvtd.ini"},
        {"nothing declared, kvmgt still to be loaded", "", "", "", SITUATION_KVMGT_NEEDED, NULL, {},
         false, false, "no vGPUs declared in /etc/gvtd.ini"},
        {"nothing declared, kvmgt being loaded", "", "", "", SITUATION_NOT_REGISTERED, NULL,
         {.working = true}, false, false, "no vGPUs declared in /etc/gvtd.ini"},
        {"nothing declared, one of ours in use", "", "z8u", "", SITUATION_OFFERED, NULL, {}, true,
         false,
         "no vGPUs declared in /etc/gvtd.ini; 2 types on offer (gvtd types); 1 undeclared in use, "
         "removed when released"},
        {"nothing declared, one of ours to be removed", "", "z8", "", SITUATION_OFFERED, NULL, {},
         false, false, "no vGPUs declared in /etc/gvtd.ini; 2 types on offer (gvtd types)"},
        {"nothing but errors", "", "", "", SITUATION_OFFERED, two_errors, {}, true, false,
         "no vGPUs declared in /etc/gvtd.ini; 2 types on offer (gvtd types); 2 errors in the ini "
         "(gvtd check --config)"},

        /* Hopeless: exit 69 with the reason and what to use instead. */
        {"no Intel GPU", "a8", "", "", SITUATION_NO_GPU, NULL, {}, true, true,
         "0 of 1 vGPU ready; no Intel display device on the PCI bus; enable the integrated GPU "
         "(IGD, iGPU Multi-Monitor) in the firmware setup, if the processor is one of Intel's that have it; "
         "in a VM, run gvtd on its host"},
        {"`device` names one that is not there", "a8", "", "", SITUATION_NO_SUCH_DEVICE, NULL, {},
         true, true,
         "0 of 1 vGPU ready; no Intel display device at 0000:03:00.0, where `device` in the ini "
         "says; there is one at " GPU},
        {"a generation that no kernel supports", "a8", "", "", SITUATION_UNSUPPORTED, NULL, {},
         true, true,
         "0 of 1 vGPU ready on " GPU "; " GPU " (8086:9a49, Tiger Lake) has no GVT-g in any "
         "kernel; what it has is SR-IOV: boot kernel 6.18 or later with xe.force_probe=9a49 "
         "i915.force_probe=!9a49 on its command line (or any with the out-of-tree driver i915-sriov), "
         "then make VFs as gvtd(8) says under SR-IOV"},

        /* Only a reboot or an administrator changes it: READY at once. */
        {"another driver bound", "a8", "", "", SITUATION_OTHER_DRIVER, NULL, {}, true, false,
         "0 of 1 vGPU ready on " GPU "; " GPU " is bound to vfio-pci, and GVT-g needs i915; take "
         "8086:1912 away from that driver (vfio-pci.ids=, modprobe.d) and reboot"},
        {"nomodeset, and no answer", "a8 b8", "", "", SITUATION_NOMODESET, unanswered, {}, true, false,
         "0 of 2 vGPUs ready on " GPU "; i915 leaves " GPU " alone because of nomodeset on the "
         "kernel command line; remove it and reboot"},
        {"driver_override", "a8", "", "", SITUATION_OVERRIDDEN, NULL, {}, true, false,
         "0 of 1 vGPU ready on " GPU "; driver_override keeps i915 off " GPU ": it says vfio-pci; undo it "
         "with `echo > /sys/bus/pci/devices/" GPU "/driver_override; echo " GPU " > "
         "/sys/bus/pci/drivers_probe`, and in what set it (driverctl, a passthrough script)"},
        {"the running kernel's modules gone", "a8", "", "", SITUATION_MODULES_GONE, unanswered, {}, true,
         false, "0 of 1 vGPU ready on " GPU "; the modules of the running kernel are gone; reboot"},
        {"i915 missing", "a8", "", "", SITUATION_I915_MISSING, NULL, {}, true, false,
         "0 of 1 vGPU ready on " GPU "; this kernel has no i915 module for " GPU "; install the "
         "rest of its modules (Ubuntu: linux-modules-extra-$(uname -r), Fedora: kernel-modules), or boot "
         "the distribution's full kernel (cloud and minimal ones leave it out)"},
        {"i915 blacklisted", "a8", "", "", SITUATION_I915_BLACKLISTED, answered, {}, true,
         false, "0 of 1 vGPU ready on " GPU "; the answer"},
        {"i915 blacklisted, and no answer", "a8", "", "", SITUATION_I915_BLACKLISTED, unanswered,
         {}, true, false,
         "0 of 1 vGPU ready on " GPU "; i915 is blacklisted; `gvtd check` names the place"},
        {"kernel without GVT-g", "a8", "", "", SITUATION_NO_GVT, unanswered, {}, true, false,
         "0 of 1 vGPU ready on " GPU "; this kernel was built without GVT-g (i915 has no "
         "enable_gvt); boot one with CONFIG_DRM_I915_GVT_KVMGT"},
        {"enable_gvt off", "a8", "", "", SITUATION_GVT_OFF, answered, {}, true, false,
         "0 of 1 vGPU ready on " GPU "; the answer"},
        {"enable_gvt off, and no answer", "a8", "", "", SITUATION_GVT_OFF, unanswered, {}, true,
         false,
         "0 of 1 vGPU ready on " GPU "; i915 runs with enable_gvt=0; `gvtd check` says why"},
        {"enable_gvt off, and no answer yet", "a8", "", "", SITUATION_GVT_OFF, NULL, {}, false,
         false,
         "0 of 1 vGPU ready on " GPU "; i915 runs with enable_gvt=0; `gvtd check` says why"},
        {"kvmgt missing", "a8", "", "", SITUATION_KVMGT_MISSING, NULL, {}, true, false,
         "0 of 1 vGPU ready on " GPU "; this kernel has no kvmgt module, the other half of its i915's GVT-g; "
         "install the rest of its modules (Ubuntu: linux-modules-extra-$(uname -r), Fedora: kernel-modules), or boot one "
         "with CONFIG_DRM_I915_GVT_KVMGT"},
        {"kvmgt blacklisted", "a8", "", "", SITUATION_KVMGT_BLACKLISTED, answered, {}, true,
         false, "0 of 1 vGPU ready on " GPU "; the answer"},
        {"kvmgt blacklisted, and no answer", "a8", "", "", SITUATION_KVMGT_BLACKLISTED, unanswered,
         {}, true, false,
         "0 of 1 vGPU ready on " GPU "; kvmgt is blacklisted; `gvtd check` names the place"},
        {"kvmgt failed to load", "a8", "", "", SITUATION_KVMGT_NEEDED, load_failed, {}, true, false,
         "0 of 1 vGPU ready on " GPU "; kvmgt could not be loaded: No such file or directory; "
         "`gvtd check` and the kernel log (journalctl -k) say more"},
        {"kvmgt is not signed", "a8", "", "", SITUATION_KVMGT_NEEDED, load_rejected, {}, true, false,
         "0 of 1 vGPU ready on " GPU "; kvmgt could not be loaded: Key was rejected by service: this kernel takes "
         "signed modules only, and kvmgt is not signed with a key that it knows; install the kernel's package "
         "again, or enrol the key of whoever built kvmgt (mokutil --import), and reboot"},
        {"kvmgt is not signed, and the kernel locked down", "a8", "", "", SITUATION_KVMGT_NEEDED, load_not_permitted,
         {}, true, false,
         "0 of 1 vGPU ready on " GPU "; kvmgt could not be loaded: Operation not permitted: where "
         "/proc/sys/kernel/modules_disabled is 1, this kernel takes no module until the next boot; otherwise it is "
         "locked down (Secure Boot), and kvmgt is not signed with a key that it knows; install the kernel's package "
         "again, or enrol the key of whoever built kvmgt (mokutil --import), and reboot"},
        {"kvmgt's load loaded nothing", "a8", "", "", SITUATION_KVMGT_NEEDED, load_of_nothing, {}, true,
         false,
         "0 of 1 vGPU ready on " GPU "; loading kvmgt reported success and loaded nothing: an `install "
         "kvmgt` line in modprobe.d runs something else; `modprobe -v kvmgt` shows it"},
        {"kvmgt was unloaded", "a8", "", "", SITUATION_KVMGT_NEEDED, unloaded, {}, true, false,
         "0 of 1 vGPU ready on " GPU "; kvmgt was unloaded, and the vGPUs with it; `modprobe "
         "kvmgt` or `systemctl reload gvtd` brings them back"},
        {"the kernel refused to register", "a8", "", "", SITUATION_REFUSED, answered, {}, true, false,
         "0 of 1 vGPU ready on " GPU "; the answer"},
        {"the kernel refused to register, and is asked why", "a8", "", "", SITUATION_REFUSED, NULL,
         {.working = true}, false, false,
         "0 of 1 vGPU ready on " GPU "; kvmgt is loaded, but the kernel offers no vGPUs on " GPU
         "; its log says why (journalctl -k -g GVT), and `gvtd check` reads it for you"},
        {"the kernel refused to register, and no answer", "a8", "", "", SITUATION_REFUSED,
         unanswered, {}, true, false,
         "0 of 1 vGPU ready on " GPU "; kvmgt is loaded, but the kernel offers no vGPUs on " GPU
         "; its log says why (journalctl -k -g GVT), and `gvtd check` reads it for you"},
        {"no types", "a8", "", "", SITUATION_NO_TYPES, NULL, {}, true, false,
         "0 of 1 vGPU ready on " GPU "; the aperture of " GPU " is 128 MB, which leaves nothing "
         "for guests; raise Aperture Size in the firmware setup to 256 MB or more"},

        /* Worth waiting for. */
        {"i915 not bound yet", "a8", "", "", SITUATION_I915_AWAITED, NULL, {}, false, false,
         "0 of 1 vGPU ready on " GPU "; waiting for i915 to bind to " GPU},
        {"i915 not bound yet, and `wait` ran out", "a8", "", "", SITUATION_I915_AWAITED, NULL,
         {.waited_out = true}, true, false,
         "0 of 1 vGPU ready on " GPU "; waiting for i915 to bind to " GPU},
        {"kvmgt to be loaded", "a8", "", "", SITUATION_KVMGT_NEEDED, NULL, {}, false, false,
         "0 of 1 vGPU ready on " GPU "; loading kvmgt"},
        {"kvmgt had not its time yet", "a8", "", "", SITUATION_NOT_REGISTERED, NULL, {}, false,
         false,
         "0 of 1 vGPU ready on " GPU "; kvmgt is loaded; waiting for the kernel to offer vGPUs on "
         GPU},
        {"the gate", "a8", "", "", SITUATION_DRIVER_AWAITED, NULL, {}, false, false,
         "0 of 1 vGPU ready on " GPU "; kvmgt is being loaded or unloaded; waiting for the "
         "kernel to be done with it"},
        {"the other gate", "a8", "", "", SITUATION_PROBE_AWAITED, NULL, {}, false, false,
         "0 of 1 vGPU ready on " GPU "; i915 is still setting up " GPU "; waiting for it, since a "
         "vGPU made before that crashes the kernel"},
        {"being created", "a8 b8", "", "", SITUATION_OFFERED, NULL, {.working = true}, false, false,
         "0 of 2 vGPUs ready on " GPU "; " ID_A ": being created"},
        {"to be created", "a8", "", "", SITUATION_OFFERED, NULL, {}, false, false,
         "0 of 1 vGPU ready on " GPU "; " ID_A ": being created"},
        {"created, and udev is not done", "a8 b8", "a8 b8", "b", SITUATION_OFFERED, NULL, {}, false,
         false,
         "1 of 2 vGPUs ready on " GPU "; " ID_A ": there, but the kernel or udev is not done with "
         "its /dev/vfio node yet"},
        {"slow creates, and `wait` ran out", "a8 b8", "a8", "a", SITUATION_OFFERED, NULL,
         {.working = true, .waited_out = true}, true, false,
         "1 of 2 vGPUs ready on " GPU "; " ID_B ": being created"},
        {"being made anew", "a4", "a8", "", SITUATION_OFFERED, NULL, {}, false, false,
         "0 of 1 vGPU ready on " GPU "; " ID_A ": being made anew as i915-GVTg_V5_4"},
        {"its UUID is taken for a moment", "a8", "", "", SITUATION_OFFERED, taken_once, {}, false, false,
         "0 of 1 vGPU ready on " GPU},
        {"failed once and tried again in a second", "a8", "", "", SITUATION_OFFERED, busy_once, {},
         false, false,
         "0 of 1 vGPU ready on " GPU "; " ID_A ": the kernel is busy (Resource temporarily "
         "unavailable)"},
        {"failed twice: nobody waits for the third time", "a8", "", "", SITUATION_OFFERED,
         busy_twice, {}, true, false,
         "0 of 1 vGPU ready on " GPU "; " ID_A ": the kernel is busy (Resource temporarily "
         "unavailable)"},
        {"a worker of the service before is still at it", "a8", "a8", "a", SITUATION_OFFERED, NULL,
         {.working = true, .stuck = "creating x has not returned for 10 s (process 7)"}, false,
         false,
         "1 of 1 vGPU ready on " GPU "; creating x has not returned for 10 s (process 7)"},

        /* Some cannot be created: READY, and the first reason. */
        {"no room", "a8 b8 c8", "b8 c8", "bc", SITUATION_OFFERED, no_room, {}, true, false,
         "2 of 3 vGPUs ready on " GPU "; " ID_A ": the kernel found no room for it although the "
         "arithmetic has some: the desktop holds the aperture (stop the display manager, `systemctl "
         "reload gvtd`, start it again), or earlier vGPUs have left it in pieces (end all VMs, then "
         "`systemctl stop gvtd; rmmod kvmgt; systemctl start gvtd`, which removes others' vGPUs, too)"},
        {"no room beside what is still in use", "a4 b4 c4", "b4 c4 y4u", "bc", SITUATION_OFFERED, no_room,
         {}, true, false,
         "2 of 3 vGPUs ready on " GPU "; " ID_A ": no room left for it while undeclared vGPUs are in "
         "use (1); they are removed when released, and `gvtd status` names who uses them; 1 undeclared "
         "in use, removed when released"},
        {"no room by the arithmetic either", "a8 b2 c4", "b2 c4", "bc", SITUATION_OFFERED,
         no_room, {}, true, false,
         "2 of 3 vGPUs ready on " GPU "; " ID_A ": no room left for it: the aperture of 512 MB "
         "does not carry all that is declared; `gvtd check` says what would fit"},
        {"refused", "a8", "", "", SITUATION_OFFERED, invalid, {}, true, false,
         "0 of 1 vGPU ready on " GPU "; " ID_A ": the kernel refused it as invalid, although UUID "
         "and type are right: GVT-g could not set it up; the kernel log (journalctl -k -g gvt) "
         "says more"},
        {"one failed for good, the other is on its way", "a8 b8", "", "", SITUATION_OFFERED,
         invalid, {.working = true}, false, false,
         "0 of 2 vGPUs ready on " GPU "; " ID_A ": the kernel refused it as invalid, although UUID "
         "and type are right: GVT-g could not set it up; the kernel log (journalctl -k -g gvt) "
         "says more"},
        {"the first reason in the order of the ini", "a1 b8", "", "", SITUATION_OFFERED,
         invalid_b, {}, true, false,
         "0 of 2 vGPUs ready on " GPU "; " ID_A ": i915-GVTg_V5_1 is no type of this GPU, which "
         "offers i915-GVTg_V5_8, i915-GVTg_V5_4; larger types need a larger aperture (`gvtd "
         "types`)"},
        {"another type, not ours", "a4 b8", "a8f b8", "b", SITUATION_OFFERED, NULL, {}, true, false,
         "1 of 2 vGPUs ready on " GPU "; " ID_A ": it exists as i915-GVTg_V5_8, made by something "
         "else, and is declared as i915-GVTg_V5_4; remove it there (mdevctl, libvirt) or declare "
         "that type"},
        {"another type, in use", "a4", "a8u", "", SITUATION_OFFERED, NULL, {}, true, false,
         "0 of 1 vGPU ready on " GPU "; " ID_A ": it is a i915-GVTg_V5_8 and declared as "
         "i915-GVTg_V5_4, but in use by qemu (pid 7); it is changed when released"},
        {"nobody waits for what has no room beside one in use", "a4 b4 c4 d8", "a8u b4 c4", "bc",
         SITUATION_OFFERED, NULL, {}, true, false,
         "2 of 4 vGPUs ready on " GPU "; " ID_A ": it is a i915-GVTg_V5_8 and declared as "
         "i915-GVTg_V5_4, but in use by qemu (pid 7); it is changed when released"},

        /* All declared vGPUs verified. */
        {"all verified", "a8 b8 c8", "a8 b8 c8", "abc", SITUATION_OFFERED, NULL, {}, true, false,
         "3 of 3 vGPUs ready on " GPU},
        {"one, verified", "a8", "a8", "a", SITUATION_OFFERED, NULL, {}, true, false,
         "1 of 1 vGPU ready on " GPU},
        {"all verified, and a warning's reason is looked for", "a8", "a8", "a", SITUATION_OFFERED,
         guc_differs, {}, true, false, "1 of 1 vGPU ready on " GPU},
        {"all verified, made by others", "a8", "a8f", "a", SITUATION_OFFERED, NULL, {}, true, false,
         "1 of 1 vGPU ready on " GPU},
        {"all verified, and undeclared ones wait for their users", "a8", "a8 y8u z8u", "a",
         SITUATION_OFFERED, NULL, {}, true, false,
         "1 of 1 vGPU ready on " GPU "; 2 undeclared in use, removed when released"},
        {"all verified, and an undeclared one could not be removed", "a8", "a8 z8", "a", SITUATION_OFFERED,
         unremovable_z, {}, true, false,
         "1 of 1 vGPU ready on " GPU "; 1 undeclared could not be removed, tried again"},
        {"all good entries verified, and an error in the ini", "a8", "a8 z8", "a",
         SITUATION_OFFERED,
         one_error, {}, true, false,
         "1 of 1 vGPU ready on " GPU "; 1 error in the ini (gvtd check --config)"},
};

START_TEST(reports) {
        const char *sentence = rows[_i].sentence;
        struct report report;
        struct world w;

        world_init(&w, rows[_i].declared, "8 4");
        world_at(&w, rows[_i].situation);
        world_present(&w, rows[_i].present);
        if (rows[_i].before)
                rows[_i].before(&w);
        for (const char *verified = rows[_i].verified; *verified; verified++)
                world_mdev(&w, *verified)->ready = true;
        world_plan(&w, NOW, 0);
        report_make(w.plan, &rows[_i].progress, &report);

        ck_assert_msg(streq(report.status, rows[_i].status), "%s:\n  is  \"%s\"\n  not \"%s\"",
                      sentence, report.status, rows[_i].status);
        ck_assert_msg(report.started == rows[_i].ready, "%s: ready is %d", sentence, report.started);
        ck_assert_msg(report.hopeless == rows[_i].hopeless, "%s: hopeless is %d", sentence,
                      report.hopeless);
        world_done(&w);
}
END_TEST

/* Never an endless start: once `wait` has run out it is READY, whatever the machine is like. */
START_TEST(waiting_ends) {
        struct progress progress = {.waited_out = true, .working = true};
        struct report report;
        struct world w;

        world_init(&w, "a8 b4", "8 4");
        world_at(&w, _i);
        world_plan(&w, NOW, 0);
        report_make(w.plan, &progress, &report);
        ck_assert_msg(report.started, "%s", situation_text(_i));
        world_done(&w);
}
END_TEST

/* When a reload returns: what it waits for is work and its verification, and nothing else. */
static const struct {
        const char *sentence;
        const char *declared, *present, *verified;
        enum situation situation;
        bool working;
        bool done;
        void (*before)(struct world *);
} reloads[] = {
        {"nothing declared", "", "", "", SITUATION_OFFERED, false, true},
        {"all verified", "a8 b4", "a8 b4", "ab", SITUATION_OFFERED, false, true},
        {"all verified, and a warning's reason is looked for", "a8", "a8", "a", SITUATION_OFFERED, false,
         true, guc_differs},
        {"one to be created", "a8 b4", "a8", "a", SITUATION_OFFERED, false, false},
        {"one to be removed", "", "z8", "", SITUATION_OFFERED, false, false},
        {"one in use", "", "z8u", "", SITUATION_OFFERED, false, true},
        {"made, and udev is not done with its node", "a8", "a8", "", SITUATION_OFFERED, false,
         false},
        {"a worker is at it", "a8", "a8", "a", SITUATION_OFFERED, true, false},
        {"no GPU to wait for", "a8", "", "", SITUATION_NO_GPU, false, true},
        {"i915 is awaited, which may take long", "a8", "", "", SITUATION_I915_AWAITED, false, true},
};

START_TEST(reload_ends) {
        struct progress progress = {.working = reloads[_i].working};
        struct report report;
        struct world w;

        world_init(&w, reloads[_i].declared, "8 4");
        world_at(&w, reloads[_i].situation);
        world_present(&w, reloads[_i].present);
        if (reloads[_i].before)
                reloads[_i].before(&w);
        for (const char *verified = reloads[_i].verified; *verified; verified++)
                world_mdev(&w, *verified)->ready = true;
        world_plan(&w, NOW, 0);
        report_make(w.plan, &progress, &report);
        ck_assert_msg(report.done == reloads[_i].done, "%s: done is %d", reloads[_i].sentence,
                      report.done);
        world_done(&w);
}
END_TEST

/* A long status is cut, not overrun. */
START_TEST(long_status_is_cut) {
        char stuck[2 * REPORT_STATUS_MAX];
        struct progress progress = {.stuck = stuck};
        struct report report;
        struct world w;

        memset(stuck, 'x', sizeof(stuck));
        stuck[sizeof(stuck) - 1] = '\0';
        world_init(&w, "a8", "8 4");
        world_plan(&w, NOW, 0);
        report_make(w.plan, &progress, &report);
        ck_assert_uint_eq(strlen(report.status), REPORT_STATUS_MAX - 1);
        world_done(&w);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("report");
        TCase *tcase = tcase_create("report");

        tcase_add_loop_test(tcase, reports, 0, ARRAY_SIZE(rows));
        tcase_add_loop_test(tcase, waiting_ends, 0, SITUATION_OFFERED + 1);
        tcase_add_loop_test(tcase, reload_ends, 0, ARRAY_SIZE(reloads));
        tcase_add_test(tcase, long_status_is_cut);
        suite_add_tcase(suite, tcase);
        return suite;
}
