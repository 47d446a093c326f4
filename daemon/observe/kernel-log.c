/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Texts are those of drivers/gpu/drm/i915/intel_gvt.c and gvt/, unchanged from 5.10 to 7.3 where
 * not noted otherwise. A line counts only where it is a driver's own from its first letter on: the
 * kernel logs names that any user may choose (of programs that crash, of interfaces), and prints such
 * a name at the beginning of a line as well, cut to 15 bytes, but never a driver's whole phrase. */

#include "kernel-log.h"

#include <errno.h>
#include <systemd/sd-journal.h>

#include "names.h"
#include "parse.h"
#include "printable.h"
#include "util.h"

/* journald may have yet to store what a driver said a moment ago, and may have dropped what it said
 * long ago. */
#define PATIENCE (SECOND / 5)
#define ROUNDS 5

/* The rest of the line behind a beginning, or NULL. */
static const char *after(const char *line, const char *beginning) {
        size_t n = strlen(beginning);

        return strncmp(line, beginning, n) == 0 ? line + n : NULL;
}

/* The rest of the line behind a PCI address, or NULL. */
static const char *after_address(const char *line, struct pci_address *ret) {
        char text[PCI_ADDRESS_TEXT];

        if (strnlen(line, PCI_ADDRESS_TEXT) < PCI_ADDRESS_TEXT)
                return NULL;
        snprintf(text, sizeof(text), "%s", line);
        return parse_pci_address(text, ret) < 0 ? NULL : line + strlen(text);
}

/* dev_printk() of a PCI device: "i915 0000:00:02.0: ". */
static const char *after_i915(const char *line) {
        const char *address = after(line, "i915 "), *rest;
        struct pci_address parsed;

        rest = address ? after_address(address, &parsed) : NULL;
        return rest ? after(rest, ": ") : NULL;
}

/* "Initialized i915 1.6.0 20201103 for 0000:00:02.0 on minor 0", in later kernels without the date. */
static void take_taken(struct kernel_log *log, const char *text) {
        const char *address = after(text, "Initialized i915 ") ? strstr(text, " for ") : NULL;

        if (address && !log->taken)
                log->taken = after_address(address + strlen(" for "), &log->taken_gpu) != NULL;
}

static const char *after_vgpu(const char *line) {
        const char *number = after(line, "vgpu ");

        return number ? after(number + strspn(number, "0123456789"), ": ") : NULL;
}

/* The text behind what drm, gvt and the driver core put before it, which differs by kernel. Each
 * phrase below is longer than the name that a user may place at the beginning of a line. */
static const char *text_of(const char *line) {
        const char *rest;

        while ((rest = after_i915(line)) || (rest = after(line, "[drm] ")) ||
               (rest = after(line, "*ERROR* ")) || (rest = after(line, "gvt: ")) ||
               (rest = after_vgpu(line)))
                line = rest;
        return line;
}

static bool is_golden(const char *text) {
        const char *file = after(text, "Direct firmware load for i915/gvt/");

        if (!file)
                file = after(text, "firmware: failed to load i915/gvt/");
        return file && strstr(file, ".golden_hw_state");
}

/* "intel_vgpu_mdev UUID: Adding to iommu group 7"; before Linux 6.0 it is vfio_mdev. The kernel does not
 * say which vGPU it has no space for, only which one it has made. */
static void take_made(struct kernel_log *log, const char *line) {
        const char *name = after(line, "intel_vgpu_mdev ");
        char text[UUID_STR_LEN];
        uuid_t uuid;

        if (!name)
                name = after(line, "vfio_mdev ");
        if (!name || strnlen(name, UUID_STR_LEN) < UUID_STR_LEN)
                return;
        snprintf(text, sizeof(text), "%s", name);
        name += strlen(text);
        if (parse_uuid(text, uuid) == 0 &&
            (after(name, ": Adding to iommu group ") || after(name, ": MDEV: group_id = ")))
                uuid_copy(log->made[log->n_made++ % ARRAY_SIZE(log->made)], uuid);
}

bool kernel_log_made(const struct kernel_log *log, const uuid_t uuid) {
        for (unsigned i = 0; i < log->n_made && i < ARRAY_SIZE(log->made); i++)
                if (uuid_compare(log->made[i], uuid) == 0)
                        return true;
        return false;
}

static enum no_space no_space_of(const char *text) {
        if (after(text, "fail to allocate resource"))
                return NO_SPACE_ROOM;
        if (after(text, "fail to alloc low gm space from host"))
                return NO_SPACE_APERTURE;
        if (after(text, "fail to alloc high gm space from host") ||
            after(text, "Failed to alloc fences"))
                return NO_SPACE_BEHIND;
        return NO_SPACE_NONE;
}

static void take_no_space(struct kernel_log *log, enum no_space no_space) {
        log->no_space = no_space;
        log->n_made = 0;
}

/* Of the loader, where kvmgt is not of this kernel; the two WARNs that known regressions show. */
static bool is_broken(const char *text) {
        return after(text, "kvmgt: Unknown symbol ") ||
               after(text, "kvmgt: disagrees about version of symbol ") ||
               after(text, "kvmgt: version magic ") ||
               after(text, "assign a handler to a non-tracked mmio ") ||
               after(text, "dup mmio definition ");
}

/* Kept to be shown: one line, printable, whatever a module or its symbols may be called. */
static void keep_broken(struct kernel_log *log, const char *line) {
        snprintf(log->broken, sizeof(log->broken), "%s", line);
        make_printable(log->broken);
}

/* "i915: `2' invalid for parameter `enable_gvt'", or "too large": parse_args() in kernel/params.c. */
static bool take_option(struct kernel_log *log, const char *line) {
        static const char *const phrases[] = {"' invalid for parameter `", "' too large for parameter `"};
        const char *value = after(line, "i915: `");

        for (size_t i = 0; value && i < ARRAY_SIZE(phrases); i++) {
                const char *end = strstr(value, phrases[i]), *name = end ? end + strlen(phrases[i]) : NULL;

                if (!end)
                        continue;
                snprintf(log->value, sizeof(log->value), "%.*s", (int) (end - value), value);
                snprintf(log->option, sizeof(log->option), "%.*s", (int) strcspn(name, "'"), name);
                return true;
        }
        return false;
}

void kernel_log_take(struct kernel_log *log, const char *message, uint64_t usec) {
        const char *text = text_of(message);

        log->readable = true;
        if (log->i915_usec == 0 && (after_i915(message) || after(text, "Initialized i915 ")))
                log->i915_usec = usec;
        take_taken(log, text);
        if (after(text, "GVT-g is disabled for guest"))
                log->guest = true;
        else if (after(text, "Unsupported device. GVT-g is disabled"))
                log->unsupported = true;
        else if (after(text, "Graphics virtualization is not yet supported with GuC submission"))
                log->guc = true;
        else if (is_golden(text))
                log->golden = true;
        else if (after(text, "RPM raw-wakeref not held") || after(text, "RPM wakelock ref not held"))
                log->unpowered = true;
        else if (after(text, "Device suspended during HW access"))
                log->asleep = true;
        else if (is_broken(text))
                keep_broken(log, text);
        else if (no_space_of(text) != NO_SPACE_NONE)
                take_no_space(log, no_space_of(text));
        else if (!take_option(log, message))
                take_made(log, message);
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

/* A journal that is not there, is broken or is not for this user says nothing; what this process is short
 * of says nothing of the journal. */
static int unless_silent(int r) {
        return r == -ENOMEM || r == -EMFILE || r == -ENFILE ? r : 0;
}

static int take_entry(sd_journal *journal, struct kernel_log *log) {
        char message[512];
        const void *data;
        size_t size;
        int r = sd_journal_get_data(journal, "MESSAGE", &data, &size);

        if (r < 0)
                return unless_silent(r);
        if (size < 8)
                return 0;
        snprintf(message, sizeof(message), "%.*s", (int) (size - 8), (const char *) data + 8);
        kernel_log_take(log, message, entry_usec(journal));
        return 0;
}

static int take_entries(sd_journal *journal, struct kernel_log *log) {
        int r = sd_journal_seek_head(journal);

        while (r >= 0 && (r = sd_journal_next(journal)) > 0)
                r = take_entry(journal, log);
        return r;
}

static int select_entries(sd_journal *journal) {
        char boot[sizeof("_BOOT_ID=") + SD_ID128_STRING_MAX] = "_BOOT_ID=";
        sd_id128_t id;
        int r = sd_id128_get_boot(&id);

        if (r < 0)
                return r;
        sd_id128_to_string(id, boot + strlen(boot));
        r = sd_journal_add_match(journal, boot, 0);
        return r < 0 ? r : sd_journal_add_match(journal, "_TRANSPORT=kernel", 0);
}

int kernel_log_read(struct kernel_log *ret) {
        _cleanup_(sd_journal_closep) sd_journal *journal = NULL;
        int r = sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM);

        *ret = (struct kernel_log){.privileged = geteuid() == 0};
        if (r >= 0)
                r = select_entries(journal);
        for (int i = 0; i < ROUNDS && r >= 0; i++) {
                r = take_entries(journal, ret);
                if (r < 0 || ret->i915_usec || !ret->readable || access(PATH_MODULES "/i915", F_OK) < 0 ||
                    sd_journal_wait(journal, PATIENCE) <= 0)
                        break;
        }
        return unless_silent(r);
}
