# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2154
# Figures, not judgements: tests/bench/run makes tables of what is printed here. tests/bench/README.md has the method.

bench=/usr/lib/gvtd-tests

# ready_machine [KNOB=VALUE...]: i915 has the GPU, and kvmgt is not loaded
ready_machine() {
	reset_host
	[ $# -eq 0 ] || load_kvmgt_knobs "$@"
	load_gvt aperture=1024
	rmmod kvmgt
	udevadm settle
}

LIMIT_test_few=1500
test_few() {
	boot_finished
	ready_machine
	for n in 1 2 7; do
		python3 $bench/bench.py $n 10 loop mdevctl units gvtd
		python3 $bench/timeline.py $n
		progress "$n of 7"
	done
}

# Where the driver counts no capacity
LIMIT_test_many=1500
test_many() {
	ready_machine many=1
	python3 $bench/bench.py 10 10 loop mdevctl units gvtd
	progress "10 of 100"
	python3 $bench/bench.py 100 10 loop mdevctl gvtd
}

LIMIT_test_thousand=3000
test_thousand() {
	ready_machine many=1
	python3 $bench/bench.py 1000 10 loop gvtd
}

# reload_costs N: what a reload without change asks of the kernel
reload_costs() {
	local pid

	ready_machine many=1
	printf '[i915-GVTg_V5_8]\ncount = %s\n' "$1" >/etc/gvtd.ini
	systemctl start gvtd
	pid=$(main_pid)
	sleep 5 # what still belongs to the start
	strace -f -qq -o "$state/strace" -p "$pid" &
	sleep 2
	systemctl reload gvtd
	sleep 1
	kill %1
	wait %1 || true
	echo "reload $1 calls $(wc -l <"$state/strace")"
	echo "reload $1 forks $(grep -cE ' (clone3?|v?fork)\(' "$state/strace" || true)"
	echo "reload $1 writes $(grep -cE ' (openat|open)\(.*"(create|remove|uevent)", O_WRONLY' "$state/strace" || true)"
}

LIMIT_test_reload=300
test_reload() {
	reload_costs 7
	reload_costs 107
}

# What the daemon costs while nothing happens.
LIMIT_test_idle=180
test_idle() {
	local pid before after

	ready_machine
	printf '[i915-GVTg_V5_8]\ncount = 7\n' >/etc/gvtd.ini
	systemctl start gvtd
	assert_eq "7 of 7 vGPUs ready on 0000:00:02.0" "$(status_text)"
	pid=$(main_pid)
	sleep 5
	before=$(awk '/ctxt_switches/ { n += $2 } END { print n }' "/proc/$pid/status")
	sleep 60
	after=$(awk '/ctxt_switches/ { n += $2 } END { print n }' "/proc/$pid/status")
	echo "idle wakeups_in_60_s $((after - before))"
	awk '/^Private_Dirty/ { print "idle private_dirty_kib " $2 }' "/proc/$pid/smaps_rollup"
	systemd-analyze critical-chain gvtd.service --no-pager | sed 's/^/chain /'
}
