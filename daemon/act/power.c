/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "power.h"

#include <errno.h>

#include "note.h"
#include "notes.h"
#include "parse.h"
#include "sysfs.h"
#include "util.h"

#define CONTROL "power/control"

int power_hold(int gpu, const struct pci_address *address, int notes) {
        struct pci_address noted;
        char text[16];
        int r = sysfs_read(gpu, CONTROL, text, sizeof(text));

        if (r < 0 || !streq(text, "auto"))
                return r < 0 ? r : 0;
        /* What a crash has left of another one is that one's only way back. */
        r = awake_read(notes, &noted);
        if (r < 0 || (r > 0 && !same_address(&noted, address)))
                return r < 0 ? r : -EBUSY;
        r = awake_write(notes, address);
        if (r < 0) {
                (void) awake_drop(notes);
                return r;
        }
        return sysfs_write(gpu, CONTROL, "on");
}

int power_release(int gpu, const struct pci_address *address, int notes) {
        struct pci_address noted;
        int r = awake_read(notes, &noted);

        if (r <= 0 || !same_address(&noted, address))
                return r < 0 ? r : 0;
        r = gpu < 0 ? 0 : unless_gone(sysfs_write(gpu, CONTROL, "auto"));
        return r < 0 ? r : awake_drop(notes);
}
