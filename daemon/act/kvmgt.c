/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "kvmgt.h"

#include <errno.h>

#include "kmod-cleanup.h"
#include "module.h"
#include "util.h"

int kvmgt_load(void) {
        _cleanup_(kmod_unrefp) struct kmod_ctx *ctx = module_context();
        _cleanup_(modules_unrefp) struct kmod_list *list = NULL;
        _cleanup_(module_unrefp) struct kmod_module *module = NULL;
        enum module_state state;
        int r;

        if (!ctx)
                return -ENOMEM;
        r = module_find(ctx, "kvmgt", &list);
        /* libkmod may be short of memory: who looks twice knows */
        if (r == -ENOENT && (r = module_look("kvmgt", &state)) >= 0)
                return state == MODULE_MISSING ? -ENOENT : -EAGAIN;
        if (r < 0)
                return r;
        module = kmod_module_get_module(list);
        r = kmod_module_probe_insert_module(module, KMOD_PROBE_APPLY_BLACKLIST, NULL, NULL, NULL,
                                            NULL);
        return r == KMOD_PROBE_APPLY_BLACKLIST ? -EPERM : r;
}
