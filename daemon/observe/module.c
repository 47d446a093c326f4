/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The only file that knows libkmod's loading side. The kernel's own answer (initstate) comes first:
 * it costs one read, while libkmod reads all of modprobe.d. */

#include "module.h"

#include <errno.h>
#include <libkmod.h>

#include "cmdline.h"
#include "names.h"
#include "sysfs.h"
#include "util.h"

static void kmod_unrefp(struct kmod_ctx **ctx) {
        kmod_unref(*ctx);
}

static void list_unrefp(struct kmod_list **list) {
        kmod_module_unref_list(*list);
}

static void module_unrefp(struct kmod_module **module) {
        kmod_module_unref(*module);
}

static void say_nothing(void *data, int priority, const char *file, int line, const char *fn,
                        const char *format, va_list args) {
}

static struct kmod_ctx *context_new(void) {
        struct kmod_ctx *ctx = kmod_new(NULL, NULL);

        if (ctx)
                kmod_set_log_fn(ctx, say_nothing, NULL);
        return ctx;
}

static enum module_state initstate_look(const char *name) {
        char path[128], text[16];
        _cleanup_close_ int dir = -1;

        snprintf(path, sizeof(path), PATH_MODULES "/%s", name);
        dir = sysfs_open(path);
        /* Built-in modules have a folder at the most, and no initstate. */
        if (dir < 0 || sysfs_read(dir, "initstate", text, sizeof(text)) < 0)
                return MODULE_UNKNOWN;
        if (streq(text, "live"))
                return MODULE_LIVE;
        return streq(text, "going") ? MODULE_GOING : MODULE_COMING;
}

/* "install NAME /bin/false" is the other way in which people switch a module off: with or without
 * /usr, and with `true` as well, whose success loads nothing. */
static bool is_disabled(struct kmod_module *module) {
        static const char *const commands[] = {"/bin/false", "/bin/true", "/usr/bin/false",
                                               "/usr/bin/true"};
        const char *command = kmod_module_get_install_commands(module);
        size_t length;

        if (!command)
                return false;
        length = strcspn(command, " \t;");
        for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
                if (strlen(commands[i]) == length && strncmp(command, commands[i], length) == 0)
                        return true;
        return false;
}

static bool is_blacklisted(struct kmod_ctx *ctx, struct kmod_list *list, const char *name) {
        _cleanup_(list_unrefp) struct kmod_list *kept = NULL;

        if (kmod_module_apply_filter(ctx, KMOD_FILTER_BLACKLIST, list, &kept) >= 0 && !kept)
                return true;
        return cmdline_blacklists(name);
}

static enum module_state folder_look(struct kmod_ctx *ctx, const char *name) {
        _cleanup_(list_unrefp) struct kmod_list *list = NULL;
        _cleanup_(module_unrefp) struct kmod_module *module = NULL;

        if (kmod_module_new_from_lookup(ctx, name, &list) < 0 || !list)
                return MODULE_MISSING;
        module = kmod_module_get_module(list);
        if (kmod_module_get_initstate(module) == KMOD_MODULE_BUILTIN)
                return MODULE_LIVE;
        if (is_blacklisted(ctx, list, name) || is_disabled(module))
                return MODULE_BLACKLISTED;
        return MODULE_AVAILABLE;
}

enum module_state module_look(const char *name) {
        _cleanup_(kmod_unrefp) struct kmod_ctx *ctx = NULL;
        enum module_state state = initstate_look(name);

        if (state != MODULE_UNKNOWN)
                return state;
        ctx = context_new();
        return ctx ? folder_look(ctx, name) : MODULE_UNKNOWN;
}

int module_load(const char *name) {
        _cleanup_(kmod_unrefp) struct kmod_ctx *ctx = context_new();
        _cleanup_(list_unrefp) struct kmod_list *list = NULL;
        _cleanup_(module_unrefp) struct kmod_module *module = NULL;
        int r;

        if (!ctx)
                return -ENOMEM;
        r = kmod_module_new_from_lookup(ctx, name, &list);
        if (r < 0)
                return r;
        if (!list)
                return -ENOENT;
        module = kmod_module_get_module(list);
        r = kmod_module_probe_insert_module(module, KMOD_PROBE_APPLY_BLACKLIST, NULL, NULL, NULL,
                                            NULL);
        return r == KMOD_PROBE_APPLY_BLACKLIST ? -EPERM : r;
}
