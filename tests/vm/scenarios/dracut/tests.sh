# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2154,SC2317
# i915 comes out of an initramfs that dracut has made with gvtd's module in it.

win10=a297db4a-f4c2-11e6-90f6-d3b88d6c9525

test_i915_comes_with_the_options() {
	local root loaded

	boot_finished
	assert_eq Y "$(cat /sys/module/i915/parameters/enable_gvt)" "enable_gvt"
	# before the real root: otherwise this would show nothing
	root=$(systemctl show -P UserspaceTimestampMonotonic)
	loaded=$(journalctl -q -b -k -o json -g 'Initialized i915' | jq -r ._SOURCE_MONOTONIC_TIMESTAMP | head -1)
	echo "i915 at $loaded us, the root at $root us"
	[ "$loaded" -lt "$root" ]
	eventually 30 status_is '^1 of 1 vGPU ready'
	assert_vgpus "$win10" i915-GVTg_V5_8
	gvtd check
	no_kernel_splat
}

test_the_image_has_exactly_the_options() {
	local image

	image=$(echo /boot/initr*)
	lsinitrd -f etc/modprobe.d/gvtd.conf "$image" | grep -v '^$' | diff - <(gvtd modprobe --print)
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
