/* SPDX-License-Identifier: GPL-2.0-or-later */

/* vfio-pci and pci-stub take the devices whose ids they are given (drivers/vfio/pci/vfio_pci.c), pciback
 * those at the addresses, with or without their domain (drivers/xen/xen-pciback/pci_stub.c). */

#include "claim.h"

#include "cmdline.h"
#include "modprobe-d.h"
#include "printable.h"
#include "remedy.h"
#include "text.h"
#include "util.h"

static bool says(const struct place *place, const char *what) {
        return strcasestr(place->value, what) != NULL;
}

/* The others are about another device. Of several the last one counts, and without it the one before: where that does
 * not say so, none does. */
static void keep_with(const char *what, const struct places *all, struct places *ret) {
        ret->closed |= all->closed;
        if (all->n == 0 || !says(&all->items[all->n - 1], what))
                return;
        for (size_t i = 0; i < all->n; i++) {
                struct place place = all->items[i];

                if (!says(&place, what))
                        continue;
                place.value[0] = '\0';
                places_insert(ret, ret->n, &place);
        }
}

static int look(const char *module, const char *option, struct claim *ret) {
        char key[DRIVER_NAME_MAX + sizeof(".force_probe")];
        struct places all, list = {};
        int r = modprobe_d_find(module, option, &all);

        ret->remedy = remedy_look();
        snprintf(key, sizeof(key), "%s.%s", module, option);
        if (r >= 0)
                r = cmdline_add(key, &all);
        if (r >= 0 && !streq(module, "i915"))
                r = modprobe_d_find_list(module, option, &list);
        /* of an initramfs, whose modprobe.d may be another */
        keep_with(ret->what, &list, &ret->places);
        keep_with(ret->what, &all, &ret->places);
        return r;
}

int claim_look(const struct gpu *gpu, struct claim *ret) {
        bool by_address = streq(gpu->driver, "pciback");

        *ret = (struct claim){};
        if (by_address)
                snprintf(ret->what, sizeof(ret->what), "%s",
                         address_text(&gpu->address).text + strlen("0000:"));
        else
                snprintf(ret->what, sizeof(ret->what), "8086:%04x", gpu->device_id);
        return by_address ? look("xen-pciback", "hide", ret) : look(gpu->driver, "ids", ret);
}

int claim_look_refused(const struct gpu *gpu, struct claim *ret) {
        int r;

        *ret = (struct claim){};
        snprintf(ret->what, sizeof(ret->what), "!%04x", gpu->device_id);
        r = look("i915", "force_probe", ret);
        if (r < 0 || ret->places.n > 0)
                return r;
        strcpy(ret->what, "!*");
        return look("i915", "force_probe", ret);
}

int claim_look_invalid(const struct kernel_log *log, struct claim *ret) {
        const char *value = *log->value ? log->value : "1"; /* as a line's without one is taken */
        char key[sizeof("i915.") + sizeof(log->option)];
        struct places all;
        int r = modprobe_d_find("i915", log->option, &all);

        *ret = (struct claim){.remedy = remedy_look(), .places.closed = all.closed};
        snprintf(key, sizeof(key), "i915.%s", log->option);
        if (r >= 0)
                r = cmdline_add(key, &all);
        for (size_t i = 0; i < all.n; i++)
                if (streq(all.items[i].value, log->value) || streq(all.items[i].value, value))
                        places_insert(&ret->places, ret->places.n, &all.items[i]);
        places_make_printable(&ret->places);
        snprintf(ret->what, sizeof(ret->what), "%s=%s", log->option, log->value);
        make_printable(ret->what);
        return r;
}
