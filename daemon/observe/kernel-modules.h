/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What a kernel's folder of modules holds of GVT-g, and whether it fits together: before the kernel is
 * booted, or after a package has put modules of its own in front of the kernel's. Silent. */

#include "host.h"
#include "question.h"

/* Where kernels keep their modules, one folder after the other; NULL: no more. Of two of one version the
 * first counts. */
const char *kernel_modules_folder(size_t i);

/* `version` NULL: the running kernel. modprobe.d is not looked at. -errno where the look failed. */
int kernel_modules_look(const char *version, struct kernel_modules *ret);

/* Whether the running kernel's modules can be found at all. 0, -errno. */
int kernel_modules_find(enum modules_state *ret);

/* Whether a kernel's own modules are in the folder, and not only what one left behind that was removed
 * (modules of DKMS, depmod's indices). 1, 0, -errno. */
int kernel_is_whole(const char *folder);
