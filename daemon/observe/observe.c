/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reads what is, and judges nothing. available_instances is never read (see host.h). Everything is
 * read anew each time, through folder descriptors: a device that goes away in the middle yields
 * ENOENT, and is then left out. sd_device is not used here: it caches what it has read. */

#include "observe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "cmdline.h"
#include "host.h"
#include "modprobe-d.h"
#include "module.h"
#include "names.h"
#include "note.h"
#include "parse.h"
#include "sysfs.h"
#include "text.h"
#include "util.h"

#define VENDOR_INTEL 0x8086
#define CLASS_DISPLAY 0x03
#define GIB (UINT64_C(1) << 30)

/* Calls fn for each name below the path; a folder that is not there has none. */
static int for_each_name(int at, const char *path,
                         int (*fn)(int dir, const char *name, void *userdata), void *userdata) {
        _cleanup_closedir_ DIR *d = sysfs_list(at, path);
        int r;

        if (!d)
                return errno == ENOENT ? 0 : -errno;
        for (struct dirent *e; (e = readdir(d));) {
                if (e->d_name[0] == '.')
                        continue;
                r = fn(dirfd(d), e->d_name, userdata);
                if (r < 0)
                        return r;
        }
        return 0;
}

static unsigned long read_hex(int dir, const char *attribute) {
        char text[32];

        return sysfs_read(dir, attribute, text, sizeof(text)) < 0 ? 0 : strtoul(text, NULL, 16);
}

static int add_type(int dir, const char *name, void *userdata) {
        struct gpu *gpu = userdata;
        struct mdev_type *types;

        types = reallocarray(gpu->types, gpu->n_types + 1, sizeof(struct mdev_type));
        if (!types)
                return -ENOMEM;
        gpu->types = types;
        snprintf(types[gpu->n_types].name, TYPE_NAME_MAX, "%.*s", TYPE_NAME_MAX - 1, name);
        gpu->n_types++;
        return 0;
}

/* The size of BAR 2 is the aperture, ggtt->mappable_end in i915. */
static uint64_t read_aperture(int dir) {
        char text[1024];
        uint64_t size;

        if (sysfs_read(dir, "resource", text, sizeof(text)) < 0 ||
            parse_pci_bar(text, 2, &size) < 0)
                return 0;
        return size;
}

/* GGMS, bits 6 and 7 of the word at 0x50 (gen8_get_total_gtt_size() in i915/gt/intel_ggtt.c):
 * 2 to the GGMS MiB of 8-byte entries, a page each; 4 GiB at the most. Only an administrator
 * outside a sandbox may read that far, and 4 GiB is what firmware sets. */
static void read_ggtt(int dir, struct gpu *gpu) {
        _cleanup_close_ int fd = openat(dir, "config", O_RDONLY | O_CLOEXEC);
        uint8_t low;

        gpu->ggtt = 4 * GIB;
        gpu->ggtt_seen = fd >= 0 && pread(fd, &low, 1, 0x50) == 1;
        if (gpu->ggtt_seen && low >> 6 > 0 && low >> 6 < 3)
                gpu->ggtt = (uint64_t) (low >> 6) * GIB;
}

/* mdev_unregister_parent() removes this link, then the devices, and only then the types. */
static bool is_parent(const struct gpu *gpu) {
        char path[sizeof(PATH_MDEV_PARENTS) + PCI_ADDRESS_TEXT];

        snprintf(path, sizeof(path), PATH_MDEV_PARENTS "/%s", address_text(&gpu->address).text);
        return access(path, F_OK) == 0;
}

static int read_types(int dir, struct gpu *gpu) {
        struct stat st;

        if (!is_parent(gpu) || fstatat(dir, TYPES_FOLDER, &st, 0) < 0)
                return 0;
        gpu->registered = true;
        gpu->registration = st.st_ino;
        return for_each_name(dir, TYPES_FOLDER, add_type, gpu);
}

static bool probe_is_complete(int gpu) {
        return faccessat(gpu, DRM_FOLDER, F_OK, 0) == 0;
}

static int add_gpu(int parent, const char *name, void *userdata) {
        struct host *host = userdata;
        _cleanup_close_ int dir = openat(parent, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
        struct gpu gpu = {}, *gpus;
        int r;

        if (dir < 0 || read_hex(dir, "vendor") != VENDOR_INTEL ||
            read_hex(dir, "class") >> 16 != CLASS_DISPLAY ||
            parse_pci_address(name, &gpu.address) < 0)
                return 0;
        gpus = reallocarray(host->gpus, host->n_gpus + 1, sizeof(struct gpu));
        if (!gpus)
                return -ENOMEM;
        host->gpus = gpus;
        gpu.device_id = (uint16_t) read_hex(dir, "device");
        gpu.probed = probe_is_complete(dir);
        gpu.aperture = read_aperture(dir);
        read_ggtt(dir, &gpu);
        if (sysfs_link_name(dir, "driver", gpu.driver, sizeof(gpu.driver)) < 0)
                gpu.driver[0] = '\0';
        r = read_types(dir, &gpu);
        host->gpus[host->n_gpus++] = gpu;
        return r;
}

/* The bus link reads ../../../devices/pci0000:00/0000:00:02.0/UUID. False: it is gone. */
static bool read_parent(int bus, const char *name, struct mdev *mdev) {
        char target[512], *slash;
        ssize_t n = readlinkat(bus, name, target, sizeof(target) - 1);

        if (n < 0)
                return false;
        target[n] = '\0';
        slash = strrchr(target, '/');
        if (!slash)
                return true;
        *slash = '\0';
        slash = strrchr(target, '/');
        mdev->on_pci = slash && parse_pci_address(slash + 1, &mdev->parent) == 0;
        return true;
}

static void read_node(int dir, struct mdev *mdev) {
        char name[16], path[64];
        struct stat st;

        mdev->group = -1;
        if (sysfs_link_name(dir, "iommu_group", name, sizeof(name)) < 0)
                return;
        mdev->group = atoi(name);
        snprintf(path, sizeof(path), PATH_VFIO "/%d", mdev->group);
        if (lstat(path, &st) < 0 || !S_ISCHR(st.st_mode))
                return;
        mdev->node_present = true;
        mdev->node_devnum = st.st_rdev;
        mdev->node_uid = st.st_uid;
        mdev->node_gid = st.st_gid;
        mdev->node_mode = st.st_mode & 07777;
}

static int add_mdev(int bus, const char *name, void *userdata) {
        struct host *host = userdata;
        _cleanup_close_ int dir = openat(bus, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
        struct mdev mdev = {}, *mdevs;
        struct stat st;

        if (dir < 0 || fstat(dir, &st) < 0 || parse_uuid(name, mdev.uuid) < 0 ||
            !read_parent(bus, name, &mdev))
                return 0;
        mdevs = reallocarray(host->mdevs, host->n_mdevs + 1, sizeof(struct mdev));
        if (!mdevs)
                return -ENOMEM;
        host->mdevs = mdevs;
        mdev.inode = st.st_ino;
        if (sysfs_link_name(dir, "mdev_type", mdev.type, sizeof(mdev.type)) < 0)
                mdev.type[0] = '\0';
        read_node(dir, &mdev);
        host->mdevs[host->n_mdevs++] = mdev;
        return 0;
}

static int read_notes(struct host *host) {
        _cleanup_close_ int dir = open(PATH_NOTES, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (dir < 0)
                return errno == ENOENT ? 0 : -errno;
        return notes_read(dir, &host->notes, &host->n_notes);
}

static enum parameter read_enable_gvt(enum module_state i915) {
        char text[8];
        int r = sysfs_read(AT_FDCWD, PATH_ENABLE_GVT, text, sizeof(text));

        if (r == -ENOENT && i915 == MODULE_LIVE)
                return PARAMETER_ABSENT;
        if (r < 0)
                return PARAMETER_UNKNOWN;
        return streq(text, "Y") || streq(text, "1") ? PARAMETER_ON : PARAMETER_OFF;
}

/* i915 itself says what it was loaded with, to root. Before that, and to others, what it will find:
 * modprobe.d, and the kernel command line, which overrides it. */
static enum modeset read_modeset(void) {
        struct modprobe_place place;
        char value[16];

        if (sysfs_read(AT_FDCWD, PATH_MODESET, value, sizeof(value)) < 0 &&
            !cmdline_get("i915.modeset", value, sizeof(value))) {
                if (modprobe_find("i915", "modeset", &place))
                        snprintf(value, sizeof(value), "%.15s", place.value);
                else
                        strcpy(value, "-1");
        }
        switch (strtol(value, NULL, 0)) {
        case 0:
                return MODESET_OFF;
        case -1:
                return cmdline_get("nomodeset", value, sizeof(value)) ? MODESET_NOMODESET : MODESET_ON;
        default:
                return MODESET_ON;
        }
}

static void read_enable_guc(struct host *host) {
        char text[16];

        host->enable_guc_seen = sysfs_read(AT_FDCWD, PATH_ENABLE_GUC, text, sizeof(text)) >= 0;
        host->enable_guc = host->enable_guc_seen ? atoi(text) : 0;
}

static bool driver_is_complete(void) {
        if (access(PATH_MDEV_DRIVER, F_OK) < 0)
                return false;
        /* While kvmgt leaves, its driver's folder may still stand: no create then, either. */
        return module_look("kvmgt") == MODULE_LIVE;
}

bool create_is_safe(int gpu) {
        return driver_is_complete() && probe_is_complete(gpu);
}

int host_observe(struct host **ret) {
        _cleanup_host_ struct host *host = calloc(1, sizeof(struct host));
        int r;

        if (!host)
                return -ENOMEM;
        host->i915 = module_look("i915");
        host->kvmgt = module_look("kvmgt");
        host->enable_gvt = read_enable_gvt(host->i915);
        read_enable_guc(host);
        host->driver_complete = driver_is_complete();
        /* Notes before devices: a worker drops the note after its device, and a device of ours that
         * is seen without its note would be taken for a stranger's. */
        r = read_notes(host);
        if (r < 0)
                return r;
        /* Devices before their parent: one that is missing while the parent stands was removed, and
         * did not go with it. */
        r = for_each_name(AT_FDCWD, PATH_MDEV_DEVICES, add_mdev, host);
        if (r < 0)
                return r;
        r = for_each_name(AT_FDCWD, PATH_PCI_DEVICES, add_gpu, host);
        if (r < 0)
                return r;
        for (size_t i = 0; i < host->n_gpus && host->modeset == MODESET_ON; i++)
                if (!host->gpus[i].driver[0])
                        host->modeset = read_modeset();
        host_sort(host);
        *ret = TAKE_PTR(host);
        return 0;
}
