/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What one GPU's folder says. Its available_instances is never read (see host.h). */

#include "gpu.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "engines.h"
#include "host.h"
#include "names.h"
#include "parse.h"
#include "sysfs.h"
#include "text.h"
#include "util.h"

#define VENDOR_INTEL 0x8086
#define CLASS_DISPLAY 0x03
#define GIB (UINT64_C(1) << 30)

static int read_hex(int dir, const char *attribute, unsigned long *ret) {
        char text[32];
        int r = sysfs_read(dir, attribute, text, sizeof(text));

        if (r >= 0)
                *ret = strtoul(text, NULL, 16);
        return r;
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

static int read_device(int dir, void *ret) {
        struct gpu *gpu = ret;
        unsigned long id;
        int r = read_hex(dir, "device", &id);

        if (r >= 0)
                gpu->device_id = (uint16_t) id;
        return r;
}

static int read_driver(int dir, void *ret) {
        struct gpu *gpu = ret;

        return sysfs_link_name(dir, "driver", gpu->driver, sizeof(gpu->driver));
}

/* The size of BAR 2 is the aperture, ggtt->mappable_end in i915. */
static int read_aperture(int dir, void *ret) {
        struct gpu *gpu = ret;
        char text[1024];
        int r = sysfs_read(dir, "resource", text, sizeof(text));

        if (r >= 0 && parse_pci_bar(text, 2, &gpu->aperture) < 0)
                gpu->aperture = 0;
        return r;
}

/* GGMS, bits 6 and 7 of the word at 0x50 (gen8_get_total_gtt_size() in i915/gt/intel_ggtt.c):
 * 2 to the GGMS MiB of 8-byte entries, a page each; 4 GiB at the most. Only an administrator
 * outside a sandbox may read that far, and 4 GiB is what firmware sets. */
static int read_ggtt(int dir, void *ret) {
        _cleanup_close_ int fd = openat(dir, "config", O_RDONLY | O_CLOEXEC);
        struct gpu *gpu = ret;
        uint8_t low;
        ssize_t n;

        gpu->ggtt = 4 * GIB;
        n = fd < 0 ? -1 : pread(fd, &low, 1, 0x50);
        if (n < 0)
                return -errno;
        gpu->ggtt_seen = n == 1;
        if (gpu->ggtt_seen && low >> 6 > 0 && low >> 6 < 3)
                gpu->ggtt = (uint64_t) (low >> 6) * GIB;
        return 0;
}

static int read_engines(int dir, void *ret) {
        struct gpu *gpu = ret;

        return engines_look(dir, &gpu->engines);
}

/* mdev_unregister_parent() removes this link, then the devices, and only then the types. */
static int is_parent(const struct gpu *gpu) {
        char path[sizeof(PATH_MDEV_PARENTS) + PCI_ADDRESS_TEXT];

        snprintf(path, sizeof(path), PATH_MDEV_PARENTS "/%s", address_text(&gpu->address).text);
        return sysfs_is_there(AT_FDCWD, path);
}

static int read_types(int dir, void *ret) {
        struct gpu *gpu = ret;
        struct stat st;
        int r = is_parent(gpu);

        if (r <= 0)
                return r;
        if (fstatat(dir, TYPES_FOLDER, &st, 0) < 0)
                return -errno;
        r = sysfs_for_each(dir, TYPES_FOLDER, add_type, gpu);
        if (r < 0) { /* gone halfway is not a folder with less in it */
                gpu->n_types = 0;
                return r;
        }
        gpu->registered = true;
        gpu->registration = st.st_ino;
        return 0;
}

/* 1: yes, 0: no, or it has just left. */
static int is_intel_display(int dir) {
        unsigned long vendor = 0, class = 0;
        int r = read_hex(dir, "vendor", &vendor);

        if (r >= 0 && vendor == VENDOR_INTEL)
                r = read_hex(dir, "class", &class);
        return r < 0 ? unless_gone(r) : vendor == VENDOR_INTEL && class >> 16 == CLASS_DISPLAY;
}

static int read_override(int dir, void *userdata) {
        struct gpu *gpu = userdata;
        char path[sizeof(PATH_DRIVERCTL) + sizeof(struct address_text)];
        int r = sysfs_read(dir, "driver_override", gpu->override, sizeof(gpu->override));

        if (r < 0 || streq(gpu->override, "(null)"))
                gpu->override[0] = '\0';
        if (r < 0 || !gpu->override[0])
                return unless_gone(r);
        snprintf(path, sizeof(path), PATH_DRIVERCTL "/%s", address_text(&gpu->address).text);
        r = sysfs_is_there(AT_FDCWD, path);
        gpu->override_kept = r > 0;
        return r;
}

/* Whether i915 may be probing the GPU or leaving it, for as long as a VM lasts: the kernel holds
 * the device's lock then, and reading driver_override takes it (driver_override_show() in
 * drivers/pci/pci-sysfs.c), which an event loop must not wait for. vfio-pci leaves in the same way, without its
 * link, and with its device still there (vfio_unregister_group_dev()). 1: yes, 0: no. */
static int is_held(int dir, const struct host *host, const struct gpu *gpu) {
        for (size_t i = 0; i < host->n_mdevs; i++)
                if (mdev_is_on(&host->mdevs[i], gpu))
                        return 1;
        return gpu->driver[0] ? streq(gpu->driver, "i915") : sysfs_is_there(dir, "vfio-dev");
}

int gpu_observe(int parent, const char *name, void *userdata) {
        static const sysfs_reader readers[] = {read_device, read_driver, read_aperture,
                                               read_ggtt,   read_engines, read_types};
        struct host *host = userdata;
        _cleanup_close_ int dir = openat(parent, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
        struct gpu gpu = {}, *gpus;
        int r;

        if (dir < 0)
                return unless_gone(-errno);
        r = is_intel_display(dir);
        if (r <= 0 || parse_pci_address(name, &gpu.address) < 0)
                return r;
        gpus = reallocarray(host->gpus, host->n_gpus + 1, sizeof(struct gpu));
        if (!gpus)
                return -ENOMEM;
        host->gpus = gpus;
        gpus[host->n_gpus++] = gpu;
        r = sysfs_read_parts(dir, &gpus[host->n_gpus - 1], readers, ARRAY_SIZE(readers));
        if (r >= 0)
                r = is_held(dir, host, &gpus[host->n_gpus - 1]);
        if (r == 0)
                r = unless_gone(read_override(dir, &gpus[host->n_gpus - 1]));
        return r < 0 ? r : 0;
}
