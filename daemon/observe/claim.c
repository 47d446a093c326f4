/* SPDX-License-Identifier: GPL-2.0-or-later */

/* vfio-pci and pci-stub take the devices whose ids they are given: drivers/vfio/pci/vfio_pci.c. */

#include "claim.h"

#include "cmdline.h"
#include "modprobe-d.h"
#include "remedy.h"
#include "util.h"

int claim_look(const struct gpu *gpu, struct claim *ret) {
        char key[DRIVER_NAME_MAX + sizeof(".ids")], id[sizeof("8086:ffff")], value[1024];
        int r;

        *ret = (struct claim){.remedy = remedy_look()};
        snprintf(key, sizeof(key), "%s.ids", gpu->driver);
        snprintf(id, sizeof(id), "8086:%04x", gpu->device_id);
        r = cmdline_get(key, value, sizeof(value));
        ret->cmdline = r > 0 && strcasestr(value, id);
        if (r < 0)
                return r;
        r = modprobe_find(gpu->driver, "ids", &ret->place);
        ret->conf = r > 0 && strcasestr(ret->place.value, id);
        return r;
}
