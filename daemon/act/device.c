/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Between a look and the deed a device may have gone, another have come under its UUID, and its group have
 * gone to a third: an open folder with its inode and its group in it is that of the one which was seen. */

#include "device.h"

#include <sys/stat.h>

#include "names.h"
#include "sysfs.h"
#include "text.h"
#include "util.h"

int device_open(const uuid_t uuid, uint64_t inode, int group) {
        char path[sizeof(PATH_MDEV_DEVICES) + UUID_STR_LEN], name[16];
        _cleanup_close_ int device = -1;
        struct stat st;
        int r;

        snprintf(path, sizeof(path), PATH_MDEV_DEVICES "/%s", uuid_text(uuid).text);
        device = sysfs_open(path);
        if (device < 0)
                return device;
        if (fstat(device, &st) < 0)
                return -errno;
        r = sysfs_link_name(device, "iommu_group", name, sizeof(name));
        if (r < 0)
                return r;
        return st.st_ino == inode && atoi(name) == group ? TAKE_FD(device) : -ESTALE;
}
