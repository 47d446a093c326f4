/* SPDX-License-Identifier: GPL-2.0-or-later */

/* vfio-pci and pci-stub take the devices whose ids they are given (drivers/vfio/pci/vfio_pci.c), pciback
 * those at the addresses, with or without their domain (drivers/xen/xen-pciback/pci_stub.c). */

#include "claim.h"

#include "cmdline.h"
#include "modprobe-d.h"
#include "remedy.h"
#include "text.h"
#include "util.h"

/* The others are about another device. */
static void keep_with(const char *what, const struct places *all, struct places *ret) {
        for (size_t i = 0; i < all->n; i++) {
                struct place place = all->items[i];

                if (!strcasestr(place.value, what))
                        continue;
                place.value[0] = '\0';
                places_insert(ret, ret->n, &place);
        }
}

int claim_look(const struct gpu *gpu, struct claim *ret) {
        bool by_address = streq(gpu->driver, "pciback");
        const char *module = by_address ? "xen-pciback" : gpu->driver;
        const char *option = by_address ? "hide" : "ids";
        char key[DRIVER_NAME_MAX + sizeof(".ids")];
        struct places all;
        int r = modprobe_find(module, option, &all);

        *ret = (struct claim){.remedy = remedy_look()};
        if (by_address)
                snprintf(ret->what, sizeof(ret->what), "%s",
                         address_text(&gpu->address).text + strlen("0000:"));
        else
                snprintf(ret->what, sizeof(ret->what), "8086:%04x", gpu->device_id);
        snprintf(key, sizeof(key), "%s.%s", module, option);
        if (r >= 0)
                r = cmdline_add(key, &all);
        keep_with(ret->what, &all, &ret->places);
        return r;
}
