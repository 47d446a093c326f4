/* SPDX-License-Identifier: GPL-2.0-or-later */

/* vfio-pci and pci-stub take the devices whose ids they are given: drivers/vfio/pci/vfio_pci.c. */

#include "claim.h"

#include "cmdline.h"
#include "modprobe-d.h"
#include "remedy.h"
#include "util.h"

/* Those that do not have the id are another device's. */
static void keep_with(const char *id, const struct places *all, struct places *ret) {
        for (size_t i = 0; i < all->n; i++) {
                struct place place = all->items[i];

                if (!strcasestr(place.value, id))
                        continue;
                place.value[0] = '\0';
                places_insert(ret, ret->n, &place);
        }
}

int claim_look(const struct gpu *gpu, struct claim *ret) {
        char key[DRIVER_NAME_MAX + sizeof(".ids")], id[sizeof("8086:ffff")];
        struct places all;
        int r = modprobe_find(gpu->driver, "ids", &all);

        *ret = (struct claim){.remedy = remedy_look()};
        snprintf(key, sizeof(key), "%s.ids", gpu->driver);
        snprintf(id, sizeof(id), "8086:%04x", gpu->device_id);
        if (r >= 0)
                r = cmdline_add(key, &all);
        keep_with(id, &all, &ret->places);
        return r;
}
