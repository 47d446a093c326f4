# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2154
# A real QEMU attaches a vGPU of the stand-in, with all that a desktop guest asks for.

seed=a297db4a-f4c2-11e6-90f6-d3b88d6c9525

before_each() {
	# the GPU must not go while one of them still has a vGPU of it
	pkill -KILL -x qemu-system-x86 || true
	eventually 10 refused pgrep -x qemu-system-x86
	reset_host
	load_gvt
	create_vgpu $seed i915-GVTg_V5_8
}

# start_qemu DISPLAY DEVICE_OPTIONS [more]: returns when the device is realized; the machine does not run
start_qemu() {
	local display=$1 options=$2
	shift 2

	qemu-system-x86_64 -name guest=desktop -M q35 -accel tcg -m 64 -nodefaults -display "$display" -S -daemonize \
		-pidfile "$state/qemu.pid" -device "vfio-pci-nohotplug,sysfsdev=$mdevs/$seed,$options" "$@"
}

kill_qemu() {
	kill "$(cat "$state/qemu.pid")"
	eventually 10 sh -c "exec 5<>$(vfio_node $seed)"
}

in_use() {
	refused sh -c "exec 5<>$(vfio_node $seed)" 2>"$state/refusal"
	assert_match 'busy' "$(cat "$state/refusal")"
}

test_without_display() {
	start_qemu none display=off
	in_use
	kill_qemu
	remove_vgpu $seed
	assert_vgpus
}

test_display_ramfb_and_opregion() {
	start_qemu egl-headless display=on,ramfb=on,x-igd-opregion=on
	in_use
}

# As with GVT-g: it hands out dmabufs and nothing else
test_display_needs_gl() {
	refused start_qemu none display=on 2>"$state/refusal"
	assert_match 'opengl not available' "$(cat "$state/refusal")"
}

# edid DEVICE_OPTIONS: the resolution that QEMU puts into the EDID
edid() {
	start_qemu egl-headless "display=on$1" -trace vfio_display_edid_update -D "$state/trace" >&2
	sed -n 's/.*vfio_display_edid_update //p' "$state/trace"
}

test_edid_up_to_the_resolution_of_the_type() {
	assert_eq 1024x768 "$(edid '')" "at the most"
	kill_qemu
	assert_eq 1024x768 "$(edid ,xres=1920,yres=1200)" "asked for more"
	kill_qemu
	remove_vgpu $seed
	create_vgpu $seed i915-GVTg_V5_4
	assert_eq 1920x1200 "$(edid '')" "at the most"
}

test_no_complaint_of_the_kernel() {
	no_kernel_splat
}
