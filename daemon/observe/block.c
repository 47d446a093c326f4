/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "block.h"

#include "cmdline.h"
#include "modprobe-d.h"
#include "util.h"

int blocks_look(const char *module, struct places *ret) {
        static const struct place kernels_own = {.file = "module_blacklist="};
        int r = modprobe_find(module, NULL, ret);

        if (r >= 0)
                r = cmdline_add_lists("modprobe.blacklist", module, ret);
        if (r >= 0)
                r = cmdline_lists("module_blacklist", module);
        if (r > 0)
                places_insert(ret, ret->n, &kernels_own);
        places_make_printable(ret);
        return r;
}
