// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The display of the ninth generation, as far as a monitor is lit: clocks lock, pipes come on, and of one that is on,
 * frames are counted and the vertical blank is told. No pixel is looked at. A monitor is there where the kernel's
 * command line says so (video=HDMI-A-1:...e): nobody answers when it is asked for what it can do.
 *
 * A frame ends between two instructions of i915's that interrupts may come between, and never while it has them off to
 * change all of a plane in one frame, however slow the machine is. So a beam need not move: it is always at one line.
 */
#include <linux/irq_work.h>
#include <linux/timer.h>

#include "gpu.h"

#define PIPES 3
#define PORTS 5

#define IMR(pipe) (0x44404 + 0x10 * (pipe))
#define IIR(pipe) (IMR(pipe) + 4)
#define IER(pipe) (IMR(pipe) + 8)
#define VBLANK BIT(0)

/* of the clocks that are not the first, which is that of the display itself */
#define DPLL1_CTL 0x46014
#define DPLL2_CTL 0x46040
#define DPLL3_CTL 0x46060
#define DPLL_STATUS 0x6c060
#define DPLL_LOCKED(n) BIT(8 * (n))

#define PORT_CTL(port) (0x64000 + 0x100 * (port))
#define PORT_IDLE BIT(7)

#define LINE(pipe) (0x70000 + 0x1000 * (pipe))
#define PIPE_CTL(pipe) (LINE(pipe) + 8)
#define FRAMES(pipe) (LINE(pipe) + 0x40)

#define ENABLE BIT(31)

static struct irq_work lighter;
static struct timer_list beam;

static void lock(u32 reg, int n)
{
	u32 others = reg_get(DPLL_STATUS) & ~DPLL_LOCKED(n);

	reg_put(DPLL_STATUS, others | (reg_get(reg) & ENABLE ? DPLL_LOCKED(n) : 0));
}

static void send(u32 reg)
{
	u32 value = reg_get(reg);

	reg_put(reg, value & ENABLE ? value & ~PORT_IDLE : value | PORT_IDLE);
}

/* an access is no place to start a timer in */
static void light(struct irq_work *work)
{
	mod_timer(&beam, jiffies + HZ / 60);
}

u32 display_interrupts(void)
{
	u32 master = 0;
	int pipe;

	for (pipe = 0; pipe < PIPES; pipe++)
		if (reg_get(IIR(pipe)) & reg_get(IER(pipe)))
			master |= BIT(16 + pipe);
	return master;
}

static void end_frame(int pipe)
{
	reg_put(FRAMES(pipe), reg_get(FRAMES(pipe)) + 1);
	reg_put(IIR(pipe), reg_get(IIR(pipe)) | (VBLANK & ~reg_get(IMR(pipe))));
}

/* with interrupts off */
static void end_frames(struct timer_list *timer)
{
	bool lit = false;
	int pipe;

	for (pipe = 0; pipe < PIPES; pipe++)
		if (reg_get(PIPE_CTL(pipe)) & ENABLE) {
			lit = true;
			end_frame(pipe);
		}
	if (lit)
		mod_timer(timer, jiffies + HZ / 60);
	if (display_interrupts())
		interrupts_deliver();
}

static void pipe_after(int pipe, const struct access *access)
{
	if (access->reg == PIPE_CTL(pipe)) {
		reg_follow(access);
		if (access->write)
			irq_work_queue(&lighter);
	} else if (access->reg == IIR(pipe) && access->write) {
		reg_put(access->reg, access->old & ~reg_get(access->reg));
		interrupts_update();
	}
}

void display_after(const struct access *access)
{
	int i;

	switch (access->reg) {
	case DPLL1_CTL:
		lock(access->reg, 1);
		break;
	case DPLL2_CTL:
		lock(access->reg, 2);
		break;
	case DPLL3_CTL:
		lock(access->reg, 3);
		break;
	}
	for (i = 0; i < PORTS; i++)
		if (access->reg == PORT_CTL(i))
			send(access->reg);
	for (i = 0; i < PIPES; i++)
		pipe_after(i, access);
}

bool display_live(u32 page)
{
	int pipe;

	for (pipe = 0; pipe < PIPES; pipe++)
		if (page == LINE(pipe))
			return true;
	return page == (IIR(0) & PAGE_MASK) || page == (DPLL1_CTL & PAGE_MASK) || page == PORT_CTL(0);
}

void display_reset(void)
{
	int i;

	for (i = 0; i < PORTS; i++)
		reg_put(PORT_CTL(i), PORT_IDLE);
	/* not 0, for which i915 would wait to pass */
	for (i = 0; i < PIPES; i++)
		reg_put(LINE(i), 1);
}

void display_start(void)
{
	init_irq_work(&lighter, light);
	timer_setup(&beam, end_frames, TIMER_IRQSAFE);
}

void display_stop(void)
{
	irq_work_sync(&lighter);
	timer_delete_sync(&beam);
}
