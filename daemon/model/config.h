/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The declaration: /etc/gvtd.ini and its drop-ins as typed values, plus everything found wrong
 * on the way, each finding with its file, line and remedy. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uuid/uuid.h>

#include "finding.h"
#include "parse.h"
#include "type-name.h"
#include "util.h"

/* More vGPUs of one type than any parent offers; a typing error's backstop, not a capacity. */
#define CONFIG_COUNT_MAX 1000

#define DECLARED_NAME_MAX 32

/* One declared vGPU, in the order of the ini. */
struct declared {
        uuid_t uuid;
        char type[TYPE_NAME_MAX]; /* as in sysfs, "i915-GVTg_V5_8" */
        const char *file;         /* borrowed from config.files */
        unsigned line;
        char name[DECLARED_NAME_MAX]; /* the comment behind it, by which its owner knows it; "": none */
        bool derived; /* from `count`, which is what file and line name */
};

/* A `count` until config_finish() turns it into vGPUs. */
struct declared_count {
        char type[TYPE_NAME_MAX];
        unsigned count;
        size_t place;     /* index into vgpus before which its own belong */
        const char *file; /* borrowed from config.files */
        unsigned line;
};

enum guc_option {
        GUC_UNSET = -1, /* i915's own default stays */
        GUC_OFF = 0,
        GUC_HUC_ONLY = 2, /* no submission, which excludes GVT-g: i915/intel_gvt.c */
};

struct config {
        bool device_auto;
        struct pci_address device; /* when not device_auto */
        char *group;               /* "": root only */
        const char *group_file;    /* borrowed from config.files; NULL: the default group */
        unsigned group_line;
        uint64_t wait_usec;
        bool recreate;
        bool remove_on_stop;
        enum guc_option enable_guc;

        struct declared *vgpus;
        size_t n_vgpus;
        const struct declared **by_uuid; /* the same, sorted, from config_finish() on */
        struct declared_count *counts; /* empty after config_finish() */
        size_t n_counts;

        struct findings findings;
        bool unreadable; /* the main file could not be read at all: an I/O error, a directory */
        bool closed; /* a part of it is not for this user to read: more may be declared */

        const char *main_file; /* borrowed: /etc/gvtd.ini, or that of -c */
        char **files; /* every file that was read, in order */
        size_t n_files;
};

/* Defaults, nothing declared. NULL when out of memory. */
struct config *config_new(void);
struct config *config_free(struct config *config);

static inline void config_freep(struct config **config) {
        config_free(*config);
}
#define _cleanup_config_ _cleanup_(config_freep)

/* Whether access is given to a group at all; the default one is no matter while nothing is declared. */
static inline bool config_has_group(const struct config *config) {
        return *config->group && (config->group_file || config->n_vgpus > 0);
}

/* As finding_add(). */
#define config_complain(config, severity, file, line, ...)                                         \
        finding_add(&(config)->findings, severity, CAUSE("config"), file, line, __VA_ARGS__)

/* The warning that the system knows no such group. -ENOMEM or 0. */
int config_complain_of_group(struct config *config);

/* Declares one vGPU, before config_finish(). -ENOMEM or 0. */
int config_declare(struct config *config, const struct declared *declared);

/* Declares `count` vGPUs of a type, in place of what an earlier count of that type said. Sets the
 * place. -ENOMEM or 0. */
int config_declare_count(struct config *config, const struct declared_count *count);

/* Notes the name of a file and returns the copy to borrow; NULL when out of memory. */
const char *config_add_file(struct config *config, const char *name);

/* Derives the UUIDs of `count` (version 5 of "TYPE INDEX" in `namespace`, INDEX from 0), places
 * them where the count stood, and finds UUIDs declared twice. -ENOMEM or 0. */
int config_finish(struct config *config, const uuid_t namespace);

/* Borrowed; NULL: not declared. After config_finish(). */
const struct declared *config_find_vgpu(const struct config *config, const uuid_t uuid);

static inline bool config_declares(const struct config *config, const uuid_t uuid) {
        return config_find_vgpu(config, uuid);
}

/* Whether it is surely not declared: with errors it may be, in a line that could not be taken. */
static inline bool config_leaves_out(const struct config *config, const uuid_t uuid) {
        return config->findings.n_errors == 0 && !config_declares(config, uuid);
}
