# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2154
# What the stand-ins can do and Debian's own drivers cannot, without gvtd.

LIMIT_test_as_many_as_are_asked_for=300

before_each() {
	reset_host
}

uuid() {
	printf '11111111-2222-4333-8444-%012d\n' "$1"
}

test_removal_of_an_open_one_waits() {
	local writer node

	load_gvt
	set_knob remove_open_bug 0
	create_vgpu "$(uuid 1)" i915-GVTg_V5_8
	node=$(vfio_node "$(uuid 1)")
	hold "$(uuid 1)"
	remove_vgpu "$(uuid 1)" &
	writer=$!
	eventually 5 test ! -e "$mdevs/$(uuid 1)"
	stays 2 test -e "$node"
	kill -0 "$writer"
	assert_eq 5 "$(cat "$types_dir/i915-GVTg_V5_8/available_instances")" "while it is held"
	release "$(uuid 1)"
	wait "$writer"
	[ ! -e "$node" ]
	assert_eq 6 "$(cat "$types_dir/i915-GVTg_V5_8/available_instances")" "when it is gone"
}

test_as_many_as_are_asked_for() {
	local i n

	n=$(rounds 100 1000)
	load_kvmgt_knobs many=1
	load_gvt
	for ((i = 1; i <= n; i++)); do
		uuid "$i" >"$types_dir/i915-GVTg_V5_8/create"
	done
	assert_eq "$n" "$(find "$mdevs/" -mindepth 1 | wc -l)"
	echo "made after $SECONDS s"
	rmmod kvmgt
	echo "gone after $SECONDS s"
	udevadm settle --timeout=250
	echo "udev is done after $SECONDS s"
}

test_generations() {
	load_gvt id=0x1602
	assert_eq 'i915-GVTg_V4_2 i915-GVTg_V4_4 i915-GVTg_V4_8' "$(cd "$types_dir" && echo *)"
	reset_host
	load_gvt id=0x9a49
	assert_eq i915 "$(basename "$(readlink "$gpu/driver")")"
	[ ! -e "$types_dir" ]
	assert_match 'i915 0000:00:02.0: \[drm\] Unsupported device. GVT-g is disabled' "$(dmesg | tail -20)"
}

test_guest_of_gvt() {
	load_i915_options enable_gvt=1 standin_guest=1
	plug_gpu
	modprobe i915
	modprobe kvmgt
	[ ! -e "$types_dir" ]
	assert_match 'GVT-g is disabled for guest' "$(dmesg | tail -20)"
}

test_kernel_without_gvt() {
	use_modules nogvt
	load_i915_options enable_gvt=1
	plug_gpu
	modprobe i915
	[ ! -e /sys/module/i915/parameters/enable_gvt ]
	assert_match "unknown parameter 'enable_gvt' ignored" "$(dmesg | tail -20)"
	assert_match 'not found' "$(modprobe kvmgt 2>&1 || true)"
}

test_no_complaint_of_the_kernel() {
	no_kernel_splat
}
