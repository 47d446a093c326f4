// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A PCI device 0000:00:02.0 that is an Intel GPU to everything that looks at it: lspci, udev, MODALIAS, sysfs.
 * QEMU cannot give a device foreign ids, so the guest's own kernel does it: the root bus's config access is
 * wrapped, and 02.0 is answered from memory. There is nothing behind the BARs.
 */
#include <linux/module.h>
#include <linux/pci.h>

#define GPU_DEVFN PCI_DEVFN(2, 0)
#define GGC_OFFSET 0x50

static ushort id = 0x1912;
module_param(id, ushort, 0444);
MODULE_PARM_DESC(id, "PCI device id");
static uint aperture = 512;
module_param(aperture, uint, 0444);
MODULE_PARM_DESC(aperture, "size of BAR 2 in MB, a power of two");
static ushort ggms = 3;
module_param(ggms, ushort, 0444);
MODULE_PARM_DESC(ggms, "size of the GGTT: 1 << ggms MB of entries, 3 is 4 GB of address space");

static u8 config[256];
static u64 bar_size[6];		/* of a 64-bit BAR, in its first slot */
static struct pci_bus *root;
static struct pci_ops *host_ops;
static struct pci_ops gpu_ops;

static void put16(int where, u16 value)
{
	config[where] = value;
	config[where + 1] = value >> 8;
}

static void put32(int where, u32 value)
{
	put16(where, value);
	put16(where + 2, value >> 16);
}

static u32 get32(int where)
{
	return config[where] | config[where + 1] << 8 | config[where + 2] << 16 | (u32)config[where + 3] << 24;
}

static void set_bar(int bar, u64 size, u32 flags)
{
	bar_size[bar] = size;
	put32(PCI_BASE_ADDRESS_0 + 4 * bar, flags);
}

static void fill_config(void)
{
	memset(config, 0, sizeof(config));
	put16(PCI_VENDOR_ID, PCI_VENDOR_ID_INTEL);
	put16(PCI_DEVICE_ID, id);
	config[PCI_REVISION_ID] = 6;
	put16(PCI_CLASS_DEVICE, PCI_CLASS_DISPLAY_VGA);
	put16(PCI_SUBSYSTEM_VENDOR_ID, PCI_VENDOR_ID_INTEL);
	put16(PCI_SUBSYSTEM_ID, 0x2212);
	put16(GGC_OFFSET, ggms << 6);
	set_bar(0, 16 << 20, PCI_BASE_ADDRESS_MEM_TYPE_64);
	set_bar(2, (u64)aperture << 20, PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH);
	set_bar(4, 64, PCI_BASE_ADDRESS_SPACE_IO);
}

/* the writable bits of a dword: the kernel sizes a BAR by writing ones and looking at what stays */
static u32 writable(int where)
{
	int bar = (where - PCI_BASE_ADDRESS_0) / 4;

	if (where == PCI_COMMAND)
		return PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE;
	if (where == (PCI_INTERRUPT_LINE & ~3))
		return 0xff;
	if (where < PCI_BASE_ADDRESS_0 || where > PCI_BASE_ADDRESS_5)
		return 0;
	if (bar == 1 || bar == 3)
		return ~(bar_size[bar - 1] - 1) >> 32;
	return bar_size[bar] ? ~(bar_size[bar] - 1) : 0;
}

static int gpu_read(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 *value)
{
	if (devfn != GPU_DEVFN)
		return host_ops->read(bus, devfn, where, size, value);
	*value = where < (int)sizeof(config) ? get32(where & ~3) >> 8 * (where & 3) : 0;
	if (size < 4)
		*value &= (1U << 8 * size) - 1;
	return PCIBIOS_SUCCESSFUL;
}

static int gpu_write(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 value)
{
	int dword = where & ~3, shift = 8 * (where & 3);
	u32 mask = size < 4 ? (1U << 8 * size) - 1 : ~0U;

	if (devfn != GPU_DEVFN)
		return host_ops->write(bus, devfn, where, size, value);
	if (where >= (int)sizeof(config))
		return PCIBIOS_SUCCESSFUL;
	mask = mask << shift & writable(dword);
	put32(dword, (get32(dword) & ~mask) | (value << shift & mask));
	return PCIBIOS_SUCCESSFUL;
}

static int plug(void)
{
	struct pci_dev *pdev;

	pci_lock_rescan_remove();
	pdev = pci_scan_single_device(root, GPU_DEVFN);
	if (pdev) {
		pci_bus_assign_resources(root);
		pci_bus_add_device(pdev);
	}
	pci_unlock_rescan_remove();
	return pdev ? 0 : -ENODEV;
}

static void unplug(void)
{
	struct pci_dev *pdev = pci_get_slot(root, GPU_DEVFN);

	if (!pdev)
		return;
	pci_stop_and_remove_bus_device_locked(pdev);
	pci_dev_put(pdev);
}

static int __init gpu_init(void)
{
	int r;

	if (!is_power_of_2(aperture) || ggms > 3)
		return -EINVAL;
	root = pci_find_bus(0, 0);
	if (!root)
		return -ENODEV;
	fill_config();
	/* the rest of the host's operations (add_bus, map_bus...) must go on working */
	gpu_ops = *root->ops;
	gpu_ops.read = gpu_read;
	gpu_ops.write = gpu_write;
	host_ops = root->ops;
	pci_bus_set_ops(root, &gpu_ops);
	r = plug();
	if (r)
		pci_bus_set_ops(root, host_ops);
	return r;
}

static void __exit gpu_exit(void)
{
	unplug();
	pci_bus_set_ops(root, host_ops);
}

module_init(gpu_init);
module_exit(gpu_exit);
MODULE_DESCRIPTION("stand-in for an Intel GPU on the PCI bus");
MODULE_LICENSE("GPL");
