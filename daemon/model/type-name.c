/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "type-name.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "util.h"

/* What GVT-g can call a type: gen8 has V4, gen9 V5 (drivers/gpu/drm/i915/gvt/vgpu.c). */
static const char *const types[] = {
        "i915-GVTg_V4_1", "i915-GVTg_V4_2", "i915-GVTg_V4_4", "i915-GVTg_V4_8",
        "i915-GVTg_V5_1", "i915-GVTg_V5_2", "i915-GVTg_V5_4", "i915-GVTg_V5_8",
};

bool type_name_is_valid(const char *name) {
        for (size_t i = 0; i < ARRAY_SIZE(types); i++)
                if (streq(name, types[i]))
                        return true;
        return false;
}

static const char *skip(const char *name, const char *prefix) {
        while (*name && !isalnum((unsigned char) *name))
                name++;
        return strncasecmp(name, prefix, strlen(prefix)) == 0 ? name + strlen(prefix) : name;
}

/* The letters and digits of the version, small: what is left of the name when path, prefix, case or
 * punctuation are wrong. */
static void essence_of(const char *name, char ret[static TYPE_NAME_MAX]) {
        const char *slash = strrchr(name, '/');
        size_t n = 0;

        name = skip(skip(slash ? slash : name, "i915"), "gvtg");
        for (; *name && n < TYPE_NAME_MAX - 1; name++)
                if (isalnum((unsigned char) *name))
                        ret[n++] = (char) tolower((unsigned char) *name);
        ret[n] = '\0';
}

/* With something behind it: a guest's name, a number, a path. */
static bool holds(const char *name, const char *type) {
        const char *start = strcasestr(name, type);

        return start && !isalnum((unsigned char) start[strlen(type)]);
}

const char *type_name_closest(const char *name) {
        char essence[TYPE_NAME_MAX], other[TYPE_NAME_MAX];

        essence_of(name, essence);
        for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
                essence_of(types[i], other);
                if (streq(essence, other) || holds(name, types[i]))
                        return types[i];
        }
        return NULL;
}

bool type_name_is_meant(const char *name) {
        return strcasestr(name, "i915") || strcasestr(name, "gvtg");
}
