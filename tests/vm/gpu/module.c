// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/module.h>

#include "gpu.h"

ushort gpu_id = 0x1912;
module_param_named(id, gpu_id, ushort, 0444);
MODULE_PARM_DESC(id, "PCI device id");
uint gpu_aperture = 512;
module_param_named(aperture, gpu_aperture, uint, 0444);
MODULE_PARM_DESC(aperture, "size of BAR 2 in MB: 128, 256, 512, 1024 or 2048");
ushort gpu_ggms = 3;
module_param_named(ggms, gpu_ggms, ushort, 0444);
MODULE_PARM_DESC(ggms, "size of the GGTT: 1 << ggms MB of entries, 3 is 4 GB of address space");
bool gpu_display = true;
module_param_named(display, gpu_display, bool, 0444);
MODULE_PARM_DESC(display, "no: the pipes are fused off, which GVT-g does not reckon with");
bool gpu_engines = true;
module_param_named(engines, gpu_engines, bool, 0644);
MODULE_PARM_DESC(engines, "no: they take work and never do it, so that i915 gives the GPU up (wedged)");
uint gpu_trace;
module_param_named(trace, gpu_trace, uint, 0644);
MODULE_PARM_DESC(trace, "1: log what the engines run, 2: each trapped access, too");

static int plug(void)
{
	struct pci_dev *gpu;

	pci_lock_rescan_remove();
	gpu = config_plug(engines_irq());
	if (gpu)
		pci_bus_add_device(gpu);
	pci_unlock_rescan_remove();
	return gpu ? 0 : -ENODEV;
}

static void unplug(void)
{
	pci_lock_rescan_remove();
	config_unplug();
	pci_unlock_rescan_remove();
	display_stop();
	registers_unmap();
}

static int __init gpu_init(void)
{
	int r;

	if (!is_power_of_2(gpu_aperture) || gpu_aperture < 128 || gpu_aperture > 2048 || gpu_ggms > 3)
		return -EINVAL;
	r = engines_start();
	if (r)
		return r;
	display_start();
	r = traps_start();
	if (r)
		goto no_traps;
	r = config_start();
	if (r)
		goto no_config;
	r = plug();
	if (!r)
		return 0;
	unplug();
	config_stop();
no_config:
	traps_stop();
no_traps:
	engines_stop();
	return r;
}

static void __exit gpu_exit(void)
{
	unplug();
	config_stop();
	traps_stop();
	engines_stop();
}

module_init(gpu_init);
module_exit(gpu_exit);
MODULE_DESCRIPTION("a GPU of Intel's on the PCI bus, for tests");
MODULE_LICENSE("GPL");
