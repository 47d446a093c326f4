/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A GPU of Intel's eighth or ninth generation, as much of it as i915 and kvmgt need to see to take it for one.
 * module.c plugs it in; config.c is its configuration space, registers.c its registers, engines.c its command
 * streamers and all interrupts, display.c its pipes, traps.c what makes them know of i915's accesses.
 */
#ifndef TEST_GPU_H
#define TEST_GPU_H

#include <linux/io.h>
#include <linux/pci.h>

#define REGISTERS_SIZE (2 << 20)
#define GTT_OFFSET (8 << 20)	/* in BAR 0; as long as what is before it */

/* an access to a register has happened; its memory holds what was written, or read */
struct access {
	u32 reg, old;		/* offset, and what it held before */
	bool write;
};

/* --- module.c: parameters --- */

extern ushort gpu_id, gpu_ggms;
extern uint gpu_aperture;	/* MB */
extern bool gpu_display, gpu_engines;
extern uint gpu_trace;

/* --- config.c --- */

/* Answers configuration accesses for 0000:00:02.0; the devices behind its BARs disappear from Linux. */
int config_start(void);
void config_stop(void);
struct pci_dev *config_plug(int irq);
/* the device, from before its driver can see it until it is gone; NULL otherwise */
struct pci_dev *config_gpu(void);
void config_unplug(void);

/* --- registers.c --- */

int registers_map(struct pci_dev *gpu);
void registers_unmap(void);
void registers_after(const struct access *access);
/* whether something in this page reacts to being accessed; the rest is plain memory */
bool registers_live(u32 page);

u32 reg_get(u32 reg);
void reg_put(u32 reg, u32 value);
/* of a register whose upper half says which bits of the lower are meant: makes its memory what it now holds */
u32 reg_masked(const struct access *access);
/* of one that says in bit 30 what bit 31 asks for: on, or locked, as soon as that */
void reg_follow(const struct access *access);
/* the memory at an address of the GPU's, by its page table; NULL where nothing is mapped. */
u32 *gtt_at(u32 address);

/* --- engines.c --- */

int engines_start(void);
void engines_stop(void);
int engines_irq(void);
void engines_reset(void);
bool engines_live(u32 page);
/* false: the register is none of theirs */
bool engines_after(const struct access *access);
/* What is pending has changed: shows it to the driver; and calls it, when it will have that. */
void interrupts_update(void);
void interrupts_deliver(void);

/* --- display.c --- */

void display_start(void);
void display_stop(void);
void display_reset(void);
bool display_live(u32 page);
void display_after(const struct access *access);
/* bits of the master interrupt register */
u32 display_interrupts(void);

/* --- traps.c --- */

int traps_start(void);
void traps_stop(void);

#endif
