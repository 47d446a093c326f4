/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "places.h"

#include <string.h>

#include "printable.h"
#include "text.h"
#include "util.h"

#define LIST_MAX 208 /* without " and 12 more" */

void places_insert(struct places *places, size_t at, const struct place *place) {
        struct place *items = places->items;

        if (places->n == PLACES_MAX) {
                places->left_out++;
                if (at == 0)
                        return;
                memmove(items, items + 1, --at * sizeof(*items));
        } else {
                memmove(items + at + 1, items + at, (places->n++ - at) * sizeof(*items));
        }
        items[at] = *place;
}

void places_make_printable(struct places *places) {
        for (size_t i = 0; i < places->n; i++) {
                make_printable(places->items[i].file);
                make_printable(places->items[i].value);
        }
}

bool place_is_word(const struct place *place) {
        return place->line == 0;
}

bool place_is_hideable(const struct place *place) {
        return !place_is_word(place) && strncmp(place->file, "/etc/", strlen("/etc/")) != 0 &&
               strncmp(place->file, "/usr/local/", strlen("/usr/local/")) != 0;
}

size_t places_count_words(const struct places *places, size_t first) {
        size_t n = 0;

        for (size_t i = first; i < places->n; i++)
                n += place_is_word(&places->items[i]);
        return n;
}

/* The command line is named once behind several of its words. */
static struct places_text item_text(const struct places *places, size_t i) {
        const struct place *place = &places->items[i];
        struct places_text ret;

        if (!place_is_word(place))
                snprintf(ret.text, sizeof(ret.text), "%s:%u", place->file, place->line);
        else
                snprintf(ret.text, sizeof(ret.text), "%.48s%.32s%s", place->file, place->value,
                         i + 1 < places->n && place_is_word(place + 1) ? "" : " on the kernel command line");
        return ret;
}

struct places_text places_text(const struct places *places, size_t first) {
        struct places_text list = {""};
        size_t left_out = first == 0 ? places->left_out : 0;

        for (size_t i = first; i < places->n; i++) {
                struct places_text item = item_text(places, i);
                bool last = i + 1 == places->n && left_out == 0;

                if (i > first && strlen(list.text) + strlen(item.text) > LIST_MAX)
                        left_out++;
                else
                        text_append(list.text, sizeof(list.text), "%s%s",
                                    i == first ? "" : last ? " and " : ", ", item.text);
        }
        if (left_out > 0)
                text_append(list.text, sizeof(list.text), " and %zu more", left_out);
        return list;
}
