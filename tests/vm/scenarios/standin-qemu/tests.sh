# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2154
# A real QEMU attaches a vGPU of the stand-in, with all that a desktop guest asks for.

seed=a297db4a-f4c2-11e6-90f6-d3b88d6c9525

before_each() {
	pkill -KILL -x qemu-system-x86 || true
	reset_host
	load_gvt
	create_vgpu $seed i915-GVTg_V5_8
}

# start_qemu DEVICE_OPTIONS: returns when the device is realized; the machine does not run
start_qemu() {
	qemu-system-x86_64 -name guest=desktop -M q35 -accel tcg -m 64 -nodefaults -display none -S -daemonize \
		-pidfile "$state/qemu.pid" -device "vfio-pci-nohotplug,sysfsdev=$mdevs/$seed,$1"
}

in_use() {
	refused sh -c "exec 5<>$(vfio_node $seed)" 2>"$state/refusal"
	assert_match 'busy' "$(cat "$state/refusal")"
}

test_without_display() {
	start_qemu display=off
	in_use
	kill "$(cat "$state/qemu.pid")"
	eventually 10 sh -c "exec 5<>$(vfio_node $seed)"
	remove_vgpu $seed
	assert_vgpus
}

test_display_ramfb_and_opregion() {
	start_qemu display=on,ramfb=on,x-igd-opregion=on
	in_use
}

test_no_complaint_of_the_kernel() {
	no_kernel_splat
}
