# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2154,SC2016
# i915 comes out of an initramfs made by initramfs-tools before gvtd was there; what gvtd says then is done, and the
# machine is booted with the image that this makes.

win10=a297db4a-f4c2-11e6-90f6-d3b88d6c9525
LIMIT_test_the_command_makes_an_image_with_the_options=300

test_i915_came_without_the_options() {
	boot_finished
	assert_eq N "$(cat /sys/module/i915/parameters/enable_gvt)" "enable_gvt"
	refused sh -c 'lsinitramfs /boot/initrd.img-* | grep -q gvtd'
	assert_match 'options i915 enable_gvt=1' "$(cat /run/modprobe.d/gvtd.conf)"
	assert_eq active "$(gvtd_state)"
	assert_says_as_check
}

test_check_names_the_initramfs_and_the_command() {
	refused gvtd check | tee "$state/said"
	assert_match 'enable_gvt=0: /run/modprobe.d/gvtd.conf:2 asks for it, but i915 is loaded from the initramfs, which has not got this option; run `update-initramfs -u -k \$\(uname -r\)` and reboot' "$(cat "$state/said")"
	assert_eq gvt-off-initramfs "$(gvtd check --json | jq -r '.findings[] | select(.severity == "error") | .cause')" "cause"
}

test_the_command_makes_an_image_with_the_options() {
	local command

	command=$(sed -n 's/.*run `\(.*\)` and reboot.*/\1/p' "$state/said")
	sh -c "$command"
	lsinitramfs /boot/initrd.img-* | grep -Fx etc/modprobe.d/gvtd.conf
	# and only the reboot is missing now
	refused gvtd check | tee "$state/said"
	assert_match 'was made anew since; reboot' "$(cat "$state/said")"
	touch "$state/reboot"
}

test_i915_comes_with_the_options() {
	boot_finished
	assert_eq Y "$(cat /sys/module/i915/parameters/enable_gvt)" "enable_gvt"
	assert_eq -1 "$(cat /sys/module/i915/parameters/enable_guc)" "enable_guc"
	eventually 30 status_is '^1 of 1 vGPU ready'
	assert_vgpus "$win10" i915-GVTg_V5_8
	gvtd check
	no_kernel_splat
}

# i915 was there before the real root: otherwise all of this would show nothing
test_i915_came_from_the_initramfs() {
	local root loaded

	root=$(systemctl show -P UserspaceTimestampMonotonic)
	loaded=$(journalctl -q -b -k -o json -g 'Initialized i915' | jq -r ._SOURCE_MONOTONIC_TIMESTAMP | head -1)
	echo "i915 at $loaded us, the root at $root us"
	[ "$loaded" -lt "$root" ]
}

# An ini with errors, or none at all, and a gvtd that is gone: the image is made all the same
test_an_image_is_made_without_an_answer() {
	local DESTDIR=$state/image hook=/usr/share/initramfs-tools/hooks/gvtd

	mkdir "$DESTDIR"
	export DESTDIR
	mv /etc/gvtd.ini /etc/gvtd.old
	mkdir /etc/gvtd.ini
	"$hook" || fail "an ini that cannot be read ends the making"
	rmdir /etc/gvtd.ini
	rm -rf "${DESTDIR:?}/"*
	mv /usr/bin/gvtd /usr/bin/gvtd.old
	"$hook" 2>"$state/said" || fail "no gvtd ends the making"
	mv /usr/bin/gvtd.old /usr/bin/gvtd
	mv /etc/gvtd.old /etc/gvtd.ini
	assert_match 'W: gvtd: no options for i915 .*without enable_gvt' "$(cat "$state/said")"
	[ ! -e "$DESTDIR/etc" ]
}
