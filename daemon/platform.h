/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Intel graphics generations by PCI device id, as far as they matter for GVT-g: which have it
 * (is_supported_device() in drivers/gpu/drm/i915/intel_gvt.c), and what there is instead. */

#include <stdint.h>

enum platform_answer {
        PLATFORM_GVTG,        /* some kernel supports GVT-g on it */
        PLATFORM_SRIOV,       /* no GVT-g in any kernel; SR-IOV where xe or i915-sriov has it */
        PLATFORM_PASSTHROUGH, /* neither: only the whole GPU can be handed to one guest */
};

struct platform {
        const char *name; /* "Skylake" */
        enum platform_answer answer;
        const char *types; /* "V4" or "V5": what its type names contain; NULL without GVT-g */
};

/* NULL: an id that the table does not know; the kernel's verdict (the types folder) decides. */
const struct platform *platform_find(uint16_t device_id);
