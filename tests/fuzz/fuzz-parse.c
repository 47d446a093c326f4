/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Any text in sysfs and in the ini as a value: what parses is what was written, and says so when it is
 * written again. */

#include "capacity.h"
#include "fuzz.h"
#include "parse.h"
#include "text.h"

static void check_address(const char *text) {
        struct pci_address address;

        if (parse_pci_address(text, &address) == 0)
                assert(strcasecmp(text, address_text(&address).text) == 0);
}

static void check_uuid(const char *text) {
        uuid_t uuid;

        if (parse_uuid(text, uuid) == 0)
                assert(strcasecmp(text, uuid_text(uuid).text) == 0);
}

static void check_number(const char *text) {
        unsigned value;

        if (parse_unsigned(text, 1, 4000, &value) < 0)
                return;
        assert(value >= 1 && value <= 4000);
        assert(strspn(text, "0123456789") == strlen(text));
        assert(value == strtoul(text, NULL, 10));
}

/* A span and a second more is a second longer. */
static void check_span(const char *text) {
        _cleanup_free_ char *more = NULL;
        uint64_t usec, longer;

        if (parse_timespan(text, &usec) < 0 || usec > UINT64_MAX / 2)
                return;
        assert(asprintf(&more, "%s 1s", text) > 0);
        assert(parse_timespan(more, &longer) == 0);
        assert(longer == usec + 1000000);
}

static void check_bar(const char *text) {
        uint64_t size;

        if (parse_pci_bar(text, 2, &size) == 0)
                assert(size > 0);
}

static void check_type(const char *text) {
        const struct type_size *size = type_size_find(text);

        if (size)
                assert(strlen(text) == strlen("i915-GVTg_V5_8") &&
                       (unsigned) (text[strlen(text) - 1] - '0') == size->number);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *text = fuzz_text(data, size);
        bool word;

        check_address(text);
        check_uuid(text);
        check_number(text);
        check_span(text);
        check_bar(text);
        check_type(text);
        (void) parse_bool(text, &word);
        return 0;
}
