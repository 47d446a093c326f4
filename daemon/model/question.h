/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What is looked up only when something is wrong: what the kernel said, and who asked for what. Plain
 * structs, filled in by observe, put into words by decide. All times are microseconds since the boot; 0:
 * unknown. */

#include <stdbool.h>
#include <stdint.h>

#include "parse.h"
#include "places.h"

/* What a look at the machine shows without showing why. */
enum question {
        QUESTION_NONE,
        QUESTION_NOMODESET, /* what takes it off this machine's command line */
        QUESTION_MODESET, /* who set it to 0 */
        QUESTION_I915_BLACKLISTED,
        QUESTION_ENABLE_GVT, /* i915 runs without */
        QUESTION_KVMGT_BLACKLISTED,
        QUESTION_NO_GVT,  /* whose i915 that is */
        QUESTION_MODULES, /* where the running kernel's have gone */
        QUESTION_KVMGT,   /* why it cannot be loaded */
        QUESTION_REFUSAL,
        QUESTION_ENABLE_GUC, /* i915 runs with another value than the ini's */
};

/* The three causes behind ENOSPC from `create`; each has its own remedy. */
enum no_space {
        NO_SPACE_NONE,
        NO_SPACE_ROOM,     /* the arithmetic: nothing left */
        NO_SPACE_APERTURE, /* no piece of the aperture: the host shows something there, or vGPUs left gaps */
        NO_SPACE_BEHIND,   /* behind the aperture creating and removing has left only pieces */
};

/* What only the kernel's log of this boot tells. */
struct kernel_log {
        bool readable;
        bool privileged;        /* root asks: what is not readable is not there */
        bool guest;             /* this is itself a GVT-g guest */
        bool unsupported;       /* i915's own table does not have the device */
        bool guc;               /* refused because of GuC submission */
        bool golden;            /* the harmless complaint about golden_hw_state */
        bool unpowered;         /* a complaint about i915's power accounts, harmless as kvmgt loads */
        bool asleep;            /* registers were read from a GPU that slept */
        enum no_space no_space; /* of the last create that failed for it */
        uuid_t made[8];         /* the last ones that were made since then */
        unsigned n_made;
        char broken[160];       /* a complaint of kvmgt's about itself; "": none */
        char option[32];        /* of i915, for whose value the kernel did not load it; "": none */
        char value[64];
        uint64_t i915_usec;     /* first word from i915 */
        bool taken;             /* i915 took a GPU, first of all this one: */
        struct pci_address taken_gpu;
};

enum remedy_cmdline {
        CMDLINE_BOOT_LOADER, /* a file or another, by hand */
        CMDLINE_RPM_OSTREE,
        CMDLINE_IMAGE, /* an image-based system without a tool of its own: in the image's recipe */
        CMDLINE_NIXOS,
};

/* What changes i915's options here. Distributions differ, and the wrong command mends another kernel's
 * boot, or none. */
struct remedy {
        const char *image; /* the command that makes the running kernel's initramfs anew; NULL: none is known */
        bool copies;       /* and that takes modprobe.d as it is, and asks gvtd nothing */
        bool elsewhere;    /* the image that boots is none of those in /boot */
        bool image_stays;  /* the initramfs has not to follow what is changed in modprobe.d */
        enum remedy_cmdline cmdline;
};

#define MODULE_FILE_MAX 128
#define MODULE_NAME_MAX 64

/* Modules that may not be loaded: the one that is asked for, then those that it needs, as far as there is room. */
struct obstacles {
        char names[4][MODULE_NAME_MAX];
        size_t n;
};

/* A kernel's folder of modules. */
struct kernel_modules {
        char folder[160];
        bool there;
        bool whole; /* not only what a kernel left behind that was removed */
        bool unindexed; /* depmod's index is no use: what follows was not looked for */
        bool has_kvmgt;
        bool has_gvt; /* i915 has enable_gvt */
        char i915[MODULE_FILE_MAX], kvmgt[MODULE_FILE_MAX]; /* below the folder; "": none, or built in */
        bool i915_foreign, kvmgt_foreign; /* built out of tree: a package's, in front of the kernel's own */
        char damaged[MODULE_FILE_MAX]; /* the one of both that is no module; "": none */
        bool old;      /* kvmgt is of a kernel before 5.19, which gvtd does not know */
        char misfit[64]; /* what kvmgt calls and i915 does not have like that; "": they fit */
};

/* Who asked i915 for an option, and when. */
struct i915_option {
        const char *name; /* "enable_gvt", "enable_guc", "modeset" */
        int asked;        /* what the ini wants it to be */
        bool builtin;     /* i915 is part of the kernel image: modprobe.d does not reach it */
        struct places places;      /* all that set it and reach i915: modprobe.d, then i915.NAME= */
        uint64_t conf_usec;        /* when the last file among them was written; 1: before this boot */
        uint64_t i915_usec;        /* i915's first word in the kernel's log */
        uint64_t userspace_usec;   /* when the real root took over */
        bool hidden;               /* a file of its name stands before gvtd's own in modprobe.d */
        bool oneshot_failed;       /* gvtd-modprobe.service ran and could not write */
        bool image_new;            /* the initramfs was made anew since this boot and the ini */
        struct remedy remedy;
};

/* Who gave a GPU to another driver than i915, or told i915 to leave it, or what it cannot be loaded with. */
struct claim {
        char what[100];       /* the GPU's id, or its address, as the driver is told; or NAME=VALUE: */
        struct places places; /* by all of these; none: at run time, or by the initramfs: */
        bool taken;           /* i915 had it before in this boot */
        struct remedy remedy;
};

/* To one question; what belongs to another one is left empty. */
struct evidence {
        struct kernel_log log;
        bool enable_gvt_seen;        /* REFUSAL: i915's parameter may be read, so it is on */
        struct obstacles obstacles;  /* BLACKLISTED */
        struct places blocks;        /* what keeps them from being loaded; none: it was not found */
        struct i915_option option;   /* ENABLE_GVT, ENABLE_GUC, MODESET, NOMODESET */
        struct remedy remedy;        /* BLACKLISTED, NO_GVT, KVMGT */
        struct kernel_modules modules; /* NO_GVT, KVMGT */
        bool loaded_foreign;         /* NO_GVT: the i915 that runs was built out of tree */
        char release[65];            /* MODULES: of the running kernel */
        char other[65];              /* MODULES: another one whose modules are there; "": none */
        uint64_t other_usec;         /* MODULES: when that came; 1: before this boot */
};
