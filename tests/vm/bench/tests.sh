# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Figures, not judgements: tests/bench shows what is printed here.

LIMIT_test_seven=300
test_seven() {
	boot_finished
	python3 /usr/lib/gvtd-tests/bench.py 7 7
}

LIMIT_test_many=500
test_many() {
	reset_host
	load_kvmgt_knobs many=1
	load_gvt aperture=1024
	udevadm settle
	python3 /usr/lib/gvtd-tests/bench.py 1000 1
}

# What the daemon costs while nothing happens.
test_idle() {
	local pid before after

	reset_host
	printf '[i915-GVTg_V5_8]\ncount = 7\n' >/etc/gvtd.ini
	load_gvt aperture=1024
	udevadm settle
	systemctl start gvtd
	assert_eq "7 of 7 vGPUs ready on 0000:00:02.0" "$(status_text)"
	pid=$(systemctl show -P MainPID gvtd)
	sleep 5
	before=$(awk '/ctxt_switches/ { n += $2 } END { print n }' "/proc/$pid/status")
	sleep 60
	after=$(awk '/ctxt_switches/ { n += $2 } END { print n }' "/proc/$pid/status")
	echo "context switches in 60 s: $((after - before))"
	awk '/^Private_Dirty/ { print "private dirty memory: " $2 " KiB" }' "/proc/$pid/smaps_rollup"
	systemd-analyze security gvtd.service --no-pager | tail -1
}
