# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2154
# A GPU whose engines i915 could not start: it goes on without them, for the display's sake, and GVT-g offers vGPUs that
# crash the kernel when they are made.

win10=a297db4a-f4c2-11e6-90f6-d3b88d6c9525

test_no_vgpu_on_a_wedged_gpu() {
	declare_vgpus $win10 i915-GVTg_V5_8
	mark
	load_i915_options enable_gvt=1
	plug_gpu engines=n
	timeout 100 systemctl start gvtd.service
	eventually 60 test -e "$types_dir/i915-GVTg_V5_8/create"
	eventually 30 status_is '0 of 1 vGPU ready .*i915 could not start the engines of 0000:00:02.0 and gave it up'
	ls "$gpu"/drm/card*/engine
	assert_vgpus
	assert_match 'would crash the kernel.*: reboot' "$(journal_since_mark -p err)" "journal"
	gvtd check --json | tee "$state/json" || true
	assert_eq wedged "$(jq -r '.findings[] | select(.severity == "error") | .cause' "$state/json")"
}

# and one that works, in the same machine
test_the_next_gpu_is_served() {
	systemctl stop gvtd.service
	rmmod kvmgt
	unbind_i915
	unplug_gpu
	plug_gpu
	systemctl start gvtd.service
	eventually 60 status_is '^1 of 1 vGPU ready'
	ls "$gpu"/drm/card*/engine/rcs0
}
