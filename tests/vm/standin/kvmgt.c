// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stands in for kvmgt: offers the vGPU types of GVT-g on the GPU that i915 hands over, with GVT-g's accounting,
 * its words and its order of registration (Linux 5.19 and later), and none of its graphics. What goes wrong on
 * real machines is there as parameters, most of which can be written while the module is loaded.
 */
#include <linux/delay.h>
#include <linux/idr.h>
#include <linux/kref.h>
#include <linux/mdev.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vfio.h>

#include "compat.h"
#include "standin.h"

#define GGC_OFFSET 0x50
#define HOST_LOW_MB 128
#define HOST_HIGH_MB 384
#define HOST_FENCES 4
#define FENCES 32
#define MAX_ID 7
#define MANY 4096

static int create_errno;
module_param(create_errno, int, 0644);
MODULE_PARM_DESC(create_errno, "fail creates with this errno, 28 for ENOSPC");
static uint create_errno_nth;
static int set_nth(const char *value, const struct kernel_param *param);
static const struct kernel_param_ops nth_ops = { .set = set_nth, .get = param_get_uint };
module_param_cb(create_errno_nth, &nth_ops, &create_errno_nth, 0644);
MODULE_PARM_DESC(create_errno_nth, "fail only the nth create, counted from this write; 0: each one");
static uint create_delay_ms;
module_param(create_delay_ms, uint, 0644);
MODULE_PARM_DESC(create_delay_ms, "let each create sleep, uninterruptibly; 0 wakes up those that sleep");
static uint remove_delay_ms;
module_param(remove_delay_ms, uint, 0644);
MODULE_PARM_DESC(remove_delay_ms, "the same for removal");
static uint gap_ms;
module_param(gap_ms, uint, 0644);
MODULE_PARM_DESC(gap_ms, "between registration of the parent and of the driver: a create in there crashes, as in reality");
static bool many;
module_param(many, bool, 0444);
MODULE_PARM_DESC(many, "no accounting: room for thousands of vGPUs");
static bool remove_open_bug = STANDIN_REMOVES_OPEN;
module_param(remove_open_bug, bool, 0644);
MODULE_PARM_DESC(remove_open_bug, "removal of an open vGPU wrecks the host, as in Linux 5.19 to 6.1, instead of waiting");
static uint creates;
module_param(creates, uint, 0444);
MODULE_PARM_DESC(creates, "how many creates reached the driver since it was loaded");

static const struct type_conf {
	uint low_mb, high_mb, fences, weight, xres, yres;
	const char *suffix;
} confs[] = {
	{ 64, 384, 4, 2, 1024, 768, "8" },
	{ 128, 512, 4, 4, 1920, 1200, "4" },
	{ 256, 1024, 4, 8, 1920, 1200, "2" },
	{ 512, 2048, 4, 16, 1920, 1200, "1" },
};

struct vgpu_type {
	struct mdev_type type;
	const struct type_conf *conf;
	char name[16];
};

/* one GPU: who holds the last reference, the parent or a vGPU that is still open, frees it */
struct gvt {
	struct kref refs;
	struct standin_i915 *i915;
	struct mutex lock;	/* accounting; as in GVT-g, also held while a vGPU is made */
	struct idr ids;
	uint low_total, high_total, fence_total;
	uint low_used, high_used, fence_used;
	struct mdev_parent parent;
	struct vgpu_type types[ARRAY_SIZE(confs)];
	struct mdev_type *type_list[ARRAY_SIZE(confs)];
	uint n_types;
};

struct vgpu {
	struct vfio_device vfio;	/* first: the core allocates and frees it */
	struct gvt *gvt;
	const struct type_conf *conf;
	int id;
	bool attached;
};

static uint nth_seen;

static int set_nth(const char *value, const struct kernel_param *param)
{
	nth_seen = 0;
	return param_set_uint(value, param);
}

/* in small steps, so that a test that has seen enough can cut it short by writing 0 */
static void sleep_knob(const uint *knob)
{
	unsigned long start = jiffies;

	/* by the clock: a step of 20 ms takes 24 or more */
	while (jiffies_to_msecs(jiffies - start) < READ_ONCE(*knob))
		msleep(20);
}

static void gvt_free(struct kref *refs)
{
	struct gvt *gvt = container_of(refs, struct gvt, refs);

	idr_destroy(&gvt->ids);
	kfree(gvt);
}

static struct vgpu_type *to_vgpu_type(struct mdev_type *type)
{
	return container_of(type, struct vgpu_type, type);
}

/* NULL from the moment at which i915 goes: who reads attributes then dies of it, as with the real one */
static struct gvt *gvt_of(struct mdev_type *type)
{
	struct standin_i915 *i915 = dev_get_drvdata(type->parent->dev);

	return i915->gvt;
}

/* --- accounting --- */

static int exhausted(const char *item, uint request_mb, uint max_mb, uint taken_mb)
{
	pr_err("gvt: fail to allocate resource %s\n", item);
	pr_err("gvt: request %uMB avail %uMB max %uMB taken %uMB\n", request_mb, max_mb - taken_mb, max_mb, taken_mb);
	return -ENOSPC;
}

static int take_resources(struct gvt *gvt, const struct type_conf *conf)
{
	if (many)
		return 0;
	if (conf->low_mb > gvt->low_total - gvt->low_used)
		return exhausted("low GM space", conf->low_mb, gvt->low_total, gvt->low_used);
	if (conf->high_mb > gvt->high_total - gvt->high_used)
		return exhausted("high GM space", conf->high_mb, gvt->high_total, gvt->high_used);
	if (conf->fences > gvt->fence_total - gvt->fence_used)
		return exhausted("fence", 0, 0, 0);	/* counts, printed as if they were bytes */
	gvt->low_used += conf->low_mb;
	gvt->high_used += conf->high_mb;
	gvt->fence_used += conf->fences;
	return 0;
}

static void give_resources(struct gvt *gvt, const struct type_conf *conf)
{
	if (many)
		return;
	gvt->low_used -= conf->low_mb;
	gvt->high_used -= conf->high_mb;
	gvt->fence_used -= conf->fences;
}

static int ordered_failure(void)
{
	int error = READ_ONCE(create_errno);

	creates++;
	nth_seen++;
	if (!error || (create_errno_nth && create_errno_nth != nth_seen))
		return 0;
	return -abs(error);
}

static int take_vgpu(struct vgpu *vgpu)
{
	struct gvt *gvt = vgpu->gvt;
	int r;

	sleep_knob(&create_delay_ms);
	/* as the real one, which makes its contexts beside i915's own and does not ask whether there are any */
	READ_ONCE(*(int *)READ_ONCE(gvt->i915->kernel_context));
	r = ordered_failure();
	if (r)
		return r;
	r = idr_alloc(&gvt->ids, vgpu, 1, many ? MANY + 1 : MAX_ID + 1, GFP_KERNEL);
	if (r < 0)
		return r;
	vgpu->id = r;
	r = take_resources(gvt, vgpu->conf);
	if (r)
		idr_remove(&gvt->ids, vgpu->id);
	return r;
}

/* --- the vfio device: it can be opened, and that is all --- */

static int init_vgpu(struct vfio_device *vdev)
{
	struct vgpu *vgpu = container_of(vdev, struct vgpu, vfio);
	struct mdev_device *mdev = to_mdev_device(vdev->dev);
	struct gvt *gvt = gvt_of(mdev->type);
	int r;

	vgpu->gvt = gvt;
	vgpu->conf = to_vgpu_type(mdev->type)->conf;
	mutex_lock(&gvt->lock);
	r = take_vgpu(vgpu);
	mutex_unlock(&gvt->lock);
	if (!r)
		kref_get(&gvt->refs);
	return r;
}

/* at the last reference, not at removal: an open vGPU keeps its share */
static void release_vgpu(struct vfio_device *vdev)
{
	struct vgpu *vgpu = container_of(vdev, struct vgpu, vfio);
	struct gvt *gvt = vgpu->gvt;

	mutex_lock(&gvt->lock);
	give_resources(gvt, vgpu->conf);
	idr_remove(&gvt->ids, vgpu->id);
	mutex_unlock(&gvt->lock);
	kref_put(&gvt->refs, gvt_free);
	standin_free_vfio(vdev);
}

/* the real one wants a KVM here */
static int open_vgpu(struct vfio_device *vdev)
{
	WRITE_ONCE(container_of(vdev, struct vgpu, vfio)->attached, true);
	return 0;
}

static void close_vgpu(struct vfio_device *vdev)
{
	WRITE_ONCE(container_of(vdev, struct vgpu, vfio)->attached, false);
}

static const struct vfio_device_ops vgpu_vfio_ops = {
	.name = "intel-vgpu",
	.init = init_vgpu,
	.release = release_vgpu,
	.open_device = open_vgpu,
	.close_device = close_vgpu,
	STANDIN_IOMMUFD_OPS
};

/* --- the mdev driver --- */

static int probe_vgpu(struct mdev_device *mdev)
{
	struct vgpu *vgpu = vfio_alloc_device(vgpu, vfio, &mdev->dev, &vgpu_vfio_ops);
	int r;

	if (IS_ERR(vgpu)) {
		pr_err("gvt: failed to create intel vgpu: %ld\n", PTR_ERR(vgpu));
		return PTR_ERR(vgpu);
	}
	dev_set_drvdata(&mdev->dev, vgpu);
	r = vfio_register_emulated_iommu_dev(&vgpu->vfio);
	if (r)
		vfio_put_device(&vgpu->vfio);
	return r;
}

static void remove_vgpu(struct mdev_device *mdev)
{
	struct vgpu *vgpu = dev_get_drvdata(&mdev->dev);

	sleep_knob(&remove_delay_ms);
	if (READ_ONCE(remove_open_bug) && WARN_ON_ONCE(READ_ONCE(vgpu->attached)))
		return;
	vfio_unregister_group_dev(&vgpu->vfio);
	vfio_put_device(&vgpu->vfio);
}

static uint get_available(struct mdev_type *type)
{
	const struct type_conf *conf = to_vgpu_type(type)->conf;
	struct gvt *gvt = gvt_of(type);
	uint n;

	mutex_lock(&gvt->lock);
	n = min3((gvt->low_total - gvt->low_used) / conf->low_mb, (gvt->high_total - gvt->high_used) / conf->high_mb,
		 (gvt->fence_total - gvt->fence_used) / conf->fences);
	mutex_unlock(&gvt->lock);
	return many ? MANY : n;
}

static ssize_t show_description(struct mdev_type *type, char *text)
{
	const struct type_conf *conf = to_vgpu_type(type)->conf;

	return sprintf(text, "low_gm_size: %uMB\nhigh_gm_size: %uMB\nfence: %u\nresolution: %ux%u\nweight: %u\n",
		       conf->low_mb, conf->high_mb, conf->fences, conf->xres, conf->yres, conf->weight);
}

static ssize_t vgpu_id_show(struct device *dev, struct device_attribute *attr, char *text)
{
	struct vgpu *vgpu = dev_get_drvdata(dev);

	return vgpu ? sprintf(text, "%d\n", vgpu->id) : sprintf(text, "\n");
}
static DEVICE_ATTR_RO(vgpu_id);

static struct attribute *vgpu_attrs[] = { &dev_attr_vgpu_id.attr, NULL };
static const struct attribute_group vgpu_group = { .name = "intel_vgpu", .attrs = vgpu_attrs };
static const struct attribute_group *vgpu_groups[] = { &vgpu_group, NULL };

static struct mdev_driver vgpu_driver = {
	.device_api = VFIO_DEVICE_API_PCI_STRING,
	.driver = {
		.name = "intel_vgpu_mdev",
		.owner = THIS_MODULE,
		.dev_groups = vgpu_groups,
	},
	.probe = probe_vgpu,
	.remove = remove_vgpu,
	.get_available = get_available,
	.show_description = show_description,
};

/* --- the parent --- */

static void read_totals(struct gvt *gvt)
{
	struct pci_dev *pdev = gvt->i915->pdev;
	uint aperture_mb = pci_resource_len(pdev, 2) >> 20, ggtt_mb;
	u16 ggc = 0;

	pci_read_config_word(pdev, GGC_OFFSET, &ggc);
	/* 1 << GGMS MB of entries, 8 bytes each, one a page */
	ggtt_mb = ggc >> 6 & 3 ? (1U << (ggc >> 6 & 3)) * 512 : 0;
	gvt->low_total = aperture_mb - HOST_LOW_MB;
	gvt->high_total = ggtt_mb - aperture_mb - HOST_HIGH_MB;
	gvt->fence_total = FENCES - HOST_FENCES;
}

static void make_types(struct gvt *gvt)
{
	uint i;

	for (i = 0; i < ARRAY_SIZE(confs) && gvt->low_total / confs[i].low_mb; i++) {
		struct vgpu_type *type = &gvt->types[i];

		type->conf = &confs[i];
		snprintf(type->name, sizeof(type->name), "GVTg_V%d_%s", gvt->i915->types_version, confs[i].suffix);
		type->type.sysfs_name = type->name;
		gvt->type_list[i] = &type->type;
	}
	gvt->n_types = i;
}

/* allocated afresh for each registration: the core refuses types that it has seen before */
static int init_device(struct standin_i915 *i915)
{
	struct gvt *gvt = kzalloc(sizeof(*gvt), GFP_KERNEL);
	int r;

	if (!gvt)
		return -ENOMEM;
	kref_init(&gvt->refs);
	mutex_init(&gvt->lock);
	idr_init(&gvt->ids);
	gvt->i915 = i915;
	read_totals(gvt);
	make_types(gvt);
	i915->gvt = gvt;
	r = mdev_register_parent(&gvt->parent, &i915->pdev->dev, &vgpu_driver, gvt->type_list, gvt->n_types);
	if (r) {
		i915->gvt = NULL;
		kref_put(&gvt->refs, gvt_free);
	}
	return r;
}

static void clean_device(struct standin_i915 *i915)
{
	struct gvt *gvt = i915->gvt;

	i915->gvt = NULL;
	mdev_unregister_parent(&gvt->parent);
	kref_put(&gvt->refs, gvt_free);
}

static const struct standin_gvt_ops gvt_ops = { .init_device = init_device, .clean_device = clean_device };

/* parent first, driver second, and back in the order of the real one: the races in between are part of it */
static int __init kvmgt_init(void)
{
	int r = standin_set_gvt_ops(&gvt_ops);

	if (r)
		return r;
	sleep_knob(&gap_ms);
	r = mdev_register_driver(&vgpu_driver);
	if (r)
		standin_clear_gvt_ops(&gvt_ops);
	return r;
}

static void __exit kvmgt_exit(void)
{
	mdev_unregister_driver(&vgpu_driver);
	standin_clear_gvt_ops(&gvt_ops);
}

module_init(kvmgt_init);
module_exit(kvmgt_exit);
MODULE_DESCRIPTION("stand-in for Intel GVT-g");
MODULE_LICENSE("GPL");
/* as the kernel's own have it: what is built out of tree is a package's to gvtd */
MODULE_INFO(intree, "Y");
