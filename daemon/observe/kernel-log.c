/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Texts are those of drivers/gpu/drm/i915/intel_gvt.c and gvt/, unchanged from 5.10 to 7.3 where
 * not noted otherwise. Matched in the middle of the line: drm, gvt and the driver core put
 * different words before them in different kernels. */

#include "kernel-log.h"

#include <systemd/sd-journal.h>

#include "names.h"
#include "util.h"

/* journald may have yet to store what a driver said a moment ago, and may have dropped what it said
 * long ago. */
#define PATIENCE (UINT64_C(1000000) / 5)
#define ROUNDS 5

static bool says(const char *message, const char *text) {
        return strstr(message, text) != NULL;
}

static bool begins(const char *message, const char *text) {
        return strncmp(message, text, strlen(text)) == 0;
}

static void take_no_space(struct kernel_log *log, const char *message) {
        if (says(message, "fail to allocate resource"))
                log->no_space = NO_SPACE_ROOM;
        else if (says(message, "fail to alloc low gm space from host"))
                log->no_space = NO_SPACE_PINNED;
        else if (says(message, "fail to alloc high gm space from host") ||
                 says(message, "Failed to alloc fences"))
                log->no_space = NO_SPACE_FRAGMENTED;
}

/* Of the loader, where kvmgt is not of this kernel; the two WARNs that known regressions show. */
static bool is_broken(const char *message) {
        return begins(message, "kvmgt: Unknown symbol") ||
               begins(message, "kvmgt: disagrees about") ||
               begins(message, "kvmgt: version magic") || says(message, "non-tracked mmio") ||
               says(message, "dup mmio definition");
}

void kernel_log_take(struct kernel_log *log, const char *message, uint64_t usec) {
        log->readable = true;
        if (log->i915_usec == 0 &&
            (begins(message, "i915 ") || says(message, "Initialized i915")))
                log->i915_usec = usec;
        if (says(message, "GVT-g is disabled for guest"))
                log->guest = true;
        else if (says(message, "Unsupported device. GVT-g is disabled"))
                log->unsupported = true;
        else if (says(message, "not yet supported with GuC submission"))
                log->guc = true;
        else if (says(message, "golden_hw_state"))
                log->golden = true;
        else if (is_broken(message))
                snprintf(log->broken, sizeof(log->broken), "%s", message);
        else
                take_no_space(log, message);
}

static uint64_t entry_usec(sd_journal *journal) {
        const void *data;
        size_t size;
        char text[64];

        if (sd_journal_get_data(journal, "_SOURCE_MONOTONIC_TIMESTAMP", &data, &size) < 0)
                return 0;
        snprintf(text, sizeof(text), "%.*s", (int) size, (const char *) data);
        return strtoull(text + strlen("_SOURCE_MONOTONIC_TIMESTAMP="), NULL, 10);
}

static void take_entry(sd_journal *journal, struct kernel_log *log) {
        char message[512];
        const void *data;
        size_t size;

        if (sd_journal_get_data(journal, "MESSAGE", &data, &size) < 0 || size < 8)
                return;
        snprintf(message, sizeof(message), "%.*s", (int) (size - 8), (const char *) data + 8);
        kernel_log_take(log, message, entry_usec(journal));
}

void kernel_log_read(struct kernel_log *ret) {
        _cleanup_(sd_journal_closep) sd_journal *journal = NULL;
        char boot[sizeof("_BOOT_ID=") + SD_ID128_STRING_MAX] = "_BOOT_ID=";
        sd_id128_t id;

        *ret = (struct kernel_log){};
        if (sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM) < 0 ||
            sd_id128_get_boot(&id) < 0)
                return;
        sd_id128_to_string(id, boot + strlen(boot));
        if (sd_journal_add_match(journal, boot, 0) < 0 ||
            sd_journal_add_match(journal, "_TRANSPORT=kernel", 0) < 0)
                return;
        for (int i = 0; i < ROUNDS; i++) {
                SD_JOURNAL_FOREACH (journal)
                        take_entry(journal, ret);
                if (ret->i915_usec || !ret->readable || access(PATH_MODULES "/i915", F_OK) < 0 ||
                    sd_journal_wait(journal, PATIENCE) <= 0)
                        return;
        }
}
