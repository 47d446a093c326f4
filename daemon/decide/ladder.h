/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Where a host stands on the way to GVT-g: the first rung of the ladder that does not hold, and all
 * that there is to say of it. Pure; shared by the daemon, which waits or gives its verdict, and by the
 * verbs. */

#include <stdbool.h>

#include "explain.h"
#include "question.h"

struct config;
struct gpu;
struct host;
struct plan;

enum situation {
        SITUATION_NO_GPU,            /* no Intel display device on the PCI bus */
        SITUATION_NO_SUCH_DEVICE,    /* `device` names one that is not there */
        SITUATION_UNSUPPORTED,       /* a generation that no kernel supports */
        SITUATION_OTHER_DRIVER,      /* vfio-pci, xe, ... is bound */
        SITUATION_OVERRIDDEN,        /* driver_override keeps i915 away, whatever is bound */
        SITUATION_NOMODESET,         /* i915 will not bind */
        SITUATION_MODESET_OFF,       /* nor with modeset=0 */
        SITUATION_MODULES_GONE,      /* the running kernel's modules are not there any more */
        SITUATION_MODULES_UNINDEXED, /* they are, and cannot be found */
        SITUATION_I915_MISSING,      /* this kernel has no i915 */
        SITUATION_I915_BLACKLISTED,
        SITUATION_I915_AWAITED,      /* not bound yet; only time is needed */
        SITUATION_NO_GVT,            /* kernel built without GVT-g */
        SITUATION_GVT_OFF,           /* i915 runs with enable_gvt=N */
        SITUATION_KVMGT_MISSING,
        SITUATION_KVMGT_BLACKLISTED,
        SITUATION_KVMGT_UNLOADED,    /* by somebody, whose it is to bring it back */
        SITUATION_KVMGT_FAILED,      /* it could not be loaded */
        SITUATION_KVMGT_NEEDED,      /* to be loaded */
        SITUATION_NOT_REGISTERED,    /* kvmgt is there, the types are not yet */
        SITUATION_REFUSED,           /* nor will they be: the kernel's log may say why */
        SITUATION_KERNEL_OLD,        /* types are there, and vGPUs have another driver than gvtd knows */
        SITUATION_DRIVER_AWAITED,    /* types are there, creating now would crash the host */
        SITUATION_PROBE_AWAITED,     /* types are there, but i915 still probes: likewise */
        SITUATION_WEDGED,            /* and there it ended without engines */
        SITUATION_NO_TYPES,          /* the aperture leaves nothing for guests */
        SITUATION_OFFERED,           /* vGPUs can be created */
};

/* What the host alone shows; plan_make() adds what became of kvmgt before. `waited`: kvmgt has had its
 * time to register; a look that is the only one says so, too. */
enum situation situation_find(const struct config *config, const struct host *host, bool waited,
                              const struct gpu **ret_gpu);

enum question question_find(const struct config *config, const struct host *host,
                            enum situation situation);

/* No kernel, setting or reboot makes a vGPU here (exit 69 when some are declared). */
bool situation_is_hopeless(enum situation situation);
/* Only an administrator or a reboot changes it: nothing to wait for. */
bool situation_is_blocked(enum situation situation);
/* Its name for scripts (gvtd(8) lists them); NULL: nothing is wrong, or an answer has the name. */
const char *situation_cause(enum situation situation);
/* Why no vGPU can be created, or what is waited for; to somebody who asks, nobody waits or acts. */
void situation_explain(const struct plan *plan, char ret[static EXPLANATION_MAX]);
/* Whether that sentence is the last word: a question that it depends on has been answered. */
bool situation_is_explained(const struct plan *plan);
