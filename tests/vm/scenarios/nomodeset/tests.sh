# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2154
# With nomodeset i915 loads and leaves the GPU alone.

test_boot_is_not_held_up() {
	local started ready

	boot_finished
	assert_eq active "$(gvtd_state)"
	assert_eq 0 "$(systemctl show -P NRestarts gvtd.service)" "restarts"
	# `wait` is 90 s
	started=$(systemctl show -P ExecMainStartTimestampMonotonic gvtd.service)
	ready=$(systemctl show -P ActiveEnterTimestampMonotonic gvtd.service)
	echo "ready after $((ready - started)) us"
	[ $((ready - started)) -lt 60000000 ]
	[ ! -e "$gpu/driver" ]
}

test_reason_and_remedy_are_given() {
	local why="i915 takes no GPU because of nomodeset on the kernel command line; remove it in the boot loader's configuration and reboot"

	assert_eq "0 of 1 vGPU ready on 0000:00:02.0; $why" "$(status_text)"
	assert_eq "$why" "$(journal_since_mark -p err)" "journal"
	assert_vgpus
}

test_no_complaint_of_the_kernel() {
	no_kernel_splat
}
