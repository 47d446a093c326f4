/* SPDX-License-Identifier: GPL-2.0-or-later */

/* One cause, and one remedy: the ladder stops at its first rung that does not hold. Beside it
 * stands only what is wrong however the ladder ends: the ini's errors, a declaration larger than
 * the GPU, a second creator. */

#include "verbs.h"

#include <errno.h>
#include <sysexits.h>
#include <unistd.h>

#include "group.h"
#include "inventory.h"
#include "kernel-log.h"
#include "modprobe-d.h"
#include "remedy.h"
#include "shortfall.h"
#include "text.h"

#define GID_UNSEEN ((gid_t) -1)

/* What a check works on and adds to. */
struct check {
        struct verb verb;
        struct kernel_log log;
        struct findings findings;
        gid_t gid;                      /* of the ini's group; 0: root's alone; GID_UNSEEN: the look failed */
        char subject[PCI_ADDRESS_TEXT]; /* the GPU's address */
};

#define ERROR(check, cause, ...)                                                                   \
        finding_add(&(check)->findings, SEVERITY_ERROR, cause, (check)->subject, 0, __VA_ARGS__)
#define NOTE(check, cause, ...)                                                                    \
        finding_add(&(check)->findings, SEVERITY_NOTE, cause, (check)->subject, 0, __VA_ARGS__)

/* What is wrong in the ini, with what no other verb needs to know, and the daemon has its worker look up. */
static struct findings take_findings(struct config *config, gid_t *ret) {
        int r = config_has_group(config) ? group_look(config->group, ret) : 0;

        if (r <= 0)
                *ret = r < 0 ? GID_UNSEEN : 0;
        if (r == 0 && config_has_group(config))
                r = config_complain_of_group(config);
        if (r < 0)
                config->findings.failed = -r;
        return TAKE(config->findings, (struct findings){});
}

/* libkmod would say it of each line, each time that anybody looks for a module. */
static void find_nonsense(struct findings *findings) {
        struct modprobe_d_nonsense found[8];
        int n = modprobe_d_find_nonsense(found, ARRAY_SIZE(found));

        if (n < 0)
                finding_add(findings, SEVERITY_WARNING, CAUSE("unexplained"), "modprobe.d", 0,
                            "cannot be read: %s; ask again", strerror(-n));
        for (int i = 0; i < n; i++) {
                const struct place *place = &found[i].place;
                char more[40] = "";

                if (found[i].more > 0)
                        snprintf(more, sizeof(more), " and %u more in this file", found[i].more);
                finding_add(findings, SEVERITY_WARNING, CAUSE("modprobe-line"), place->file, place->line,
                            "modprobe skips this line%s, which is none of its directives, or lacks what belongs to "
                            "one: \"%s\"; remove it, or make it what was meant (options vfio-pci ids=...)", more,
                            quote(place->value).text);
        }
}

static void climb(struct check *check) {
        char text[EXPLANATION_MAX];
        const char *cause = verb_explain(&check->verb, &check->log, text);

        if (cause)
                ERROR(check, cause, "%s", text);
}

/* Beside the ladder: nothing fails over it. */
static void find_guc(struct check *check) {
        char text[EXPLANATION_MAX];

        if (check->verb.plan->question != QUESTION_ENABLE_GUC)
                return;
        finding_add(&check->findings, SEVERITY_WARNING,
                    verb_answer(&check->verb, QUESTION_ENABLE_GUC, &check->log, text),
                    check->subject, 0, "%s", text);
}

/* On a GPU that offers what is declared and has room for it, and still it is not there. The kernel's last
 * ENOSPC is no reason for one that it has made since. */
static void find_absent(struct check *check, size_t n_absent, size_t n_made) {
        size_t n = check->verb.config->n_vgpus;

        switch (n_made < n_absent ? check->log.no_space : NO_SPACE_NONE) {
        case NO_SPACE_APERTURE:
                ERROR(check, CAUSE("aperture-in-pieces"),
                      "%zu of %zu declared vGPUs are absent: the aperture has no room for them in one "
                      "piece; if a desktop is running, it holds a part: stop the display manager, "
                      "`systemctl reload gvtd`, and start it again; otherwise vGPUs have left gaps: "
                      MAKE_ANEW,
                      n_absent, n);
                break;
        case NO_SPACE_BEHIND:
                ERROR(check, CAUSE("memory-in-pieces"),
                      "%zu of %zu declared vGPUs are absent: creating "
                      "and removing vGPUs has left graphics memory in pieces; " MAKE_ANEW,
                      n_absent, n);
                break;
        case NO_SPACE_NONE:
        case NO_SPACE_ROOM:
                ERROR(check, CAUSE("absent"),
                      "%zu of %zu declared vGPUs are absent, and nothing stands in "
                      "the way; `systemctl enable --now gvtd` creates them, and if it runs, "
                      "`journalctl -u gvtd` says why not%s",
                      n_absent, n,
                      check->log.readable     ? ""
                      : check->log.privileged ? " (the kernel's log is not in the journal)"
                                              : " (the kernel's log cannot be read; as root, this "
                                                "check sees more)");
        }
}

/* After the next boot such a vGPU may not even be there, where something else has made it. */
static void find_unready(struct check *check, size_t n_unready) {
        const struct config *config = check->verb.config;

        ERROR(check, CAUSE("not-ready"),
              "%zu of %zu declared vGPUs are there, and gvtd has not verified them%s%s; `systemctl "
              "enable --now gvtd` does so, and if it runs, `journalctl -u gvtd` says why not",
              n_unready, config->n_vgpus, *config->group ? " nor opened their nodes to the group " : "",
              config->group);
}

/* Root has it back (libvirt does that after a guest), or the group of an earlier ini has it still: in both cases gvtd
 * would give it away. A node of anybody else's is theirs. */
static bool is_closed(const struct check *check, const struct mdev *mdev) {
        const struct note *note = host_find_note(check->verb.host, mdev->uuid);

        return check->gid != GID_UNSEEN && mdev->node_present && mdev->node_uid == 0 &&
               mdev->node_gid != check->gid && !(mdev->node_mode & 07) &&
               (mdev->node_gid == 0 || (note && mdev->node_gid == note->ready_gid));
}

static void find_closed(struct check *check, size_t n_closed) {
        const struct config *config = check->verb.config;

        ERROR(check, CAUSE("not-ready"),
              "%zu of %zu declared vGPUs have a node that is not %s%s, as the ini asks (gvtd status shows whose it "
              "is); `systemctl reload-or-restart gvtd` changes that",
              n_closed, config->n_vgpus, check->gid ? "open to the group " : "root's alone",
              check->gid ? config->group : "");
}

/* In the journal's words, but for what a running daemon would do, and for room, of which shortfall_find() says more. */
static void find_mistyped(struct check *check, const struct vgpu *vgpu, size_t i) {
        enum entry_state state = check->verb.plan->entries[i].state;
        struct uuid_text uuid = uuid_text(vgpu->uuid);
        char why[EXPLANATION_MAX];

        explain_entry(check->verb.plan, i, why);
        if (state == ENTRY_NO_ROOM)
                ERROR(check, CAUSE("mistyped"),
                      "%s is there as a %s and declared otherwise; it stays so, since there is no room "
                      "for the declared type",
                      uuid.text, vgpu->type);
        else if (state == ENTRY_RECREATE)
                ERROR(check, CAUSE("mistyped"),
                      "%s is there as a %s and declared otherwise; gvtd makes it anew when nobody "
                      "uses it any more (gvtd status names the user)",
                      uuid.text, vgpu->type);
        else
                ERROR(check, CAUSE("mistyped"), "%s: %s", uuid.text, why);
}

static void find_vgpus(struct check *check) {
        _cleanup_free_ struct vgpu *vgpus = NULL;
        size_t n = 0, n_absent = 0, n_made = 0, n_unready = 0, n_closed = 0;
        size_t n_errors = check->findings.n_errors;

        vgpus = inventory_make(check->verb.plan, &n);
        if (!vgpus)
                check->findings.failed = ENOMEM;
        /* The declared ones come first, in the order of the entries. */
        for (size_t i = 0; vgpus && i < n; i++) {
                n_absent += vgpus[i].state == VGPU_ABSENT;
                n_made += vgpus[i].state == VGPU_ABSENT && kernel_log_made(&check->log, vgpus[i].uuid);
                n_unready += vgpus[i].state == VGPU_PRESENT;
                n_closed += vgpus[i].state == VGPU_READY && is_closed(check, vgpus[i].mdev);
                if (vgpus[i].state == VGPU_MISTYPED)
                        find_mistyped(check, &vgpus[i], i);
        }
        if (n_errors > 0 || check->findings.failed)
                return;
        if (n_absent > 0)
                find_absent(check, n_absent, n_made);
        if (n_unready > 0)
                find_unready(check, n_unready);
        if (n_closed > 0)
                find_closed(check, n_closed);
}

static void find_all(struct check *check) {
        const struct gpu *gpu = check->verb.plan->gpu;
        int r = kernel_log_read(&check->log);

        check->findings = take_findings(check->verb.config, &check->gid);
        if (r < 0)
                check->findings.failed = -r;
        snprintf(check->subject, sizeof(check->subject), "%s",
                 gpu ? address_text(&gpu->address).text : "host");
        find_nonsense(&check->findings);
        climb(check);
        if (!gpu || situation_is_hopeless(check->verb.plan->situation))
                return;
        shortfall_find(check->verb.plan, &check->findings);
        mdevctl_find(&check->verb, &check->findings);
        hooks_find(check->verb.config->n_vgpus > 0, &check->findings);
        find_guc(check);
        if (check->verb.plan->situation == SITUATION_OFFERED)
                find_vgpus(check);
}

/* A strict umask leaves such files, and what blacklists a module may be in one. */
static bool modprobe_d_is_closed(void) {
        struct places places;

        return modprobe_d_find("i915", NULL, &places) == 0 && places.closed;
}

static void conclude(struct check *check) {
        const char *file = check->verb.config->main_file;
        size_t n = check->verb.config->n_vgpus;

        if (check->log.golden)
                NOTE(check, CAUSE("golden-hw-state"),
                     "the kernel's line about golden_hw_state is "
                     "harmless: an optimisation that nobody ships");
        if (check->log.asleep)
                NOTE(check, CAUSE("gpu-asleep"),
                     "the kernel read registers of a GPU that slept (\"Device suspended during HW "
                     "access\"): kvmgt was loaded without gvtd, and vGPUs may begin with garbage; "
                     "where guests misbehave, " MAKE_ANEW ": that loads it anew with the GPU awake");
        else if (check->log.unpowered)
                NOTE(check, CAUSE("rpm"),
                     "the kernel's warnings \"RPM ... not held\" are harmless: kvmgt reads the "
                     "registers, as it is loaded, without asking i915 for power");
        if (geteuid() != 0 && check->verb.plan->gpu)
                NOTE(check, CAUSE("unprivileged"),
                     "not seen without root: enable_gvt, the size of the "
                     "graphics address space%s%s%s",
                     check->log.readable ? "" : ", the kernel's log", hooks_are_closed() ? ", libvirt's hooks" : "",
                     modprobe_d_is_closed() ? ", a part of modprobe.d" : "");
        if (check->findings.n_errors > 0 || check->findings.failed)
                return;
        if (n > 0)
                NOTE(check, CAUSE("ok"), "all well: %zu vGPU%s declared and present", n, plural(n));
        else if (is_stored(file) > 0)
                NOTE(check, CAUSE("ok"), "vGPUs can be created and none is declared; "
                     "services.gvtd.vgpus of NixOS's configuration.nix declares them");
        else
                NOTE(check, CAUSE("ok"), "vGPUs can be created and none is declared; "
                     "`gvtd suggest 1` prints what to add to %s", file);
}

static int finish(const struct options *options, const struct findings *findings) {
        if (findings->failed)
                fprintf(stderr, "gvtd: not everything could be looked at, so findings may be missing: "
                                "%s; ask again\n", strerror(findings->failed));
        if (options->given & OPTION_JSON)
                findings_print_json(findings, stdout);
        else
                findings_print(findings, stdout);
        return verb_finish(findings->n_errors > 0 || findings->failed ? 1 : 0);
}

static int check_config(const struct options *options) {
        _cleanup_findings_ struct findings findings = {};
        _cleanup_config_ struct config *config = NULL;
        gid_t gid;
        int r = verb_configure(options, &config);

        if (r != 0)
                return r;
        findings = take_findings(config, &gid);
        return finish(options, &findings);
}

static int check_kernel(const struct options *options) {
        _cleanup_findings_ struct findings findings = {};

        if (strchr(options->kernel, '/') || options->kernel[0] == '.' || !options->kernel[0]) {
                fprintf(stderr, "gvtd: \"%s\" is no kernel version (uname -r)\n", quote(options->kernel).text);
                return EX_USAGE;
        }
        kernel_findings(options->kernel, &findings);
        return finish(options, &findings);
}

static int check_host(const struct options *options) {
        struct check check = {};
        int r = verb_look(options, &check.verb);

        if (r != 0)
                return r;
        find_all(&check);
        conclude(&check);
        r = finish(options, &check.findings);
        findings_done(&check.findings);
        verb_done(&check.verb);
        return r;
}

int check_main(const struct options *options) {
        if (options->given & OPTION_CONFIG && options->kernel) {
                fprintf(stderr, "gvtd: --config and --kernel ask for different things\n");
                return EX_USAGE;
        }
        if (options->given & OPTION_CONFIG)
                return check_config(options);
        return options->kernel ? check_kernel(options) : check_host(options);
}
