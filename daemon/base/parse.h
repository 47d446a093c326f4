/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Text to value, strictly: the whole text must be the value; trailing garbage, overflow and
 * emptiness are errors. Silent and pure; each returns 0, or -EINVAL (not of the form) or -ERANGE
 * (of the form, out of range), and writes its result only on success. */

#include <stdbool.h>
#include <stdint.h>
#include <uuid/uuid.h>

/* A PCI function, as in 0000:00:02.0. */
struct pci_address {
        uint16_t domain;
        uint8_t bus;
        uint8_t slot;
        uint8_t function;
};

static inline bool same_address(const struct pci_address *a, const struct pci_address *b) {
        return a->domain == b->domain && a->bus == b->bus && a->slot == b->slot &&
               a->function == b->function;
}

/* Size of "0000:00:02.0" with its terminator. */
#define PCI_ADDRESS_TEXT 13

int parse_unsigned(const char *text, unsigned min, unsigned max, unsigned *ret);
int parse_bool(const char *text, bool *ret);
/* A systemd time span ("90s", "1min 30s", "90") in microseconds; "infinity" is UINT64_MAX. */
int parse_timespan(const char *text, uint64_t *ret_usec);
int parse_pci_address(const char *text, struct pci_address *ret);
/* The 36-character form in either case; no braces, no prefix: what a write to `create` takes
 * (lib/uuid.c). The nil UUID parses; whether it may be used is the caller's matter. */
int parse_uuid(const char *text, uuid_t ret);
/* The size in bytes of a BAR (0 to 5) that is in use, out of the text of sysfs's `resource`: a line
 * each, "START END FLAGS" in hexadecimal. */
int parse_pci_bar(const char *resource, unsigned bar, uint64_t *ret_size);
