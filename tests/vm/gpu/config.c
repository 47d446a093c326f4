// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Configuration space. QEMU cannot give a device foreign ids, so the guest's own kernel does it: the root bus's
 * accessors are wrapped, and 02.0 is answered from memory. What is behind its BARs is memory of QEMU's, of one
 * ivshmem device each: those are hidden from Linux, and the GPU's BARs are theirs. One is there for each size of
 * the aperture; what nobody touches takes no memory.
 */
#include "gpu.h"

#define GPU_DEVFN PCI_DEVFN(2, 0)
#define GGC 0x50		/* size of the page table, in bits 6 and 7 */

/* tests/vm/boot puts them there */
#define REGISTERS_SLOT 0x10
#define APERTURE_SLOT(mb) (0x11 + ilog2((mb) / 128))

static u8 config[256];
static struct pci_bus *root;
static struct pci_ops *host_ops, gpu_ops;
static struct pci_dev *gpu;

static void put16(int where, u16 value)
{
	memcpy(config + where, &value, sizeof(value));
}

static void fill_config(void)
{
	memset(config, 0, sizeof(config));
	put16(PCI_VENDOR_ID, PCI_VENDOR_ID_INTEL);
	put16(PCI_DEVICE_ID, gpu_id);
	config[PCI_REVISION_ID] = 6;
	put16(PCI_CLASS_DEVICE, PCI_CLASS_DISPLAY_VGA);
	put16(PCI_SUBSYSTEM_VENDOR_ID, PCI_VENDOR_ID_INTEL);
	put16(PCI_SUBSYSTEM_ID, 0x2212);
	put16(GGC, gpu_ggms << 6);
}

static bool is_hidden(unsigned int devfn)
{
	return PCI_SLOT(devfn) >= REGISTERS_SLOT && PCI_SLOT(devfn) <= APERTURE_SLOT(2048);
}

/* whose BAR 2 is BAR 0 or 2 of the GPU's; all of them are of 64 bits */
static int bar_slot(int where)
{
	if (where < PCI_BASE_ADDRESS_0 || where >= PCI_BASE_ADDRESS_4)
		return -1;
	return where < PCI_BASE_ADDRESS_2 ? REGISTERS_SLOT : APERTURE_SLOT(gpu_aperture);
}

static int bar_offset(int where)
{
	return PCI_BASE_ADDRESS_2 + (where - PCI_BASE_ADDRESS_0) % 8;
}

static int read_config(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 *value)
{
	int slot, r;

	*value = ~0U;
	if (is_hidden(devfn))
		return PCIBIOS_DEVICE_NOT_FOUND;
	if (devfn != GPU_DEVFN)
		return host_ops->read(bus, devfn, where, size, value);
	slot = bar_slot(where);
	if (slot >= 0) {
		r = host_ops->read(bus, PCI_DEVFN(slot, 0), bar_offset(where), size, value);
		/* that of the registers is not */
		if (where == PCI_BASE_ADDRESS_0)
			*value &= ~PCI_BASE_ADDRESS_MEM_PREFETCH;
		return r;
	}
	*value = 0;
	if (where + size <= (int)sizeof(config))
		memcpy(value, config + where, size);
	return PCIBIOS_SUCCESSFUL;
}

/* Linux turns decoding off while it sizes a BAR, and on when it has a driver */
static void write_command(struct pci_bus *bus, u32 value)
{
	u32 memory = value & PCI_COMMAND_MEMORY;

	host_ops->write(bus, PCI_DEVFN(REGISTERS_SLOT, 0), PCI_COMMAND, 2, memory);
	host_ops->write(bus, PCI_DEVFN(APERTURE_SLOT(gpu_aperture), 0), PCI_COMMAND, 2, memory);
	put16(PCI_COMMAND, value & (PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE));
}

static int write_config(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 value)
{
	int slot;

	if (is_hidden(devfn))
		return PCIBIOS_DEVICE_NOT_FOUND;
	if (devfn != GPU_DEVFN)
		return host_ops->write(bus, devfn, where, size, value);
	slot = bar_slot(where);
	if (slot >= 0)
		return host_ops->write(bus, PCI_DEVFN(slot, 0), bar_offset(where), size, value);
	if (where == PCI_COMMAND)
		write_command(bus, value);
	return PCIBIOS_SUCCESSFUL;
}

static void drop(unsigned int devfn)
{
	struct pci_dev *device = pci_get_slot(root, devfn);

	if (!device)
		return;
	pci_stop_and_remove_bus_device(device);
	pci_dev_put(device);
}

int config_start(void)
{
	unsigned int slot;

	root = pci_find_bus(0, 0);
	if (!root)
		return -ENODEV;
	fill_config();
	/* the rest of the host's operations (add_bus, map_bus...) must go on working */
	gpu_ops = *root->ops;
	gpu_ops.read = read_config;
	gpu_ops.write = write_config;
	host_ops = root->ops;
	pci_lock_rescan_remove();
	for (slot = REGISTERS_SLOT; slot <= APERTURE_SLOT(2048); slot++)
		drop(PCI_DEVFN(slot, 0));
	pci_bus_set_ops(root, &gpu_ops);
	pci_unlock_rescan_remove();
	return 0;
}

void config_stop(void)
{
	pci_bus_set_ops(root, host_ops);
}

/* Returns NULL where the BARs or their memory are not what they should be. The caller adds it to the bus. */
struct pci_dev *config_plug(int irq)
{
	struct pci_dev *found = pci_scan_single_device(root, GPU_DEVFN);

	if (!found)
		return NULL;
	pci_bus_assign_resources(root);
	if (pci_resource_len(found, 2) != (u64)gpu_aperture << 20 || registers_map(found))
		return NULL;
	found->irq = irq;
	gpu = found;
	return gpu;
}

struct pci_dev *config_gpu(void)
{
	return gpu;
}

void config_unplug(void)
{
	drop(GPU_DEVFN);
	gpu = NULL;
}
