/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "block.h"

#include "cmdline.h"
#include "modprobe-d.h"
#include "util.h"

static int add_list(const char *key, const char *module, struct places *places) {
        struct place place = {};
        int r = cmdline_lists(key, module);

        snprintf(place.file, sizeof(place.file), "%s=", key);
        if (r > 0)
                places_insert(places, places->n, &place);
        return r;
}

int blocks_look(const char *module, struct places *ret) {
        int r = modprobe_find(module, NULL, ret);

        if (r >= 0)
                r = add_list("modprobe.blacklist", module, ret);
        if (r >= 0)
                r = add_list("module_blacklist", module, ret);
        places_make_printable(ret);
        return r;
}
