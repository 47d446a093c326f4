# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2154
# Who may open a vGPU, and what is started and stopped with it. bound.service is bound to the declared vGPU's
# device unit and started by it; a unit test-* would not outlive reset_host.

win10=a297db4a-f4c2-11e6-90f6-d3b88d6c9525
foreign=0f0e0d0c-0b0a-4908-8706-050403020100
address=0000:00:02.0

# node_of UUID: whose its node is
node_of() {
	stat -c '%U:%G %a' "$(vfio_node "$1")"
}

# is_served UUID: as a condition: there, verified, and open to the group
is_served() {
	[ -e "$mdevs/$1/mdev_type" ] && [ -e "/run/gvtd/$1.ready" ] && [ "$(node_of "$1")" = 'root:kvm 660' ]
}

# begin: one declared, no GPU, no gvtd
begin() {
	set_knob create_delay_ms 0 2>/dev/null || true
	rm -f /run/udev/rules.d/60-admin.rules
	reset_host
	write_ini <<-END
		[i915-GVTg_V5_8]
		uuid = $win10
	END
	mark
}

# new_machine: in the order of a boot: the options, then the GPU, for which udev loads i915
new_machine() {
	systemctl start gvtd-modprobe.service
	plug_gpu
}

# ensure_ready: for what wants no new machine, but a gvtd that has done its work
ensure_ready() {
	if [ "$(gvtd_state)" != active ] || ! is_served "$win10"; then
		begin
		new_machine
		systemctl start gvtd.service
	fi
	mark
	eventually 10 status_is "^1 of 1 vGPU ready on $address\$"
}

# pass_of_gvtd: when this returns, gvtd has seen everything that was so before
pass_of_gvtd() {
	local inode

	inode=$(stat -c %i "$mdevs/$win10/")
	remove_vgpu "$win10"
	eventually 30 is_another "$inode"
	eventually 30 is_served "$win10"
}

is_another() {
	[ -e "$mdevs/$win10" ] && [ "$(stat -c %i "$mdevs/$win10/")" != "$1" ]
}

assert_members_only() {
	hold "$win10" as member
	release "$win10"
	refused hold "$win10" as outsider
	assert_match "cannot hold $win10 as outsider: .*Permission denied" "$failure"
	failure=''
}

test_member_opens_and_outsider_does_not() {
	boot_finished
	ensure_ready
	assert_members_only
}

test_same_after_udevadm_trigger() {
	ensure_ready
	udevadm trigger
	udevadm settle
	assert_eq 'root:kvm 660' "$(node_of "$win10")" "node"
	assert_members_only
}

test_same_after_restart_of_udevd() {
	ensure_ready
	systemctl restart systemd-udevd.service
	udevadm trigger --type=all --action=add
	udevadm settle
	assert_eq 'root:kvm 660' "$(node_of "$win10")" "node"
	assert_members_only
}

test_foreign_vgpu_stays_roots() {
	ensure_ready
	create_vgpu "$foreign" i915-GVTg_V5_4
	udevadm settle
	pass_of_gvtd
	assert_eq 'root:root 600' "$(node_of "$foreign")" "node"
	[ ! -e "/run/gvtd/$foreign" ]
	assert_vgpus "$win10" i915-GVTg_V5_8 "$foreign" i915-GVTg_V5_4
	refused hold "$foreign" as member
	assert_match 'Permission denied' "$failure"
	failure=''
	remove_vgpu "$foreign"
}

LIMIT_test_rule_of_the_administrator_stands=300
test_rule_of_the_administrator_stands() {
	local why='by somebody else.s doing .*; left so'

	begin
	mkdir -p /run/udev/rules.d
	echo 'SUBSYSTEM=="vfio", GROUP="video", MODE="0640"' >/run/udev/rules.d/60-admin.rules
	new_machine
	systemctl start gvtd.service
	assert_eq 'root:video 640' "$(node_of "$win10")" "node"
	assert_eq "1 of 1 vGPU ready on $address" "$(status_text)"
	assert_match "vGPU $win10: /dev/vfio/[0-9]+ is uid 0, gid $(getent group video | cut -d: -f3), mode 0640 $why" \
		"$(journal_since_mark)"
	udevadm trigger
	udevadm settle
	assert_eq 'root:video 640' "$(node_of "$win10")" "node"
	assert_eq 1 "$(journal_since_mark | grep -c "$why")" "entries about it"
	begin
	# what libvirt hands back looks like this one
	echo 'SUBSYSTEM=="vfio", MODE="0660"' >/run/udev/rules.d/60-admin.rules
	new_machine
	systemctl start gvtd.service
	systemctl reload gvtd.service
	assert_eq 'root:root 660' "$(node_of "$win10")" "node"
	begin
}

run_of_bound_unit() {
	systemctl show -P InvocationID bound.service
}

bound_unit_is() {
	[ "$(systemctl show -P ActiveState bound.service)" = "$1" ]
}

test_unit_starts_when_the_vgpu_is_verified() {
	begin
	rm -f /run/bound-node
	load_kvmgt_knobs create_delay_ms=60000
	new_machine
	systemctl start --no-block gvtd.service
	eventually 60 test -e "$mdevs/$win10"
	stays 3 bound_unit_is inactive
	[ ! -e "$mdevs/$win10/mdev_type" ]
	[ ! -e /run/bound-node ]
	set_knob create_delay_ms 0
	eventually 30 bound_unit_is active
	assert_eq 'root:kvm 660' "$(cat /run/bound-node)" "node when the unit started"
}

test_unit_stops_when_the_vgpu_goes() {
	local run

	ensure_ready
	eventually 30 bound_unit_is active
	unbind_i915
	eventually 30 bound_unit_is inactive
	run=$(run_of_bound_unit)
	bind_i915
	eventually 30 bound_unit_is active
	[ "$run" != "$(run_of_bound_unit)" ]
}

test_unit_restarts_when_the_vgpu_is_created_again() {
	local run

	ensure_ready
	# It may be back before systemd has stopped what was bound to the one that went; then WantedBy= alone starts
	# nothing.
	drop_in "$(systemd-escape -p --suffix=device "$mdevs/$win10")" <<-END
		[Unit]
		Upholds=bound.service
	END
	eventually 30 bound_unit_is active
	run=$(run_of_bound_unit)
	remove_vgpu "$win10"
	eventually 30 is_served "$win10"
	eventually 30 another_run "$run"
	bound_unit_is active
}

another_run() {
	bound_unit_is active && [ "$(run_of_bound_unit)" != "$1" ]
}

# What a kill -9 leaves between the file and the event
test_unit_starts_although_udev_was_not_told() {
	ensure_ready
	eventually 30 bound_unit_is active
	systemctl stop gvtd.service
	rm "/run/gvtd/$win10.ready"
	udevadm trigger --action=change "$mdevs/$win10"
	eventually 30 bound_unit_is inactive
	printf '%d' "$(getent group kvm | cut -d: -f3)" >"/run/gvtd/$win10.ready"
	systemctl start gvtd.service
	eventually 30 bound_unit_is active
}

test_unit_survives_udevadm_trigger() {
	local run

	ensure_ready
	eventually 30 bound_unit_is active
	run=$(run_of_bound_unit)
	udevadm trigger --type=all --action=add
	udevadm trigger --action=change
	udevadm settle
	bound_unit_is active
	assert_eq "$run" "$(run_of_bound_unit)" "run of the unit"
}

test_unit_never_starts_for_a_create_that_fails() {
	local run

	begin
	eventually 30 bound_unit_is inactive
	run=$(run_of_bound_unit)
	load_kvmgt_knobs create_delay_ms=2000 create_errno=22
	new_machine
	systemctl start gvtd.service
	udevadm settle
	assert_match "^0 of 1 vGPU ready on $address; $win10: the kernel refused it as invalid" "$(status_text)"
	assert_eq 1 "$(cat "$knobs/creates")" "creates that reached the driver"
	bound_unit_is inactive
	assert_eq "$run" "$(run_of_bound_unit)" "run of the unit"
	assert_eq '' "$(journalctl -q -b -u bound.service --since="$(cat "$state/mark")" -o cat)" "journal of the unit"
}

test_no_complaint_of_the_kernel() {
	no_kernel_splat
}
