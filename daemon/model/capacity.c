/* SPDX-License-Identifier: GPL-2.0-or-later */

/* vgpu_types[] and the accounting of drivers/gpu/drm/i915/gvt/{vgpu,aperture_gm,kvmgt}.c, the same
 * in every kernel from 4.16 on. A vGPU takes a piece of the aperture (low), one of the graphics
 * memory behind it (high), fence registers and an id; the scarcest of the four decides. */

#include "capacity.h"

#include "util.h"

/* HOST_LOW_GM_SIZE, HOST_HIGH_GM_SIZE, HOST_FENCE in gvt/gvt.h; 32 fences since gen4. */
#define HOST_LOW    (128 * MIB)
#define HOST_HIGH   (384 * MIB)
#define HOST_FENCES 4
#define ALL_FENCES  32

static const struct type_size sizes[] = {
        {8, 64 * MIB, 384 * MIB, 4, 1024, 768},
        {4, 128 * MIB, 512 * MIB, 4, 1920, 1200},
        {2, 256 * MIB, 1024 * MIB, 4, 1920, 1200},
        {1, 512 * MIB, 2048 * MIB, 4, 1920, 1200},
};

static uint64_t minus(uint64_t a, uint64_t b) {
        return a > b ? a - b : 0;
}

static uint64_t min(uint64_t a, uint64_t b) {
        return a < b ? a : b;
}

const struct type_size *type_size_find(const char *type) {
        static const char prefix[] = "i915-GVTg_V";
        const char *rest;

        if (strncmp(type, prefix, strlen(prefix)) != 0)
                return NULL;
        rest = type + strlen(prefix);
        if ((rest[0] != '4' && rest[0] != '5') || rest[1] != '_' || !rest[2] || rest[3])
                return NULL;
        for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
                if (sizes[i].number == (unsigned) (rest[2] - '0'))
                        return &sizes[i];
        return NULL;
}

const struct type_size *type_sizes(size_t *ret_n) {
        *ret_n = ARRAY_SIZE(sizes);
        return sizes;
}

struct pool pool_of(uint64_t aperture, uint64_t ggtt) {
        return (struct pool){
                .low_gm = minus(aperture, HOST_LOW),
                .high_gm = minus(minus(ggtt, aperture), HOST_HIGH),
                .fences = ALL_FENCES - HOST_FENCES,
                .ids = CAPACITY_IDS,
        };
}

bool pool_take(struct pool *pool, const struct type_size *size) {
        if (pool_count(pool, size) == 0)
                return false;
        pool_charge(pool, size);
        return true;
}

bool pool_grow(struct pool *pool, const struct type_size *from, const struct type_size *to) {
        uint64_t low_gm = minus(to->low_gm, from->low_gm), high_gm = minus(to->high_gm, from->high_gm);

        if (pool->low_gm < low_gm || pool->high_gm < high_gm)
                return false;
        pool->low_gm -= low_gm;
        pool->high_gm -= high_gm;
        return true; /* all take as many fences, and one id */
}

void pool_charge(struct pool *pool, const struct type_size *size) {
        pool->low_gm = minus(pool->low_gm, size->low_gm);
        pool->high_gm = minus(pool->high_gm, size->high_gm);
        pool->fences = (unsigned) minus(pool->fences, size->fences);
        pool->ids = (unsigned) minus(pool->ids, 1);
}

unsigned pool_count(const struct pool *pool, const struct type_size *size) {
        uint64_t memory = min(pool->low_gm / size->low_gm, pool->high_gm / size->high_gm);
        uint64_t others = min(pool->fences / size->fences, pool->ids);

        return (unsigned) min(memory, others);
}

bool type_listed(const struct type_size *size, uint64_t aperture) {
        return minus(aperture, HOST_LOW) >= size->low_gm;
}
