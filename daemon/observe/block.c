/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "block.h"

#include "cmdline.h"
#include "modprobe-d.h"
#include "util.h"

static int look_for(const char *module, struct places *ret) {
        static const struct place kernels_own = {.file = "module_blacklist="};
        int r = modprobe_d_find(module, NULL, ret);

        if (r >= 0)
                r = cmdline_add_lists("modprobe.blacklist", module, ret);
        if (r >= 0)
                r = cmdline_lists("module_blacklist", module);
        if (r > 0)
                places_insert(ret, ret->n, &kernels_own);
        return r;
}

/* One list may block several. */
static bool has_place(const struct places *places, const struct place *place) {
        for (size_t i = 0; i < places->n; i++)
                if (streq(places->items[i].file, place->file) && places->items[i].line == place->line &&
                    streq(places->items[i].value, place->value))
                        return true;
        return false;
}

/* Lines before words, as they are to be done away with. */
static void add_place(struct places *places, const struct place *place) {
        size_t words = place_is_word(place) ? 0 : places_count_words(places, 0);

        if (!has_place(places, place))
                places_insert(places, places->n - words, place);
}

int blocks_look(const struct obstacles *obstacles, struct places *ret) {
        *ret = (struct places){};
        for (size_t i = 0; i < obstacles->n; i++) {
                struct places places;
                int r = look_for(obstacles->names[i], &places);

                if (r < 0)
                        return r;
                for (size_t k = 0; k < places.n; k++)
                        add_place(ret, &places.items[k]);
                ret->left_out += places.left_out;
        }
        places_make_printable(ret);
        return 0;
}
