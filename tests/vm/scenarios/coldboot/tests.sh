# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2154
# A machine boots with one vGPU declared and gvtd enabled. The oneshot that writes i915's options is held up by
# 6 s: what follows works because units are ordered, not because a race is won.

win10=a297db4a-f4c2-11e6-90f6-d3b88d6c9525

# loader_of MODULE: the name of the process that loaded it, by the kernel's own trace
loader_of() {
	sed -nE "s/^ *(.*)-[0-9]+ +\[.*module_load: $1 .*/\1/p" /sys/kernel/tracing/trace
}

# when UNIT PROPERTY: microseconds since boot
when() {
	systemctl show -P "$2" "$1"
}

test_declared_vgpu_is_there_after_boot() {
	boot_finished
	assert_vgpus "$win10" i915-GVTg_V5_8
	assert_eq active "$(gvtd_state)"
	assert_eq '1 of 1 vGPU ready on 0000:00:02.0' "$(status_text)"
	assert_match "vGPU $win10 \(i915-GVTg_V5_8\) is ready on 0000:00:02.0" "$(journal_since_mark)"
	assert_eq 'root:kvm 660' "$(stat -c '%U:%G %a' "$(vfio_node "$win10")")" "node"
}

test_nothing_failed_at_boot() {
	assert_eq '' "$(systemctl list-units --failed --no-legend --plain 'gvtd*')" "failed units"
	assert_eq '' "$(warnings)" "warnings"
	assert_eq '' "$(journalctl -q -b -u gvtd-modprobe.service -o cat -p warning)" "warnings"
}

test_options_were_in_effect_when_i915_loaded() {
	assert_match '(^|'$'\n'')options i915 enable_gvt=1($|'$'\n'')' "$(cat /run/modprobe.d/gvtd.conf)"
	assert_eq Y "$(cat /sys/module/i915/parameters/enable_gvt)" "enable_gvt"
	# unset in the ini, and to set it taints the kernel
	assert_eq -1 "$(cat /sys/module/i915/parameters/enable_guc)" "enable_guc"
}

# That this is so in spite of the delay shows that udevd was held back
test_udevd_waited_for_the_options() {
	local began written started

	began=$(when gvtd-modprobe.service InactiveExitTimestampMonotonic)
	written=$(when gvtd-modprobe.service ExecMainExitTimestampMonotonic)
	started=$(when systemd-udevd.service ExecMainStartTimestampMonotonic)
	echo "oneshot from $began to $written, udevd from $started"
	[ $((written - began)) -gt 6000000 ]
	[ "$started" -gt "$written" ]
}

test_i915_was_loaded_by_udev() {
	assert_match 'udev' "$(loader_of i915)" "who loaded i915"
}

test_kvmgt_was_loaded_by_gvtd() {
	assert_eq gvtd-worker "$(loader_of kvmgt)" "who loaded kvmgt"
}

test_unit_after_gvtd_sees_the_vgpu() {
	assert_eq "$win10" "$(cat /run/test-after-devices)" "devices seen by the unit"
	assert_eq 'root:kvm 660' "$(cat /run/test-after-nodes)" "node seen by the unit"
}

test_unit_bound_to_the_vgpu_runs() {
	eventually 30 systemctl is-active test-bound.service	# the device starts it, and no job of the boot
	assert_eq 'root:kvm 660' "$(cat /run/test-bound-nodes)" "node when the unit started"
	assert_eq active "$(systemctl is-active "$(systemd-escape -p --suffix=device "$mdevs/$win10")")"
}

test_units_are_valid() {
	local said

	# the guest has no manual pages
	said=$(systemd-analyze verify --man=no gvtd.service gvtd-modprobe.service 2>&1)
	assert_eq '' "$said" "systemd-analyze verify"
}

test_sandbox_is_as_tight_as_meant() {
	systemd-analyze security --no-pager gvtd.service | tail -1
	# ten times the exposure level
	systemd-analyze security --no-pager --threshold=28 gvtd.service >/dev/null
	systemd-analyze security --no-pager --threshold=18 gvtd-modprobe.service >/dev/null
}

test_restart_changes_nothing() {
	local inode

	inode=$(stat -c %i "$mdevs/$win10/")
	# the delay has done its work
	rm /etc/systemd/system/gvtd-modprobe.service.d/late.conf
	systemctl daemon-reload
	systemctl restart gvtd.service
	assert_eq '1 of 1 vGPU ready on 0000:00:02.0' "$(status_text)"
	assert_eq "$inode" "$(stat -c %i "$mdevs/$win10/")" "the device"
	assert_eq active "$(systemctl is-active test-bound.service)"
}

test_no_complaint_of_the_kernel() {
	no_kernel_splat
}
