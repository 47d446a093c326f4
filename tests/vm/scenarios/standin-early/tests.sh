# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2154
# A create after GVT-g's registration and before the end of i915's probe, whose engines it needs, dies in the kernel,
# as it does with the real i915: this is what shows that a daemon which does not wait for the card is caught.

test_create_before_the_engines_crashes() {
	reset_host
	load_i915_options enable_gvt=1
	load_i915_knobs gem_delay_ms=30000
	modprobe -a i915 kvmgt
	setsid modprobe test_gpu >/dev/null 2>&1 &
	eventually 20 test -e "$types_dir/i915-GVTg_V5_8/create"
	# the write that meets it never returns, so it is left behind
	setsid sh -c "echo a297db4a-f4c2-11e6-90f6-d3b88d6c9525 >$types_dir/i915-GVTg_V5_8/create" >/dev/null 2>&1 &
	eventually 25 kernel_said 'BUG: kernel NULL pointer dereference'
	eventually 10 kernel_said 'RIP: .*:init_vgpu'
}
