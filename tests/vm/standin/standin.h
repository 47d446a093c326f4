/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the stand-ins for i915 and kvmgt share: the hooks by which kvmgt gets to know i915's devices. */
#ifndef STANDIN_H
#define STANDIN_H

#include <linux/list.h>
#include <linux/pci.h>

/* drvdata of a device bound to i915 */
struct standin_i915 {
	struct pci_dev *pdev;
	struct list_head entry;
	int types_version;	/* 4 or 5, as in GVTg_V5_8; 0: no GVT-g on this generation */
	void *gvt;		/* kvmgt's; NULL while GVT-g is off */
	void *kernel_context;	/* what each vGPU is made beside; NULL until the engines run */
	struct drm_device *card;
	struct kobject *engines, *rcs0;
};

struct standin_gvt_ops {
	int (*init_device)(struct standin_i915 *i915);
	void (*clean_device)(struct standin_i915 *i915);
};

int standin_set_gvt_ops(const struct standin_gvt_ops *ops);
void standin_clear_gvt_ops(const struct standin_gvt_ops *ops);

#endif
