# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Proves the stand-ins themselves, without gvtd.

test_device_on_the_bus() {
	assert_eq 0x8086 "$(cat "$gpu/vendor")"
	assert_eq 0x1912 "$(cat "$gpu/device")"
	assert_eq 0x030000 "$(cat "$gpu/class")"
	sed -n 3p "$gpu/resource"
	lspci -nn -s 02.0
	lspci -v -s 02.0
}

test_coldplug() {
	boot_finished
	ls -l "$gpu/driver"
	dmesg | tail -50
	systemd-analyze
	systemd-analyze blame | head -30
	lsmod
}
