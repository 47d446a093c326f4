/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every difference between the kernels that the stand-ins are built for: 6.1, 6.12 and 7.2. */
#ifndef STANDIN_COMPAT_H
#define STANDIN_COMPAT_H

#include <linux/version.h>
#include <linux/vfio.h>

/* 6.2 took freeing into the core and gave vfio a second way in, by iommufd, that each driver must name */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define standin_free_vfio(vdev) vfio_free_device(vdev)
#define STANDIN_IOMMUFD_OPS
#else
#define standin_free_vfio(vdev) do { } while (0)
#define STANDIN_IOMMUFD_OPS					\
	.bind_iommufd = vfio_iommufd_emulated_bind,		\
	.unbind_iommufd = vfio_iommufd_emulated_unbind,		\
	.attach_ioas = vfio_iommufd_emulated_attach_ioas,	\
	.detach_ioas = vfio_iommufd_emulated_detach_ioas,
#endif

/* 6.14 took the date out of what a DRM driver says of itself */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
#define STANDIN_DRM_DATE(text) .date = (text),
#else
#define STANDIN_DRM_DATE(text)
#endif

/* 5.19 to 6.1 remove an mdev that is in use, and the host with it; fixed in 6.2 */
#define STANDIN_REMOVES_OPEN (LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0))

#endif
