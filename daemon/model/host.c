/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Look-ups over the observed machine. Pure. */

#include "host.h"

#include "text.h"
#include "util.h"

struct host *host_free(struct host *host) {
        if (!host)
                return NULL;
        for (size_t i = 0; i < host->n_gpus; i++)
                free(host->gpus[i].types);
        free(host->gpus);
        free(host->mdevs);
        free(host->notes);
        free(host);
        return NULL;
}

static int mdev_compare(const void *a, const void *b) {
        return uuid_compare(((const struct mdev *) a)->uuid, ((const struct mdev *) b)->uuid);
}

static int note_compare(const void *a, const void *b) {
        return uuid_compare(((const struct note *) a)->uuid, ((const struct note *) b)->uuid);
}

void host_sort(struct host *host) {
        if (host->n_mdevs > 0)
                qsort(host->mdevs, host->n_mdevs, sizeof(struct mdev), mdev_compare);
        if (host->n_notes > 0)
                qsort(host->notes, host->n_notes, sizeof(struct note), note_compare);
}

struct mdev *host_find_mdev(const struct host *host, const uuid_t uuid) {
        struct mdev key;

        if (host->n_mdevs == 0)
                return NULL;
        uuid_copy(key.uuid, uuid);
        return bsearch(&key, host->mdevs, host->n_mdevs, sizeof(struct mdev), mdev_compare);
}

const struct note *host_find_note(const struct host *host, const uuid_t uuid) {
        struct note key;

        if (host->n_notes == 0)
                return NULL;
        uuid_copy(key.uuid, uuid);
        return bsearch(&key, host->notes, host->n_notes, sizeof(struct note), note_compare);
}

bool note_is_of(const struct note *note, const struct mdev *mdev) {
        return note->ready_inode == 0 || note->ready_inode == mdev->inode;
}

bool host_owns(const struct host *host, const struct mdev *mdev) {
        const struct note *note = host_find_note(host, mdev->uuid);

        return note && note->owned && (note->inode == 0 || note->inode == mdev->inode);
}

/* xe takes what never had GVT-g; its table goes on when this one has ended. */
const struct platform *gpu_platform(const struct gpu *gpu) {
        static const struct platform later = {"later than Comet Lake", PLATFORM_LATER, NULL, NULL};
        const struct platform *platform = platform_find(gpu->device_id);

        return platform || !streq(gpu->driver, "xe") ? platform : &later;
}

/* How likely this is the GPU meant by `auto`. An unknown id ranks above one known not to have it. */
static unsigned gpu_rank(const struct gpu *gpu) {
        const struct platform *platform = gpu_platform(gpu);

        if (gpu->registered)
                return 4;
        if (platform && platform->answer == PLATFORM_GVTG)
                return 3;
        return platform ? 1 : 2;
}

/* Of equals the first on the bus, which is the integrated one: sysfs has them in no order. */
static bool is_likelier(const struct gpu *a, const struct gpu *b) {
        unsigned rank_a = gpu_rank(a), rank_b = gpu_rank(b);

        return rank_a != rank_b ? rank_a > rank_b
                                : strcmp(address_text(&a->address).text, address_text(&b->address).text) < 0;
}

const struct gpu *host_likely_gpu(const struct host *host) {
        const struct gpu *best = NULL;

        for (size_t i = 0; i < host->n_gpus; i++)
                if (!best || is_likelier(&host->gpus[i], best))
                        best = &host->gpus[i];
        return best;
}

const struct gpu *host_choose_gpu(const struct host *host, const struct config *config) {
        if (config->device_auto)
                return host_likely_gpu(host);
        for (size_t i = 0; i < host->n_gpus; i++)
                if (same_address(&host->gpus[i].address, &config->device))
                        return &host->gpus[i];
        return NULL;
}

bool gpu_offers(const struct gpu *gpu, const char *type) {
        for (size_t i = 0; i < gpu->n_types; i++)
                if (streq(gpu->types[i].name, type))
                        return true;
        return false;
}

bool mdev_is_on(const struct mdev *mdev, const struct gpu *gpu) {
        return mdev->on_pci && same_address(&mdev->parent, &gpu->address);
}
