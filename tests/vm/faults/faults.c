// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes Debian's own i915 and kvmgt slow, or fail: a probe at the entry of a function of theirs sends the caller
 * into one of ours, which may sleep, fail, or go on with the real one. The parameters can be written at any time.
 */
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/mdev.h>
#include <linux/module.h>

static int create_errno;
module_param(create_errno, int, 0644);
MODULE_PARM_DESC(create_errno, "fail creates with this errno, 28 for ENOSPC");
static uint create_errno_nth, nth_seen;
static int set_nth(const char *value, const struct kernel_param *param);
static const struct kernel_param_ops nth_ops = { .set = set_nth, .get = param_get_uint };
module_param_cb(create_errno_nth, &nth_ops, &create_errno_nth, 0644);
MODULE_PARM_DESC(create_errno_nth, "fail only the nth create, counted from this write; 0: each one");
static uint create_delay_ms;
module_param(create_delay_ms, uint, 0644);
MODULE_PARM_DESC(create_delay_ms, "let each create sleep, uninterruptibly; 0 wakes up those that sleep");
static uint remove_delay_ms;
module_param(remove_delay_ms, uint, 0644);
MODULE_PARM_DESC(remove_delay_ms, "the same for removal");
static uint init_delay_ms;
module_param(init_delay_ms, uint, 0644);
MODULE_PARM_DESC(init_delay_ms, "let kvmgt sleep before it does anything");
static uint gap_ms;
module_param(gap_ms, uint, 0644);
MODULE_PARM_DESC(gap_ms, "between registration of the parent and of the driver: a create in there crashes");
static uint gem_delay_ms;
module_param(gem_delay_ms, uint, 0644);
MODULE_PARM_DESC(gem_delay_ms, "in i915's probe, between GVT-g's start and that of the engines: a create in there crashes");
static uint creates;
module_param(creates, uint, 0444);
MODULE_PARM_DESC(creates, "how many creates reached kvmgt since this module was loaded");

static int set_nth(const char *value, const struct kernel_param *param)
{
	nth_seen = 0;
	return param_set_uint(value, param);
}

/*
 * Sleeps for so long, in small steps, so that a test that has seen enough can cut it short by writing 0. This module
 * must not go in the meantime.
 */
static void nap(const uint *knob)
{
	unsigned long start = jiffies;

	__module_get(THIS_MODULE);
	/* by the clock: a step of 20 ms takes 24 or more */
	while (jiffies_to_msecs(jiffies - start) < READ_ONCE(*knob))
		msleep(20);
	module_put(THIS_MODULE);
}

/* --- the functions that are called instead --- */

/* none of the real ones has more arguments, and each returns an int or nothing */
typedef long (*function)(unsigned long a, unsigned long b, unsigned long c);

static struct fault {
	const char *name;	/* MODULE:FUNCTION */
	function instead;
	struct kprobe probe;
	bool armed;
} faults[];

enum {
	CREATE,
	REMOVE,
	SET_OPS,
	REGISTER_DRIVER,
	START_ENGINES,
	N_FAULTS,
};

/* behind the call of the tracer at its beginning, which is what the probe sits on */
static function real(int fault)
{
	return (function)((unsigned long)faults[fault].probe.addr + MCOUNT_INSN_SIZE);
}

static bool is_to_fail(void)
{
	creates++;
	nth_seen++;
	return READ_ONCE(create_errno) && (!create_errno_nth || create_errno_nth == nth_seen);
}

static long create(unsigned long a, unsigned long b, unsigned long c)
{
	nap(&create_delay_ms);
	return is_to_fail() ? -abs(READ_ONCE(create_errno)) : real(CREATE)(a, b, c);
}

static long removal(unsigned long a, unsigned long b, unsigned long c)
{
	nap(&remove_delay_ms);
	return real(REMOVE)(a, b, c);
}

static long set_ops(unsigned long ops, unsigned long b, unsigned long c)
{
	nap(&init_delay_ms);
	return real(SET_OPS)(ops, b, c);
}

static long register_driver(unsigned long driver, unsigned long b, unsigned long c)
{
	nap(&gap_ms);
	return real(REGISTER_DRIVER)(driver, b, c);
}

static long start_engines(unsigned long a, unsigned long b, unsigned long c)
{
	nap(&gem_delay_ms);
	return real(START_ENGINES)(a, b, c);
}

static struct fault faults[] = {
	[CREATE] = { "kvmgt:intel_gvt_create_vgpu", create },
	[REMOVE] = { "kvmgt:intel_vgpu_remove", removal },
	/* of i915's, and what kvmgt does first */
	[SET_OPS] = { "i915:intel_gvt_set_ops", set_ops },
	/* of mdev's, but kvmgt is the only one that calls it here */
	[REGISTER_DRIVER] = { "mdev:mdev_register_driver", register_driver },
	[START_ENGINES] = { "i915:i915_gem_init", start_engines },
};

/* --- probes --- */

static int entered(struct kprobe *probe, struct pt_regs *cpu)
{
	instruction_pointer_set(cpu, (unsigned long)container_of(probe, struct fault, probe)->instead);
	return 1;
}

/* a probe that has this may change where the CPU goes on */
static void left(struct kprobe *probe, struct pt_regs *cpu, unsigned long flags)
{
}

static int arm(struct fault *fault)
{
	int r;

	fault->probe = (struct kprobe){ .symbol_name = fault->name, .pre_handler = entered, .post_handler = left };
	r = register_kprobe(&fault->probe);
	if (r)
		return r;
	fault->armed = true;
	/* any other kind would have moved the function's first instructions elsewhere */
	return kprobe_ftrace(&fault->probe) ? 0 : -EOPNOTSUPP;
}

static void disarm(struct fault *fault)
{
	if (fault->armed)
		unregister_kprobe(&fault->probe);
	fault->armed = false;
}

static int module_changes(struct notifier_block *block, unsigned long state, void *data)
{
	const char *name = ((const struct module *)data)->name;
	struct fault *fault;

	for (fault = faults; fault < faults + N_FAULTS; fault++) {
		if (strncmp(fault->name, name, strlen(name)) || fault->name[strlen(name)] != ':')
			continue;
		if (state == MODULE_STATE_COMING)
			WARN_ON(arm(fault));
		else if (state == MODULE_STATE_GOING)
			disarm(fault);
	}
	return NOTIFY_DONE;
}

/* after those of the kernel's that make a module's functions known to it */
static struct notifier_block on_module = { .notifier_call = module_changes, .priority = -1 };

static void stop(void)
{
	struct fault *fault;

	unregister_module_notifier(&on_module);
	for (fault = faults; fault < faults + N_FAULTS; fault++)
		disarm(fault);
}

static int __init faults_init(void)
{
	struct fault *fault;
	int r = register_module_notifier(&on_module);

	/* of what is loaded already; the others come by the notifier */
	for (fault = faults; !r && fault < faults + N_FAULTS; fault++) {
		r = arm(fault);
		if (r == -ENOENT)
			r = 0;
	}
	if (r)
		stop();
	return r;
}

static void __exit faults_exit(void)
{
	stop();
}

module_init(faults_init);
module_exit(faults_exit);
MODULE_DESCRIPTION("faults of i915 and kvmgt, for tests");
MODULE_LICENSE("GPL");
