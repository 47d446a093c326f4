# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2034,SC2154
# A machine that has made its vGPUs in four ways so far: the units and the udev rule that the NixOS module writes,
# mdevctl, a unit made by hand, tmpfiles.d. It is seen to do so, moves in with gvtd as gvtd(8) says, and boots again.

nixos=a297db4a-f4c2-11e6-90f6-d3b88d6c9525
mdevctl=2f1b6ac5-7c7a-4a9a-9d2c-0d3f0f6f1f10
hand=5d3c3a36-29f0-4d17-9a3f-8b6b9e4c0a52
tmpfiles=c7a1f0de-6a0b-4b4f-8f43-1d1f4f0f3b11
v8=i915-GVTg_V5_8
v4=i915-GVTg_V5_4
address=0000:00:02.0
all="$nixos $v4 $mdevctl $v8 $hand $v8 $tmpfiles $v8"

# assert_all_well: all of them under gvtd, and not a word about it
assert_all_well() {
	eventually 20 status_is "^4 of 4 vGPUs ready on $address\$"
	# shellcheck disable=SC2086
	assert_vgpus $all
	assert_eq '' "$(warnings)" "warnings of gvtd"
	assert_match 'all well: 4 vGPUs declared and present' "$(gvtd check 2>&1)" "gvtd check"
}

test_the_old_machine_boots() {
	boot_finished
	# shellcheck disable=SC2086
	eventually 20 assert_vgpus $all
	assert_eq inactive "$(gvtd_state)" "gvtd"
}

test_moving_in() {
	local third fourth

	third=$(identity "$mdevctl")
	fourth=$(identity "$tmpfiles")
	mark
	gvtd dump >>/etc/gvtd.ini
	# as `gvtd check` says
	refused gvtd check >"$state/said" 2>&1
	assert_match "mdevctl modify --uuid $mdevctl --manual" "$(cat "$state/said")" "gvtd check"
	mdevctl modify --uuid "$mdevctl" --manual
	systemctl disable -q --now "kvmgt-$nixos.path" "kvmgt-$nixos.service" vgpu.service
	rm /etc/tmpfiles.d/vgpu.conf
	# what goes with its unit, and what does not
	assert_vgpus "$mdevctl" "$v8" "$tmpfiles" "$v8"
	systemctl enable -q --now gvtd.service
	assert_all_well
	assert_eq "$third $fourth" "$(identity "$mdevctl") $(identity "$tmpfiles")" "the devices"
	# the options and the list of modules are gvtd's now; the rule says the same as gvtd and may stay
	rm /etc/modprobe.d/kvmgt.conf /etc/modules-load.d/kvmgt.conf
	touch "$state/reboot"
}

test_the_next_boot_is_gvtds() {
	local uuid

	boot_finished
	assert_eq active "$(gvtd_state)" "gvtd"
	assert_all_well
	for uuid in "$nixos" "$mdevctl" "$hand" "$tmpfiles"; do
		[ -e "/run/gvtd/$uuid" ] || fail "$uuid is not gvtd's"
	done
	assert_eq '' "$(journalctl -q -b -p err -o cat _TRANSPORT=journal + _TRANSPORT=stdout + _TRANSPORT=syslog)" "errors of the boot"
	assert_match "$mdevctl .*manual" "$(mdevctl list --defined)" "mdevctl's definition"
}

test_no_complaint_of_the_kernel() {
	no_kernel_splat
}
