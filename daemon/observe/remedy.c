/* SPDX-License-Identifier: GPL-2.0-or-later */

/* update-initramfs -u alone takes the newest kernel, which is not the one that runs where an older
 * one is pinned; dracut and mkinitcpio -P take the right one, or all. On Arch the boot loader knows an
 * image by the name of the kernel's package, which dracut has to be told; others have a command of their
 * own around it (EndeavourOS; Limine's, without which mkinitcpio -P finds no preset), or a name that only
 * they know. On openSUSE some boot loaders take it from the EFI partition, where dracut alone puts none. On
 * systems whose root is an image (ostree, bootc) the initramfs is part of it, and dracut -f makes a file that
 * nothing boots. */

#include "remedy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "names.h"
#include "sysfs.h"
#include "util.h"

static bool is_there(const char *path) {
        return access(path, F_OK) == 0;
}

#define DRACUT "dracut -f"
#define COPY   "gvtd modprobe --print > /etc/modprobe.d/gvtd.conf"

static const char *dracut_command(void) {
        char package[64], path[sizeof("/boot/initramfs-.img") + sizeof(package)];

        if (kernel_package(package, sizeof(package)) <= 0)
                return DRACUT;
        snprintf(path, sizeof(path), "/boot/initramfs-%s.img", package);
        return is_there(path) ? DRACUT " /boot/initramfs-$(cat /usr/lib/modules/$(uname -r)/pkgbase).img" : NULL;
}

#define SDBOOTUTIL "sdbootutil mkinitrd"

/* LOADER_TYPE="grub2-bls", in a file that the shell reads. */
static bool boots_from_esp(void) {
        _cleanup_fclose_ FILE *stream = fopen("/etc/sysconfig/bootloader", "re");
        char line[256];

        while (stream && fgets(line, sizeof(line), stream)) {
                char *value = line + strlen("LOADER_TYPE=");

                if (strncmp(line, "LOADER_TYPE=", strlen("LOADER_TYPE=")) != 0)
                        continue;
                value += strspn(value, "\"'");
                value[strcspn(value, "\"'\n")] = '\0';
                return streq(value, "grub2-bls") || streq(value, "systemd-boot");
        }
        return false;
}

static struct remedy look_for_tool(void) {
        static const struct {
                const char *program;
                struct remedy remedy;
        } tools[] = {
                {"/usr/sbin/transactional-update", {"transactional-update initrd"}},
                {"/usr/sbin/update-initramfs", {"update-initramfs -u -k $(uname -r)"}},
                {"/usr/bin/sdbootutil", {SDBOOTUTIL, .elsewhere = true}},
                {"/usr/bin/reinstall-kernels", {"reinstall-kernels"}},
                {"/usr/bin/dracut-rebuild", {"dracut-rebuild"}},
                {"/usr/bin/dracut", {DRACUT}},
                {"/usr/sbin/dracut", {DRACUT}},
                {"/usr/bin/limine-mkinitcpio", {COPY " && limine-mkinitcpio", .copies = true, .elsewhere = true}},
                {"/usr/bin/mkinitcpio", {COPY " && mkinitcpio -P", .copies = true}},
        };

        for (size_t i = 0; i < ARRAY_SIZE(tools); i++) {
                struct remedy remedy = tools[i].remedy;

                if (access(tools[i].program, X_OK) < 0 || (streq(remedy.image, SDBOOTUTIL) && !boots_from_esp()))
                        continue;
                if (streq(remedy.image, DRACUT))
                        remedy.image = dracut_command();
                return remedy;
        }
        return (struct remedy){};
}

struct remedy remedy_look(void) {
        if (is_there("/run/ostree-booted"))
                return (struct remedy){.cmdline = is_there("/usr/bin/rpm-ostree") ? CMDLINE_RPM_OSTREE : CMDLINE_IMAGE};
        if (is_there("/etc/NIXOS"))
                return (struct remedy){.cmdline = CMDLINE_NIXOS};
        return look_for_tool();
}

int kernel_package(char *ret, size_t size) {
        char path[sizeof(PATH_KERNELS "//pkgbase") + sizeof(((struct utsname *) 0)->release)];
        struct utsname name;

        if (uname(&name) < 0)
                return -errno;
        snprintf(path, sizeof(path), PATH_KERNELS "/%s/pkgbase", name.release);
        return sysfs_read(AT_FDCWD, path, ret, size);
}

int is_stored(const char *path) {
        _cleanup_free_ char *target = realpath(path, NULL);

        if (!target)
                return unless_gone(-errno);
        return strncmp(target, PATH_STORE, strlen(PATH_STORE)) == 0;
}
