/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Any file in modprobe.d: the place named is in the file, and the value of one line. */

#include "fuzz.h"
#include "modprobe-d.h"

static void look(const uint8_t *data, size_t size, const char *option) {
        _cleanup_fclose_ FILE *stream = fuzz_stream(data, size);
        struct places places = {};

        (void) modprobe_read(stream, "/file", "i915", option, &places);
        for (size_t i = 0; i < places.n; i++) {
                const struct place *place = &places.items[i];

                assert(place->line > (i > 0 ? place[-1].line : 0) && place->line <= fuzz_lines(data, size));
                assert(streq(place->file, "/file"));
                assert(strnlen(place->value, sizeof(place->value)) < sizeof(place->value));
                assert(!strchr(place->value, '\n'));
                assert(option || !*place->value);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        look(data, size, "enable_gvt");
        look(data, size, NULL);
        return 0;
}
