/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One vGPU: kvmgt.c accounts for it, vgpu.c is the device that a virtual machine opens. */
#ifndef STANDIN_KVMGT_H
#define STANDIN_KVMGT_H

#include "compat.h"
#include "standin.h"

struct gvt;
struct mdev_device;
struct type_conf;

struct vgpu {
	struct vfio_device vfio;	/* first: the core allocates and frees it */
	struct gvt *gvt;
	const struct type_conf *conf;
	int id;
	u16 device_id;
	u64 aperture;
	u32 max_xres, max_yres;
	bool attached;
	u8 *space;			/* contents of the regions that have any */
};

extern const struct vfio_device_ops vgpu_vfio_ops;

int vgpu_create(struct vgpu *vgpu, struct mdev_device *mdev);
void vgpu_destroy(struct vgpu *vgpu);

#endif
