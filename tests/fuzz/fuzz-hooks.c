/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Any file as a hook of libvirt's and as a definition of mdevctl's: what is found is in it, and nothing
 * in a file that is all comments. */

#include "fuzz.h"
#include "verbs.h"

static bool is_in(const uint8_t *data, size_t size, const char *word) {
        return size > 0 && memmem(data, size, word, strlen(word));
}

static int line_of(const uint8_t *data, size_t size) {
        _cleanup_fclose_ FILE *stream = fuzz_stream(data, size);

        return hooks_line(stream);
}

static void check_hook(const uint8_t *data, size_t size) {
        int line = line_of(data, size);

        assert(line >= 0 && (size_t) line <= fuzz_lines(data, size));
        assert(line == 0 || is_in(data, size, "mdev") || is_in(data, size, "/remove"));
}

static void check_comments(const uint8_t *data, size_t size) {
        _cleanup_free_ uint8_t *comments = malloc(2 * size + 1);
        size_t n = 0;

        assert(comments);
        comments[n++] = '#';
        for (size_t i = 0; i < size; i++) {
                comments[n++] = data[i];
                if (data[i] == '\n')
                        comments[n++] = '#';
        }
        assert(line_of(comments, n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *text = fuzz_text(data, size);

        check_hook(data, size);
        check_comments(data, size);
        if (mdevctl_is_auto(text))
                assert(is_in(data, size, "\"start\"") && is_in(data, size, "\"auto\""));
        return 0;
}
