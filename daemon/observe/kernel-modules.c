/* SPDX-License-Identifier: GPL-2.0-or-later */

/* kvmgt.ko is only built with CONFIG_DRM_I915_GVT_KVMGT, and i915 has the parameter enable_gvt only
 * with CONFIG_DRM_I915_GVT: the modules themselves answer, whatever a config file says. What kvmgt calls
 * in i915 it must find there, with the same checksum where the kernel keeps these (MODVERSIONS). */

#include "kernel-modules.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "kmod-cleanup.h"
#include "names.h"
#include "sysfs.h"
#include "util.h"

/* What i915 exports for kvmgt alone: intel_gvt_set_ops() and its like. */
#define GVT_PREFIX "intel_gvt_"
/* Until Linux 5.18. */
#define GVT_OLD    "intel_gvt_register_hypervisor"

static void info_freep(struct kmod_list **list) {
        kmod_module_info_free_list(*list);
}

static void symbols_freep(struct kmod_list **list) {
        kmod_module_symbols_free_list(*list);
}

static void needs_freep(struct kmod_list **list) {
        kmod_module_dependency_symbols_free_list(*list);
}

/* NixOS has those of the system that runs, of the one switched to, and of the one that boots next. */
const char *kernel_modules_folder(size_t i) {
        static const char *const folders[] = {
                PATH_KERNELS,
                "/run/booted-system/kernel-modules" PATH_KERNELS,
                "/run/current-system/kernel-modules" PATH_KERNELS,
                "/nix/var/nix/profiles/system/kernel-modules" PATH_KERNELS,
        };

        return i < ARRAY_SIZE(folders) ? folders[i] : NULL;
}

/* Where there is none, the last. */
static int find_folder(const char *version, char *ret, size_t size) {
        int r = 0;

        for (size_t i = 0; kernel_modules_folder(i) && r == 0; i++) {
                snprintf(ret, size, "%s/%s", kernel_modules_folder(i), version);
                r = sysfs_is_there(AT_FDCWD, ret);
        }
        return r;
}

int kernel_is_whole(const char *folder) {
        static const char *const own[] = {"kernel", "modules.builtin"};
        char path[384];
        int r = 0;

        for (size_t i = 0; i < ARRAY_SIZE(own) && r == 0; i++) {
                snprintf(path, sizeof(path), "%s/%s", folder, own[i]);
                r = sysfs_is_there(AT_FDCWD, path);
        }
        return r;
}

/* modules.dep may be newer or older than the files; a built-in module has no path. NULL: none. */
static int find_module(struct kmod_ctx *ctx, const char *name, char file[static MODULE_FILE_MAX],
                       struct kmod_module **ret) {
        _cleanup_(modules_unrefp) struct kmod_list *list = NULL;
        _cleanup_(module_unrefp) struct kmod_module *module = NULL;
        size_t length = strlen(kmod_get_dirname(ctx));
        const char *path;
        int r = kmod_module_new_from_lookup(ctx, name, &list);

        if (r < 0 || !list)
                return unless_gone(r);
        module = kmod_module_get_module(list);
        path = kmod_module_get_path(module);
        r = path ? sysfs_is_there(AT_FDCWD, path) : 1;
        if (r <= 0)
                return r;
        if (path && strncmp(path, kmod_get_dirname(ctx), length) == 0)
                path += length + 1;
        snprintf(file, MODULE_FILE_MAX, "%s", path ? path : "");
        *ret = TAKE_PTR(module);
        return 0;
}

/* Where every kernel has i915 and kvmgt of its own, compressed or not. */
static int is_file_there(struct kmod_ctx *ctx, const char *name) {
        static const char *const suffixes[] = {"", ".gz", ".xz", ".zst"};
        char path[384];
        int r = 0;

        for (size_t i = 0; i < ARRAY_SIZE(suffixes) && r == 0; i++) {
                snprintf(path, sizeof(path), "%s/kernel/drivers/gpu/drm/i915/%s.ko%s",
                         kmod_get_dirname(ctx), name, suffixes[i]);
                r = sysfs_is_there(AT_FDCWD, path);
        }
        return r;
}

/* A module that is there and that the index does not lead to. */
static int is_left_out(struct kmod_ctx *ctx, const char *name) {
        _cleanup_(module_unrefp) struct kmod_module *module = NULL;
        char file[MODULE_FILE_MAX];
        int r = find_module(ctx, name, file, &module);

        return r < 0 || module ? r : is_file_there(ctx, name);
}

/* libkmod calls an index that is cut or none (depmod was interrupted) invalid. */
static int state_look(struct kmod_ctx *ctx, enum modules_state *ret) {
        int r = kernel_is_whole(kmod_get_dirname(ctx));

        *ret = r == 0 ? MODULES_GONE : MODULES_WHOLE;
        if (r <= 0)
                return r;
        r = kmod_load_resources(ctx);
        if (r == -ENOENT || r == -EINVAL)
                r = 1;
        else if (r == 0 && (r = is_left_out(ctx, "i915")) == 0)
                r = is_left_out(ctx, "kvmgt");
        if (r > 0)
                *ret = MODULES_UNINDEXED;
        return r < 0 ? r : 0;
}

static struct kmod_ctx *context_new(const char *folder) {
        const char *no_config[] = {NULL};
        struct kmod_ctx *ctx = kmod_new(folder, no_config);

        if (ctx && !kmod_get_dirname(ctx))
                return kmod_unref(ctx);
        if (ctx)
                kmod_set_log_priority(ctx, 0);
        return ctx;
}

static int find_once(enum modules_state *ret) {
        _cleanup_(kmod_unrefp) struct kmod_ctx *ctx = context_new(NULL);

        return ctx ? state_look(ctx, ret) : -ENOMEM;
}

/* What libkmod had no memory for it takes for something that is not there, or invalid: only what it says
 * twice is believed. */
int kernel_modules_find(enum modules_state *ret) {
        enum modules_state again = MODULES_WHOLE;
        int r = find_once(ret);

        if (r >= 0)
                r = find_once(&again);
        if (r < 0)
                return r;
        return *ret == again ? 0 : -EAGAIN;
}

/* 1: a line KEY whose value begins so; 0: none; negative: the module cannot be read. */
static int has_info(struct kmod_module *module, const char *key, const char *value) {
        _cleanup_(info_freep) struct kmod_list *list = NULL;
        struct kmod_list *item;
        int r = kmod_module_get_info(module, &list);

        if (r < 0)
                return r;
        kmod_list_foreach (item, list)
                if (streq(kmod_module_info_get_key(item), key) &&
                    strncmp(kmod_module_info_get_value(item), value, strlen(value)) == 0)
                        return 1;
        return 0;
}

/* modpost (scripts/mod/modpost.c) marks what was built with the kernel; what is built in has no file. */
static bool is_foreign(struct kmod_module *module) {
        return module && kmod_module_get_path(module) && has_info(module, "intree", "Y") == 0;
}

/* Cut by a full disk or a crash, or none at all; any other failure is one of the look. */
static int note_damage(struct kmod_module *module, const char *file, struct kernel_modules *ret) {
        int r = *file ? has_info(module, "vermagic", "") : 0;

        if (r != -EINVAL && r != -ENOEXEC && r != -ENODATA)
                return r;
        snprintf(ret->damaged, sizeof(ret->damaged), "%s", file);
        return 0;
}

static struct kmod_list *find_export(struct kmod_list *exports, const char *symbol) {
        struct kmod_list *item;

        kmod_list_foreach (item, exports)
                if (streq(kmod_module_symbol_get_symbol(item), symbol))
                        return item;
        return NULL;
}

/* Looks at i915 alone: what else kvmgt calls is the kernel's, or in modules that nobody replaces. */
static void find_misfit(struct kmod_module *kvmgt, struct kmod_module *i915,
                        struct kernel_modules *ret) {
        _cleanup_(symbols_freep) struct kmod_list *exports = NULL;
        _cleanup_(needs_freep) struct kmod_list *needs = NULL;
        struct kmod_list *item;

        if (kmod_module_get_symbols(i915, &exports) < 0 ||
            kmod_module_get_dependency_symbols(kvmgt, &needs) < 0)
                return;
        kmod_list_foreach (item, needs) {
                const char *symbol = kmod_module_dependency_symbol_get_symbol(item);
                uint64_t wanted = kmod_module_dependency_symbol_get_crc(item);
                struct kmod_list *export = find_export(exports, symbol);
                uint64_t there = export ? kmod_module_symbol_get_crc(export) : 0;

                ret->old |= streq(symbol, GVT_OLD);
                if (export ? wanted && there && wanted != there
                           : strncmp(symbol, GVT_PREFIX, strlen(GVT_PREFIX)) == 0)
                        snprintf(ret->misfit, sizeof(ret->misfit), "%s", symbol);
        }
}

static int look_into(struct kmod_ctx *ctx, struct kernel_modules *ret) {
        _cleanup_(module_unrefp) struct kmod_module *i915 = NULL, *kvmgt = NULL;
        int r = find_module(ctx, "kvmgt", ret->kvmgt, &kvmgt);

        if (r >= 0)
                r = find_module(ctx, "i915", ret->i915, &i915);
        if (r >= 0)
                r = note_damage(kvmgt, ret->kvmgt, ret);
        if (r >= 0)
                r = note_damage(i915, ret->i915, ret);
        if (r < 0)
                return r;
        ret->has_kvmgt = kvmgt;
        ret->has_gvt = i915 && has_info(i915, "parmtype", "enable_gvt:") > 0;
        ret->i915_foreign = is_foreign(i915);
        ret->kvmgt_foreign = is_foreign(kvmgt);
        if (*ret->i915 && *ret->kvmgt)
                find_misfit(kvmgt, i915, ret);
        return 0;
}

static int look_once(const char *version, struct kernel_modules *ret) {
        _cleanup_(kmod_unrefp) struct kmod_ctx *ctx = NULL;
        enum modules_state state = MODULES_GONE;
        int r;

        memset(ret, 0, sizeof(*ret));
        r = version ? find_folder(version, ret->folder, sizeof(ret->folder)) : 0;
        if (r < 0)
                return r;
        ctx = context_new(version ? ret->folder : NULL);
        if (!ctx)
                return -ENOMEM;
        snprintf(ret->folder, sizeof(ret->folder), "%s", kmod_get_dirname(ctx));
        r = sysfs_is_there(AT_FDCWD, ret->folder);
        ret->there = r > 0;
        if (r > 0)
                r = state_look(ctx, &state);
        if (r < 0 || !ret->there)
                return r;
        ret->whole = state != MODULES_GONE;
        ret->unindexed = state == MODULES_UNINDEXED;
        return state == MODULES_WHOLE ? look_into(ctx, ret) : 0;
}

/* Believed when seen twice, as in kernel_modules_find(). */
int kernel_modules_look(const char *version, struct kernel_modules *ret) {
        struct kernel_modules again;
        int r = look_once(version, ret);

        if (r >= 0)
                r = look_once(version, &again);
        if (r < 0)
                return r;
        return memcmp(ret, &again, sizeof(again)) == 0 ? 0 : -EAGAIN;
}
