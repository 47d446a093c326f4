# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2154
# A kernel command line on which everything is wrong: each test gets around what the one before has found.

# assert_check CAUSE REGEX: this one error and no other, from check and from the service
assert_check() {
	refused gvtd check >"$state/said"
	cat "$state/said"
	assert_match "$2" "$(cat "$state/said")"
	assert_eq 1 "$(grep -c ': error: ' "$state/said")" "errors"
	refused gvtd check --json >"$state/json"
	assert_eq "$1" "$(jq -r '.findings[] | select(.severity == "error") | .cause' "$state/json")" "cause"
	timeout 45 systemctl start gvtd.service
	assert_says_as_check
}

# come_with [i915 options]: the GPU, and i915 with these
come_with() {
	reset_host
	mark
	write_ini <<<$'[i915-GVTg_V5_8]\ncount = 1'
	systemctl start gvtd-modprobe.service
	# with nomodeset, the i915 of 6.1 is there and does nothing; later ones do not even stay
	modprobe i915 "$@" || [ ! -e /sys/module/i915 ]
	plug_gpu
}

test_nomodeset() {
	come_with
	assert_check nomodeset "i915 takes no GPU because of nomodeset on the kernel command line; remove it in the boot loader's configuration and reboot"
}

test_gvt_off_on_the_command_line() {
	come_with modeset=1
	assert_eq N "$(cat /sys/module/i915/parameters/enable_gvt)"
	assert_check gvt-off-cmdline 'i915.enable_gvt=0 on the kernel command line overrides it; remove it in the boot loader'
}

test_kvmgt_blacklisted_on_the_command_line() {
	come_with modeset=1 enable_gvt=1
	assert_check kvmgt-blacklisted 'kvmgt is blacklisted by module_blacklist= on the kernel command line'
}
