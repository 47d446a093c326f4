/* SPDX-License-Identifier: GPL-2.0-or-later */

/* kvmgt.ko is only built with CONFIG_DRM_I915_GVT_KVMGT, and i915 has the parameter enable_gvt only
 * with CONFIG_DRM_I915_GVT: the modules themselves answer, whatever a config file says. */

#include "verbs.h"

#include <dirent.h>
#include <libkmod.h>
#include <unistd.h>

#include "util.h"

#define PATH_KERNELS "/lib/modules"

enum kernel_answer {
        KERNEL_HAS_GVT,
        KERNEL_NOT_INSTALLED,
        KERNEL_WITHOUT_KVMGT,
        KERNEL_WITHOUT_GVT, /* i915 cannot be told to enable it */
};

static void kmod_unrefp(struct kmod_ctx **ctx) {
        kmod_unref(*ctx);
}

static void modules_unrefp(struct kmod_list **list) {
        kmod_module_unref_list(*list);
}

static void module_unrefp(struct kmod_module **module) {
        kmod_module_unref(*module);
}

static void info_freep(struct kmod_list **list) {
        kmod_module_info_free_list(*list);
}

static struct kmod_module *find_module(struct kmod_ctx *ctx, const char *name) {
        _cleanup_(modules_unrefp) struct kmod_list *list = NULL;
        struct kmod_module *module;
        const char *path;

        if (kmod_module_new_from_lookup(ctx, name, &list) < 0 || !list)
                return NULL;
        module = kmod_module_get_module(list);
        path = kmod_module_get_path(module);
        /* modules.dep may be newer or older than the files; a built-in module has no path. */
        if (path && access(path, F_OK) < 0)
                return kmod_module_unref(module);
        return module;
}

static bool has_parameter(struct kmod_module *module, const char *prefix) {
        _cleanup_(info_freep) struct kmod_list *list = NULL;
        struct kmod_list *item;

        if (kmod_module_get_info(module, &list) < 0)
                return false;
        kmod_list_foreach (item, list)
                if (streq(kmod_module_info_get_key(item), "parmtype") &&
                    strncmp(kmod_module_info_get_value(item), prefix, strlen(prefix)) == 0)
                        return true;
        return false;
}

static enum kernel_answer kernel_ask(const char *version) {
        _cleanup_(kmod_unrefp) struct kmod_ctx *ctx = NULL;
        _cleanup_(module_unrefp) struct kmod_module *i915 = NULL, *kvmgt = NULL;
        const char *no_config[] = {NULL};
        char folder[256];

        snprintf(folder, sizeof(folder), PATH_KERNELS "/%s", version);
        if (access(folder, F_OK) < 0)
                return KERNEL_NOT_INSTALLED;
        ctx = kmod_new(folder, no_config);
        if (!ctx)
                return KERNEL_NOT_INSTALLED;
        kmod_set_log_priority(ctx, 0);
        kvmgt = find_module(ctx, "kvmgt");
        if (!kvmgt)
                return KERNEL_WITHOUT_KVMGT;
        i915 = find_module(ctx, "i915");
        return i915 && has_parameter(i915, "enable_gvt:") ? KERNEL_HAS_GVT : KERNEL_WITHOUT_GVT;
}

/* " a, b" of those installed, or with `gvt` of those that have GVT-g; " none". */
static void list_kernels(bool gvt, char *ret, size_t size) {
        struct dirent **entries;
        int n = scandir(PATH_KERNELS, &entries, NULL, versionsort);
        size_t length = 0;

        snprintf(ret, size, " none");
        for (int i = 0; i < n; i++) {
                const char *name = entries[i]->d_name;

                if (name[0] != '.' && length < size && (!gvt || kernel_ask(name) == KERNEL_HAS_GVT))
                        length += (size_t) snprintf(ret + length, size - length, "%s %s",
                                                    length ? "," : "", name);
                free(entries[i]);
        }
        if (n >= 0)
                free(entries);
}

static void say_lost(const char *version, const char *cause, const char *what,
                     struct verdicts *verdicts) {
        char list[256];

        list_kernels(true, list, sizeof(list));
        verdict_add(verdicts, WEIGHT_ERROR, cause, version,
                    "%s, so booting it loses all vGPUs; installed kernels with GVT-g:%s", what,
                    list);
}

void kernel_check(const char *version, struct verdicts *verdicts) {
        char list[256];

        switch (kernel_ask(version)) {
        case KERNEL_HAS_GVT:
                verdict_add(verdicts, WEIGHT_NOTE, CAUSE("ok"), version,
                            "has kvmgt and an i915 with GVT-g");
                break;
        case KERNEL_NOT_INSTALLED:
                list_kernels(false, list, sizeof(list));
                verdict_add(verdicts, WEIGHT_ERROR, CAUSE("kernel-not-installed"), version,
                            "no such kernel in " PATH_KERNELS "; installed:%s", list);
                break;
        case KERNEL_WITHOUT_KVMGT:
                say_lost(version, CAUSE("kernel-without-kvmgt"),
                         "has no kvmgt module (CONFIG_DRM_I915_GVT_KVMGT)", verdicts);
                break;
        case KERNEL_WITHOUT_GVT:
                say_lost(version, CAUSE("kernel-without-gvt"),
                         "its i915 is built without GVT-g (no enable_gvt)", verdicts);
                break;
        }
}
