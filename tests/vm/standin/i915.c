// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stands in for i915: binds the GPU, has the two parameters that matter to GVT-g, and hands its devices to
 * kvmgt, refusing where the real one refuses and in its words (Linux 5.19 and later).
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_gem.h>
#include <drm/drm_ioctl.h>

#include "compat.h"
#include "standin.h"
#include "i915_ids.h"

static int modeset = -1;
module_param(modeset, int, 0400);
static int enable_guc = -1;
module_param_named_unsafe(enable_guc, enable_guc, int, 0400);
static uint gem_delay_ms;
module_param(gem_delay_ms, uint, 0644);
MODULE_PARM_DESC(gem_delay_ms, "from GVT-g's start in the probe to that of the engines: a create in there crashes, as in reality");

#ifndef STANDIN_NO_GVT
static bool enable_gvt;
module_param(enable_gvt, bool, 0400);
static bool standin_guest;
module_param(standin_guest, bool, 0444);
MODULE_PARM_DESC(standin_guest, "behave as if the kernel ran in a GVT-g guest");

static const struct standin_gvt_ops *gvt_ops;
static LIST_HEAD(devices);
static DEFINE_MUTEX(gvt_mutex);

static bool gvt_possible(struct standin_i915 *i915)
{
	struct device *dev = &i915->pdev->dev;

	if (!enable_gvt) {
		dev_dbg(dev, "[drm] GVT-g is disabled by kernel params\n");
		return false;
	}
	if (standin_guest) {
		dev_info(dev, "[drm] GVT-g is disabled for guest\n");
		return false;
	}
	if (!i915->types_version) {
		dev_info(dev, "[drm] Unsupported device. GVT-g is disabled\n");
		return false;
	}
	return true;
}

static void gvt_init(struct standin_i915 *i915)
{
	if (!gvt_ops || !gvt_possible(i915))
		return;
	if (gvt_ops->init_device(i915))
		dev_dbg(&i915->pdev->dev, "[drm] Fail to init GVT device\n");
}

static void gvt_clean(struct standin_i915 *i915)
{
	if (gvt_ops && i915->gvt)
		gvt_ops->clean_device(i915);
}

int standin_set_gvt_ops(const struct standin_gvt_ops *ops)
{
	struct standin_i915 *i915;

	mutex_lock(&gvt_mutex);
	gvt_ops = ops;
	list_for_each_entry(i915, &devices, entry)
		gvt_init(i915);
	mutex_unlock(&gvt_mutex);
	return 0;
}
EXPORT_SYMBOL_GPL(standin_set_gvt_ops);

void standin_clear_gvt_ops(const struct standin_gvt_ops *ops)
{
	struct standin_i915 *i915;

	mutex_lock(&gvt_mutex);
	list_for_each_entry(i915, &devices, entry)
		gvt_clean(i915);
	gvt_ops = NULL;
	mutex_unlock(&gvt_mutex);
}
EXPORT_SYMBOL_GPL(standin_clear_gvt_ops);

static void add_device(struct standin_i915 *i915)
{
	mutex_lock(&gvt_mutex);
	list_add_tail(&i915->entry, &devices);
	gvt_init(i915);
	mutex_unlock(&gvt_mutex);
}

static void remove_device(struct standin_i915 *i915)
{
	mutex_lock(&gvt_mutex);
	gvt_clean(i915);
	list_del(&i915->entry);
	mutex_unlock(&gvt_mutex);
}
#else
/* a kernel built without GVT-g: no parameter, nothing for kvmgt to hold on to */
static void add_device(struct standin_i915 *i915) { }
static void remove_device(struct standin_i915 *i915) { }
#endif

DEFINE_DRM_GEM_FOPS(fops);

/* a card without any function, for the nodes that the real one has: they are the last that its probe makes */
static const struct drm_driver drm = {
	.fops = &fops,
	.name = "i915",
	.desc = "Intel Graphics",
	.major = 1,
	.minor = 6,
	STANDIN_DRM_DATE("20201103")
};

/* engine/ of the card, with one engine in it, as the real one has for each that works */
static void show_engines(struct standin_i915 *i915)
{
	i915->engines = kobject_create_and_add("engine", &i915->card->primary->kdev->kobj);
	if (i915->engines)
		i915->rcs0 = kobject_create_and_add("rcs0", i915->engines);
}

static void hide_engines(struct standin_i915 *i915)
{
	kobject_put(i915->rcs0);
	kobject_put(i915->engines);
}

/* as the real one: GVT-g first, memory and engines some time after it, the card last */
static int start(struct standin_i915 *i915)
{
	int r;

	add_device(i915);
	msleep(gem_delay_ms);
	i915->kernel_context = i915;
	r = drm_dev_register(i915->card, 0);
	if (r)
		remove_device(i915);
	else
		show_engines(i915);
	return r;
}

static int i915_probe(struct pci_dev *pdev, const struct pci_device_id *match)
{
	struct standin_i915 *i915 = kzalloc(sizeof(*i915), GFP_KERNEL);
	int r;

	if (!i915)
		return -ENOMEM;
	i915->card = drm_dev_alloc(&drm, &pdev->dev);
	if (IS_ERR(i915->card)) {
		r = PTR_ERR(i915->card);
		goto no_card;
	}
	r = pci_enable_device(pdev);
	if (r)
		goto not_enabled;
	i915->pdev = pdev;
	i915->types_version = match->driver_data;
	pci_set_drvdata(pdev, i915);
	/* no generation with GVT-g can do GuC submission, and 5.3 and later only say so */
	if (enable_guc > 0 && enable_guc & 1 && i915->types_version)
		dev_info(&pdev->dev, "[drm] Incompatible option enable_guc=%d - GuC submission is N/A\n", enable_guc);
	r = start(i915);
	if (!r)
		return 0;
	pci_disable_device(pdev);
not_enabled:
	drm_dev_put(i915->card);
no_card:
	kfree(i915);
	return r;
}

static void i915_remove(struct pci_dev *pdev)
{
	struct standin_i915 *i915 = pci_get_drvdata(pdev);

	hide_engines(i915);
	drm_dev_unplug(i915->card);
	remove_device(i915);
	drm_dev_put(i915->card);
	pci_set_drvdata(pdev, NULL);
	pci_disable_device(pdev);
	kfree(i915);
}

static struct pci_driver i915_driver = {
	.name = "i915",
	.id_table = i915_ids,
	.probe = i915_probe,
	.remove = i915_remove,
};

/* with nomodeset the real one loads, and registers no driver */
static bool registered;

static int __init i915_init(void)
{
	int r;

	if (modeset == 0 || (modeset == -1 && drm_firmware_drivers_only()))
		return 0;
	r = pci_register_driver(&i915_driver);
	registered = !r;
	return r;
}

static void __exit i915_exit(void)
{
	if (registered)
		pci_unregister_driver(&i915_driver);
}

module_init(i915_init);
module_exit(i915_exit);
MODULE_DEVICE_TABLE(pci, i915_ids);
MODULE_DESCRIPTION("stand-in for the Intel graphics driver");
MODULE_LICENSE("GPL");
/* as the kernel's own have it: what is built out of tree is a package's to gvtd */
MODULE_INFO(intree, "Y");
