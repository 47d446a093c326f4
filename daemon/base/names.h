/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Paths and names of gvtd's own and of the kernel's. Attribute names are the kernel's:
 * Documentation/ABI/testing/sysfs-bus-vfio-mdev and drivers/gpu/drm/i915/gvt/kvmgt.c. */

#define PATH_CONFIG "/etc/gvtd.ini"
#define PATH_CONFIG_DROPINS "/etc/gvtd.ini.d"
#define PATH_MODPROBE_FOLDER "/run/modprobe.d"
#define PATH_MODPROBE_FILE PATH_MODPROBE_FOLDER "/gvtd.conf"
#define PATH_MODPROBE_FILE_BEFORE "/etc/modprobe.d/gvtd.conf"
#define PATH_NOTES "/run/gvtd"

#define PATH_PCI_DEVICES "/sys/bus/pci/devices"
#define PATH_MDEV_PARENTS "/sys/class/mdev_bus"
#define PATH_MDEV_DEVICES "/sys/bus/mdev/devices"
#define PATH_MDEV_DRIVER "/sys/bus/mdev/drivers/intel_vgpu_mdev"
#define PATH_MDEV_DRIVER_OLD "/sys/bus/mdev/drivers/vfio_mdev" /* before Linux 5.19 */
#define PATH_KERNELS "/lib/modules"
#define PATH_STORE "/nix/store/"
#define PATH_DRIVERCTL "/etc/driverctl.d"
#define PATH_MODULES "/sys/module"
#define PATH_ENABLE_GVT "/sys/module/i915/parameters/enable_gvt"
#define PATH_MODESET "/sys/module/i915/parameters/modeset"
#define PATH_ENABLE_GUC "/sys/module/i915/parameters/enable_guc"
#define PATH_VFIO "/dev/vfio"

#define TYPES_FOLDER "mdev_supported_types"
