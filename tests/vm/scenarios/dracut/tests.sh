# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2034,SC2154,SC2016,SC2317
# i915 comes out of an initramfs made by dracut before gvtd was there; what gvtd says then is done, and the machine is
# booted with the image that this makes.

win10=a297db4a-f4c2-11e6-90f6-d3b88d6c9525
LIMIT_test_the_command_makes_an_image_with_the_options=400

test_i915_came_without_the_options() {
	boot_finished
	assert_eq N "$(cat /sys/module/i915/parameters/enable_gvt)" "enable_gvt"
	refused sh -c 'lsinitrd /boot/initr* | grep gvtd'
	assert_eq active "$(gvtd_state)"
	assert_says_as_check
}

test_check_names_the_initramfs_and_the_command() {
	refused gvtd check | tee "$state/said"
	assert_match 'enable_gvt=0: /run/modprobe.d/gvtd.conf:2 asks for it, but i915 is loaded from the initramfs, which has not got this option; run `dracut -f` and reboot' "$(cat "$state/said")"
	assert_eq gvt-off-initramfs "$(gvtd check --json | jq -r '.findings[] | select(.severity == "error") | .cause')" "cause"
}

test_the_command_makes_an_image_with_the_options() {
	local command

	command=$(sed -n 's/.*run `\(.*\)` and reboot.*/\1/p' "$state/said")
	sh -c "$command"
	# one image, and in it exactly the options
	lsinitrd -f etc/modprobe.d/gvtd.conf /boot/initr* | grep -v '^$' | diff - <(gvtd modprobe --print)
	refused gvtd check | tee "$state/said"
	assert_match 'was made anew since; reboot' "$(cat "$state/said")"
	touch "$state/reboot"
}

test_i915_comes_with_the_options() {
	local root loaded

	boot_finished
	assert_eq Y "$(cat /sys/module/i915/parameters/enable_gvt)" "enable_gvt"
	# before the real root: otherwise all of this would show nothing
	root=$(systemctl show -P UserspaceTimestampMonotonic)
	loaded=$(journalctl -q -b -k -o json -g 'Initialized i915' | jq -r ._SOURCE_MONOTONIC_TIMESTAMP | head -1)
	echo "i915 at $loaded us, the root at $root us"
	[ "$loaded" -lt "$root" ]
	eventually 30 status_is '^1 of 1 vGPU ready'
	assert_vgpus "$win10" i915-GVTg_V5_8
	assert_eq '' "$(warnings)" "warnings"
	gvtd check
	no_kernel_splat
}

# A gvtd that gives no answer: the image is made all the same
test_an_image_is_made_without_an_answer() {
	initdir=$state/image
	mkdir "$initdir"
	dwarn() { echo "$*" >"$state/said"; }
	# shellcheck disable=SC1091
	. /usr/lib/dracut/modules.d/90gvtd/module-setup.sh
	mv /usr/bin/gvtd /usr/bin/gvtd.old
	install || fail "no gvtd ends the making"
	mv /usr/bin/gvtd.old /usr/bin/gvtd
	assert_match 'gvtd: no options for i915 .*without enable_gvt' "$(cat "$state/said")"
	[ ! -e "$initdir/etc" ]
}
