/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "power.h"

#include "note.h"
#include "parse.h"
#include "sysfs.h"
#include "util.h"

#define CONTROL "power/control"

int power_hold(int gpu, const struct pci_address *address, int notes) {
        char text[16];
        int r = sysfs_read(gpu, CONTROL, text, sizeof(text));

        if (r < 0 || !streq(text, "auto"))
                return r < 0 ? r : 0;
        r = awake_write(notes, address);
        if (r < 0) {
                (void) awake_drop(notes);
                return r;
        }
        return sysfs_write(gpu, CONTROL, "on");
}

int power_release(int gpu, int notes) {
        struct pci_address address;
        int r = awake_read(notes, &address);

        if (r <= 0)
                return r;
        r = gpu < 0 ? 0 : unless_gone(sysfs_write(gpu, CONTROL, "auto"));
        return r < 0 ? r : awake_drop(notes);
}
