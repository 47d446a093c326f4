/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Every vGPU there is to speak of: the declared ones, present or not, and the others. Pure. */

#include <stdbool.h>
#include <stddef.h>
#include <uuid/uuid.h>

#include "config.h"
#include "host.h"

struct plan;

enum vgpu_state {
        VGPU_READY,    /* declared and there, verified, open to the group */
        VGPU_PRESENT,  /* declared and there, and gvtd has not (yet) vouched for it */
        VGPU_MISTYPED, /* declared, and there with another type or on another GPU */
        VGPU_ABSENT,   /* declared, not there */
        VGPU_LEFTOVER, /* gvtd's own, no longer declared: goes when idle */
        VGPU_FOREIGN,  /* not declared, made by something else */
};

/* One line of the table. */
struct vgpu {
        uuid_t uuid;
        const char *type; /* as it is; as declared when absent. Borrowed */
        const char *name; /* the comment behind it in the ini; "": none. Borrowed */
        enum vgpu_state state;
        bool owned;                   /* gvtd made it */
        const struct mdev *mdev;      /* borrowed from the host; NULL when absent */
};

const char *vgpu_state_name(enum vgpu_state state);
/* The declared ones in the order of the ini, then the others. NULL when out of memory. */
struct vgpu *inventory_make(const struct plan *plan, size_t *ret_n);
/* "pid 4321 win10", or the command where it is no guest; "": nobody. */
void inventory_brief_holder(const struct holder *holder, char *ret, size_t size);
