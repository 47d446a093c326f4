// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The vfio device of a vGPU: as much as QEMU asks of it to attach it with its OpRegion and its display. Only
 * the config space, the OpRegion and the EDID hold anything; BARs read as zeros, no plane is ever shown.
 */
#include <linux/mdev.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "kvmgt.h"

#define OFFSET_SHIFT 40
#define CONFIG_SIZE 256
#define OPREGION_SIZE 8192
#define EDID_SIZE 4096

enum {
	OPREGION_INDEX = VFIO_PCI_NUM_REGIONS,
	EDID_INDEX,
	N_REGIONS,
};

/* where the contents of a region lie in vgpu->space */
enum {
	CONFIG_AT = 0,
	OPREGION_AT = CONFIG_SIZE,
	EDID_AT = OPREGION_AT + OPREGION_SIZE,
	SPACE_SIZE = EDID_AT + EDID_SIZE,
};

static void put16(u8 *at, u16 value)
{
	at[0] = value;
	at[1] = value >> 8;
}

static void fill_config(struct vgpu *vgpu, u8 *config)
{
	put16(config + PCI_VENDOR_ID, PCI_VENDOR_ID_INTEL);
	put16(config + PCI_DEVICE_ID, vgpu->device_id);
	put16(config + PCI_CLASS_DEVICE, PCI_CLASS_DISPLAY_VGA);
	config[PCI_BASE_ADDRESS_0] = PCI_BASE_ADDRESS_MEM_TYPE_64;
	config[PCI_BASE_ADDRESS_2] = PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH;
	config[PCI_BASE_ADDRESS_4] = PCI_BASE_ADDRESS_SPACE_IO;
}

static void fill_edid(const struct vgpu *vgpu, u8 *region)
{
	struct vfio_region_gfx_edid *edid = (void *)region;

	edid->edid_offset = sizeof(*edid);
	edid->edid_max_size = 512;
	edid->max_xres = vgpu->max_xres;
	edid->max_yres = vgpu->max_yres;
	edid->link_state = VFIO_DEVICE_GFX_LINK_STATE_DOWN;
}

static int init_vgpu(struct vfio_device *vdev)
{
	struct vgpu *vgpu = container_of(vdev, struct vgpu, vfio);
	int r;

	vgpu->space = kzalloc(SPACE_SIZE, GFP_KERNEL);
	if (!vgpu->space)
		return -ENOMEM;
	r = vgpu_create(vgpu, to_mdev_device(vdev->dev));
	if (r) {
		kfree(vgpu->space);
		return r;
	}
	fill_config(vgpu, vgpu->space + CONFIG_AT);
	memcpy(vgpu->space + OPREGION_AT, "IntelGraphicsMem", 16);
	vgpu->space[OPREGION_AT + 16] = OPREGION_SIZE / 1024;
	fill_edid(vgpu, vgpu->space + EDID_AT);
	return 0;
}

static void release_vgpu(struct vfio_device *vdev)
{
	struct vgpu *vgpu = container_of(vdev, struct vgpu, vfio);

	vgpu_destroy(vgpu);
	kfree(vgpu->space);
	standin_free_vfio(vdev);
}

/* the real one wants a KVM here; without hardware virtualisation there would be none to try it with */
static int open_vgpu(struct vfio_device *vdev)
{
	WRITE_ONCE(container_of(vdev, struct vgpu, vfio)->attached, true);
	return 0;
}

static void close_vgpu(struct vfio_device *vdev)
{
	WRITE_ONCE(container_of(vdev, struct vgpu, vfio)->attached, false);
}

static u64 region_size(const struct vgpu *vgpu, u32 index)
{
	switch (index) {
	case VFIO_PCI_BAR0_REGION_INDEX:
		return 16 << 20;
	case VFIO_PCI_BAR2_REGION_INDEX:
		return vgpu->aperture;
	case VFIO_PCI_CONFIG_REGION_INDEX:
		return CONFIG_SIZE;
	case OPREGION_INDEX:
		return OPREGION_SIZE;
	case EDID_INDEX:
		return EDID_SIZE;
	default:
		return 0;
	}
}

/* the bytes of a region, or NULL where there is nothing behind it */
static u8 *region_bytes(struct vgpu *vgpu, u32 index)
{
	switch (index) {
	case VFIO_PCI_CONFIG_REGION_INDEX:
		return vgpu->space + CONFIG_AT;
	case OPREGION_INDEX:
		return vgpu->space + OPREGION_AT;
	case EDID_INDEX:
		return vgpu->space + EDID_AT;
	default:
		return NULL;
	}
}

/* checks an access; returns how much of it lies within its region */
static ssize_t locate(struct vgpu *vgpu, loff_t pos, size_t count, u8 **ret_bytes)
{
	u64 offset = pos & ((1ULL << OFFSET_SHIFT) - 1), size = region_size(vgpu, pos >> OFFSET_SHIFT);

	if (offset >= size)
		return -EINVAL;
	*ret_bytes = region_bytes(vgpu, pos >> OFFSET_SHIFT);
	if (*ret_bytes)
		*ret_bytes += offset;
	return min_t(u64, count, size - offset);
}

static ssize_t read_vgpu(struct vfio_device *vdev, char __user *to, size_t count, loff_t *pos)
{
	u8 *bytes;
	ssize_t n = locate(container_of(vdev, struct vgpu, vfio), *pos, count, &bytes);

	if (n < 0)
		return n;
	if (bytes ? copy_to_user(to, bytes, n) : clear_user(to, n))
		return -EFAULT;
	*pos += n;
	return n;
}

static ssize_t write_vgpu(struct vfio_device *vdev, const char __user *from, size_t count, loff_t *pos)
{
	struct vgpu *vgpu = container_of(vdev, struct vgpu, vfio);
	u8 *bytes;
	ssize_t n = locate(vgpu, *pos, count, &bytes);

	if (n < 0)
		return n;
	/* what a guest does to its config space is QEMU's to remember */
	if (*pos >> OFFSET_SHIFT == EDID_INDEX && copy_from_user(bytes, from, n))
		return -EFAULT;
	*pos += n;
	return n;
}

static long get_info(unsigned long arg)
{
	struct vfio_device_info info = {};
	size_t size = offsetofend(struct vfio_device_info, num_irqs);

	if (copy_from_user(&info, (void __user *)arg, size))
		return -EFAULT;
	if (info.argsz < size)
		return -EINVAL;
	info.flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET;
	info.num_regions = N_REGIONS;
	info.num_irqs = VFIO_PCI_NUM_IRQS;
	return copy_to_user((void __user *)arg, &info, size) ? -EFAULT : 0;
}

/* says what a region beyond PCI's own is */
static int add_type(u32 index, struct vfio_info_cap *caps)
{
	struct vfio_region_info_cap_type type = {
		.header = { .id = VFIO_REGION_INFO_CAP_TYPE, .version = 1 },
	};

	if (index == OPREGION_INDEX) {
		type.type = VFIO_REGION_TYPE_PCI_VENDOR_TYPE | PCI_VENDOR_ID_INTEL;
		type.subtype = VFIO_REGION_SUBTYPE_INTEL_IGD_OPREGION;
	} else {
		type.type = VFIO_REGION_TYPE_GFX;
		type.subtype = VFIO_REGION_SUBTYPE_GFX_EDID;
	}
	return vfio_info_add_capability(caps, &type.header, sizeof(type));
}

static int describe_region(struct vfio_device *vdev, struct vfio_region_info *info, struct vfio_info_cap *caps)
{
	struct vgpu *vgpu = container_of(vdev, struct vgpu, vfio);

	if (info->index >= N_REGIONS)
		return -EINVAL;
	info->flags = 0;
	info->cap_offset = 0;
	info->offset = (u64)info->index << OFFSET_SHIFT;
	info->size = region_size(vgpu, info->index);
	if (info->size)
		info->flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	return info->index >= VFIO_PCI_NUM_REGIONS ? add_type(info->index, caps) : 0;
}

static long get_irq_info(void __user *arg)
{
	struct vfio_irq_info info;

	if (copy_from_user(&info, arg, sizeof(info)))
		return -EFAULT;
	if (info.argsz < sizeof(info) || info.index > VFIO_PCI_MSI_IRQ_INDEX)
		return -EINVAL;
	info.flags = VFIO_IRQ_INFO_EVENTFD;
	info.count = 1;
	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

/* a display of the dmabuf kind, the only one that GVT-g has, whose guest has enabled no plane yet */
static long query_plane(void __user *arg)
{
	struct vfio_device_gfx_plane_info plane;

	if (copy_from_user(&plane, arg, sizeof(plane)))
		return -EFAULT;
	if (plane.argsz < sizeof(plane))
		return -EINVAL;
	if (plane.flags == (VFIO_GFX_PLANE_TYPE_PROBE | VFIO_GFX_PLANE_TYPE_DMABUF))
		return 0;
	if (plane.flags != VFIO_GFX_PLANE_TYPE_DMABUF)
		return -EINVAL;
	plane.drm_format = 0;
	plane.size = 0;
	return copy_to_user(arg, &plane, sizeof(plane)) ? -EFAULT : 0;
}

static long ioctl_vgpu(struct vfio_device *vdev, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case VFIO_DEVICE_GET_INFO:
		return get_info(arg);
	case VFIO_DEVICE_GET_REGION_INFO:	/* newer kernels answer it themselves */
		return standin_region_info(vdev, (void __user *)arg, describe_region);
	case VFIO_DEVICE_GET_IRQ_INFO:
		return get_irq_info((void __user *)arg);
	case VFIO_DEVICE_QUERY_GFX_PLANE:
		return query_plane((void __user *)arg);
	case VFIO_DEVICE_SET_IRQS:	/* none ever comes */
	case VFIO_DEVICE_RESET:
		return 0;
	default:
		return -ENOTTY;
	}
}

const struct vfio_device_ops vgpu_vfio_ops = {
	.name = "intel-vgpu",
	.init = init_vgpu,
	.release = release_vgpu,
	.open_device = open_vgpu,
	.close_device = close_vgpu,
	.read = read_vgpu,
	.write = write_vgpu,
	.ioctl = ioctl_vgpu,
	STANDIN_REGION_OP(describe_region)
	STANDIN_IOMMUFD_OPS
};
