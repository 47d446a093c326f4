// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command streamers: render, copy, video and video enhancement. A context that is handed to one is run at once:
 * of its commands those are done that tell the driver of progress, all others and the batches are skipped. Then the
 * context switch is reported and the interrupt raised.
 */
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irq_work.h>

#include "gpu.h"

/* from an engine's base */
#define STATUS_PAGE 0x80
#define MI_MODE 0x9c
#define MI_MODE_IDLE BIT(9)
#define RESET_CTL 0xd0
#define RESET_REQUEST BIT(0)
#define RESET_READY BIT(1)
#define SUBMIT 0x230

#define MASTER_INTERRUPT 0x44200
#define GT_IIR(n) (0x44308 + 0x10 * (n))
#define USER_INTERRUPT BIT(0)
#define SWITCH_INTERRUPT BIT(8)

/* in the status page, dwords: the context status buffer and where its last entry is */
#define STATUS_BUFFER 0x10
#define STATUS_ENTRIES 6
#define STATUS_LAST 0x1f
#define IDLE_TO_ACTIVE BIT(0)
#define ELEMENT_SWITCH BIT(2)
#define ACTIVE_TO_IDLE BIT(3)
#define COMPLETE BIT(4)

/* in the second page of a context, dwords */
#define RING_HEAD 5
#define RING_TAIL 7
#define RING_START 9
#define RING_CTL 11

static struct engine {
	const char *name;
	u32 base;
	int master_bit, iir, shift;	/* where its interrupts show */
	u32 submitted[4];		/* two context descriptors, the second one first */
	int n;				/* dwords of them so far */
	bool go;
} engines[] = {
	{ "render", 0x2000, 0, 0, 0 },
	{ "copy", 0x22000, 1, 0, 16 },
	{ "video", 0x12000, 2, 1, 0 },
	{ "enhancement", 0x1a000, 6, 3, 0 },
};

#define for_each_engine(engine) for (engine = engines; engine < engines + ARRAY_SIZE(engines); engine++)

static u32 pending[4];		/* what the GT's IIRs show */
static u32 master_enable;
static int irq;
static struct irq_work streamer;

/* --- interrupts --- */

void interrupts_update(void)
{
	u32 master = master_enable | display_interrupts();
	struct engine *engine;
	int i;

	for (i = 0; i < 4; i++)
		reg_put(GT_IIR(i), pending[i]);
	for_each_engine(engine)
		if (pending[engine->iir] >> engine->shift & 0xffff)
			master |= BIT(engine->master_bit);
	reg_put(MASTER_INTERRUPT, master);
}

void interrupts_deliver(void)
{
	irq_work_queue(&streamer);
}

static void raise(const struct engine *engine, u32 bits)
{
	pending[engine->iir] |= bits << engine->shift;
}

/* what is pending when the master bit comes back is delivered then */
static void master_written(void)
{
	int i;

	master_enable = reg_get(MASTER_INTERRUPT) & BIT(31);
	for (i = 0; master_enable && i < 4; i++)
		if (pending[i])
			irq_work_queue(&streamer);
	if (master_enable && display_interrupts())
		irq_work_queue(&streamer);
}

static bool interrupts_after(const struct access *access)
{
	if (access->reg == MASTER_INTERRUPT) {
		if (access->write)
			master_written();
	} else if (access->reg >= GT_IIR(0) && access->reg <= GT_IIR(3) && access->reg % 0x10 == GT_IIR(0) % 0x10) {
		if (access->write)
			pending[(access->reg - GT_IIR(0)) / 0x10] &= ~reg_get(access->reg);
	} else {
		return false;
	}
	interrupts_update();
	return true;
}

/* --- what a context's ring says --- */

struct ring {
	u32 start, head, size;
};

static u32 dword(const struct ring *ring, u32 i)
{
	u32 *p = gtt_at(ring->start + (ring->head + 4 * i) % ring->size);

	return p ? *p : 0;
}

static void store(u32 address, u32 value)
{
	u32 *p = gtt_at(address);

	if (p)
		WRITE_ONCE(*p, value);
	if (gpu_trace)
		pr_info("test_gpu:   *%08x = %u%s\n", address, value, p ? "" : " (not mapped)");
}

/* MI commands; stores count only where they go through the GGTT. Returns the length in dwords. */
static u32 do_mi(struct engine *engine, const struct ring *ring, u32 command)
{
	switch (command >> 23 & 0x3f) {
	case 0x02: /* USER_INTERRUPT */
		raise(engine, USER_INTERRUPT);
		return 1;
	case 0x00 ... 0x01:
	case 0x03 ... 0x0f: /* of one dword, all of them */
		return 1;
	case 0x20: /* STORE_DATA_IMM */
		if (command & BIT(22))
			store(dword(ring, 1), dword(ring, 3));
		break;
	case 0x26: /* FLUSH_DW, with a write after it that is not into the status page */
		if (command >> 14 & 3 && !(command & BIT(21)))
			store(dword(ring, 1) & ~7, dword(ring, 3));
		break;
	}
	return (command & 0x3f) + 2;
}

static u32 do_command(struct engine *engine, const struct ring *ring)
{
	u32 command = dword(ring, 0);

	if (command >> 29 == 0)
		return do_mi(engine, ring, command);
	/* PIPE_CONTROL with a write after it that is not into the status page */
	if (command >> 16 == 0x7a00 && (dword(ring, 1) & (BIT(14) | BIT(21))) == BIT(14))
		store(dword(ring, 2), dword(ring, 4));
	return (command & 0xff) + 2;
}

static void run(struct engine *engine, u32 descriptor)
{
	u32 *context = gtt_at((descriptor & PAGE_MASK) + PAGE_SIZE), tail;
	struct ring ring;

	if (!context)
		return;
	ring.start = context[RING_START] & PAGE_MASK;
	ring.head = context[RING_HEAD] & 0x1ffffc;
	ring.size = (context[RING_CTL] & 0x1ff000) + PAGE_SIZE;
	tail = context[RING_TAIL] & 0x1ffff8;
	if (gpu_trace)
		pr_info("test_gpu: %s runs %08x, ring %08x, %x to %x of %x\n", engine->name, descriptor, ring.start, ring.head, tail, ring.size);
	while (ring.head != tail) {
		u32 left = (tail - ring.head + ring.size) % ring.size / 4, length = do_command(engine, &ring);

		ring.head = (ring.head + 4 * min(length, left)) % ring.size;
	}
	context[RING_HEAD] = ring.head;
}

/* --- submission --- */

static void report(const struct engine *engine, u32 status, u32 descriptor)
{
	u32 *page = gtt_at(reg_get(engine->base + STATUS_PAGE) & PAGE_MASK), i;

	if (!page)
		return;
	i = (page[STATUS_LAST] % 8 + 1) % STATUS_ENTRIES;
	page[STATUS_BUFFER + 2 * i] = status;
	page[STATUS_BUFFER + 2 * i + 1] = descriptor >> 12;
	smp_wmb();
	WRITE_ONCE(page[STATUS_LAST], i);
}

static void run_both(struct engine *engine)
{
	u32 second = engine->submitted[1], first = engine->submitted[3];

	report(engine, IDLE_TO_ACTIVE, first);
	run(engine, first);
	if (second) {
		report(engine, ELEMENT_SWITCH | COMPLETE, first);
		run(engine, second);
	}
	report(engine, ACTIVE_TO_IDLE | COMPLETE, second ?: first);
	raise(engine, SWITCH_INTERRUPT);
}

/* after the access that asked for it, with interrupts off */
static void stream(struct irq_work *work)
{
	struct engine *engine;

	for_each_engine(engine)
		if (engine->go) {
			engine->go = false;
			run_both(engine);
		}
	interrupts_update();
	if (master_enable)
		generic_handle_irq(irq);
}

static void submit(struct engine *engine, const struct access *access)
{
	if (!access->write)
		return;
	engine->submitted[engine->n++] = reg_get(access->reg);
	if (engine->n < 4)
		return;
	engine->n = 0;
	if (!gpu_engines)
		return;
	engine->go = true;
	irq_work_queue(&streamer);
}

static void engine_after(struct engine *engine, const struct access *access)
{
	u32 value;

	switch (access->reg - engine->base) {
	case MI_MODE: /* stopped or not, it has nothing to do */
		reg_put(access->reg, reg_masked(access) | MI_MODE_IDLE);
		break;
	case RESET_CTL: /* ready for the reset as soon as asked */
		value = reg_masked(access);
		reg_put(access->reg, value & RESET_REQUEST ? value | RESET_READY : value & ~RESET_READY);
		break;
	case SUBMIT:
		submit(engine, access);
		break;
	}
}

bool engines_after(const struct access *access)
{
	struct engine *engine;

	for_each_engine(engine)
		if (access->reg - engine->base < PAGE_SIZE) {
			engine_after(engine, access);
			return true;
		}
	return interrupts_after(access);
}

bool engines_live(u32 page)
{
	const struct engine *engine;

	for_each_engine(engine)
		if (engine->base == page)
			return true;
	return (MASTER_INTERRUPT & PAGE_MASK) == page;
}

void engines_reset(void)
{
	struct engine *engine;

	for_each_engine(engine) {
		reg_put(engine->base + MI_MODE, MI_MODE_IDLE);
		reg_put(engine->base + RESET_CTL, 0);
		engine->n = 0;
		engine->go = false;
	}
	memset(pending, 0, sizeof(pending));
	interrupts_update();
}

int engines_irq(void)
{
	return irq;
}

int engines_start(void)
{
	init_irq_work(&streamer, stream);
	/* without an owner, or i915 would keep this module from going */
	irq = __irq_alloc_descs(-1, 0, 1, NUMA_NO_NODE, NULL, NULL);
	if (irq < 0)
		return irq;
	irq_set_chip_and_handler(irq, &dummy_irq_chip, handle_simple_irq);
	irq_modify_status(irq, IRQ_NOREQUEST, 0);
	return 0;
}

void engines_stop(void)
{
	irq_work_sync(&streamer);
	irq_free_desc(irq);
}
