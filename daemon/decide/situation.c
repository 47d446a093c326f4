/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The ladder: each rung asks one question of the observed host, in the order in which the kernel
 * would ask it (intel_gvt_init() and kvmgt_init() in drivers/gpu/drm/i915). A parent that offers
 * types settles every question before it, whatever a table of ids may say. */

#include "situation.h"

#include "config.h"
#include "host.h"
#include "platform.h"
#include "util.h"

static enum situation driver_rung(const struct host *host, const struct gpu *gpu) {
        if (gpu->driver[0])
                return SITUATION_OTHER_DRIVER;
        if (host->modeset == MODESET_NOMODESET)
                return SITUATION_NOMODESET;
        if (host->modeset == MODESET_OFF)
                return SITUATION_MODESET_OFF;
        if (host->i915 == MODULE_MISSING)
                return SITUATION_I915_MISSING;
        if (host->i915 == MODULE_BLACKLISTED)
                return SITUATION_I915_BLACKLISTED;
        return SITUATION_I915_AWAITED;
}

static enum situation kvmgt_rung(const struct host *host, bool waited) {
        switch (host->kvmgt) {
        case MODULE_MISSING:
                return SITUATION_KVMGT_MISSING;
        case MODULE_BLACKLISTED:
                return SITUATION_KVMGT_BLACKLISTED;
        case MODULE_LIVE:
                return waited ? SITUATION_REFUSED : SITUATION_NOT_REGISTERED;
        case MODULE_COMING:
        case MODULE_GOING:
                return SITUATION_DRIVER_AWAITED;
        case MODULE_UNKNOWN:
        case MODULE_AVAILABLE:
                break;
        }
        return SITUATION_KVMGT_NEEDED;
}

static enum situation gpu_rung(const struct host *host, const struct gpu *gpu, bool waited) {
        const struct platform *platform = platform_find(gpu->device_id);

        if (gpu->registered && !host->driver_complete)
                return SITUATION_DRIVER_AWAITED;
        if (gpu->registered && !gpu->probed)
                return SITUATION_PROBE_AWAITED;
        if (gpu->registered)
                return gpu->n_types > 0 ? SITUATION_OFFERED : SITUATION_NO_TYPES;
        if (platform && platform->answer != PLATFORM_GVTG)
                return SITUATION_UNSUPPORTED;
        if (!streq(gpu->driver, "i915"))
                return driver_rung(host, gpu);
        if (host->enable_gvt == PARAMETER_ABSENT)
                return SITUATION_NO_GVT;
        if (host->enable_gvt == PARAMETER_OFF)
                return SITUATION_GVT_OFF;
        return kvmgt_rung(host, waited);
}

enum situation situation_find(const struct config *config, const struct host *host, bool waited,
                              const struct gpu **ret_gpu) {
        const struct gpu *gpu = host_choose_gpu(host, config);

        *ret_gpu = gpu;
        if (gpu)
                return gpu_rung(host, gpu, waited);
        return config->device_auto ? SITUATION_NO_GPU : SITUATION_NO_SUCH_DEVICE;
}

enum question question_find(const struct config *config, const struct host *host,
                            enum situation situation) {
        switch (situation) {
        case SITUATION_MODESET_OFF:
                return QUESTION_MODESET;
        case SITUATION_I915_BLACKLISTED:
                return QUESTION_I915_BLACKLISTED;
        case SITUATION_GVT_OFF:
                return QUESTION_ENABLE_GVT;
        case SITUATION_KVMGT_BLACKLISTED:
                return QUESTION_KVMGT_BLACKLISTED;
        case SITUATION_REFUSED:
                return QUESTION_REFUSAL;
        default:
                break;
        }
        if (situation_is_hopeless(situation) || config->enable_guc == GUC_UNSET ||
            !host->enable_guc_seen || host->enable_guc == (int) config->enable_guc)
                return QUESTION_NONE;
        return QUESTION_ENABLE_GUC;
}

bool situation_is_hopeless(enum situation situation) {
        return situation == SITUATION_NO_GPU || situation == SITUATION_NO_SUCH_DEVICE ||
               situation == SITUATION_UNSUPPORTED;
}

bool situation_is_blocked(enum situation situation) {
        switch (situation) {
        case SITUATION_NO_GPU:
        case SITUATION_NO_SUCH_DEVICE:
        case SITUATION_UNSUPPORTED:
        case SITUATION_OTHER_DRIVER:
        case SITUATION_NOMODESET:
        case SITUATION_MODESET_OFF:
        case SITUATION_I915_MISSING:
        case SITUATION_I915_BLACKLISTED:
        case SITUATION_NO_GVT:
        case SITUATION_GVT_OFF:
        case SITUATION_KVMGT_MISSING:
        case SITUATION_KVMGT_BLACKLISTED:
        case SITUATION_REFUSED:
        case SITUATION_NO_TYPES:
                return true;
        case SITUATION_I915_AWAITED:
        case SITUATION_KVMGT_NEEDED:
        case SITUATION_NOT_REGISTERED:
        case SITUATION_DRIVER_AWAITED:
        case SITUATION_PROBE_AWAITED:
        case SITUATION_OFFERED:
                return false;
        }
        return false;
}
