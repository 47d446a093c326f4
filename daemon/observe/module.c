/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The kernel's own answer (initstate) comes first: it costs one read, while libkmod reads all of
 * modprobe.d. */

#include "module.h"

#include <errno.h>

#include "cmdline.h"
#include "kmod-cleanup.h"
#include "modprobe-d.h"
#include "names.h"
#include "sysfs.h"
#include "util.h"

/* It reads modprobe.d while it is made, and complains of each line that it cannot use; only the
 * environment reaches it before that. `gvtd check` speaks of these lines. */
struct kmod_ctx *module_context(void) {
        (void) setenv("KMOD_LOG", "0", /* overwrite= */ false);
        return kmod_new(NULL, NULL);
}

static int initstate_look(const char *name, enum module_state *ret) {
        char path[128], text[16];
        int r;

        snprintf(path, sizeof(path), PATH_MODULES "/%s/initstate", name);
        r = sysfs_read(AT_FDCWD, path, text, sizeof(text));
        /* Built-in modules have a folder at the most, and no initstate. */
        if (r < 0)
                *ret = MODULE_UNKNOWN;
        else if (streq(text, "live"))
                *ret = MODULE_LIVE;
        else
                *ret = streq(text, "going") ? MODULE_GOING : MODULE_COMING;
        return unless_gone(r);
}

/* "install NAME /bin/false" is the other way in which people switch a module off. */
static bool loads_nothing(struct kmod_module *module) {
        const char *command = kmod_module_get_install_commands(module);

        return command && modprobe_d_does_nothing(command);
}

/* For whoever needs it, too; a mere blacklist counts only for what is asked for by itself. */
static int is_disabled(struct kmod_module *module) {
        return loads_nothing(module) ? 1 : cmdline_lists("module_blacklist", kmod_module_get_name(module));
}

static int is_blacklisted(struct kmod_ctx *ctx, struct kmod_list *list) {
        _cleanup_(modules_unrefp) struct kmod_list *kept = NULL;
        int r = kmod_module_apply_filter(ctx, KMOD_FILTER_BLACKLIST, list, &kept);

        return r < 0 ? r : !kept;
}

static int is_disabled_and_missing(struct kmod_module *module) {
        int state = kmod_module_get_initstate(module);

        return state == KMOD_MODULE_BUILTIN || state == KMOD_MODULE_LIVE ? 0 : is_disabled(module);
}

static void add_obstacle(struct obstacles *obstacles, struct kmod_module *module) {
        if (obstacles->n < ARRAY_SIZE(obstacles->names))
                snprintf(obstacles->names[obstacles->n++], MODULE_NAME_MAX, "%s", kmod_module_get_name(module));
}

static int find_obstacles(struct kmod_ctx *ctx, struct kmod_list *list, struct obstacles *ret) {
        _cleanup_(module_unrefp) struct kmod_module *module = kmod_module_get_module(list);
        _cleanup_(modules_unrefp) struct kmod_list *needed = kmod_module_get_dependencies(module);
        struct kmod_list *item;
        int r = is_blacklisted(ctx, list);

        *ret = (struct obstacles){};
        if (r == 0)
                r = is_disabled(module);
        if (r > 0)
                add_obstacle(ret, module);
        kmod_list_foreach(item, needed) {
                _cleanup_(module_unrefp) struct kmod_module *one = kmod_module_get_module(item);

                if (r < 0)
                        break;
                r = is_disabled_and_missing(one);
                if (r > 0)
                        add_obstacle(ret, one);
        }
        return r < 0 ? r : 0;
}

/* A look-up of libkmod's takes an index that it cannot open for an empty one: so they are loaded first,
 * where a failure shows. */
int module_find(struct kmod_ctx *ctx, const char *name, struct kmod_list **ret) {
        int r = kmod_load_resources(ctx);

        if (r >= 0)
                r = kmod_module_new_from_lookup(ctx, name, ret);
        if (r < 0)
                return r;
        return *ret ? 0 : -ENOENT;
}

static int look_once(const char *name, enum module_state *ret) {
        _cleanup_(kmod_unrefp) struct kmod_ctx *ctx = module_context();
        _cleanup_(modules_unrefp) struct kmod_list *list = NULL;
        _cleanup_(module_unrefp) struct kmod_module *module = NULL;
        struct obstacles obstacles;
        int r = ctx ? module_find(ctx, name, &list) : -ENOMEM;

        if (r == -ENOENT || r == -EINVAL) {
                *ret = MODULE_MISSING;
                return 0;
        }
        if (r < 0)
                return unless_gone(r);
        module = kmod_module_get_module(list);
        *ret = MODULE_LIVE;
        if (kmod_module_get_initstate(module) == KMOD_MODULE_BUILTIN)
                return 0;
        r = find_obstacles(ctx, list, &obstacles);
        if (r >= 0)
                *ret = obstacles.n > 0 ? MODULE_BLACKLISTED : MODULE_AVAILABLE;
        return r;
}

int module_find_obstacles(const char *name, struct obstacles *ret) {
        _cleanup_(kmod_unrefp) struct kmod_ctx *ctx = module_context();
        _cleanup_(modules_unrefp) struct kmod_list *list = NULL;
        int r = ctx ? module_find(ctx, name, &list) : -ENOMEM;

        if (r >= 0)
                r = find_obstacles(ctx, list, ret);
        /* Nothing, where something was a moment ago: libkmod is short of memory. */
        return r == -ENOENT || (r >= 0 && ret->n == 0) ? -EAGAIN : r;
}

/* Where libkmod is short of memory or descriptors on its way, it goes on without what it wanted to read: a
 * line of modprobe.d, an index. So only what it says twice is believed. */
static int folder_look(const char *name, enum module_state *ret) {
        enum module_state again = MODULE_UNKNOWN;
        int r = look_once(name, ret);

        if (r >= 0)
                r = look_once(name, &again);
        if (r < 0)
                return r;
        return *ret == again ? 0 : -EAGAIN;
}

int module_look(const char *name, enum module_state *ret) {
        int r = initstate_look(name, ret);

        return r < 0 || *ret != MODULE_UNKNOWN ? r : folder_look(name, ret);
}
