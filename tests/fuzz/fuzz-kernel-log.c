/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Any lines of the kernel's log, and lines that begin with a name of a user's choice, of which the
 * kernel prints 15 bytes (TASK_COMM_LEN): no such name is ever taken for a driver's word. */

#include "fuzz.h"
#include "kernel-log.h"

#define NAME_LENGTH 15

static void take(struct kernel_log *log, const char *line) {
        kernel_log_take(log, line, 5);
        assert(log->readable);
        assert(strlen(log->broken) < sizeof(log->broken));
        assert(fuzz_is_plain_text(log->broken));
}

static void take_nothing(const char *before, const char *name, const char *behind) {
        struct kernel_log log = {};
        char line[128];

        snprintf(line, sizeof(line), "%s%.*s%s", before, NAME_LENGTH, name, behind);
        take(&log, line);
        assert(!log.guest && !log.unsupported && !log.guc && !log.golden);
        assert(log.no_space == NO_SPACE_NONE && !*log.broken && log.i915_usec == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *text = fuzz_text(data, size);
        struct kernel_log log = {};
        char *rest = text;

        take_nothing("", text, "[4711]: segfault at 0 ip 0 sp 0 error 4 in x[0+1000]");
        take_nothing("traps: ", text, "[4711] general protection fault ip:0 sp:0 error:0");
        take_nothing("", text, ": renamed from eth0");
        for (char *line; (line = strsep(&rest, "\n"));)
                take(&log, line);
        return 0;
}
