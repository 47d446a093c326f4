/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Looks where an option may come from; answer.c weighs what is found. */

#include "evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <systemd/sd-bus.h>

#include "block.h"
#include "cmdline.h"
#include "kernel-modules.h"
#include "modprobe-d.h"
#include "module.h"
#include "names.h"
#include "printable.h"
#include "remedy.h"
#include "sysfs.h"
#include "util.h"

/* An answer beyond that is as good as none. */
#define BUS_PATIENCE (3 * SECOND)

/* A time of day since this boot, in which a machine may have slept for long; 1: before it. */
static uint64_t since_boot(const struct timespec *time) {
        uint64_t up = usec_now(CLOCK_BOOTTIME);
        uint64_t age = usec_now(CLOCK_REALTIME) - usec_of(time);

        return age < up ? up - age : 1;
}

static uint64_t written_usec(const char *file) {
        struct stat st;

        return stat(file, &st) < 0 ? 0 : since_boot(&st.st_mtim);
}

/* When the file came to be as it is here: a package, or `mv`, brings what was written long ago. */
static uint64_t came_usec(const char *file) {
        struct stat st;

        return stat(file, &st) < 0 ? 0 : since_boot(&st.st_ctim);
}

/* A method call is bounded, the connection before it is not: sd_bus_call() would wait for the first
 * word of the bus for as long as it takes. */
static bool bus_answers(sd_bus *bus) {
        uint64_t now = usec_now(CLOCK_MONOTONIC), end = now + BUS_PATIENCE;
        int r;

        while ((r = sd_bus_is_ready(bus)) == 0 && now < end) {
                r = sd_bus_process(bus, NULL);
                if (r == 0)
                        r = sd_bus_wait(bus, end - now);
                if (r < 0)
                        break;
                now = usec_now(CLOCK_MONOTONIC);
        }
        return r > 0;
}

/* When systemd began in the real root, and whether the oneshot was enabled, run, and without success:
 * then there is nothing to enable. */
static void ask_manager(struct i915_option *option) {
        _cleanup_(sd_bus_close_unrefp) sd_bus *bus = NULL;
        _cleanup_free_ char *state = NULL;

        if (sd_bus_open_system(&bus) < 0 || !bus_answers(bus))
                return;
        (void) sd_bus_set_method_call_timeout(bus, BUS_PATIENCE);
        (void) sd_bus_get_property_trivial(bus, "org.freedesktop.systemd1",
                                           "/org/freedesktop/systemd1",
                                           "org.freedesktop.systemd1.Manager",
                                           "UserspaceTimestampMonotonic", NULL, 't',
                                           &option->userspace_usec);
        option->oneshot_failed =
                sd_bus_get_property_string(
                        bus, "org.freedesktop.systemd1",
                        "/org/freedesktop/systemd1/unit/gvtd_2dmodprobe_2eservice",
                        "org.freedesktop.systemd1.Unit", "ActiveState", NULL, &state) >= 0 &&
                streq(state, "failed");
}

/* Where Debian, Fedora, SUSE and Arch keep the image of the running kernel; 0: elsewhere. */
static uint64_t image_usec(void) {
        uint64_t image = 0;
        char paths[4][128] = {"", "", "", ""}, package[64];
        struct utsname name;

        if (uname(&name) < 0)
                return 0;
        snprintf(paths[0], sizeof(paths[0]), "/boot/initrd.img-%s", name.release);
        snprintf(paths[1], sizeof(paths[1]), "/boot/initramfs-%s.img", name.release);
        snprintf(paths[2], sizeof(paths[2]), "/boot/initrd-%s", name.release);
        if (kernel_package(package, sizeof(package)) > 0)
                snprintf(paths[3], sizeof(paths[3]), "/boot/initramfs-%s.img", package);
        for (size_t i = 0; i < ARRAY_SIZE(paths) && image == 0; i++)
                image = written_usec(paths[i]);
        return image;
}

/* Since what it takes the option from: the ini, by way of gvtd's hook, or a file of modprobe.d, but not of
 * that in /run. */
static bool image_is_new(const struct i915_option *option, bool volatile_conf) {
        uint64_t image = image_usec(), source = option->remedy.copies ? option->conf_usec : came_usec(PATH_CONFIG);

        return image > 1 && source > 0 && image >= source && !option->remedy.elsewhere &&
               !(option->remedy.copies && volatile_conf);
}

/* 1: a part of the kernel image, 0: a module, or not there. */
static int i915_is_builtin(void) {
        int r = sysfs_is_there(AT_FDCWD, PATH_MODULES "/i915");

        if (r > 0)
                r = sysfs_is_there(AT_FDCWD, PATH_MODULES "/i915/initstate");
        else
                return r;
        return r < 0 ? r : !r;
}

static int own_file_is_hidden(void) {
        int r = sysfs_is_there(AT_FDCWD, PATH_MODPROBE_FILE);

        return r > 0 ? modprobe_d_hides(PATH_MODPROBE_FILE_BEFORE) : r;
}

static int look(struct i915_option *option) {
        struct places *places = &option->places;
        bool volatile_conf = false;
        char key[32];
        int r = i915_is_builtin();

        option->builtin = r > 0;
        if (r == 0)
                r = modprobe_d_find("i915", option->name, places);
        if (r == 0 && places->n > 0) {
                const struct place *last = &places->items[places->n - 1];

                /* what the store holds has one date, and says nothing of when it came into force */
                option->conf_usec = last->stored ? 0 : came_usec(last->file);
                volatile_conf = strncmp(last->file, "/run/", strlen("/run/")) == 0;
        }
        snprintf(key, sizeof(key), "i915.%s", option->name);
        if (r >= 0)
                r = cmdline_add(key, places);
        if (r >= 0)
                r = own_file_is_hidden();
        if (r < 0)
                return r;
        option->hidden = r > 0;
        places_make_printable(places);
        ask_manager(option);
        option->remedy = remedy_look();
        option->image_new = image_is_new(option, volatile_conf);
        return 0;
}

/* It has the effect of modeset=0 while modeset is left alone, so any value comes behind it. */
static int add_nomodeset(struct places *places) {
        static const struct place nomodeset = {.file = "nomodeset"};
        char none[16];
        int r = cmdline_get(nomodeset.file, none, sizeof(none));

        if (r > 0)
                places_insert(places, 0, &nomodeset);
        return r;
}

static int look_for_blocks(const char *module, struct evidence *evidence) {
        int r = module_find_obstacles(module, &evidence->obstacles);

        evidence->remedy = remedy_look();
        if (r >= 0)
                r = blocks_look(&evidence->obstacles, &evidence->blocks);
        for (size_t i = 0; i < evidence->obstacles.n; i++)
                make_printable(evidence->obstacles.names[i]);
        return r;
}

/* By this user. */
static int look_for_enable_gvt(struct evidence *evidence) {
        int r = access(PATH_ENABLE_GVT, R_OK) < 0 ? -errno : 0;

        evidence->enable_gvt_seen = r == 0;
        return r == -EACCES ? 0 : unless_gone(r);
}

/* One that came in this boot before any other, then the later version: depmod and DKMS write into the folders
 * of old kernels, too. */
static bool is_newer(const char *name, uint64_t usec, const struct evidence *evidence) {
        if ((usec > 1) != (evidence->other_usec > 1))
                return usec > 1;
        return strverscmp(name, evidence->other) > 0;
}

/* Folders of modules that hold a kernel's own. */
static int take_kernel(int dir, const char *name, void *userdata) {
        struct evidence *evidence = userdata;
        char path[320];
        uint64_t usec;
        int r;

        snprintf(path, sizeof(path), PATH_KERNELS "/%s", name);
        r = kernel_is_whole(path);
        if (r <= 0)
                return r;
        usec = written_usec(path);
        if (usec == 0)
                return unless_gone(-errno);
        if (is_newer(name, usec, evidence)) {
                snprintf(evidence->other, sizeof(evidence->other), "%.64s", name);
                evidence->other_usec = usec;
        }
        return 0;
}

static int look_for_kernels(struct evidence *evidence) {
        struct utsname name;

        if (uname(&name) < 0)
                return -errno;
        snprintf(evidence->release, sizeof(evidence->release), "%s", name.release);
        return unless_gone(sysfs_for_each(AT_FDCWD, PATH_KERNELS, take_kernel, evidence));
}

static int look_for_modules(struct evidence *evidence) {
        char taint[16];
        int r = kernel_modules_look(NULL, &evidence->modules);

        evidence->remedy = remedy_look();
        if (r < 0)
                return r;
        r = sysfs_read(AT_FDCWD, PATH_MODULES "/i915/taint", taint, sizeof(taint));
        evidence->loaded_foreign = r >= 0 && strchr(taint, 'O');
        return unless_gone(r);
}

int evidence_look(enum question question, int asked, const struct kernel_log *log,
                  struct evidence *ret) {
        int r;

        *ret = (struct evidence){.log = *log};
        ret->option.i915_usec = log->i915_usec;
        switch (question) {
        case QUESTION_NONE:
                return 0;
        case QUESTION_NOMODESET:
                ret->option.name = "modeset";
                ret->option.remedy = remedy_look();
                return add_nomodeset(&ret->option.places);
        case QUESTION_MODESET:
                ret->option.name = "modeset";
                ret->option.asked = -1;
                r = look(&ret->option);
                return r < 0 ? r : add_nomodeset(&ret->option.places);
        case QUESTION_I915_BLACKLISTED:
                return look_for_blocks("i915", ret);
        case QUESTION_KVMGT_BLACKLISTED:
                return look_for_blocks("kvmgt", ret);
        case QUESTION_NO_GVT:
        case QUESTION_KVMGT:
                return look_for_modules(ret);
        case QUESTION_MODULES:
                return look_for_kernels(ret);
        case QUESTION_REFUSAL:
                return look_for_enable_gvt(ret);
        case QUESTION_ENABLE_GVT:
                ret->option.name = "enable_gvt";
                ret->option.asked = 1;
                return look(&ret->option);
        case QUESTION_ENABLE_GUC:
                ret->option.name = "enable_guc";
                ret->option.asked = asked;
                return look(&ret->option);
        }
        return 0;
}
