/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every difference between the kernels that the stand-ins are built for: 6.1, 6.12 and 7.2. */
#ifndef STANDIN_COMPAT_H
#define STANDIN_COMPAT_H

#include <linux/slab.h>
#include <linux/uaccess.h>
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

typedef int (*standin_region_fn)(struct vfio_device *, struct vfio_region_info *, struct vfio_info_cap *);

/* 6.19 took the ioctl into the core, which calls the driver for the description alone */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 19, 0)
#define STANDIN_REGION_OP(fn)

static inline long standin_region_info(struct vfio_device *vdev, void __user *arg, standin_region_fn describe)
{
	struct vfio_region_info info;
	struct vfio_info_cap caps = {};
	size_t room;
	long r;

	if (copy_from_user(&info, arg, sizeof(info)))
		return -EFAULT;
	if (info.argsz < sizeof(info))
		return -EINVAL;
	r = describe(vdev, &info, &caps);
	if (r)
		return r;
	room = info.argsz;
	if (caps.size) {
		info.flags |= VFIO_REGION_INFO_FLAG_CAPS;
		info.argsz = sizeof(info) + caps.size;
		/* too little room: argsz says how much to come back with */
		if (room >= info.argsz) {
			info.cap_offset = sizeof(info);
			vfio_info_cap_shift(&caps, sizeof(info));
			if (copy_to_user(arg + sizeof(info), caps.buf, caps.size))
				r = -EFAULT;
		}
	}
	kfree(caps.buf);
	return r || copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}
#else
#define STANDIN_REGION_OP(fn) .get_region_info_caps = fn,

static inline long standin_region_info(struct vfio_device *vdev, void __user *arg, standin_region_fn describe)
{
	return -ENOTTY;
}
#endif

#endif
