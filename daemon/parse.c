/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Strict readers of single values. Nothing here skips what it does not understand. */

#include "parse.h"

#include <ctype.h>
#include <errno.h>

#include "util.h"

int parse_unsigned(const char *text, unsigned min, unsigned max, unsigned *ret) {
        unsigned long value;
        char *end;

        /* strtoul() would take blanks and signs. */
        if (!isdigit((unsigned char) *text))
                return -EINVAL;
        errno = 0;
        value = strtoul(text, &end, 10);
        if (*end)
                return -EINVAL;
        if (errno || value < min || value > max)
                return -ERANGE;
        *ret = (unsigned) value;
        return 0;
}

int parse_bool(const char *text, bool *ret) {
        static const struct {
                const char *word;
                bool value;
        } words[] = {{"yes", true}, {"no", false},  {"true", true}, {"false", false},
                     {"on", true},  {"off", false}, {"1", true},    {"0", false}};

        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (strcasecmp(text, words[i].word) == 0) {
                        *ret = words[i].value;
                        return 0;
                }
        return -EINVAL;
}

/* The unit at the beginning of the text, its length in ret_length; 0: none of that name. */
static uint64_t unit_of(const char *text, size_t *ret_length) {
        static const struct {
                const char *name;
                uint64_t usec;
        } units[] = {
                {"us", 1},
                {"usec", 1},
                {"ms", 1000},
                {"msec", 1000},
                {"", 1000000},
                {"s", 1000000},
                {"sec", 1000000},
                {"second", 1000000},
                {"seconds", 1000000},
                {"m", 60000000},
                {"min", 60000000},
                {"minute", 60000000},
                {"minutes", 60000000},
                {"h", 3600000000},
                {"hr", 3600000000},
                {"hour", 3600000000},
                {"hours", 3600000000},
                {"d", 86400000000},
                {"day", 86400000000},
                {"days", 86400000000},
                {"w", 604800000000},
                {"week", 604800000000},
                {"weeks", 604800000000},
        };
        size_t n = 0;

        while (isalpha((unsigned char) text[n]))
                n++;
        *ret_length = n;
        for (size_t i = 0; i < ARRAY_SIZE(units); i++)
                if (strlen(units[i].name) == n && strncmp(units[i].name, text, n) == 0)
                        return units[i].usec;
        return 0;
}

int parse_timespan(const char *text, uint64_t *ret_usec) {
        uint64_t sum = 0, product;

        if (streq(text, "infinity")) {
                *ret_usec = UINT64_MAX;
                return 0;
        }
        if (*text == '\0')
                return -EINVAL;
        while (*text) {
                uint64_t unit;
                size_t length;
                unsigned value;
                char number[16];
                size_t digits = strspn(text, "0123456789");

                if (digits == 0 || digits >= sizeof(number))
                        return -EINVAL;
                snprintf(number, sizeof(number), "%.*s", (int) digits, text);
                if (parse_unsigned(number, 0, UINT32_MAX, &value) < 0)
                        return -ERANGE;
                text += digits;
                text += strspn(text, " ");
                unit = unit_of(text, &length);
                if (unit == 0)
                        return -EINVAL;
                if (__builtin_mul_overflow(unit, (uint64_t) value, &product) ||
                    __builtin_add_overflow(sum, product, &sum))
                        return -ERANGE;
                text += length;
                text += strspn(text, " ");
        }
        *ret_usec = sum;
        return 0;
}

int parse_pci_address(const char *text, struct pci_address *ret) {
        static const char form[] = "xxxx:xx:xx.x";
        unsigned domain, bus, slot, function;

        for (size_t i = 0; i < sizeof(form); i++)
                if (form[i] == 'x' ? !isxdigit((unsigned char) text[i]) : text[i] != form[i])
                        return -EINVAL;
        if (sscanf(text, "%4x:%2x:%2x.%1x", &domain, &bus, &slot, &function) != 4)
                return -EINVAL;
        if (slot > 0x1f || function > 7)
                return -ERANGE;
        *ret = (struct pci_address){(uint16_t) domain, (uint8_t) bus, (uint8_t) slot,
                                    (uint8_t) function};
        return 0;
}

int parse_uuid(const char *text, uuid_t ret) {
        return uuid_parse(text, ret) < 0 ? -EINVAL : 0;
}

void pci_address_format(const struct pci_address *address, char ret[static PCI_ADDRESS_TEXT]) {
        snprintf(ret, PCI_ADDRESS_TEXT, "%04x:%02x:%02x.%x", address->domain, address->bus,
                 address->slot & 0x1fU, address->function & 7U);
}
