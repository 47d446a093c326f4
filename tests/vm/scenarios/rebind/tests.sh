# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2034,SC2154
# i915 is taken off the GPU and put back, and kvmgt unloaded and loaded, under a gvtd with three vGPUs to make. With
# kvmgt loaded, i915's probe offers them long before it could make one: a create as soon as they are offered, as of a
# gvtd without its gate, dies in the kernel at the first rebind.

LIMIT_test_i915_is_bound_anew=900
LIMIT_test_kvmgt_is_loaded_anew=900

all_back() {
	assert_vgpus a297db4a-f4c2-11e6-90f6-d3b88d6c9525 i915-GVTg_V5_8 \
		2f1b6ac5-7c7a-4a9a-9d2c-0d3f0f6f1f10 i915-GVTg_V5_8 \
		5d3c3a36-29f0-4d17-9a3f-8b6b9e4c0a52 i915-GVTg_V5_4 &&
		status_is '^3 of 3 vGPUs ready on 0000:00:02.0$'
}

rebind_i915() {
	unbind_i915
	assert_vgpus
	bind_i915
}

reload_kvmgt() {
	rmmod kvmgt
	assert_vgpus
	modprobe kvmgt
}

# again_and_again COMMAND: each time all vGPUs are back
again_and_again() {
	local i times

	times=$(rounds 5 20)
	boot_finished
	eventually 60 all_back
	for ((i = 1; i <= times; i++)); do
		"$1"
		eventually 60 all_back
		no_kernel_splat
	done
}

test_i915_is_bound_anew() {
	again_and_again rebind_i915
}

test_kvmgt_is_loaded_anew() {
	again_and_again reload_kvmgt
}
