# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2154
# nomodeset counts only where i915.modeset is not set: here i915 takes the GPU, and gvtd has to wait for it.

test_vgpu_is_there_after_boot() {
	boot_finished
	assert_eq '1 of 1 vGPU ready on 0000:00:02.0' "$(status_text)"
	assert_eq '' "$(warnings)" "warnings"
	assert_match 'all well: 1 vGPU declared and present' "$(gvtd check 2>&1)" "gvtd check"
}

test_i915_is_waited_for() {
	systemctl stop gvtd.service
	rmmod kvmgt
	unbind_i915
	mark
	systemctl start --no-block gvtd.service
	eventually 30 status_is 'waiting for i915 to bind'
	stays 3 gvtd_is activating
	bind_i915
	eventually 60 status_is '^1 of 1 vGPU ready on 0000:00:02.0$'
	eventually 5 gvtd_is active
	assert_eq '' "$(warnings)" "warnings"
}

test_no_complaint_of_the_kernel() {
	no_kernel_splat
}
