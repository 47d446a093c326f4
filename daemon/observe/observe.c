/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reads what is, and judges nothing. Everything is read anew each time, through folder descriptors: a
 * device that goes away in the middle yields ENOENT, and is then left out; any other failure is one of
 * the whole look (sysfs.h). sd_device is not used here: it caches what it has read. */

#include "observe.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "cmdline.h"
#include "engines.h"
#include "gpu.h"
#include "host.h"
#include "kernel-modules.h"
#include "modprobe-d.h"
#include "module.h"
#include "names.h"
#include "note.h"
#include "parse.h"
#include "sysfs.h"
#include "util.h"

/* The bus link reads ../../../devices/pci0000:00/0000:00:02.0/UUID. */
static int read_parent(int bus, const char *name, struct mdev *mdev) {
        char target[512], *slash;
        ssize_t n = readlinkat(bus, name, target, sizeof(target) - 1);

        if (n < 0)
                return -errno;
        target[n] = '\0';
        slash = strrchr(target, '/');
        if (!slash)
                return 0;
        *slash = '\0';
        slash = strrchr(target, '/');
        mdev->on_pci = slash && parse_pci_address(slash + 1, &mdev->parent) == 0;
        return 0;
}

static int read_type(int dir, void *ret) {
        struct mdev *mdev = ret;

        return sysfs_link_name(dir, "mdev_type", mdev->type, sizeof(mdev->type));
}

static int read_group(int dir, void *ret) {
        struct mdev *mdev = ret;
        char name[16];
        int r = sysfs_link_name(dir, "iommu_group", name, sizeof(name));

        mdev->group = r < 0 ? -1 : atoi(name);
        return r;
}

/* UINT64_MAX: set in what is the future since the clock was put back. */
static uint64_t age(const struct timespec *time) {
        uint64_t now = usec_now(CLOCK_REALTIME), then = usec_of(time);

        return now < then ? UINT64_MAX : now - then;
}

static int read_node(int dir, void *ret) {
        struct mdev *mdev = ret;
        char path[64];
        struct stat st;

        if (mdev->group < 0)
                return 0;
        snprintf(path, sizeof(path), PATH_VFIO "/%d", mdev->group);
        if (lstat(path, &st) < 0)
                return -errno;
        if (!S_ISCHR(st.st_mode))
                return 0;
        mdev->node_present = true;
        mdev->node_devnum = st.st_rdev;
        mdev->node_uid = st.st_uid;
        mdev->node_gid = st.st_gid;
        mdev->node_mode = st.st_mode & 07777;
        mdev->node_age = age(&st.st_ctim);
        return 0;
}

static int add_mdev(int bus, const char *name, void *userdata) {
        static const sysfs_reader readers[] = {read_type, read_group, read_node};
        struct host *host = userdata;
        _cleanup_close_ int dir = openat(bus, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
        struct mdev mdev = {}, *mdevs;
        struct stat st;
        int r;

        if (dir < 0 || fstat(dir, &st) < 0)
                return unless_gone(-errno);
        r = read_parent(bus, name, &mdev);
        if (r < 0 || parse_uuid(name, mdev.uuid) < 0)
                return unless_gone(r);
        mdevs = reallocarray(host->mdevs, host->n_mdevs + 1, sizeof(struct mdev));
        if (!mdevs)
                return -ENOMEM;
        host->mdevs = mdevs;
        mdev.inode = st.st_ino;
        mdevs[host->n_mdevs++] = mdev;
        return sysfs_read_parts(dir, &mdevs[host->n_mdevs - 1], readers, ARRAY_SIZE(readers));
}

static int read_modules(struct host *host) {
        int r = module_look("i915", &host->i915);

        return r < 0 ? r : module_look("kvmgt", &host->kvmgt);
}

/* Of i915, to root alone. 1: read, 0: i915 has none, is not loaded, or does not say so to others. */
static int read_parameter(const char *path, char *ret, size_t size) {
        int r = sysfs_read(AT_FDCWD, path, ret, size);

        if (r == -EACCES || r == -EPERM)
                return 0;
        return r < 0 ? unless_gone(r) : 1;
}

static int read_enable_gvt(struct host *host) {
        char text[8];
        int r = read_parameter(PATH_ENABLE_GVT, text, sizeof(text));

        if (r > 0)
                host->enable_gvt = streq(text, "Y") || streq(text, "1") ? PARAMETER_ON : PARAMETER_OFF;
        if (r != 0 || host->i915 != MODULE_LIVE)
                return r;
        r = sysfs_is_there(AT_FDCWD, PATH_ENABLE_GVT);
        if (r == 0)
                host->enable_gvt = PARAMETER_ABSENT;
        return r;
}

static int read_enable_guc(struct host *host) {
        char text[16];
        int r = read_parameter(PATH_ENABLE_GUC, text, sizeof(text));

        host->enable_guc_seen = r > 0;
        host->enable_guc = host->enable_guc_seen ? atoi(text) : 0;
        return r;
}

static int driver_is_complete(enum module_state kvmgt) {
        /* While kvmgt leaves, its driver's folder may still stand: no create then, either. */
        return kvmgt == MODULE_LIVE ? sysfs_is_there(AT_FDCWD, PATH_MDEV_DRIVER) : 0;
}

static int read_driver(struct host *host) {
        int r = driver_is_complete(host->kvmgt);

        host->driver_complete = r > 0;
        if (r >= 0)
                r = sysfs_is_there(AT_FDCWD, PATH_MDEV_DRIVER_OLD);
        host->driver_old = r > 0;
        return r;
}

static int read_notes(struct host *host) {
        _cleanup_close_ int dir = open(PATH_NOTES, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int r;

        if (dir < 0)
                return unless_gone(-errno);
        r = awake_read(dir, &host->awake);
        if (r < 0)
                return r;
        host->kept_awake = r > 0;
        return notes_read(dir, &host->notes, &host->n_notes);
}

static int read_mdevs(struct host *host) {
        return unless_gone(sysfs_for_each(AT_FDCWD, PATH_MDEV_DEVICES, add_mdev, host));
}

static int read_gpus(struct host *host) {
        return unless_gone(sysfs_for_each(AT_FDCWD, PATH_PCI_DEVICES, gpu_observe, host));
}

/* i915 itself says what it was loaded with, to root. Before that, and to others, what it will find:
 * modprobe.d and the kernel command line, of which the last word counts. */
static int find_modeset(char *ret, size_t size) {
        struct places places;
        int r = read_parameter(PATH_MODESET, ret, size);

        if (r != 0)
                return r;
        r = modprobe_d_find("i915", "modeset", &places);
        if (r >= 0)
                r = cmdline_add("i915.modeset", &places);
        snprintf(ret, size, "%.*s", (int) size - 1,
                 places.n > 0 ? places.items[places.n - 1].value : "-1");
        return r;
}

static int read_modeset(struct host *host) {
        char value[16], none[16];
        int r = find_modeset(value, sizeof(value));

        if (r < 0)
                return r;
        switch (strtol(value, NULL, 0)) {
        case 0:
                host->modeset = MODESET_OFF;
                return 0;
        case -1:
                r = cmdline_get("nomodeset", none, sizeof(none));
                host->modeset = r > 0 ? MODESET_NOMODESET : MODESET_ON;
                return r;
        default:
                host->modeset = MODESET_ON;
                return 0;
        }
}

static int read_modeset_if_unbound(struct host *host) {
        for (size_t i = 0; i < host->n_gpus; i++)
                if (!host->gpus[i].driver[0])
                        return read_modeset(host);
        return 0;
}

/* The .ready of an earlier device of that UUID says nothing of this one. */
static int match_notes(struct host *host) {
        host_sort(host);
        for (size_t i = 0; i < host->n_notes; i++) {
                struct note *note = &host->notes[i];
                struct mdev *mdev = host_find_mdev(host, note->uuid);

                if (!mdev)
                        continue;
                note->ready = note->ready && note_is_of(note, mdev);
                mdev->ready = note->ready;
        }
        return 0;
}

int create_is_safe(int gpu) {
        enum engines engines = ENGINES_AWAITED;
        enum module_state kvmgt;
        int r = module_look("kvmgt", &kvmgt);

        if (r >= 0)
                r = driver_is_complete(kvmgt);
        if (r > 0)
                r = engines_look(gpu, &engines);
        return r < 0 ? r : engines == ENGINES_READY;
}

static int read_modules_if_missing(struct host *host) {
        return host->i915 == MODULE_MISSING || host->kvmgt == MODULE_MISSING
                       ? kernel_modules_find(&host->modules)
                       : 0;
}

int host_observe(struct host **ret) {
        /* Notes before devices: a worker drops the note after its device, and a device of ours that
         * is seen without its note would be taken for a stranger's. Devices before their parent: one
         * that is missing while the parent stands was removed, and did not go with it. */
        static int (*const looks[])(struct host *host) = {
                read_modules, read_enable_gvt, read_enable_guc, read_driver,
                read_notes,   read_mdevs,      read_gpus,       read_modeset_if_unbound,
                match_notes,  read_modules_if_missing,
        };
        _cleanup_host_ struct host *host = calloc(1, sizeof(struct host));
        int r = host ? 0 : -ENOMEM;

        for (size_t i = 0; i < ARRAY_SIZE(looks) && r >= 0; i++)
                r = looks[i](host);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(host);
        return 0;
}
