/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Any command line that a process may give itself: the name in it stays inside it, and is plain text. */

#include "fuzz.h"
#include "holder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *cmdline = malloc(size > 0 ? size : 1);
        char name[64];

        assert(cmdline);
        if (size > 0)
                memcpy(cmdline, data, size);
        if (!holder_guest_name(cmdline, size, name, sizeof(name)))
                return 0;
        assert(*name && strnlen(name, sizeof(name)) < sizeof(name));
        assert(fuzz_is_plain_text(name));
        return 0;
}
