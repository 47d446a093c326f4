/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "step.h"

#include <stdio.h>

#define SAY(...) snprintf(step.text, sizeof(step.text), __VA_ARGS__)

struct step step_add(const struct remedy *remedy, const char *argument) {
        struct step step;

        switch (remedy->cmdline) {
        case CMDLINE_RPM_OSTREE:
                SAY("run `rpm-ostree kargs --append-if-missing=%s`", argument);
                break;
        case CMDLINE_IMAGE:
                SAY("add %s to the image's kernel arguments (/usr/lib/bootc/kargs.d)", argument);
                break;
        case CMDLINE_NIXOS:
                SAY("add \"%s\" to boot.kernelParams, run `nixos-rebuild boot`", argument);
                break;
        case CMDLINE_BOOT_LOADER:
                SAY("add %s to the kernel command line", argument);
        }
        return step;
}

struct step step_remove(const struct remedy *remedy, const char *argument) {
        struct step step;

        switch (remedy->cmdline) {
        case CMDLINE_RPM_OSTREE:
                SAY("run `rpm-ostree kargs --delete-if-present=%s`", argument);
                break;
        case CMDLINE_IMAGE:
                SAY("remove it from the image's kernel arguments (/usr/lib/bootc/kargs.d)");
                break;
        case CMDLINE_NIXOS:
                SAY("remove it from boot.kernelParams, run `nixos-rebuild boot`");
                break;
        case CMDLINE_BOOT_LOADER:
                SAY("remove it in the boot loader's configuration");
        }
        return step;
}
