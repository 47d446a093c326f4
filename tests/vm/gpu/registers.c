// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Registers. They are memory, in BAR 0; this is what they hold after a reset, and what those do that do something.
 * Names and bits are those of Intel's public manuals for the ninth generation.
 */
#include "gpu.h"

#define TLB_INVALIDATE 0x4260		/* and 4 more */
#define RC6_CONTEXT_BASE 0x8504
#define FUSE2 0x9120
#define RESET 0x941c
#define WAKE_GT 0xa188
#define WAKE_MEDIA 0xa270
#define WAKE_RENDER 0xa278
#define AWAKE_RENDER 0xd84
#define AWAKE_MEDIA 0xd88
#define AWAKE_GT 0x130044
#define GUC_STATUS 0xc000
#define FUSE_STATUS 0x42000
#define PORT_IIR 0x44448		/* and all of the display but the pipes', 0x10 apart */
#define LAST_IIR 0x444f8
#define DBUF_CTL 0x45008
#define POWER_WELL 0x45400		/* and 3 more */
#define LCPLL1_CTL 0x46010
#define DISPLAY_FUSES 0x51000
#define AUX_CTL 0x64010			/* and 3 more, 0x100 apart */
#define PSR_IIR 0x64838
#define DPLL_CTRL2 0x6c05c
#define SOUTH_IIR 0xc4008
#define GMBUS2 0xc5108
#define SIDEBAND_CTL 0xc6008
#define MAILBOX 0x138124
#define MAILBOX_DATA 0x138128
#define FREQUENCIES 0x145998

static void __iomem *registers;	/* a mapping of our own, beside i915's */
static u64 __iomem *gtt;

u32 reg_get(u32 reg)
{
	return readl(registers + reg);
}

void reg_put(u32 reg, u32 value)
{
	writel(value, registers + reg);
}

u32 reg_masked(const struct access *access)
{
	u32 written = reg_get(access->reg), mask = written >> 16;
	u32 value = (access->old & 0xffff & ~mask) | (written & mask);

	reg_put(access->reg, value);
	return value;
}

void reg_follow(const struct access *access)
{
	u32 value = reg_get(access->reg);

	reg_put(access->reg, (value & ~BIT(30)) | (value >> 1 & BIT(30)));
}

u32 *gtt_at(u32 address)
{
	u64 entry = readq(gtt + (address >> PAGE_SHIFT)), page = entry & GENMASK_ULL(38, 12);

	if (!(entry & 1) || !pfn_valid(page >> PAGE_SHIFT))
		return NULL;
	return phys_to_virt(page + (address & ~PAGE_MASK));
}

/* --- what they do --- */

static void wake(const struct access *access)
{
	u32 awake = access->reg == WAKE_GT ? AWAKE_GT : access->reg == WAKE_MEDIA ? AWAKE_MEDIA : AWAKE_RENDER;

	reg_put(awake, reg_masked(access));
}

static void reset(const struct access *access)
{
	if (access->write)
		engines_reset();
	reg_put(access->reg, 0);
}

/* the power control unit: done, without error */
static void answer(const struct access *access)
{
	u32 request = reg_get(MAILBOX), data = reg_get(MAILBOX_DATA);

	if (!(request & BIT(31)))
		return;
	switch (request & 0xff) {
	case 0x06: /* latencies of memory in us, of levels 0 to 3 and 4 to 7 */
		reg_put(MAILBOX_DATA, data ? 0x100e0c0a : 0x08060402);
		break;
	case 0x07: /* ready for another clock of the display */
	case 0x21: /* the system agent's frequency is fixed */
		reg_put(MAILBOX_DATA, 1);
		break;
	}
	reg_put(MAILBOX, request & ~(BIT(31) | 0xff));
}

/* a pair of bits for each well: the upper asks, the lower answers */
static void power(const struct access *access)
{
	u32 value = reg_get(access->reg);

	reg_put(access->reg, (value & 0xaaaaaaaa) | (value >> 1 & 0x55555555));
}

/* a transfer over DisplayPort's side channel times out: nobody is there */
static void time_out(const struct access *access)
{
	u32 value = reg_get(access->reg);

	if (!access->write)
		return;
	if (value & BIT(31))
		reg_put(access->reg, (value & ~(BIT(31) | BIT(25))) | BIT(30) | BIT(28));
	else
		reg_put(access->reg, value & ~(BIT(30) | BIT(28) | BIT(25)));
}

/* done at once; an interrupt that never comes */
static void stay_zero(const struct access *access)
{
	reg_put(access->reg, 0);
}

/* of the south display of the eighth generation: not busy any more, and the transfer succeeded */
static void succeed(const struct access *access)
{
	reg_put(access->reg, reg_get(access->reg) & ~(BIT(1) | BIT(0)));
}

static const struct {
	u32 first, last, step;
	void (*after)(const struct access *access);
} live[] = {
	{ TLB_INVALIDATE, TLB_INVALIDATE + 0x10, 4, stay_zero },
	{ RESET, RESET, 4, reset },
	{ WAKE_GT, WAKE_GT, 4, wake },
	{ WAKE_MEDIA, WAKE_RENDER, 8, wake },
	{ PORT_IIR, LAST_IIR, 0x10, stay_zero },
	{ DBUF_CTL, DBUF_CTL, 4, reg_follow },
	{ POWER_WELL, POWER_WELL + 0xc, 4, power },
	{ LCPLL1_CTL, LCPLL1_CTL, 4, reg_follow },
	{ AUX_CTL, AUX_CTL + 0x300, 0x100, time_out },
	{ PSR_IIR, PSR_IIR, 4, stay_zero },
	{ SOUTH_IIR, SOUTH_IIR, 4, stay_zero },
	{ SIDEBAND_CTL, SIDEBAND_CTL, 4, succeed },
	{ MAILBOX, MAILBOX, 4, answer },
};

void registers_after(const struct access *access)
{
	unsigned int i;

	if (engines_after(access))
		return;
	display_after(access);
	for (i = 0; i < ARRAY_SIZE(live); i++)
		if (access->reg >= live[i].first && access->reg <= live[i].last &&
		    (access->reg - live[i].first) % live[i].step == 0)
			live[i].after(access);
}

bool registers_live(u32 page)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(live); i++)
		if (live[i].last >= page && live[i].first < page + PAGE_SIZE)
			return true;
	return engines_live(page) || display_live(page);
}

/* --- what they hold --- */

static void preset(void)
{
	memset_io(registers, 0, REGISTERS_SIZE);
	reg_put(RC6_CONTEXT_BASE, 1);					/* valid */
	reg_put(FUSE2, BIT(25) | BIT(23));				/* slice 0, subslices 0 to 2 */
	reg_put(GUC_STATUS, BIT(0));					/* in reset */
	reg_put(FUSE_STATUS, BIT(31) | BIT(27) | BIT(26) | BIT(25));	/* fuses are read, wells 0 to 2 have power */
	reg_put(DPLL_CTRL2, 0x1f << 15);				/* no port has a clock */
	reg_put(GMBUS2, BIT(10));					/* no monitor answers */
	reg_put(FREQUENCIES, 7 << 16 | 7 << 8 | 22);			/* 350 to 1100 MHz, in steps of 50 */
	if (!gpu_display)
		reg_put(DISPLAY_FUSES, BIT(30) | BIT(28) | BIT(21));	/* no pipe A, B, C */
	engines_reset();
	display_reset();
}

int registers_map(struct pci_dev *gpu)
{
	registers = ioremap(pci_resource_start(gpu, 0), REGISTERS_SIZE);
	gtt = ioremap(pci_resource_start(gpu, 0) + GTT_OFFSET, GTT_OFFSET);
	if (!registers || !gtt || pci_enable_device_mem(gpu))
		return -ENOMEM;
	preset();
	pci_disable_device(gpu);
	return 0;
}

void registers_unmap(void)
{
	if (registers)
		iounmap(registers);
	if (gtt)
		iounmap(gtt);
}
