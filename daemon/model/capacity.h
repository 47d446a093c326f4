/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The arithmetic by which GVT-g grants vGPUs: intel_gvt_init_vgpu_types() and
 * intel_vgpu_get_available() in drivers/gpu/drm/i915/gvt. An upper bound: create may still answer
 * ENOSPC where the host's own objects fragment the aperture. Pure. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* vGPU ids are 1 to 7: idr_alloc() up to GVT_MAX_VGPU, exclusive (gvt/vgpu.c). */
#define CAPACITY_IDS 7

/* What one vGPU of a type takes. */
struct type_size {
        unsigned number;   /* the name's last part: 8, 4, 2 or 1 to a GPU */
        uint64_t low_gm;   /* bytes of aperture */
        uint64_t high_gm;  /* bytes of graphics memory behind it */
        unsigned fences;
        unsigned xres, yres;
};

/* What is left for guests. */
struct pool {
        uint64_t low_gm;
        uint64_t high_gm;
        unsigned fences;
        unsigned ids;
};

/* By full type name ("i915-GVTg_V5_8"); NULL for a name that GVT-g cannot have. */
const struct type_size *type_size_find(const char *type);
/* The four sizes, smallest first, as GVT-g walks them. */
const struct type_size *type_sizes(size_t *ret_n);

/* An empty GPU's pool, the host's share taken off. Sizes in bytes. */
struct pool pool_of(uint64_t aperture, uint64_t ggtt);
/* Takes one vGPU out of the pool; false, and nothing taken, when it does not fit. */
bool pool_take(struct pool *pool, const struct type_size *size);
/* The same for one that is there and becomes another: it needs what that has more. */
bool pool_grow(struct pool *pool, const struct type_size *from, const struct type_size *to);
/* Takes out what is already there, as far as there is anything left. */
void pool_charge(struct pool *pool, const struct type_size *size);
/* How many of this type alone still fit. */
unsigned pool_count(const struct pool *pool, const struct type_size *size);
/* Whether GVT-g lists the type at all with this aperture. */
bool type_listed(const struct type_size *size, uint64_t aperture);
