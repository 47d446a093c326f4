/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* For _cleanup_() of what libkmod gives. */

#include <libkmod.h>

static inline void kmod_unrefp(struct kmod_ctx **ctx) {
        kmod_unref(*ctx);
}

static inline void modules_unrefp(struct kmod_list **list) {
        kmod_module_unref_list(*list);
}

static inline void module_unrefp(struct kmod_module **module) {
        kmod_module_unref(*module);
}
