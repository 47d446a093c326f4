# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2034,SC2154
# What becomes of vGPUs while gvtd runs, stops, crashes and starts again: reload, removal, ownership, and the calls
# that fail or never return. A virtual machine is a process that holds the vGPU open as one does.

a=a297db4a-f4c2-11e6-90f6-d3b88d6c9525
b=2f1b6ac5-7c7a-4a9a-9d2c-0d3f0f6f1f10
c=5d3c3a36-29f0-4d17-9a3f-8b6b9e4c0a52
v8=i915-GVTg_V5_8 v4=i915-GVTg_V5_4

before_each() {
	boot_finished
	release_all
	set_knob create_errno 0
	set_knob create_delay_ms 0
	set_knob remove_delay_ms 0
	rm -rf /etc/gvtd.ini /etc/gvtd.ini.d
	declare_vgpus
	systemctl reload-or-restart gvtd.service
	# on a busy host i915 comes long after the boot
	eventually 90 status_is 'on offer'
	for left in $(vgpus | cut -d' ' -f1); do
		remove_vgpu "$left"
	done
	eventually 10 no_vgpus
	mark
}

no_vgpus() {
	[ -z "$(vgpus)" ] && [ -z "$(notes)" ]
}

# type_is UUID TYPE
type_is() {
	[ "$(basename "$(readlink "$mdevs/$1/mdev_type")")" = "$2" ]
}

# now_ms
now_ms() {
	local now
	now=$(cut -d' ' -f1 /proc/uptime)
	echo $((10#${now/./} * 10))
}

# --- reload ---

test_reload_creates_removes_and_changes_types() {
	local first

	use "$a" "$v8"
	assert_vgpus "$a" "$v8"
	first=$(identity "$a")
	use "$a" "$v8" "$b" "$v8"
	assert_vgpus "$a" "$v8" "$b" "$v8"
	assert_eq '2 of 2 vGPUs ready on 0000:00:02.0' "$(status_text)"
	assert_eq "$first" "$(identity "$a")" "the one that was there"
	use "$b" "$v8"
	assert_vgpus "$b" "$v8"
	assert_eq '1 of 1 vGPU ready on 0000:00:02.0' "$(status_text)"
	assert_eq '' "$(warnings)" "warnings"
	# what comes back is news
	mark
	use "$a" "$v8" "$b" "$v4"
	assert_vgpus "$a" "$v8" "$b" "$v4"
	assert_eq '2 of 2 vGPUs ready on 0000:00:02.0' "$(status_text)"
	journal_says "$a \($v8\) is ready on" || fail "not said"
	use
	assert_vgpus
	assert_eq '' "$(notes)" "notes"
	assert_eq '' "$(warnings)" "warnings"
}

test_sighup_is_a_reload() {
	declare_vgpus "$a" "$v8"
	kill -HUP "$(main_pid)"
	eventually 10 status_is '^1 of 1'
	assert_vgpus "$a" "$v8"
	eventually 5 gvtd_is active
}

# The pass takes seconds, and with the vGPUs it has to return
test_reload_returns_after_the_pass() {
	set_knob create_delay_ms 1500
	use "$a" "$v8" "$b" "$v8"
	assert_vgpus "$a" "$v8" "$b" "$v8"
	assert_eq '2 of 2 vGPUs ready on 0000:00:02.0' "$(status_text)"
}

# What a slow kernel has not come to yet is not done for a declaration of the past
test_reload_takes_back_what_has_not_begun() {
	local made

	made=$(<"$knobs/creates")
	set_knob create_delay_ms 60000
	declare_vgpus "$a" "$v8" "$b" "$v8" "$c" "$v8"
	kill -HUP "$(main_pid)"
	eventually 10 test -e "$mdevs/$a"
	declare_vgpus "$a" "$v8"
	mark
	kill -HUP "$(main_pid)"
	eventually 10 status_is '^0 of 1 '
	set_knob create_delay_ms 0
	eventually 20 status_is '^1 of 1 vGPU ready on 0000:00:02.0$'
	assert_vgpus "$a" "$v8"
	assert_eq $((made + 1)) "$(<"$knobs/creates")" "creates"
}

# handed_back UUID: as a condition: gvtd has given the group what libvirt gave back to root
handed_back() {
	[ "$(stat -c '%U:%G %a' "$(vfio_node "$1")")" = 'root:kvm 660' ]
}

# Who is served needs no worker: neither the reload nor what a guest leaves behind waits for the kernel
test_a_reload_beside_a_stuck_create_serves_the_others() {
	use "$a" "$v8"
	set_knob create_delay_ms 60000
	declare_vgpus "$a" "$v8" "$b" "$v8"
	kill -HUP "$(main_pid)"
	eventually 10 test -e "$mdevs/$b"
	declare_vgpus "$a" "$v8" "$b" "$v8" "$c" "$v8"
	kill -HUP "$(main_pid)"
	eventually 10 status_is '^1 of 3 '
	chown root:root "$(vfio_node "$a")"
	eventually 10 handed_back "$a"
	status_is '^1 of 3 ' || fail "status: $(status_text)"
	set_knob create_delay_ms 0
	eventually 20 status_is '^3 of 3 vGPUs ready on 0000:00:02.0$'
}

# However systemd goes about it, and each attempt at what fails is said: once
test_reload_is_one_pass() {
	local creates

	creates=$(cat "$knobs/creates")
	set_knob create_errno 22
	use "$a" "$v8"
	assert_eq $((creates + 1)) "$(cat "$knobs/creates")" "creates"
	assert_once "$a .*refused it as invalid"
	set_knob create_errno 0
	mark
	systemctl reload gvtd.service
	assert_vgpus "$a" "$v8"
	assert_eq $((creates + 2)) "$(cat "$knobs/creates")" "creates"
	assert_once "$a .*is ready on"
}

test_reload_with_errors_is_refused_whole() {
	local pid

	pid=$(main_pid)
	use "$a" "$v8"
	mark
	printf '[%s]\nuuid = %s\nuuid = nonsense\n[%s]\nuuid = %s\n' "$v4" "$a" "$v8" "$b" >/etc/gvtd.ini
	refused systemctl reload gvtd.service
	assert_once '/etc/gvtd.ini:3: .*nonsense'
	assert_vgpus "$a" "$v8"
	assert_eq '1 of 1 vGPU ready on 0000:00:02.0' "$(status_text)"
	mark
	kill -HUP "$pid"
	eventually 10 journal_says 'reload refused: 1 error'
	journal_says '/etc/gvtd.ini:3: .*nonsense' || fail "the finding is not in the journal"
	assert_eq "$pid" "$(main_pid)" "the daemon"
	eventually 5 gvtd_is active
	assert_vgpus "$a" "$v8"
	use "$b" "$v8"
	assert_vgpus "$b" "$v8"
}

# By the helper of the unit and by the daemon, which both read the ini
test_a_warning_is_told_once() {
	local options='group = nobody-there'

	use "$a" "$v8"
	assert_once 'nobody-there'
	assert_eq 'root:root 600' "$(stat -c '%U:%G %a' "$(vfio_node "$a")")" "node"
}

# --- in use ---

test_undeclared_in_use_waits_for_the_release() {
	local released

	use "$a" "$v8" "$b" "$v8"
	hold "$a"
	mark
	use "$b" "$v8"
	assert_vgpus "$a" "$v8" "$b" "$v8"
	journal_says "not removing vGPU $a \($v8\): in use by gvtd-test-holde \(pid $(holder_of "$a")\); it is removed when" ||
		fail "the holder is not named"
	eventually 5 status_is '^1 of 1 .*; 1 undeclared in use'	# and not while it is tried again
	assert_quiet
	assert_once 'not removing'
	released=$(now_ms)
	release "$a"
	while ! is_gone "$a"; do
		[ $(($(now_ms) - released)) -lt 20000 ] || fail "still there after 20 s"
		sleep 0.02
	done
	echo "removed after $(($(now_ms) - released)) ms"
	eventually 5 status_is '^1 of 1 vGPU ready on 0000:00:02.0$'
	assert_vgpus "$b" "$v8"
	eventually 5 noted "$b"
	no_kernel_splat
}

# Its end is awaited as well, but this one only closes the node
test_a_holder_that_lets_go_and_lives_on_is_noticed() {
	use "$a" "$v8"
	exec 9<>"$(vfio_node "$a")"
	use
	stays 1 is_there "$a"	# after this it is not tried again but on its release
	exec 9>&-
	eventually 5 is_gone "$a"
}

# hold_apart UUID: two processes have the group open, under a /dev of their own as libvirt gives it to QEMU: closing
# their node is not seen on the host's. Their pids, in the order in which they are to go
hold_apart() {
	local node said=$state/holders/apart

	node=$(vfio_node "$1")
	# shellcheck disable=SC2016
	unshare -m bash -c '
		mount -t tmpfs none /dev/vfio
		mknod "$0" c "$1" "$2"
		exec 9<>"$0"
		sleep infinity 2>/dev/null &
		echo "$$ $!"
		wait
	' "$node" "0x$(stat -c %t "$node")" "0x$(stat -c %T "$node")" >"$said" 2>&1 </dev/null &
	eventually 10 grep -qE '^[0-9]+ [0-9]+$' "$said"
	cat "$said"
}

test_the_end_of_a_holder_with_a_dev_of_its_own_is_noticed() {
	local pids released

	use "$a" "$v8" "$b" "$v8"
	pids=$(hold_apart "$a")
	mark
	use "$b" "$v8"
	eventually 5 journal_says "not removing vGPU $a .*in use by bash \(pid ${pids% *}\)"
	assert_quiet
	kill -KILL "${pids% *}"
	eventually 20 journal_says "not removing vGPU $a .*in use by sleep \(pid ${pids#* }\)"
	released=$(now_ms)
	kill -KILL "${pids#* }"
	while ! is_gone "$a"; do
		[ $(($(now_ms) - released)) -lt 20000 ] || fail "still there after 20 s"
		sleep 0.02
	done
	echo "removed after $(($(now_ms) - released)) ms"
	eventually 5 status_is '^1 of 1 vGPU ready on 0000:00:02.0$'
	no_kernel_splat
}

# The locks are root's alone, whatever the umask was that they were made under; what is there already is mended
test_nobody_else_can_take_the_locks() {
	local lock

	systemctl stop gvtd.service
	rm -f /run/gvtd/lock /run/gvtd/worker
	declare_vgpus "$a" "$v8"
	(umask 0; timeout 10 gvtd run >"$state/said" 2>&1) || true
	chmod 0644 /run/gvtd/worker
	systemctl start gvtd.service
	for lock in lock worker; do
		assert_eq 'root:root 600' "$(stat -c '%U:%G %a' "/run/gvtd/$lock")" "$lock"
		refused runuser -u nobody -- flock -n "/run/gvtd/$lock" true
	done
	assert_eq '1 of 1 vGPU ready on 0000:00:02.0' "$(status_text)"
	# taken by somebody who does not say who he is: said, and gone on with when it is free
	assert_quiet	# or a look that is still to come says it before the mark
	flock "/run/gvtd/worker" sleep infinity &
	eventually 5 refused flock -n /run/gvtd/worker true
	: >/run/gvtd/worker
	mark
	declare_vgpus "$b" "$v8"
	systemctl reload --no-block gvtd.service
	eventually 15 status_is 'worker is locked by a process that is not known to be gvtd'
	assert_no_match 'Invalid argument' "$(journal_since_mark)" "journal"
	assert_once 'worker is locked by a process that is not known to be gvtd.*; tried again until it works'
	pkill -x flock
	pkill -x sleep
	eventually 40 status_is '^1 of 1 vGPU ready on 0000:00:02.0$'
	assert_vgpus "$b" "$v8"
}

# Newer kernels let the device itself be opened, which takes the group only when it is bound: Debian's have no such
# node, so another one stands in its place, and what the kernel would say is not asked
test_what_opened_the_device_itself_counts() {
	local node opener

	use "$a" "$v8"
	node=/dev/vfio/devices/$(basename "$mdevs/$a/vfio-dev"/vfio*)
	[ ! -e "$node" ] || fail "there is one, and it is not tested"
	mkdir -p "${node%/*}"
	mknod "$node" c 1 5	# /dev/zero, which nobody else has open
	sleep infinity 8<"$node" &
	opener=$!
	eventually 5 grep -qx sleep "/proc/$opener/comm"
	mark
	use
	journal_says "not removing vGPU $a .*in use by sleep \(pid $opener\)" || fail "not said"
	gvtd status | grep -q "sleep (pid $opener)" || fail "not in the status"
	is_there "$a"
	kill "$opener"
	eventually 5 is_gone "$a"
	rm -r "${node%/*}"
}

test_type_change_in_use_waits_for_the_release() {
	local first

	use "$a" "$v8"
	hold "$a"
	first=$(identity "$a")
	mark
	use "$a" "$v4"
	assert_vgpus "$a" "$v8"
	# and not while the removal is tried again
	eventually 5 status_is "^0 of 1 .*in use by gvtd-test-holde \(pid $(holder_of "$a")\)"
	journal_says "$a .*is a $v8 and declared as $v4, but in use by gvtd-test-holde" || fail "not said"
	# back and forth while it is held changes nothing
	use "$a" "$v8"
	assert_eq '1 of 1 vGPU ready on 0000:00:02.0' "$(status_text)"
	use "$a" "$v4"
	assert_eq "$first" "$(identity "$a")" "the device in use"
	sleep 1.5	# after this it is not tried again but on its release
	release "$a"
	eventually 10 type_is "$a" "$v4"
	eventually 5 status_is '^1 of 1 vGPU ready on 0000:00:02.0$'
	assert_vgpus "$a" "$v4"
	no_kernel_splat
}

# 384 MB are there: the one that is there is not given up for one that the others leave no room for
test_type_change_without_room_waits_for_it() {
	local first

	use "$a" "$v8" "$b" "$v4" "$c" "$v4"
	first=$(identity "$a")
	mark
	use "$a" i915-GVTg_V5_2 "$b" "$v4" "$c" "$v4"
	assert_vgpus "$a" "$v8" "$b" "$v4" "$c" "$v4"
	assert_eq "$first" "$(identity "$a")" "the device"
	status_is "^2 of 3 .*$a: it stays a $v8 although declared as i915-GVTg_V5_2: no room left" || fail "status: $(status_text)"
	journal_says "$a .*it stays a $v8 although declared as i915-GVTg_V5_2: no room left" || fail "not said"
	use "$a" i915-GVTg_V5_2 "$b" "$v4"
	eventually 10 status_is '^2 of 2 vGPUs ready on 0000:00:02.0$'
	assert_vgpus "$a" i915-GVTg_V5_2 "$b" "$v4"
}

test_restart_disturbs_nobody() {
	local first second holder

	use "$a" "$v8" "$b" "$v4"
	hold "$a"
	holder=$(holder_of "$a")
	first=$(identity "$a") second=$(identity "$b")
	mark
	systemctl restart gvtd.service
	assert_eq '2 of 2 vGPUs ready on 0000:00:02.0' "$(status_text)"
	systemctl stop gvtd.service
	assert_vgpus "$a" "$v8" "$b" "$v4"
	assert_eq success "$(systemctl show -P Result gvtd.service)" "result of the stop"
	systemctl start gvtd.service
	assert_eq "$first $second" "$(identity "$a") $(identity "$b")" "the devices"
	assert_eq "$holder" "$(holder_of "$a")" "the holder"
	assert_eq '' "$(warnings)" "warnings"
	# and they are still gvtd's own
	release "$a"
	use
	assert_vgpus
}

test_removal_outlives_a_restart() {
	use "$a" "$v8"
	hold "$a"
	use
	mark
	systemctl restart gvtd.service
	journal_says "not removing vGPU $a .*in use by gvtd-test-holde" || fail "the holder is not named"
	assert_vgpus "$a" "$v8"
	release "$a"
	eventually 5 is_gone "$a"
	eventually 5 noted
}

test_released_while_stopped() {
	use "$a" "$v8"
	hold "$a"
	use
	systemctl stop gvtd.service
	release "$a"
	assert_vgpus "$a" "$v8"
	systemctl start gvtd.service
	assert_vgpus
}

test_remove_on_stop() {
	local options='remove_on_stop = yes' started

	use "$a" "$v8" "$b" "$v8" "$c" "$v8"
	hold "$b"
	mark
	started=$SECONDS
	systemctl stop gvtd.service
	[ $((SECONDS - started)) -lt 10 ]	# after which it would not wait for its worker any longer
	assert_eq success "$(systemctl show -P Result gvtd.service)" "result of the stop"
	assert_vgpus "$b" "$v8"
	assert_eq "$b" "$(notes)" "notes"
	journal_says "not removing vGPU $b \($v8\): in use by gvtd-test-holde \(pid $(holder_of "$b")\)$" || fail "not said"
	systemctl start gvtd.service
	assert_vgpus "$a" "$v8" "$b" "$v8" "$c" "$v8"
	release "$b"
	no_kernel_splat
}

# The kernel takes the group away between the look and the claim, and the other way round
test_held_and_released_at_random() {
	local round n

	n=$(rounds 5 20)
	for ((round = 1; round <= n; round++)); do
		use "$a" "$v8"
		gvtd-test-holder "$a" >"$state/holders/$a.out" 2>&1 &
		declare_vgpus
		kill -HUP "$(main_pid)"
		sleep "0.0$((RANDOM % 10))"
		kill -KILL $! || true	# by its pid: it may not have its name yet
		eventually 10 is_gone "$a"
		eventually 10 status_is '^no vGPUs declared in /etc/gvtd.ini; 3 types'
		echo "round $round"
	done
	no_kernel_splat
}

# --- whose it is ---

test_notes_hold_the_device_and_not_the_uuid() {
	use "$a" "$v8" "$b" "$v8"
	assert_eq "$(identity "$a")" "$(cat "/run/gvtd/$a")" "note"
	assert_eq "$(identity "$b")" "$(cat "/run/gvtd/$b")" "note"
	[ -e "/run/gvtd/$a.ready" ]
}

test_note_without_device_makes_no_stranger_ours() {
	# gvtd died between the note and the device
	: >"/run/gvtd/$a"
	systemctl restart gvtd.service
	assert_eq '' "$(notes)" "notes"
	create_vgpu "$a" "$v8"
	use "$b" "$v8"
	use
	assert_vgpus "$a" "$v8"

	# the same while it runs: each pass drops it
	: >"/run/gvtd/$c"
	use
	assert_eq '' "$(notes)" "notes"
}

test_crash_between_create_and_note_leaves_it_ours() {
	systemctl stop gvtd.service
	# the note is written first, and the inode into it after the create
	: >"/run/gvtd/$a"
	create_vgpu "$a" "$v8"
	: >"/run/gvtd/$b"
	create_vgpu "$b" "$v8"
	declare_vgpus "$b" "$v8"
	systemctl start gvtd.service
	assert_vgpus "$b" "$v8"
	assert_eq "$(identity "$b")" "$(cat "/run/gvtd/$b")" "note"
	assert_eq '1 of 1 vGPU ready on 0000:00:02.0' "$(status_text)"
}

test_what_others_made_is_adopted_and_never_removed() {
	local first

	create_vgpu "$a" "$v8"
	first=$(identity "$a")
	use "$a" "$v8"
	assert_eq '1 of 1 vGPU ready on 0000:00:02.0' "$(status_text)"
	assert_eq 'root:kvm 660' "$(stat -c '%U:%G %a' "$(vfio_node "$a")")" "node"
	systemctl restart gvtd.service
	use
	assert_eq 'root:root 600' "$(stat -c '%U:%G %a' "$(vfio_node "$a")")" "node of what is not declared any more"
	assert_eq "$first" "$(identity "$a")" "the device"
	assert_eq '' "$(cd /run/gvtd && ls -d ./*-* 2>/dev/null)" "notes"
}

test_what_others_made_with_another_type_is_reported() {
	local first options='remove_on_stop = yes'

	create_vgpu "$a" "$v4"
	first=$(identity "$a")
	use "$a" "$v8" "$b" "$v8"
	assert_match '^1 of 2 .*made by something else' "$(status_text)" "status"
	journal_says "$a .*exists as $v4, made by something else, and is declared as $v8" || fail "not said"
	systemctl stop gvtd.service
	assert_vgpus "$a" "$v4"
	assert_eq "$first" "$(identity "$a")" "the device"
}

# Made by gvtd, removed by hand, made again by hand under the same UUID: somebody else's from then on
test_made_again_by_hand_is_foreign() {
	local options='recreate = no' second

	use "$a" "$v8"
	remove_vgpu "$a"
	eventually 10 journal_says "$a .*recreate = no; .systemctl reload gvtd. creates it again"
	journal_says "$a .*removed by something else" || fail "not said"
	stays 2 is_gone "$a"
	create_vgpu "$a" "$v8"
	second=$(identity "$a")
	eventually 10 status_is '^1 of 1 vGPU ready'
	use
	assert_vgpus "$a" "$v8"
	assert_eq "$second" "$(identity "$a")" "the device"
	assert_eq '' "$(notes)" "notes"
}

# The same without a moment in which gvtd could see that it was gone
test_made_again_behind_gvtds_back_is_foreign() {
	use "$a" "$v8"
	systemctl stop gvtd.service
	remove_vgpu "$a"
	create_vgpu "$a" "$v8"
	systemctl start gvtd.service
	use
	assert_vgpus "$a" "$v8"

	# not even this tells the two apart but by the inode
	remove_vgpu "$a"
	use "$a" "$v8"
	kill -STOP "$(main_pid)"
	remove_vgpu "$a"
	create_vgpu "$a" "$v8"
	kill -CONT "$(main_pid)"
	use
	assert_vgpus "$a" "$v8"
}

# --- losses and failures ---

test_lost_three_times_rests() {
	local first

	use "$a" "$v8" "$b" "$v8"
	for round in 1 2; do
		first=$(identity "$a")
		remove_vgpu "$a"
		eventually 10 is_there "$a"
		[ "$first" != "$(identity "$a")" ]
		eventually 10 status_is '^2 of 2'
		echo "round $round"
	done
	remove_vgpu "$a"
	eventually 10 status_is "^1 of 2 .*removed it 3 times"
	stays 2 is_gone "$a"
	assert_once "$a .*removed it 3 times within a minute, and gvtd makes it again only after 1 min; .*take it out of the ini to be rid of it, and .systemctl reload gvtd."
	assert_eq 3 "$(journal_since_mark | grep -c "$a .*was removed by something else")" "losses"
	if long_form; then
		eventually 75 is_there "$a"
		for round in 1 2; do
			eventually 5 status_is '^2 of 2'
			remove_vgpu "$a"
			eventually 5 is_there "$a"
		done
	else
		# as Proxmox does when the VM starts: there is one, and it counts
		create_vgpu "$a" "$v8"
	fi
	eventually 10 status_is '^2 of 2'
	remove_vgpu "$a"
	eventually 10 status_is "^1 of 2 .*again only after 10 min"
	# what the message says: out of the ini, and it is gone for good; a reload alone brings it back
	systemctl reload gvtd.service
	assert_vgpus "$a" "$v8" "$b" "$v8"
	remove_vgpu "$a"
	eventually 10 is_there "$a"
	use "$b" "$v8"
	assert_vgpus "$b" "$v8"
}

# fails_once ERRNO: the first create fails with it, the second works
fails_once() {
	set_knob create_errno_nth 1
	set_knob create_errno "$1"
	use "$a" "$v8" "$b" "$v8"
	eventually 10 status_is '^2 of 2 vGPUs ready on'
	assert_vgpus "$a" "$v8" "$b" "$v8"
	set_knob create_errno 0
	set_knob create_errno_nth 0
	use
	assert_vgpus
}

test_what_may_pass_is_tried_again() {
	fails_once 4	# EINTR
	fails_once 11	# EAGAIN
	fails_once 19	# ENODEV
	fails_once 28	# ENOSPC with room left
	assert_once 'the kernel is busy \(Interrupted system call\) \(tried again after 1 s\)'
}

test_what_stays_waits_for_the_next_event() {
	local creates

	use "$b" "$v8"
	set_knob create_errno 11
	use "$b" "$v8" "$a" "$v8"
	eventually 5 journal_says "$a .*tried again after 1 s"
	# the second and third attempt after 1 and 5 s, and after 25 s a fourth
	eventually 12 attempts_are 3
	set_knob create_errno 0
	eventually 5 is_gone "$a"	# the kernel's log is ahead of what is left of the attempt
	# b is made again, and its loss is an event that may have made room
	remove_vgpu "$b"
	eventually 15 status_is '^2 of 2'
	assert_vgpus "$a" "$v8" "$b" "$v8"

	# and what cannot pass is not tried again, until a reload
	creates=$(cat "$knobs/creates")
	set_knob create_errno 22
	use "$a" "$v8" "$b" "$v8" "$c" "$v8"
	assert_match '^2 of 3 .*refused it as invalid' "$(status_text)" "status"
	sleep 2.5
	create_vgpu 00000000-1111-4222-8333-444444444444 "$v8" || true
	sleep 0.5
	assert_eq $((creates + 2)) "$(cat "$knobs/creates")" "creates"
	mark
	systemctl reload gvtd.service
	assert_once "$c .*refused it as invalid"
	set_knob create_errno 0
	systemctl reload gvtd.service
	assert_vgpus "$a" "$v8" "$b" "$v8" "$c" "$v8"
}

attempts_are() {
	[ "$(journalctl -q -b -k -o cat --since "@$(stat -c %Y "$state/mark")" | grep -c 'probe.*failed with error -11')" -ge "$1" ]
}

# --- two of them ---

test_second_instance_is_refused() {
	local said status=0 pid

	pid=$(main_pid)
	use "$a" "$v8"
	said=$(timeout 20 gvtd run 2>&1) || status=$?
	assert_match "running already \(process $pid\)" "$said" "what it says"
	[ "$status" -ne 0 ]
	assert_eq 1 "$(wc -l <<<"$said")" "lines"
	assert_eq "$pid" "$(main_pid)" "the daemon"
	assert_eq '1 of 1 vGPU ready on 0000:00:02.0' "$(status_text)"
	use "$b" "$v8"
	assert_vgpus "$b" "$v8"
}

# --- the kernel does not return ---

# set_free KNOB: the call returns now; in the full form of tests/run --soak it does so after its minute
set_free() {
	long_form || set_knob "$1" 0
}

# stuck_worker: pid of the worker in the kernel
stuck_worker() {
	pgrep -x gvtd-worker
}

# kept_by PID: what it has open beside its standard descriptors
kept_by() {
	find "/proc/$1/fd" -type l ! -name '[0-2]' -printf '%l\n'
}

no_worker() {
	! pgrep -x gvtd-worker >/dev/null
}

# stop_takes_at_most SECONDS: and is a success
stop_takes_at_most() {
	local started=$SECONDS

	systemctl stop gvtd.service
	echo "stopped after $((SECONDS - started)) s"
	[ $((SECONDS - started)) -le "$1" ]
	assert_eq success "$(systemctl show -P Result gvtd.service)" "result of the stop"
	assert_eq inactive "$(gvtd_state)"
}

# start_beside WORKER TASK: it starts, names the worker, and does nothing beside it
start_beside() {
	mark
	systemctl start --no-block gvtd.service
	eventually 15 journal_says "a worker of an earlier gvtd \(process $1\) is still at $2"
	eventually 15 status_is "a worker of an earlier gvtd \(process $1\) is still at $2"
	assert_eq activating "$(gvtd_state)"
}

LIMIT_test_stuck_in_create=300
test_stuck_in_create() {
	local worker started

	set_knob create_delay_ms 60000
	declare_vgpus "$a" "$v8" "$b" "$v8"
	started=$SECONDS
	systemctl reload gvtd.service
	echo "reload returned after $((SECONDS - started)) s"
	[ $((SECONDS - started)) -le 20 ]
	worker=$(stuck_worker)
	eventually 10 status_is "^0 of 2 .*create of vGPU $a on 0000:00:02.0 has not returned since [0-9:]{8} \(process $worker\)"
	assert_once "create of vGPU $a on 0000:00:02.0 has not returned since"
	assert_eq 1 "$(kept_by "$worker" | grep -c '^socket:')" "sockets of the worker"
	assert_no_match 'anon_inode' "$(kept_by "$worker")" "what the worker has of the event loop"
	# the loop goes on: reload, and what it can do without a worker
	declare_vgpus "$c" "$v8"
	refused timeout 3 systemctl reload gvtd.service
	mark
	stop_takes_at_most 8
	journal_says "stopping beside a worker \(process $worker\)" || fail "not said"
	assert_eq "$worker" "$(stuck_worker)" "the worker"
	start_beside "$worker" "create of $a on 0000:00:02.0"
	# a second stop and start, and a reload, are no different
	stop_takes_at_most 8
	start_beside "$worker" "create of $a on 0000:00:02.0"
	assert_eq "$worker" "$(stuck_worker)" "workers"
	set_free create_delay_ms
	eventually 150 status_is '^1 of 1 vGPU ready on 0000:00:02.0$'
	eventually 5 no_worker
	# what the first daemon made on the way is gvtd's own, and not declared any more
	assert_vgpus "$c" "$v8"
	assert_eq "$c" "$(notes)" "notes"
	no_kernel_splat
}

LIMIT_test_stuck_in_remove=180
test_stuck_in_remove() {
	local worker started options='remove_on_stop = yes'

	use "$a" "$v8" "$b" "$v8"
	set_knob remove_delay_ms 60000
	declare_vgpus "$b" "$v8"
	mark
	systemctl reload --no-block gvtd.service
	eventually 30 status_is "remove of vGPU $a on 0000:00:02.0 has not returned since"
	worker=$(stuck_worker)
	journal_says "remove of vGPU $a on 0000:00:02.0 has not returned since [0-9:]{8} \(process $worker\)" || fail "not said"
	stop_takes_at_most 15
	assert_eq "$worker" "$(stuck_worker)" "the worker"
	start_beside "$worker" "remove of $a on 0000:00:02.0"
	# only what goes is meant; what is there counts as ever
	eventually 5 status_is '^1 of 1 '
	set_free remove_delay_ms
	eventually 75 status_is '^1 of 1 vGPU ready on 0000:00:02.0$'
	assert_vgpus "$b" "$v8"
	assert_eq "$b" "$(notes)" "notes"
	no_kernel_splat
}

# remove_on_stop itself gets stuck
LIMIT_test_stuck_at_the_stop=180
test_stuck_at_the_stop() {
	local options='remove_on_stop = yes' worker

	use "$a" "$v8" "$b" "$v8"
	set_knob remove_delay_ms 60000
	mark
	stop_takes_at_most 15
	worker=$(stuck_worker)
	journal_says "stopping beside a worker \(process $worker\)" || fail "not said"
	set_free remove_delay_ms
	eventually 75 no_worker
	# the worker was told to begin nothing more
	assert_eq 1 "$(vgpus | wc -l)" "vGPUs that are left"
	systemctl start gvtd.service
	assert_vgpus "$a" "$v8" "$b" "$v8"
	assert_eq '2 of 2 vGPUs ready on 0000:00:02.0' "$(status_text)"
}

test_a_reload_while_it_stops_is_none() {
	local options='remove_on_stop = yes' pid

	use "$a" "$v8"
	pid=$(main_pid)
	set_knob remove_delay_ms 60000
	mark
	systemctl stop --no-block gvtd.service
	eventually 10 stuck_worker
	echo nonsense >>/etc/gvtd.ini
	kill -HUP "$pid"
	set_knob remove_delay_ms 0
	eventually 20 gvtd_is inactive
	assert_eq success "$(systemctl show -P Result gvtd.service)" "result of the stop"
	assert_no_match 'nonsense|reload' "$(journal_since_mark)" "journal"
	assert_vgpus
}

# --- what lies in the place of the ini ---

# refused_as REGEX: the reload is refused with this finding, and nothing is lost
refused_as() {
	mark
	refused timeout 60 systemctl reload gvtd.service
	journal_says "$1" || fail "not said: $(journal_since_mark)"
	assert_eq active "$(gvtd_state)"
	assert_vgpus "$a" "$v8" "$b" "$v4"
	assert_eq '2 of 2 vGPUs ready on 0000:00:02.0' "$(status_text)"
	# the daemon itself, when the helper is left out
	mark
	kill -HUP "$(main_pid)"
	eventually 30 journal_says 'reload refused'
	eventually 5 gvtd_is active	# or its READY may pass for that of the next reload
	assert_vgpus "$a" "$v8" "$b" "$v4"
}

LIMIT_test_bad_files=240
test_bad_files() {
	local pid

	pid=$(main_pid)
	use "$a" "$v8" "$b" "$v4"
	head -c 10485760 /dev/zero | tr '\0' ';' >/etc/gvtd.ini
	refused_as '/etc/gvtd.ini: .*1 MiB'
	seq 1 100000 | sed 's/.*/[x&]/' >/etc/gvtd.ini
	refused_as '/etc/gvtd.ini:1: unknown section \[x1\]'
	assert_once 'and 901 more findings, which .gvtd check --config. lists'
	rm /etc/gvtd.ini
	mkdir /etc/gvtd.ini
	refused_as '/etc/gvtd.ini: is a directory; expected a regular file'
	rmdir /etc/gvtd.ini
	mkfifo /etc/gvtd.ini
	refused_as '/etc/gvtd.ini: is a FIFO; expected a regular file'
	rm /etc/gvtd.ini
	ln -s /nowhere/gvtd.ini /etc/gvtd.ini
	refused_as '/etc/gvtd.ini: a link to a file that does not exist'
	rm /etc/gvtd.ini
	ln -s gvtd.ini /etc/gvtd.ini
	refused_as '/etc/gvtd.ini: cannot be read: Too many levels of symbolic links'
	rm /etc/gvtd.ini
	declare_vgpus "$a" "$v8" "$b" "$v4"
	: >/etc/gvtd.ini.d
	refused_as '/etc/gvtd.ini.d: cannot be read: Not a directory; expected a readable folder'
	rm /etc/gvtd.ini.d
	ln -s /nowhere /etc/gvtd.ini.d
	refused_as '/etc/gvtd.ini.d: a link to a folder that does not exist'
	rm /etc/gvtd.ini.d
	assert_eq "$pid" "$(main_pid)" "the daemon"
	systemctl reload gvtd.service
	assert_vgpus "$a" "$v8" "$b" "$v4"
}

# Root may read everything, but this service only with the capability for that, which an administrator may take from it
test_unreadable_folder_of_drop_ins() {
	drop_in gvtd.service <<-'END'
		[Service]
		CapabilityBoundingSet=~CAP_DAC_READ_SEARCH
		ExecReload=
		ExecReload=/usr/bin/gvtd reload
	END
	mkdir /etc/gvtd.ini.d
	printf '[%s]\nuuid = %s\n' "$v4" "$b" >/etc/gvtd.ini.d/b.ini
	declare_vgpus "$a" "$v8"
	systemctl restart gvtd.service
	chmod 0 /etc/gvtd.ini.d
	refused_as '/etc/gvtd.ini.d: cannot be read: Permission denied; expected a readable folder'
	chmod 755 /etc/gvtd.ini.d
	chmod 0 /etc/gvtd.ini.d/b.ini
	refused_as '/etc/gvtd.ini.d/b.ini: cannot be read: Permission denied; expected a readable file'
	rm -r /etc/gvtd.ini.d /run/systemd/system/gvtd.service.d
	systemctl daemon-reload
	systemctl restart gvtd.service
	assert_vgpus "$a" "$v8"
}

# No file at all is no error: nothing is declared
test_deleted_ini() {
	use "$a" "$v8"
	rm /etc/gvtd.ini
	systemctl reload gvtd.service
	assert_vgpus
	assert_match '^no vGPUs declared in /etc/gvtd.ini' "$(status_text)" "status"
}

# Replaced again and again while the daemon reads it: it may be refused, but what all versions declare stays
test_replaced_while_it_is_read() {
	local first pid round

	use "$a" "$v8" "$b" "$v4"
	first=$(identity "$a") pid=$(main_pid)
	# in the same file system, where a file takes another's place in one step
	mkdir -p /etc/versions
	cp /etc/gvtd.ini /etc/versions/both
	declare_vgpus "$a" "$v8"
	mv /etc/gvtd.ini /etc/versions/one
	cp /etc/versions/both /etc/gvtd.ini
	(
		cd /etc/versions || exit
		while [ ! -e "$state/enough" ]; do
			cp one new && mv -T new /etc/gvtd.ini
			mkfifo new && mv -T new /etc/gvtd.ini
			ln -s /etc new && mv -T new /etc/gvtd.ini
			cp both new && mv -T new /etc/gvtd.ini
			ln -s /nowhere new && mv -T new /etc/gvtd.ini
			printf '[%s' "$v8" >new && mv -T new /etc/gvtd.ini
		done
	) &
	for round in 1 2 3 4 5 6 7 8 9 10; do
		timeout 30 systemctl reload gvtd.service || true
		kill -HUP "$pid"
	done
	touch "$state/enough"
	wait
	eventually 30 gvtd_is active	# or the READY of the last one may pass for that of the next
	use "$a" "$v8" "$c" "$v8"
	assert_vgpus "$a" "$v8" "$c" "$v8"
	assert_eq "$first" "$(identity "$a")" "the device that was declared all the time"
	assert_eq "$pid" "$(main_pid)" "the daemon"
	journal_says 'reload refused' || fail "no reload met a version with errors"
}
