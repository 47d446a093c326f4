/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the machine is like at one moment, as plain structs: filled in by observe.c, read by plan.c,
 * report.c and the verbs. Nothing here knows paths, file descriptors or sd_device. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uuid/uuid.h>

#include "config.h"
#include "parse.h"
#include "platform.h"

#define DRIVER_NAME_MAX 32

/* A type that the parent offers right now: <parent>/mdev_supported_types/<name>. Its
 * available_instances is deliberately not here: reading it while GVT-g goes away oopses the reader
 * (intel_vgpu_get_available() in gvt/kvmgt.c locks a NULL gvt). Capacity is computed instead. */
struct mdev_type {
        char name[TYPE_NAME_MAX];
};

/* What a vGPU runs on. With kvmgt loaded the parent is registered early in i915's probe, before they
 * exist, and a create without them runs into a NULL pointer (intel_context_init() in gt/). */
enum engines {
        ENGINES_AWAITED, /* i915 is not there, or not done with its probe */
        ENGINES_DEAD,    /* it is, and could not start them: "wedged" */
        ENGINES_READY,
};

/* An Intel display device on the PCI bus. */
struct gpu {
        struct pci_address address;
        uint16_t device_id;
        char driver[DRIVER_NAME_MAX]; /* "" when none is bound */
        char override[DRIVER_NAME_MAX]; /* the only driver that may bind; "": any */
        bool override_kept;           /* driverctl sets it anew at each boot */
        uint64_t aperture;            /* bytes of BAR 2; 0 when unknown */
        uint64_t ggtt;                /* bytes; 4 GiB is assumed where config space is cut short */
        bool ggtt_seen;               /* ggtt was read, not assumed */
        bool registered;              /* a parent of mdevs, and not on its way out */
        enum engines engines;
        uint64_t registration;        /* inode of that folder: changes with each registration; else 0 */
        struct mdev_type *types;
        size_t n_types;
};

/* A process that has a vGPU open. */
struct holder {
        pid_t pid;        /* 0: nobody that was seen */
        char command[32]; /* both are its own words, made printable */
        char guest[64];   /* libvirt's or QEMU's name of it; "": none */
};

/* A mediated device, whoever made it. */
struct mdev {
        uuid_t uuid;
        uint64_t inode;           /* of its sysfs folder: a device made anew has another */
        char type[TYPE_NAME_MAX]; /* "" while the kernel has not linked mdev_type yet */
        bool on_pci;              /* the parent is a PCI device, and this is its address */
        struct pci_address parent;
        int group;                /* vfio group number; -1: none yet */
        bool node_present;        /* /dev/vfio/<group> exists */
        dev_t node_devnum;
        uid_t node_uid;
        gid_t node_gid;
        mode_t node_mode;         /* permission bits only */
        uint64_t node_age;        /* microseconds since its owner or mode was last set */
        bool ready;               /* verified and open to its group, as its note says, or settle.c */
        bool access_left;         /* and with permissions that are somebody else's doing and stand */
        struct holder holder;     /* filled in by holders_observe() alone */
};

/* A file in /run/gvtd: this UUID is gvtd's own work. See note.h. */
struct note {
        uuid_t uuid;
        uint64_t inode;  /* of the mdev it stands for; 0: create may be under way */
        bool owned;      /* the note itself is there */
        bool ready;      /* UUID.ready is there and confirmed: verified, access given, udev told */
        gid_t ready_gid; /* group that got access then; 0: root only */
        uint64_t ready_inode; /* of the mdev that was opened; 0: not recorded */
};

enum parameter {
        PARAMETER_UNKNOWN, /* i915 is not loaded, or the file cannot be read */
        PARAMETER_ABSENT,  /* i915 is loaded and has none: kernel without GVT-g */
        PARAMETER_OFF,
        PARAMETER_ON,
};

/* Whether i915 takes GPUs at all (i915_check_nomodeset() in i915/i915_module.c): its own option
 * counts, and nomodeset where that has been left alone. */
enum modeset {
        MODESET_ON,
        MODESET_NOMODESET,
        MODESET_OFF, /* modeset=0 */
};

enum module_state {
        MODULE_UNKNOWN,
        MODULE_MISSING,     /* not among this kernel's modules */
        MODULE_BLACKLISTED, /* by modprobe.d or the kernel command line */
        MODULE_AVAILABLE,   /* could be loaded */
        MODULE_COMING,
        MODULE_LIVE,        /* built in counts as live */
        MODULE_GOING,
};

/* The running kernel's folder of modules. */
enum modules_state {
        MODULES_WHOLE,
        MODULES_GONE,      /* an upgrade took them away */
        MODULES_UNINDEXED, /* depmod's index is missing, damaged, or silent about what is there */
};

struct host {
        struct gpu *gpus;
        size_t n_gpus;
        enum modeset modeset; /* looked at where a GPU has no driver */
        enum modules_state modules; /* looked at where i915 or kvmgt is missing */
        enum module_state i915;
        enum module_state kvmgt;
        enum parameter enable_gvt;
        bool enable_guc_seen; /* else i915 is not loaded, or the file cannot be read */
        int enable_guc;
        /* The mdev driver stands behind the registered parent. kvmgt registers the parent first:
         * a create before this is set runs into a NULL driver and takes the machine down with a
         * spinlock held (kvmgt_init() in gvt/kvmgt.c, driver_sysfs_add() in drivers/base/dd.c). */
        bool driver_complete;
        bool driver_old; /* that of a kernel before 5.19, for which there is no code here */
        struct mdev *mdevs; /* sorted by uuid */
        size_t n_mdevs;
        struct note *notes; /* sorted by uuid */
        size_t n_notes;
        bool kept_awake; /* a GPU may not sleep, by gvtd's doing: `awake` */
        struct pci_address awake;
};

struct host *host_free(struct host *host);

static inline void host_freep(struct host **host) {
        host_free(*host);
}
#define _cleanup_host_ _cleanup_(host_freep)

/* Sorts mdevs and notes; the lookups below need that. */
void host_sort(struct host *host);
/* Borrowed pointers into the host; NULL when there is none. */
struct mdev *host_find_mdev(const struct host *host, const uuid_t uuid);
const struct note *host_find_note(const struct host *host, const uuid_t uuid);

/* Whether the note's .ready is of this very device, as far as it tells. */
bool note_is_of(const struct note *note, const struct mdev *mdev);

/* Whether gvtd made this device: it has a note, and the note is of this very device. */
bool host_owns(const struct host *host, const struct mdev *mdev);

/* The GPU that the configuration means: the one at `device`; with auto the one that offers GVT-g,
 * else one whose generation has it, else any. NULL: none. */
const struct gpu *host_choose_gpu(const struct host *host, const struct config *config);

/* The same where nothing is meant yet. */
const struct gpu *host_likely_gpu(const struct host *host);

/* What is known of its generation; NULL: nothing. */
const struct platform *gpu_platform(const struct gpu *gpu);

bool gpu_offers(const struct gpu *gpu, const char *type);
bool mdev_is_on(const struct mdev *mdev, const struct gpu *gpu);
