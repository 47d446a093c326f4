/* SPDX-License-Identifier: GPL-2.0-or-later */

/* update-initramfs -u alone takes the newest kernel, which is not the one that runs where an older
 * one is pinned; dracut and mkinitcpio -P take the right one, or all. On systems whose root is an
 * image (ostree, bootc) the initramfs is part of it, and dracut -f makes a file that nothing boots. */

#include "remedy.h"

#include <unistd.h>

#include "util.h"

static bool is_there(const char *path) {
        return access(path, F_OK) == 0;
}

static const char *image_command(void) {
        static const struct {
                const char *program, *command;
        } tools[] = {
                {"/usr/sbin/transactional-update", "transactional-update initrd"},
                {"/usr/sbin/update-initramfs", "update-initramfs -u -k $(uname -r)"},
                {"/usr/bin/dracut", "dracut -f"},
                {"/usr/sbin/dracut", "dracut -f"},
                {"/usr/bin/mkinitcpio",
                 "gvtd modprobe --print > /etc/modprobe.d/gvtd.conf && mkinitcpio -P"},
        };

        for (size_t i = 0; i < ARRAY_SIZE(tools); i++)
                if (access(tools[i].program, X_OK) == 0)
                        return tools[i].command;
        return NULL;
}

struct remedy remedy_look(void) {
        if (is_there("/run/ostree-booted"))
                return (struct remedy){.cmdline = is_there("/usr/bin/rpm-ostree")
                                                          ? CMDLINE_RPM_OSTREE
                                                          : CMDLINE_IMAGE};
        if (is_there("/etc/NIXOS"))
                return (struct remedy){.cmdline = CMDLINE_NIXOS};
        return (struct remedy){.image = image_command()};
}
