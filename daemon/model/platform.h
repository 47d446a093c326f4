/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Intel graphics generations by PCI device id, as far as they matter for GVT-g: which have it
 * (is_supported_device() in drivers/gpu/drm/i915/intel_gvt.c), and what there is instead. */

#include <stdint.h>

/* All but the first: no GVT-g in any kernel. */
enum platform_answer {
        PLATFORM_GVTG,        /* some kernel supports it */
        PLATFORM_XE,          /* SR-IOV in xe, which takes the GPU by itself */
        PLATFORM_XE_ASKED,    /* SR-IOV in xe, which wants force_probe, or in i915-sriov; i915 is in the way */
        PLATFORM_XE_ALONE,    /* SR-IOV in xe, which wants force_probe; i915 does not know the GPU */
        PLATFORM_I915_SRIOV,  /* SR-IOV in i915-sriov alone, which is in no kernel */
        PLATFORM_PASSTHROUGH, /* neither: only the whole GPU can be handed to one guest */
        PLATFORM_LATER,       /* of what is in no table here: xe has it */
};

struct platform {
        const char *name; /* "Skylake" */
        enum platform_answer answer;
        const char *types; /* "V4" or "V5": what its type names contain; NULL without GVT-g */
        const char *since; /* of xe's SR-IOV: the kernel from which on this can be relied on */
};

/* NULL: an id that the table does not know; the kernel's verdict (the types folder) decides. */
const struct platform *platform_find(uint16_t device_id);
