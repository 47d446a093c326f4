# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2154
# A create between the registration of the parent and that of the driver takes the kernel down, as it does on
# real machines: this is what shows that a daemon which does not wait for the driver is caught.

# the write that hits the gap never returns, so it is left behind
test_create_in_the_gap_crashes() {
	reset_host
	load_kvmgt_knobs gap_ms=30000
	load_i915_options enable_gvt=1
	modprobe i915
	plug_gpu
	setsid modprobe kvmgt >/dev/null 2>&1 &
	eventually 60 test -e "$types_dir/i915-GVTg_V5_8/create"
	setsid sh -c "echo a297db4a-f4c2-11e6-90f6-d3b88d6c9525 >$types_dir/i915-GVTg_V5_8/create" >/dev/null 2>&1 &
	eventually 25 kernel_said 'BUG: kernel NULL pointer dereference'
	eventually 10 kernel_said 'sysfs_do_create_link_sd|driver_sysfs_add'
}
