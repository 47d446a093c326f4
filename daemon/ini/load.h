/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* From paths to a configuration. */

struct config;

enum load_flags {
        LOAD_OPTIONS = 1 << 0, /* the options alone: no UUIDs are derived, so no machine id is needed */
        LOAD_PIPE = 1 << 1,    /* `file` may be a pipe, which has one reader, once, and may keep him waiting */
};

/* PATH_CONFIG (which may be missing) and its drop-ins in name order, or, with `file`, exactly that
 * one (which must exist). What is no regular file, unreadable, or too large is a
 * finding. Includes config_finish(), the namespace from the machine id
 * (sd_id128_get_machine_app_specific). Returns -errno only when out of memory or descriptors, or when
 * there is a `count` and a machine id that cannot be read now. Whether the group is known is not looked
 * at: a name service may take its time (group.h). */
int config_load(const char *file, enum load_flags flags, struct config **ret);

/* The same for any pair of paths. Without `dropins`, `file` is one named by the user. */
int config_load_from(const char *file, const char *dropins, enum load_flags flags, struct config **ret);
