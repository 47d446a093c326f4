/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The configuration as a value: its defaults, its findings, and what can only be said when all
 * files are read: which UUIDs `count` stands for and which are declared twice. Reading text is
 * ini/keys.c, finding files ini/load.c. */

#include "config.h"

#include <errno.h>

#include "names.h"
#include "text.h"
#include "util.h"

#define WAIT_DEFAULT_USEC UINT64_C(90000000)
#define GROUP_DEFAULT     "kvm"

struct config *config_new(void) {
        struct config *config = calloc(1, sizeof(*config));

        if (!config)
                return NULL;
        config->device_auto = true;
        config->group = strdup(GROUP_DEFAULT);
        config->wait_usec = WAIT_DEFAULT_USEC;
        config->recreate = true;
        config->enable_guc = GUC_UNSET;
        config->main_file = PATH_CONFIG;
        return config->group ? config : config_free(config);
}

struct config *config_free(struct config *config) {
        if (!config)
                return NULL;
        for (size_t i = 0; i < config->n_files; i++)
                free(config->files[i]);
        findings_done(&config->findings);
        free(config->files);
        free(config->counts);
        free(config->by_uuid);
        free(config->vgpus);
        free(config->group);
        free(config);
        return NULL;
}

int config_complain_of_group(struct config *config) {
        bool is_default = !config->group_file;

        return config_complain(config, SEVERITY_WARNING, is_default ? config->main_file : config->group_file,
                           config->group_line,
                           "unknown group \"%s\"%s, so the vGPUs stay root's; expected one that "
                           "getent group lists, or none (group =)",
                           quote(config->group).text, is_default ? " (the default)" : "");
}

int config_declare(struct config *config, const struct declared *declared) {
        struct declared *vgpus = grow(config->vgpus, config->n_vgpus, sizeof(*vgpus));

        if (!vgpus)
                return -ENOMEM;
        config->vgpus = vgpus;
        vgpus[config->n_vgpus++] = *declared;
        return 0;
}

int config_declare_count(struct config *config, const struct declared_count *count) {
        struct declared_count *counts;

        for (size_t i = 0; i < config->n_counts; i++) {
                struct declared_count *earlier = &config->counts[i];

                if (!streq(earlier->type, count->type))
                        continue;
                /* the later number holds, the place, which is the rank, remains */
                earlier->count = count->count;
                earlier->file = count->file;
                earlier->line = count->line;
                return 0;
        }
        counts = grow(config->counts, config->n_counts, sizeof(*counts));
        if (!counts)
                return -ENOMEM;
        config->counts = counts;
        counts[config->n_counts] = *count;
        counts[config->n_counts++].place = config->n_vgpus;
        return 0;
}

const char *config_add_file(struct config *config, const char *name) {
        char **files = grow(config->files, config->n_files, sizeof(*files));
        char *copy;

        if (!files)
                return NULL;
        config->files = files;
        copy = strdup(name);
        if (copy)
                files[config->n_files++] = copy;
        return copy;
}

static void derive(struct declared *ret, const struct declared_count *count, unsigned index,
                   const uuid_t namespace) {
        char name[TYPE_NAME_MAX + sizeof(" 4294967295")];
        int length = snprintf(name, sizeof(name), "%s %u", count->type, index);

        *ret = (struct declared){.file = count->file, .line = count->line, .derived = true};
        memcpy(ret->type, count->type, sizeof(ret->type));
        uuid_generate_sha1(ret->uuid, namespace, name, (size_t) length);
}

/* Puts the vGPUs of every `count` among the listed ones; the counts are in the order of places. */
static int expand_counts(struct config *config, const uuid_t namespace) {
        size_t total = config->n_vgpus, from = 0, to = 0;
        struct declared *all;

        for (size_t i = 0; i < config->n_counts; i++)
                total += config->counts[i].count;
        if (total == config->n_vgpus)
                return 0;
        all = calloc(total, sizeof(*all));
        if (!all)
                return -ENOMEM;
        for (size_t i = 0; i < config->n_counts; i++) {
                const struct declared_count *count = &config->counts[i];

                while (from < count->place)
                        all[to++] = config->vgpus[from++];
                for (unsigned k = 0; k < count->count; k++)
                        derive(&all[to++], count, k, namespace);
        }
        while (from < config->n_vgpus)
                all[to++] = config->vgpus[from++];
        free(config->vgpus);
        config->vgpus = all;
        config->n_vgpus = total;
        config->n_counts = 0;
        return 0;
}

/* By UUID, and then by place: both point into the same array. */
static int compare(const void *a, const void *b) {
        const struct declared *const *x = a, *const *y = b;
        int r = uuid_compare((*x)->uuid, (*y)->uuid);

        return r != 0 ? r : (*x > *y) - (*x < *y);
}

static int sort_by_uuid(struct config *config) {
        const struct declared **sorted = reallocarray(config->by_uuid, config->n_vgpus + 1,
                                                      sizeof(*sorted));

        if (!sorted)
                return -ENOMEM;
        config->by_uuid = sorted;
        for (size_t i = 0; i < config->n_vgpus; i++)
                sorted[i] = &config->vgpus[i];
        qsort(sorted, config->n_vgpus, sizeof(*sorted), compare);
        return 0;
}

static int find_twice(struct config *config, const struct declared *first,
                      const struct declared *again) {
        if (again->derived)
                return config_complain(config, SEVERITY_ERROR, again->file, again->line,
                                   "count stands for UUID %s, which is already declared at "
                                   "%s:%u; remove that entry, count brings it",
                                   uuid_text(again->uuid).text, first->file, first->line);
        return config_complain(config, SEVERITY_ERROR, again->file, again->line,
                           "UUID %s is declared twice, first at %s:%u%s; "
                           "every vGPU needs a UUID of its own",
                           uuid_text(again->uuid).text, first->file, first->line,
                           first->derived ? " (it belongs to that count)" : "");
}

/* firsts[i] becomes the index of the first declaration of the UUID that vgpus[i] has. */
static void find_firsts(const struct config *config, size_t *firsts) {
        const struct declared *first = NULL;

        for (size_t i = 0; i < config->n_vgpus; i++) {
                const struct declared *vgpu = config->by_uuid[i];

                if (!first || uuid_compare(first->uuid, vgpu->uuid) != 0)
                        first = vgpu;
                firsts[vgpu - config->vgpus] = (size_t) (first - config->vgpus);
        }
}

/* Reports every UUID that is not the first of its kind, and lets the first one stand. */
static int drop_twice(struct config *config) {
        _cleanup_free_ size_t *firsts = calloc(config->n_vgpus + 1, sizeof(*firsts));
        size_t kept = 0;

        if (!firsts)
                return -ENOMEM;
        find_firsts(config, firsts);
        for (size_t i = 0; i < config->n_vgpus; i++) {
                int r;

                if (firsts[i] == i)
                        continue;
                r = find_twice(config, &config->vgpus[firsts[i]], &config->vgpus[i]);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < config->n_vgpus; i++)
                if (firsts[i] == i)
                        config->vgpus[kept++] = config->vgpus[i];
        config->n_vgpus = kept;
        return 0;
}

int config_finish(struct config *config, const uuid_t namespace) {
        int r = expand_counts(config, namespace);

        if (r < 0)
                return r;
        r = sort_by_uuid(config);
        if (r < 0)
                return r;
        r = drop_twice(config);
        /* The places have changed. */
        return r < 0 ? r : sort_by_uuid(config);
}

static int compare_uuid(const void *uuid, const void *declared) {
        return uuid_compare(uuid, (*(const struct declared *const *) declared)->uuid);
}

const struct declared *config_find_vgpu(const struct config *config, const uuid_t uuid) {
        const struct declared **found = NULL;

        if (config->n_vgpus > 0)
                found = bsearch(uuid, config->by_uuid, config->n_vgpus, sizeof(*found),
                                compare_uuid);
        return found ? *found : NULL;
}
