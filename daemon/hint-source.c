/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The order of the questions is that of power: the kernel command line overrides modprobe.d, the
 * file that sorts last overrides the others, and nothing counts that is written after i915 was
 * loaded. The initramfs has its own copy of modprobe.d, made when the image was. */

#include "hint-source.h"

#include <sys/stat.h>
#include <sys/utsname.h>
#include <systemd/sd-bus.h>
#include <time.h>

#include "cmdline.h"
#include "names.h"
#include "parse.h"
#include "util.h"

#define SAY(...) snprintf(ret, EXPLANATION_MAX, __VA_ARGS__)

static bool is_on(const char *value) {
        bool on;

        return parse_bool(value, &on) == 0 && on;
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

/* The moment at which systemd began in the real root, as the service manager remembers it. */
static uint64_t userspace_usec(void) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        uint64_t usec = 0;

        if (sd_bus_open_system(&bus) < 0 ||
            sd_bus_get_property_trivial(bus, "org.freedesktop.systemd1",
                                        "/org/freedesktop/systemd1",
                                        "org.freedesktop.systemd1.Manager",
                                        "UserspaceTimestampMonotonic", NULL, 't', &usec) < 0)
                return 0;
        return usec;
}

/* Enabled, run, and without success: there is nothing to enable. */
static bool oneshot_failed(void) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        _cleanup_free_ char *state = NULL;

        return sd_bus_open_system(&bus) >= 0 &&
               sd_bus_get_property_string(
                       bus, "org.freedesktop.systemd1",
                       "/org/freedesktop/systemd1/unit/gvtd_2dmodprobe_2eservice",
                       "org.freedesktop.systemd1.Unit", "ActiveState", NULL, &state) >= 0 &&
               streq(state, "failed");
}

/* Where Debian, Fedora and Arch keep the image of the running kernel. */
static bool image_is_new(void) {
        char debian[128], fedora[128];
        struct utsname name;

        if (uname(&name) < 0)
                return false;
        snprintf(debian, sizeof(debian), "/boot/initrd.img-%s", name.release);
        snprintf(fedora, sizeof(fedora), "/boot/initramfs-%s.img", name.release);
        return written_usec(debian) > 1 || written_usec(fedora) > 1 ||
               written_usec("/boot/initramfs-linux.img") > 1;
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

void hint_source_look(const struct kernel_log *log, struct hint_source *ret) {
        struct hint_source source = {.i915_usec = log->i915_usec};
        char value[16];

        source.builtin = access(PATH_MODULES "/i915", F_OK) == 0 &&
                         access(PATH_MODULES "/i915/initstate", F_OK) < 0;
        source.cmdline = cmdline_get("i915.enable_gvt", value, sizeof(value));
        source.cmdline_on = source.cmdline && (*value == '\0' || is_on(value));
        source.conf = modprobe_find("i915", "enable_gvt", &source.place);
        source.conf_on = source.conf && is_on(source.place.value);
        if (source.conf)
                source.conf_usec = written_usec(source.place.file);
        source.userspace_usec = userspace_usec();
        source.oneshot_failed = oneshot_failed();
        source.image_new = image_is_new();
        source.image_command = image_command();
        *ret = source;
}

/* Out of the initramfs, before the real root took over. */
static bool comes_early(const struct hint_source *source) {
        return source->i915_usec && source->i915_usec < source->userspace_usec;
}

/* A file asks for it, and i915 has not heard: because of when it was loaded, or by whom. */
static const char *explain_unheard(const struct hint_source *source, char *ret) {
        const struct modprobe_place *place = &source->place;
        const char *command = source->image_command;
        bool early = comes_early(source);

        if (early && source->image_new) {
                SAY("%s:%u asks for it, and the initramfs, from which i915 is loaded, was made "
                    "anew "
                    "since; reboot",
                    place->file, place->line);
                return "gvt-off-reboot";
        }
        if (early && command) {
                SAY("%s:%u asks for it, but i915 is loaded from the initramfs, which has not got "
                    "this option; run `%s` and reboot",
                    place->file, place->line, command);
                return "gvt-off-initramfs";
        }
        if (early) {
                SAY("%s:%u asks for it, but i915 is loaded from the initramfs, which has not got "
                    "this option; add i915.enable_gvt=1 to the kernel command line and reboot",
                    place->file, place->line);
                return "gvt-off-initramfs";
        }
        if (source->i915_usec && source->conf_usec && source->conf_usec < source->i915_usec) {
                SAY("%s:%u asked for it before i915 was loaded, so something loaded i915 with "
                    "other "
                    "options (by hand, or from a copy of modprobe.d); reboot",
                    place->file, place->line);
                return "gvt-off-by-hand";
        }
        if (source->i915_usec && source->userspace_usec)
                SAY("%s:%u asks for it, but was written after i915 was loaded; reboot", place->file,
                    place->line);
        else
                SAY("%s:%u asks for it, which counts when i915 loads; reboot, and if it is still "
                    "off then, i915 comes from the initramfs: %s, and reboot again",
                    place->file, place->line,
                    command ? command : "add i915.enable_gvt=1 to the kernel command line");
        return "gvt-off-reboot";
}

const char *hint_source_explain(const struct hint_source *source,
                                char ret[static EXPLANATION_MAX]) {
        if (source->cmdline && !source->cmdline_on) {
                SAY("i915.enable_gvt on the kernel command line turns it off; remove it in the "
                    "boot "
                    "loader's configuration and reboot");
                return "gvt-off-cmdline";
        }
        if (source->cmdline) {
                SAY("the kernel command line asks for it, so something loaded i915 by hand with "
                    "other options; reboot");
                return "gvt-off-by-hand";
        }
        if (source->builtin) {
                SAY("i915 is built into this kernel, so that only the kernel command line counts; "
                    "add i915.enable_gvt=1 to it and reboot");
                return "gvt-off-builtin";
        }
        if (!source->conf && source->oneshot_failed) {
                SAY("nothing asks for it, since gvtd-modprobe.service failed; `journalctl -b -u "
                    "gvtd-modprobe` says why, remedy that and reboot");
                return "gvt-off-unwritten";
        }
        if (!source->conf && comes_early(source) && source->image_command) {
                SAY("nothing asks for it; `systemctl enable gvtd`, run `%s`, since i915 is loaded "
                    "from the initramfs, and reboot",
                    source->image_command);
                return "gvt-off-unasked";
        }
        if (!source->conf) {
                SAY("nothing asks for it; `systemctl enable gvtd` and reboot");
                return "gvt-off-unasked";
        }
        if (!source->conf_on) {
                SAY("%s:%u turns it off and comes last; remove that line%s%s%s and reboot",
                    source->place.file, source->place.line, source->image_command ? ", run `" : "",
                    source->image_command ? source->image_command : "",
                    source->image_command ? "`" : "");
                return "gvt-off-modprobe";
        }
        return explain_unheard(source, ret);
}
