/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The C library's converters accept blanks, signs and trailing garbage; here the first character is
 * looked at before they run and the last one after. */

#include "parse.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <strings.h>

#include "util.h"

#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define DIGITS "0123456789"
#define BLANKS " \t"

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

int parse_unsigned(const char *text, unsigned min, unsigned max, unsigned *ret) {
        unsigned long value;
        char *end;

        if (!is_digit(text[0]))
                return -EINVAL;
        errno = 0;
        value = strtoul(text, &end, 10);
        if (*end)
                return -EINVAL;
        if (errno == ERANGE || value < min || value > max)
                return -ERANGE;
        *ret = (unsigned) value;
        return 0;
}

int parse_bool(const char *text, bool *ret) {
        static const struct {
                const char *word;
                bool value;
        } words[] = {{"yes", true},  {"y", true},  {"true", true},   {"t", true},
                     {"on", true},   {"1", true},  {"no", false},    {"n", false},
                     {"off", false}, {"0", false}, {"false", false}, {"f", false}};

        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (strcasecmp(text, words[i].word) == 0) {
                        *ret = words[i].value;
                        return 0;
                }
        return -EINVAL;
}

/* All units of systemd.time(7), in microseconds; a number without one counts seconds. A 0 is no
 * unit. */
static uint64_t unit_of(const char *name, size_t length) {
        static const struct {
                const char *names; /* each between bars */
                uint64_t usec;
        } units[] = {
                {"|us|usec|\302\265s|\316\274s|", 1}, /* micro sign, Greek mu */
                {"|ms|msec|", 1000},
                {"||s|sec|second|seconds|", SECOND},
                {"|m|min|minute|minutes|", MINUTE},
                {"|h|hr|hour|hours|", HOUR},
                {"|d|day|days|", DAY},
                {"|w|week|weeks|", 7 * DAY},
                {"|M|month|months|", UINT64_C(2629800000000)}, /* 30.44 days */
                {"|y|year|years|", UINT64_C(31557600000000)},  /* 365.25 days */
        };
        char key[16];

        if (length > sizeof(key) - sizeof("||") || memchr(name, '|', length))
                return 0;
        snprintf(key, sizeof(key), "|%.*s|", (int) length, name);
        for (size_t i = 0; i < ARRAY_SIZE(units); i++)
                if (strstr(units[i].names, key))
                        return units[i].usec;
        return 0;
}

/* The digits behind the point, of a unit; what is below a microsecond is dropped. */
static uint64_t fraction_of(const char *digits, uint64_t unit) {
        uint64_t usec = 0;

        for (; is_digit(*digits); digits++) {
                unit /= 10;
                usec += (uint64_t) (*digits - '0') * unit;
        }
        return usec;
}

/* One "NUMBER[.FRACTION] [UNIT]" at *text, which moves on behind it and the blanks that follow. */
static int parse_span(const char **text, uint64_t *ret_usec) {
        const char *p = *text, *fraction = "";
        uint64_t unit, whole;
        size_t length;
        char *end;

        if (!is_digit(*p))
                return -EINVAL;
        whole = strtoull(p, &end, 10); /* at most UINT64_MAX, which is too long in any unit */
        p = end;
        if (*p == '.') {
                fraction = ++p;
                p += strspn(p, DIGITS);
        }
        p += strspn(p, BLANKS);
        length = strcspn(p, DIGITS BLANKS ".");
        unit = unit_of(p, length);
        if (unit == 0)
                return -EINVAL;
        if (__builtin_mul_overflow(whole, unit, ret_usec) ||
            __builtin_add_overflow(*ret_usec, fraction_of(fraction, unit), ret_usec))
                return -ERANGE;
        p += length;
        *text = p + strspn(p, BLANKS);
        return 0;
}

int parse_timespan(const char *text, uint64_t *ret_usec) {
        uint64_t sum = 0, usec;

        if (streq(text, "infinity")) {
                *ret_usec = UINT64_MAX;
                return 0;
        }
        do {
                int r = parse_span(&text, &usec);
                if (r < 0)
                        return r;
                if (__builtin_add_overflow(sum, usec, &sum) || sum == UINT64_MAX)
                        return -ERANGE;
        } while (*text);
        *ret_usec = sum;
        return 0;
}

int parse_pci_address(const char *text, struct pci_address *ret) {
        static const char form[] = "xxxx:xx:xx.x";
        unsigned domain, bus, slot, function;

        /* sscanf() alone would take blanks and signs */
        for (size_t i = 0; i < sizeof(form); i++)
                if (form[i] == 'x' ? !isxdigit((unsigned char) text[i]) : text[i] != form[i])
                        return -EINVAL;
        (void) sscanf(text, "%4x:%2x:%2x.%1x", &domain, &bus, &slot, &function);
        if (slot > 0x1f || function > 7)
                return -ERANGE;
        *ret = (struct pci_address){(uint16_t) domain, (uint8_t) bus, (uint8_t) slot,
                                    (uint8_t) function};
        return 0;
}

int parse_pci_bar(const char *resource, unsigned bar, uint64_t *ret_size) {
        uint64_t start, end;

        for (; bar > 0; bar--) {
                resource = strchr(resource, '\n');
                if (!resource++)
                        return -EINVAL;
        }
        if (sscanf(resource, "%" SCNx64 " %" SCNx64, &start, &end) != 2)
                return -EINVAL;
        if (end <= start || end - start == UINT64_MAX)
                return -ERANGE;
        *ret_size = end - start + 1;
        return 0;
}

int parse_uuid(const char *text, uuid_t ret) {
        uuid_t uuid;

        if (uuid_parse(text, uuid) < 0)
                return -EINVAL;
        uuid_copy(ret, uuid);
        return 0;
}
