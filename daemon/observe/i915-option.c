/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The order of the questions is that of power: the kernel command line overrides modprobe.d, the
 * file that sorts last overrides the others, and nothing counts that is written after i915 was
 * loaded. The initramfs has its own copy of modprobe.d, made when the image was. */

#include "i915-option.h"

#include <sys/stat.h>
#include <sys/utsname.h>
#include <systemd/sd-bus.h>
#include <time.h>

#include "cmdline.h"
#include "names.h"
#include "parse.h"
#include "util.h"

/* An answer beyond that is as good as none. */
#define BUS_PATIENCE (3 * UINT64_C(1000000))
#define SAY(...) snprintf(ret, REASON_MAX, __VA_ARGS__)

/* enable_gvt takes what the kernel takes for a boolean, and enable_guc a number. */
static bool agrees(const struct hint_source *source, const char *value) {
        bool on;

        if (*value == '\0')
                return source->asked == 1; /* a switch without a value */
        return (parse_bool(value, &on) == 0 ? on : atoi(value)) == source->asked;
}

static uint64_t usec_now(clockid_t clock) {
        struct timespec now;

        clock_gettime(clock, &now);
        return (uint64_t) now.tv_sec * 1000000 + (uint64_t) now.tv_nsec / 1000;
}

static uint64_t written_usec(const char *file) {
        uint64_t age, mono = usec_now(CLOCK_MONOTONIC);
        struct stat st;

        if (stat(file, &st) < 0)
                return 0;
        age = usec_now(CLOCK_REALTIME) - (uint64_t) st.st_mtim.tv_sec * 1000000 -
              (uint64_t) st.st_mtim.tv_nsec / 1000;
        return age < mono ? mono - age : 1;
}

/* When systemd began in the real root, and whether the oneshot was enabled, run, and without success:
 * then there is nothing to enable. */
static void ask_manager(struct hint_source *source) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        _cleanup_free_ char *state = NULL;

        if (sd_bus_open_system(&bus) < 0)
                return;
        (void) sd_bus_set_method_call_timeout(bus, BUS_PATIENCE);
        (void) sd_bus_get_property_trivial(bus, "org.freedesktop.systemd1",
                                           "/org/freedesktop/systemd1",
                                           "org.freedesktop.systemd1.Manager",
                                           "UserspaceTimestampMonotonic", NULL, 't',
                                           &source->userspace_usec);
        source->oneshot_failed =
                sd_bus_get_property_string(
                        bus, "org.freedesktop.systemd1",
                        "/org/freedesktop/systemd1/unit/gvtd_2dmodprobe_2eservice",
                        "org.freedesktop.systemd1.Unit", "ActiveState", NULL, &state) >= 0 &&
                streq(state, "failed");
}

/* Where Debian, Fedora and Arch keep the image of the running kernel. */
static bool image_is_new(void) {
        uint64_t ini = written_usec(PATH_CONFIG), image = 0;
        char paths[3][128] = {"", "", "/boot/initramfs-linux.img"};
        struct utsname name;

        if (uname(&name) < 0)
                return false;
        snprintf(paths[0], sizeof(paths[0]), "/boot/initrd.img-%s", name.release);
        snprintf(paths[1], sizeof(paths[1]), "/boot/initramfs-%s.img", name.release);
        for (size_t i = 0; i < ARRAY_SIZE(paths) && image == 0; i++)
                image = written_usec(paths[i]);
        return image > 1 && image >= ini;
}

static const char *image_command(void) {
        static const struct {
                const char *program, *command;
        } tools[] = {
                {"/usr/sbin/update-initramfs", "update-initramfs -u"},
                {"/usr/bin/dracut", "dracut -f"},
                {"/usr/sbin/dracut", "dracut -f"},
                {"/usr/bin/mkinitcpio",
                 "gvtd modprobe --print > /etc/modprobe.d/gvtd.conf && mkinitcpio -P"},
        };

        for (size_t i = 0; i < ARRAY_SIZE(tools); i++)
                if (access(tools[i].program, X_OK) == 0)
                        return tools[i].command;
        return NULL;
}

static void look(struct hint_source *source) {
        char key[32];

        snprintf(key, sizeof(key), "i915.%s", source->option);
        source->builtin = access(PATH_MODULES "/i915", F_OK) == 0 &&
                          access(PATH_MODULES "/i915/initstate", F_OK) < 0;
        source->cmdline = cmdline_get(key, source->cmdline_value, sizeof(source->cmdline_value));
        source->conf = modprobe_find("i915", source->option, &source->place);
        if (source->conf)
                source->conf_usec = written_usec(source->place.file);
        ask_manager(source);
        source->image_new = image_is_new();
        source->image_command = image_command();
}

/* Out of the initramfs, before the real root took over. */
static bool comes_early(const struct hint_source *source) {
        return source->i915_usec && source->i915_usec < source->userspace_usec;
}

/* A file asks for it, and i915 came out of the initramfs without. */
static const char *explain_initramfs(const struct hint_source *source, char *ret) {
        const struct modprobe_place *place = &source->place;

        if (source->image_new) {
                SAY("%s:%u asks for it, and the initramfs, from which i915 is loaded, was made "
                    "anew since; reboot", place->file, place->line);
                return "gvt-off-reboot";
        }
        if (source->image_command)
                SAY("%s:%u asks for it, but i915 is loaded from the initramfs, which has not got "
                    "this option; run `%s` and reboot", place->file, place->line,
                    source->image_command);
        else
                SAY("%s:%u asks for it, but i915 is loaded from the initramfs, which has not got "
                    "this option; add i915.%s=%d to the kernel command line and reboot",
                    place->file, place->line, source->option, source->asked);
        return "gvt-off-initramfs";
}

/* A file asks for it, and i915 has not heard: because of when it was loaded, or by whom. */
static const char *explain_unheard(const struct hint_source *source, char *ret) {
        const struct modprobe_place *place = &source->place;

        if (comes_early(source))
                return explain_initramfs(source, ret);
        if (source->i915_usec && source->conf_usec && source->conf_usec < source->i915_usec) {
                SAY("%s:%u asked for it before i915 was loaded, so something loaded i915 with "
                    "other options (by hand, or from a copy of modprobe.d); reboot",
                    place->file, place->line);
                return "gvt-off-by-hand";
        }
        if (source->i915_usec && source->userspace_usec)
                SAY("%s:%u asks for it, but was written after i915 was loaded; reboot", place->file,
                    place->line);
        else if (source->image_command)
                SAY("%s:%u asks for it, which counts when i915 loads; reboot, and if nothing has "
                    "changed then, i915 comes from the initramfs: run `%s` and reboot again",
                    place->file, place->line, source->image_command);
        else
                SAY("%s:%u asks for it, which counts when i915 loads; reboot, and if nothing has "
                    "changed then, i915 comes from the initramfs: add i915.%s=%d to the kernel "
                    "command line and reboot again",
                    place->file, place->line, source->option, source->asked);
        return "gvt-off-reboot";
}

/* No file asks for it: gvtd could not write it, or was not there to do so, or did so with an ini that
 * asked for something else. */
static const char *explain_unasked(const struct hint_source *source, char *ret) {
        const char *command = comes_early(source) ? source->image_command : NULL;

        if (source->oneshot_failed) {
                SAY("nothing asks for it, since gvtd-modprobe.service failed; `journalctl -b -u "
                    "gvtd-modprobe` says why, remedy that and reboot");
                return "gvt-off-unwritten";
        }
        if (streq(source->option, "enable_guc"))
                SAY("i915 was loaded when the ini did not ask for it; %s%s%sreboot",
                    command ? "run `" : "", command ? command : "", command ? "` and " : "");
        else if (command)
                SAY("nothing asks for it; `systemctl enable gvtd`, run `%s`, since i915 is loaded "
                    "from the initramfs, and reboot", command);
        else
                SAY("nothing asks for it; `systemctl enable gvtd` and reboot");
        return "gvt-off-unasked";
}

const char *hint_source_explain(const struct hint_source *source,
                                char ret[static REASON_MAX]) {
        const char *command = source->image_command;

        if (source->cmdline && !agrees(source, source->cmdline_value)) {
                SAY("i915.%s=%s on the kernel command line overrides it; remove it in the boot "
                    "loader's configuration and reboot", source->option, source->cmdline_value);
                return "gvt-off-cmdline";
        }
        if (source->cmdline) {
                SAY("the kernel command line asks for it, so something loaded i915 by hand with "
                    "other options; reboot");
                return "gvt-off-by-hand";
        }
        if (source->builtin) {
                SAY("i915 is built into this kernel, so that only the kernel command line counts; "
                    "add i915.%s=%d to it and reboot", source->option, source->asked);
                return "gvt-off-builtin";
        }
        if (source->conf && agrees(source, source->place.value))
                return explain_unheard(source, ret);
        if (!source->conf || streq(source->place.file, PATH_MODPROBE_FILE))
                return explain_unasked(source, ret);
        SAY("%s:%u sets it to %s and comes last; remove that line%s%s%s and reboot",
            source->place.file, source->place.line, source->place.value, command ? ", run `" : "",
            command ? command : "", command ? "`" : "");
        return "gvt-off-modprobe";
}

static void answer_block(const char *module, const char *then, char *ret) {
        struct modprobe_place place;

        if (cmdline_blacklists(module) || !modprobe_find(module, NULL, &place))
                SAY("%s is blacklisted on the kernel command line (module_blacklist= or "
                    "modprobe.blacklist=); remove it there and reboot", module);
        else
                SAY("%s is blacklisted by %s:%u; remove that line and %s", module, place.file,
                    place.line, then);
}

static const char *answer_option(const char *option, int asked, const struct kernel_log *log,
                                 char *ret) {
        struct hint_source source = {
                .option = option,
                .asked = asked,
                .i915_usec = log->i915_usec,
        };

        look(&source);
        return hint_source_explain(&source, ret);
}

const char *hint_source_answer(enum question question, int running, int asked,
                               const struct kernel_log *log, char ret[static EXPLANATION_MAX]) {
        char why[REASON_MAX];
        const char *cause;

        switch (question) {
        case QUESTION_NONE:
                break;
        case QUESTION_I915_BLACKLISTED:
                answer_block("i915", "reboot", ret);
                return "i915-blacklisted";
        case QUESTION_KVMGT_BLACKLISTED:
                answer_block("kvmgt", "`systemctl reload gvtd`", ret);
                return "kvmgt-blacklisted";
        case QUESTION_REFUSAL:
                return kernel_log_explain(log, access(PATH_ENABLE_GVT, R_OK) == 0, ret);
        case QUESTION_ENABLE_GVT:
                cause = answer_option("enable_gvt", 1, log, why);
                snprintf(ret, EXPLANATION_MAX, "i915 runs with enable_gvt=0: %s", why);
                return cause;
        case QUESTION_ENABLE_GUC:
                (void) answer_option("enable_guc", asked, log, why);
                snprintf(ret, EXPLANATION_MAX,
                         "i915 runs with enable_guc=%d, and the ini asks for %d: %s", running,
                         asked, why);
                return "enable-guc";
        }
        *ret = '\0';
        return NULL;
}
