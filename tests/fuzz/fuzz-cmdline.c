/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Any kernel command line: what stands before it is overruled by what it says itself, and by nothing
 * else. */

#include "cmdline.h"
#include "fuzz.h"

#define KEY "i915.enable_gvt"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *text = fuzz_text(data, size), *behind = NULL;
        char value[16] = "", again[16] = "";
        bool found = cmdline_find(text, KEY, value, sizeof(value));

        assert(strnlen(value, sizeof(value)) < sizeof(value));
        assert(found || !*value);
        assert(asprintf(&behind, KEY "=before %s", text) > 0);
        assert(cmdline_find(behind, KEY, again, sizeof(again)));
        assert(streq(again, found ? value : "before"));
        return 0;
}
