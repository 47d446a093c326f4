/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "awake.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "sysfs.h"
#include "text.h"
#include "util.h"

#define NAME "awake"

int awake_read(int notes, struct pci_address *ret) {
        char text[PCI_ADDRESS_TEXT + 1];
        int r = sysfs_read(notes, NAME, text, sizeof(text));

        if (r < 0)
                return unless_gone(r);
        return parse_pci_address(text, ret) == 0;
}

int awake_write(int notes, const struct pci_address *address) {
        _cleanup_close_ int fd = openat(notes, NAME,
                                        O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
        struct address_text text = address_text(address);

        /* Whatever the umask: the verbs look without being root. */
        if (fd < 0 || fchmod(fd, 0644) < 0)
                return -errno;
        return write(fd, text.text, strlen(text.text)) == (ssize_t) strlen(text.text) ? 0 : -ENOSPC;
}

int awake_drop(int notes) {
        return unlinkat(notes, NAME, 0) < 0 && errno != ENOENT ? -errno : 0;
}
