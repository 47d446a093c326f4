/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Any bytes as the name of a process or a file: what may be shown stays as it is, and all the rest is
 * gone. */

#include "fuzz.h"
#include "printable.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *text = fuzz_text(data, size), *shown = strdup(text);

        assert(shown);
        make_printable(shown);
        assert(strlen(shown) == strlen(text));
        assert(fuzz_is_plain_text(shown));
        for (size_t i = 0; shown[i]; i++)
                assert(shown[i] == text[i] || shown[i] == '?');
        for (const char *c = text; *c; c++)
                if ((unsigned char) *c >= 0x80)
                        return 0;
        for (size_t i = 0; shown[i]; i++)
                assert(shown[i] == text[i] || text[i] < ' ' || text[i] == '\x7f');
        return 0;
}
