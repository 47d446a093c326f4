// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * i915's accesses to registers are noticed by what the kernel has for tracing them, kmmio: a page of them is taken
 * out of i915's mapping, an access faults, is done alone with the page back in place, and registers.c hears of it
 * before i915 goes on. What another CPU does in the meantime is not noticed.
 */
#include <linux/kprobes.h>
#include <linux/mmiotrace.h>

#include "gpu.h"

#define MAX_TRAPS 32

static struct kmmio_probe traps[MAX_TRAPS];
static int n_traps;
static unsigned long mapping;	/* i915's, of the registers; 0: none */
static DEFINE_PER_CPU(struct access, last_access);

/* a store of a register or of a constant; whatever else i915 does to an address is a load */
static bool is_store(const u8 *code)
{
	while (*code == 0x66 || (*code & 0xf0) == 0x40)
		code++;
	return *code == 0x88 || *code == 0x89 || *code == 0xc6 || *code == 0xc7 || *code == 0xa3;
}

static void before(struct kmmio_probe *probe, struct pt_regs *cpu, unsigned long address)
{
	struct access *access = this_cpu_ptr(&last_access);

	access->reg = (address - mapping) & ~3;
	access->old = reg_get(access->reg);
	access->write = is_store((const u8 *)cpu->ip);
}

static void after(struct kmmio_probe *probe, unsigned long condition, struct pt_regs *cpu)
{
	const struct access *access = this_cpu_ptr(&last_access);

	if (gpu_trace > 1)
		pr_info("test_gpu: %s %06x %08x\n", access->write ? "write" : "read", access->reg, reg_get(access->reg));
	registers_after(access);
}

static void trap(unsigned long offset, unsigned long length)
{
	struct kmmio_probe *probe = &traps[n_traps];

	if (WARN_ON(n_traps == MAX_TRAPS))
		return;
	*probe = (struct kmmio_probe){ .addr = mapping + offset, .len = length, .pre_handler = before, .post_handler = after };
	if (!WARN_ON(register_kmmio_probe(probe)))
		n_traps++;
}

/* kmmio takes whole pages of the mapping. Small ones, by nohugeiomap on the kernel's command line, are much faster */
static void trap_registers(void)
{
	unsigned int level;
	u32 page;

	lookup_address(mapping, &level);
	if (level != PG_LEVEL_4K) {
		trap(0, REGISTERS_SIZE);
		return;
	}
	for (page = 0; page < REGISTERS_SIZE; page += PAGE_SIZE)
		if (registers_live(page))
			trap(page, PAGE_SIZE);
}

/* --- when i915 maps them --- */

static int ioremap_called(struct kretprobe_instance *instance, struct pt_regs *cpu)
{
	const struct pci_dev *gpu = config_gpu();

	/* not 0: the return is of no interest */
	return !gpu || regs_get_kernel_argument(cpu, 0) != pci_resource_start(gpu, 0) ||
	       regs_get_kernel_argument(cpu, 1) != REGISTERS_SIZE;
}

static int ioremap_returns(struct kretprobe_instance *instance, struct pt_regs *cpu)
{
	if (mapping || !regs_return_value(cpu))
		return 0;
	mapping = regs_return_value(cpu);
	trap_registers();
	return 0;
}

static int iounmap_called(struct kprobe *probe, struct pt_regs *cpu)
{
	if (!mapping || regs_get_kernel_argument(cpu, 0) != mapping)
		return 0;
	while (n_traps)
		unregister_kmmio_probe(&traps[--n_traps]);
	mapping = 0;
	return 0;
}

static struct kretprobe on_ioremap = {
	.kp.symbol_name = "ioremap",
	.entry_handler = ioremap_called,
	.handler = ioremap_returns,
	.maxactive = 8,
};
static struct kprobe on_iounmap = { .symbol_name = "iounmap", .pre_handler = iounmap_called };

/* --- kmmio --- */

/* the kernel's tracer starts and ends it, by functions that are not exported */
static void *kernel_function(const char *name)
{
	struct kprobe probe = { .symbol_name = name };

	if (register_kprobe(&probe))
		return NULL;
	unregister_kprobe(&probe);
	return probe.addr;
}

static int start_kmmio(void)
{
	int (*start)(void) = kernel_function("kmmio_init");

	return start ? start() : -ENOENT;
}

static void stop_kmmio(void)
{
	void (*stop)(void) = kernel_function("kmmio_cleanup");

	/* it lets go of a trap in two steps, each a grace period */
	rcu_barrier();
	rcu_barrier();
	if (stop)
		stop();
}

int traps_start(void)
{
	int r = start_kmmio();

	if (r)
		return r;
	r = register_kretprobe(&on_ioremap);
	if (r)
		goto no_kretprobe;
	r = register_kprobe(&on_iounmap);
	if (!r)
		return 0;
	unregister_kretprobe(&on_ioremap);
no_kretprobe:
	stop_kmmio();
	return r;
}

void traps_stop(void)
{
	unregister_kprobe(&on_iounmap);
	unregister_kretprobe(&on_ioremap);
	stop_kmmio();
}
