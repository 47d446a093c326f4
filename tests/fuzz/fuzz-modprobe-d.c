/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Any file in modprobe.d: the place named is in the file, and the value of one line. */

#include "fuzz.h"
#include "modprobe-d.h"

/* The last one of the options counts, and the first install line, before all of them or behind. */
static bool is_behind(const struct place *a, const struct place *b) {
        if (a->rank != b->rank)
                return a->rank > b->rank;
        return a->rank == 0 ? a->line > b->line : a->line < b->line;
}

static void look(const uint8_t *data, size_t size, const char *option) {
        _cleanup_fclose_ FILE *stream = fuzz_stream(data, size);
        struct places places = {};

        (void) modprobe_d_read(stream, "/file", "i915", option, &places);
        for (size_t i = 0; i < places.n; i++) {
                const struct place *place = &places.items[i];

                assert(place->line > 0 && place->line <= fuzz_lines(data, size));
                assert(i == 0 || is_behind(place, place - 1));
                assert(streq(place->file, "/file"));
                assert(strnlen(place->value, sizeof(place->value)) < sizeof(place->value));
                assert(!strchr(place->value, '\n'));
                assert(option || !*place->value);
        }
        places_make_printable(&places);
        if (places.n > 0)
                assert(fuzz_is_plain_text(places_text(&places, 0).text));
}

static void look_for_nonsense(const uint8_t *data, size_t size) {
        _cleanup_fclose_ FILE *stream = fuzz_stream(data, size);
        struct modprobe_d_nonsense found = {};

        if (modprobe_d_read_nonsense(stream, "/file", &found) <= 0)
                return;
        assert(found.place.line > 0 && found.place.line + found.more <= fuzz_lines(data, size));
        assert(*found.place.value && !strchr(found.place.value, '\n'));
        assert(strnlen(found.place.value, sizeof(found.place.value)) < sizeof(found.place.value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        look(data, size, "enable_gvt");
        look(data, size, NULL);
        look_for_nonsense(data, size);
        return 0;
}
