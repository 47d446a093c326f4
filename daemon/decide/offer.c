/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The counts follow from BAR 2 and the devices present, never from available_instances (host.h says
 * why), so they are the same before and after the reboot that turns GVT-g on. */

#include "offer.h"

#include "platform.h"
#include "util.h"

struct pool pool_now(const struct host *host, const struct gpu *gpu) {
        struct pool pool = pool_of(gpu->aperture, gpu->ggtt);

        for (size_t i = 0; i < host->n_mdevs; i++) {
                const struct type_size *size = type_size_find(host->mdevs[i].type);

                if (size && mdev_is_on(&host->mdevs[i], gpu))
                        pool_charge(&pool, size);
        }
        return pool;
}

struct pool pool_planned(const struct config *config, const struct host *host,
                         const struct gpu *gpu) {
        struct pool pool = pool_now(host, gpu);

        for (size_t i = 0; i < config->n_vgpus; i++) {
                const struct type_size *size = type_size_find(config->vgpus[i].type);

                if (size && !host_find_mdev(host, config->vgpus[i].uuid))
                        (void) pool_take(&pool, size);
        }
        return pool;
}

/* Type names carry V4 on gen8 and V5 on gen9; a parent that is registered has the last word. */
static bool offers_name(const struct gpu *gpu, const struct type_size *size, char *ret) {
        static const char *const versions[] = {"V4", "V5"};
        const struct platform *platform = platform_find(gpu->device_id);

        for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
                snprintf(ret, TYPE_NAME_MAX, "i915-GVTg_%s_%u", versions[i], size->number);
                if (gpu->registered
                            ? gpu_offers(gpu, ret)
                            : platform && platform->types && streq(platform->types, versions[i]) &&
                                      type_listed(size, gpu->aperture))
                        return true;
        }
        return false;
}

size_t offers_make(const struct config *config, const struct host *host, const struct gpu *gpu,
                   struct offer ret[static OFFERS_MAX]) {
        struct pool empty = pool_of(gpu->aperture, gpu->ggtt);
        struct pool now = pool_now(host, gpu), planned = pool_planned(config, host, gpu);
        size_t n = 0, n_sizes;
        const struct type_size *sizes = type_sizes(&n_sizes);

        for (size_t i = 0; i < n_sizes && n < OFFERS_MAX; i++) {
                if (!offers_name(gpu, &sizes[i], ret[n].name))
                        continue;
                ret[n].size = &sizes[i];
                ret[n].fit_empty = pool_count(&empty, &sizes[i]);
                ret[n].fit_now = pool_count(&now, &sizes[i]);
                ret[n].fit_planned = pool_count(&planned, &sizes[i]);
                n++;
        }
        return n;
}

bool offers_have(const struct offer *offers, size_t n, const char *type) {
        for (size_t i = 0; i < n; i++)
                if (streq(offers[i].name, type))
                        return true;
        return false;
}

const struct offer *offers_choose(const struct offer *offers, size_t n_offers, const char *type,
                                  unsigned n) {
        for (size_t i = n_offers; i-- > 0;)
                if ((!type || streq(offers[i].name, type)) && offers[i].fit_planned >= n)
                        return &offers[i];
        return NULL;
}
