# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2034,SC2154
# What goes wrong, or only happens, while gvtd is at work on three vGPUs. The boot itself is an undisturbed one.

LIMIT_test_i915_is_bound_anew=300
LIMIT_test_kvmgt_is_loaded_anew=300

win10=a297db4a-f4c2-11e6-90f6-d3b88d6c9525
build=2f1b6ac5-7c7a-4a9a-9d2c-0d3f0f6f1f10
large=5d3c3a36-29f0-4d17-9a3f-8b6b9e4c0a52
address=0000:00:02.0

declare_three() {
	write_ini <<-END
		[i915-GVTg_V5_8]
		uuid = $win10
		       $build
		[i915-GVTg_V5_4]
		uuid = $large
	END
}

assert_three() {
	assert_vgpus "$win10" i915-GVTg_V5_8 "$build" i915-GVTg_V5_8 "$large" i915-GVTg_V5_4
}

# is_served UUID: as a condition: there, verified, and open to the group
is_served() {
	# what costs no process comes first
	[ -e "$mdevs/$1/mdev_type" ] && [ -e "/run/gvtd/$1.ready" ] &&
		[ "$(stat -c '%U:%G %a' "$(vfio_node "$1")")" = 'root:kvm 660' ]
}

three_are_served() {
	is_served "$win10" && is_served "$build" && is_served "$large"
}

# new_machine [gpu parameters]: in the order of a boot: the options, then the GPU, for which udev loads i915
new_machine() {
	systemctl start gvtd-modprobe.service
	plug_gpu "$@"
}

# begin: no GPU, no gvtd, nothing declared
begin() {
	set_knob gap_ms 0 2>/dev/null || true
	reset_host
	mark
}

# ensure_three_ready: for what wants no new machine, but a gvtd that has done its work
ensure_three_ready() {
	if [ "$(gvtd_state)" != active ] || ! three_are_served; then
		begin
		declare_three
		new_machine
		systemctl start gvtd.service
	fi
	mark
	eventually 10 status_is "^3 of 3 vGPUs ready on $address\$"
}

test_three_are_there_after_boot() {
	boot_finished
	assert_three
	three_are_served
	assert_eq "3 of 3 vGPUs ready on $address" "$(status_text)"
	assert_eq '' "$(warnings)" "warnings"
}

test_i915_is_bound_anew() {
	local i n

	n=$(rounds 6 20)
	ensure_three_ready
	for ((i = 1; i <= n; i++)); do
		unbind_i915
		assert_vgpus
		bind_i915
		eventually 60 three_are_served
	done
	eventually 10 status_is "^3 of 3 vGPUs ready on $address\$"
	assert_three
	# where kvmgt has to go before, gvtd says so each time
	! kvmgt_may_stay || assert_eq '' "$(warnings)" "warnings"
	no_kernel_splat
}

# As driverctl and the scripts for passthrough do it; the commands that undo it are those that are printed
test_taken_for_passthrough_and_given_back() {
	local undo why="driver_override keeps i915 off $address: it says vfio-pci"

	ensure_three_ready
	echo vfio-pci >"$gpu/driver_override"
	unbind_i915
	eventually 10 status_is "^0 of 3 vGPUs ready on $address; $why"
	assert_vgpus
	journal_says "$why" || fail "not in the journal"
	undo=$(gvtd check 2>&1 || true)
	assert_match "$why" "$undo" "gvtd check"
	undo=${undo#*undo it with \`}
	eval "${undo%%\`*}"
	eventually 60 three_are_served
	eventually 10 status_is "^3 of 3 vGPUs ready on $address\$"
	assert_three
}

test_unloaded_kvmgt_is_left_alone() {
	ensure_three_ready
	rmmod kvmgt
	eventually 10 status_is 'kvmgt was unloaded, and the vGPUs with it; .modprobe kvmgt. or'
	stays 3 test ! -d /sys/module/kvmgt
	assert_vgpus
	modprobe kvmgt
	eventually 60 three_are_served
	eventually 10 status_is "^3 of 3 vGPUs ready on $address\$"
}

test_kvmgt_is_loaded_anew() {
	local i n

	n=$(rounds 6 20)
	ensure_three_ready
	for ((i = 1; i <= n; i++)); do
		rmmod kvmgt
		assert_vgpus
		modprobe kvmgt
		eventually 60 three_are_served
	done
	eventually 10 status_is "^3 of 3 vGPUs ready on $address\$"
	assert_three
	no_kernel_splat
}

# monitor_drops: how many events the kernel could not deliver to gvtd; in /proc/net/netlink, 15 is
# NETLINK_KOBJECT_UEVENT
monitor_drops() {
	local inodes

	inodes=$(readlink "/proc/$(main_pid)"/fd/* | sed -n 's/^socket:\[\(.*\)\]$/\1/p' | xargs)
	awk -v inodes=" $inodes " '$2 == 15 && index(inodes, " " $10 " ") { n += $9 } END { print n + 0 }' /proc/net/netlink
}

# flood LOST: fills the socket of the stopped gvtd with events that mean nothing to it, until one more than LOST is
# lost. No later one gets through either: the kernel delivers again only when the reader has emptied the socket.
flood() {
	local module

	while [ "$(monitor_drops)" -eq "$1" ]; do
		for module in /sys/module/[a-h]*/uevent; do
			echo change >"$module"
		done
		udevadm settle
	done
	echo "$(monitor_drops) events lost"
}

# stopped_and_deaf: gvtd hears nothing of what happens from now on until it is told to go on
stopped_and_deaf() {
	local lost

	lost=$(monitor_drops)
	kill -STOP "$(main_pid)"
	flood "$lost"
}

# with_a_small_socket: gvtd asks for 16 MB and gets what the administrator allows; filling more takes a minute
with_a_small_socket() {
	echo 16384 >/proc/sys/net/core/rmem_max
	systemctl restart gvtd.service
	echo 212992 >/proc/sys/net/core/rmem_max
}

# The GPU goes unheard, with no vGPU on it: neither a node's inotify nor the kernel's own event of a registration
# wakes gvtd up instead
test_lost_events_of_the_gpu() {
	ensure_three_ready
	cp /etc/gvtd.ini "$state/three.ini"
	write_ini </dev/null
	systemctl reload gvtd.service
	with_a_small_socket
	eventually 10 status_is 'types on offer'
	stopped_and_deaf
	unbind_i915
	udevadm settle
	kill -CONT "$(main_pid)"
	eventually 60 status_is '^no vGPUs declared in /etc/gvtd.ini$'
	bind_i915
	cp "$state/three.ini" /etc/gvtd.ini
	systemctl reload gvtd.service
	assert_three
}

test_lost_events_of_a_vgpu() {
	ensure_three_ready
	with_a_small_socket
	stopped_and_deaf
	remove_vgpu "$build"
	udevadm settle
	kill -CONT "$(main_pid)"
	eventually 60 three_are_served
	eventually 10 status_is "^3 of 3 vGPUs ready on $address\$"
	assert_match "vGPU $build \(i915-GVTg_V5_8\) was removed by something else" "$(journal_since_mark)"
	assert_three
}

# An aperture of 256 MB carries two of them
test_no_room_for_the_third() {
	begin
	write_ini <<-END
		[i915-GVTg_V5_8]
		uuid = $win10, $build, $large
	END
	new_machine aperture=256
	systemctl start gvtd.service
	assert_vgpus "$win10" i915-GVTg_V5_8 "$build" i915-GVTg_V5_8
	is_served "$win10"
	is_served "$build"
	assert_match "^2 of 3 vGPUs ready on $address; $large: no room left for it: the aperture of 256 MB" "$(status_text)"
	assert_match "^vGPU $large \(i915-GVTg_V5_8\): no room left" "$(journal_since_mark -p err)" "errors"
	assert_eq 1 "$(journal_since_mark -p err | wc -l)" "number of errors"
	# what scripts and journalctl -x go by
	assert_eq "b60fc0eec7f642e1bead1afa3576f912 $large i915-GVTg_V5_8 $address 28" \
		"$(journal_since_mark -p err -o json |
			jq -r '"\(.MESSAGE_ID) \(.GVTD_UUID) \(.GVTD_TYPE) \(.GVTD_DEVICE) \(.ERRNO)"')" "fields"
	journalctl --update-catalog
	assert_match 'of the three causes it is' "$(journal_since_mark -p err -x -o short)" "its explanation"
	assert_match '1 of 3 declared vGPUs do not fit this GPU \(aperture 256 MB\)' "$(journal_since_mark -p warning)"
}

# As a script for passthrough does: away with all of a type, and one of its own
test_room_taken_by_a_script() {
	local round stranger=99999999-aaaa-4bbb-8ccc-dddddddddddd
	local why="no room left for it in the aperture of 256 MB: vGPU $stranger \(i915-GVTg_V5_4\), made by something else, takes a part; remove it there"

	begin
	write_ini <<-END
		[i915-GVTg_V5_4]
		uuid = $large
	END
	new_machine aperture=256
	systemctl start gvtd.service
	for round in 1 2 3; do
		eventually 10 is_served "$large"
		eventually 10 status_is "^1 of 1 vGPU ready on"
		remove_vgpu "$large"
	done
	eventually 10 status_is "^0 of 1 .*removed it 3 times within a minute"
	create_vgpu "$stranger" i915-GVTg_V5_4
	# as when the minute is over
	systemctl reload gvtd.service
	eventually 10 status_is "^0 of 1 vGPUs? ready on $address; $large: $why"
	assert_match "$why" "$(journal_since_mark -p err)" "journal"
	assert_match "vGPU $stranger \(i915-GVTg_V5_4\), made by something else, takes a part" "$(gvtd check 2>&1 || true)" "gvtd check"
	# as soon as there is room again, it is used
	remove_vgpu "$stranger"
	eventually 10 is_served "$large"
	eventually 10 status_is "^1 of 1 vGPU ready on"
}

# The kernel has none although there should be some: a fragmented aperture. It is asked again.
test_unexpected_lack_of_room() {
	begin
	declare_three
	sed -i "/$build/d; s/uuid = $large/count = 1/" /etc/gvtd.ini
	new_machine
	systemctl start gvtd.service
	assert_eq "2 of 2 vGPUs ready on $address" "$(status_text)"
	set_knob create_errno 28
	declare_three
	sed -i '$a count = 1' /etc/gvtd.ini
	sed -i "/$large/d; s/uuid = $large//" /etc/gvtd.ini
	systemctl reload gvtd.service
	# and not while it is tried again
	eventually 5 status_is "^2 of 3 vGPUs ready on $address; $build: the kernel found no room for it although"
	is_served "$win10"
	assert_match "^vGPU $build \(i915-GVTg_V5_8\): the kernel found no room for it" "$(journal_since_mark -p err)"
	set_knob create_errno 0
	eventually 60 status_is "^3 of 3 vGPUs ready on $address\$"
	is_served "$build"
}

# answers_at_once COMMAND...: against a create of minutes
answers_at_once() {
	local status=0 started=$SECONDS

	timeout 10 "$@" || status=$?
	echo "$* took $((SECONDS - started)) s"
	# systemctl status says 3 of a unit that is not active
	[ "$status" -eq 0 ] || [ "$status" -eq 3 ] || fail "$*: status $status"
}

worker_is_creating() {
	[ -e "$mdevs/$large" ] && pgrep -x gvtd-worker
}

test_create_that_takes_minutes() {
	local worker

	begin
	declare_three
	echo $'[gvtd]\nwait = 12s' >>/etc/gvtd.ini
	load_kvmgt_knobs create_delay_ms=120000
	new_machine
	systemctl start --no-block gvtd.service
	eventually 60 worker_is_creating
	answers_at_once systemctl --no-pager status gvtd.service
	worker=$(pgrep -x gvtd-worker)
	eventually 30 status_is "create of vGPU $large on $address has not returned since [0-9:]{8} \(process $worker\)"
	# ready with what stands, after `wait`
	eventually 30 systemctl is-active gvtd.service
	assert_match "^0 of 3 vGPUs ready on $address; .*being created" "$(status_text)"
	answers_at_once systemctl stop gvtd.service
	assert_eq inactive "$(gvtd_state)"
	assert_match "stopping beside a worker \(process $worker\)" "$(journal_since_mark)"
	# neither killed nor joined by another
	kill -0 "$worker"
	answers_at_once systemctl start --no-block gvtd.service
	eventually 30 status_is "a worker of an earlier gvtd \(process $worker\) is still at create of $large on $address"
	assert_eq "$worker" "$(pgrep -x gvtd-worker)" "workers"
	set_knob create_delay_ms 0
	eventually 60 three_are_served
	eventually 10 status_is "^3 of 3 vGPUs ready on $address\$"
	assert_three
}

# Between the parent and its driver a create crashes the kernel (kvmgt_init() in drivers/gpu/drm/i915/gvt)
test_gap_when_gvtd_loads_kvmgt() {
	begin
	declare_three
	load_kvmgt_knobs gap_ms=500
	new_machine
	systemctl start gvtd.service
	assert_three
	no_kernel_splat
}

test_gap_when_somebody_else_loads_kvmgt() {
	ensure_three_ready
	rmmod kvmgt
	eventually 10 status_is 'kvmgt was unloaded'
	mark
	load_kvmgt_knobs gap_ms=500
	modprobe kvmgt
	eventually 60 three_are_served
	# it was the remedy that gvtd had named
	assert_eq '' "$(warnings)" "warnings"
	no_kernel_splat
}

test_gap_when_gvtd_starts() {
	local loader

	begin
	declare_three
	new_machine
	modprobe i915
	load_kvmgt_knobs gap_ms=60000
	modprobe kvmgt &
	loader=$!
	eventually 20 test -e "$types_dir/i915-GVTg_V5_8/create"
	systemctl start --no-block gvtd.service
	eventually 20 status_is 'kvmgt is being loaded'
	assert_vgpus
	set_knob gap_ms 0
	wait "$loader"
	eventually 60 three_are_served
	no_kernel_splat
}

# The GPU given back while kvmgt is there: it offers vGPUs long before i915 can make one
test_rebind_waits_for_i915() {
	ensure_three_ready
	unbind_i915
	put_kvmgt_back
	set_i915_knob gem_delay_ms 60000
	mark
	bind_i915 &
	eventually 20 test -e "$types_dir/i915-GVTg_V5_8/create"
	eventually 20 status_is 'i915 is still setting up 0000:00:02.0; waiting for it'
	assert_vgpus
	set_i915_knob gem_delay_ms 0
	wait
	eventually 60 three_are_served
	no_kernel_splat
}

test_no_complaint_of_the_kernel() {
	no_kernel_splat
}
