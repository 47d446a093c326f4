# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2154
# What gvtd has to wait for the card for: the real i915's probe offers vGPUs before it has engines, and a create then
# dies in the kernel.

test_create_before_the_engines_crashes() {
	load_i915_options enable_gvt=1
	modprobe -a i915 kvmgt
	# on its way as soon as the type is there; the write never returns, so it is left behind
	setsid sh -c "until [ -e $types_dir/i915-GVTg_V5_8/create ]; do :; done
		echo a297db4a-f4c2-11e6-90f6-d3b88d6c9525 >$types_dir/i915-GVTg_V5_8/create" >/dev/null 2>&1 &
	setsid modprobe test_gpu >/dev/null 2>&1 &
	eventually 60 kernel_said 'BUG: kernel NULL pointer dereference'
	eventually 10 kernel_said 'RIP: .*:intel_context_'
	kernel_said 'intel_gvt_create_vgpu'
}
