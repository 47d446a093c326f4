# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2034,SC2154
# System calls that fail, a full disk, services that are away, a clock that jumps. While the fault lasts gvtd must
# not claim what is not so, and must say what is wrong; when it ends, gvtd gets there by itself.

a=a297db4a-f4c2-11e6-90f6-d3b88d6c9525
b=2f1b6ac5-7c7a-4a9a-9d2c-0d3f0f6f1f10
c=5d3c3a36-29f0-4d17-9a3f-8b6b9e4c0a52
v8=i915-GVTg_V5_8 v4=i915-GVTg_V5_4
ready='ready on 0000:00:02.0$'

before_each() {
	boot_finished
	[ ! -e "$state/strace.pid" ] || kill "$(cat "$state/strace.pid")" || true
	rm -f "$state/strace.pid"
	[ -e /run/udev/control ] || systemctl start systemd-udevd.service
	if mountpoint -q /run/gvtd; then
		mount -o remount,rw /run/gvtd
		systemctl stop gvtd.service
		umount /run/gvtd
	fi
	if [ -d "$knobs" ]; then
		set_knob create_delay_ms 0
		set_knob remove_delay_ms 0
	fi
	while read -r left; do
		remove_vgpu "$left"
	done < <(vgpus | cut -d' ' -f1)
	declare_vgpus "$a" "$v8"
	systemctl reload-or-restart gvtd.service
	# on a busy host i915 comes long after the boot
	eventually 90 status_is "^1 of 1 vGPU $ready"
	assert_vgpus "$a" "$v8"
	mark
}

# --- what is said and what is so ---

# is_ready UUID: as far as it can be seen from outside
is_ready() {
	[ -e "$mdevs/$1/mdev_type" ] && [ -e "/run/gvtd/$1.ready" ] &&
		[ "$(stat -c '%G %a' "$(vfio_node "$1")")" = 'kvm 660' ]
}

# n_ready: how many of the declared ones are
n_ready() {
	local uuid n=0

	while read -r uuid; do
		! is_ready "$uuid" || n=$((n + 1))
	done < <(grep -oE '[0-9a-f-]{36}' /etc/gvtd.ini)
	echo "$n"
}

# claims_only_what_is: the status names no more vGPUs ready than there are, before or after it was read
claims_only_what_is() {
	local said before after

	before=$(n_ready)
	said=$(status_text)
	after=$(n_ready)
	case $said in
	[0-9]*' of '*) [ "${said%% *}" -le "$before" ] || [ "${said%% *}" -le "$after" ] ;;
	esac
}

# --- faults in system calls ---

# fault SYSCALL[:error=E...] [-P PATH]: from here on they fail in the daemon and in the worker it starts
fault() {
	local pid inject=$1
	shift

	pid=$(main_pid)
	strace -q -f -p "$pid" -o "$state/strace" -e "trace=${inject%%:*}" -e "inject=$inject" "$@" 2>"$state/strace.err" &
	echo $! >"$state/strace.pid"
	eventually 10 is_traced "$pid"
}

is_traced() {
	! grep -q '^TracerPid:[[:space:]]*0$' "/proc/$1/status"
}

# fault_lasts: a daemon that is traced is slow to get there; from then on for 3 s
fault_lasts() {
	eventually 30 is_injected
	stays 3 claims_only_what_is
}

end_trace() {
	# whose process ended, ended with it
	kill "$(cat "$state/strace.pid")" || true
	eventually 10 runs_untraced
	rm "$state/strace.pid"
}

# A call that failed may have ended gvtd, which systemd then starts again
runs_untraced() {
	grep -q '^TracerPid:[[:space:]]*0$' "/proc/$(main_pid)/status"
}

is_injected() {
	grep -q INJECTED "$state/strace"
}

fault_ends() {
	end_trace
	echo "$(grep -c INJECTED "$state/strace") injected"
	is_injected
}

# The end of a reload cannot be awaited while calls fail
begin_reload() {
	kill -HUP "$(main_pid)"
}

# is_created_after INJECTION MESSAGE: a vGPU is declared while the calls fail
is_created_after() {
	echo "--- $1"
	declare_vgpus "$a" "$v8" "$b" "$v8"
	fault "$1"
	begin_reload
	fault_lasts
	fault_ends
	eventually 5 journal_says "$2"
	eventually 40 status_is "^2 of 2 vGPUs $ready"
	claims_only_what_is
	assert_vgpus "$a" "$v8" "$b" "$v8"
	eventually 10 gvtd_is active
}

# is_removed_after INJECTION MESSAGE: a vGPU is undeclared while the calls fail
is_removed_after() {
	echo "--- $1"
	use "$a" "$v8" "$b" "$v8"
	mark
	declare_vgpus "$a" "$v8"
	fault "$1"
	begin_reload
	fault_lasts
	fault_ends
	eventually 5 journal_says "$2"
	eventually 40 is_gone "$b"
	eventually 40 status_is "^1 of 1 vGPU $ready"
	assert_vgpus "$a" "$v8"
	eventually 5 noted "$a"
	eventually 10 gvtd_is active
}

# is_made_again INJECTION MESSAGE: one that is lost while the calls fail comes back after it, without a reload
is_made_again() {
	echo "--- $1"
	fault "$1"
	remove_vgpu "$a"
	eventually 30 refused status_is "^1 of 1 vGPU $ready"
	fault_lasts
	fault_ends
	eventually 5 journal_says "$2"
	eventually 70 status_is "^1 of 1 vGPU $ready"
	assert_vgpus "$a" "$v8"
	eventually 5 gvtd_is active
}

# The reload itself is refused then, which is another matter
test_no_file_can_be_opened() {
	is_made_again openat:error=EMFILE 'Too many open files'
}

test_no_memory_to_open() {
	is_made_again openat:error=ENOMEM 'Cannot allocate memory'
}

test_reload_is_refused_when_the_ini_cannot_be_opened() {
	declare_vgpus "$b" "$v8"
	fault openat:error=EMFILE
	kill -HUP "$(main_pid)"
	eventually 10 journal_says 'reload refused'
	fault_ends
	journal_says 'reload refused: Too many open files; the old declaration stays' || fail "not said"
	assert_vgpus "$a" "$v8"
	systemctl reload gvtd.service
	assert_vgpus "$b" "$v8"
}

# An I/O error in the folder itself: what was declared in it must not count as undeclared
test_drop_ins_cannot_be_listed() {
	mkdir -p /etc/gvtd.ini.d
	printf '[%s]\nuuid = %s\n' "$v8" "$b" >/etc/gvtd.ini.d/b.ini
	systemctl reload gvtd.service
	assert_vgpus "$a" "$v8" "$b" "$v8"
	fault getdents64:error=EIO
	kill -HUP "$(main_pid)"
	eventually 10 journal_says 'reload refused'
	fault_ends
	journal_says '/etc/gvtd.ini.d: cannot be read: Input/output error; expected a readable folder' || fail "not said"
	assert_vgpus "$a" "$v8" "$b" "$v8"
	rm -r /etc/gvtd.ini.d
	systemctl reload gvtd.service
	assert_vgpus "$a" "$v8"
}

test_no_write_works() {
	is_created_after write:error=EIO "$b .*cannot write its note"
	is_removed_after write:error=EIO "$b .*could not be removed: the kernel refused it \(Input/output error\); its log .* says more; tried again until it works"
	assert_eq 1 "$(journal_since_mark | grep -c 'could not be removed')" "entries about the removal"
}

test_no_process_can_be_forked() {
	is_made_again clone:error=EAGAIN 'process that creates and removes vGPUs: Resource temporarily unavailable'
	is_removed_after clone:error=EAGAIN 'Resource temporarily unavailable'
}

test_no_socket_pair() {
	is_made_again socketpair:error=EMFILE 'process that creates and removes vGPUs: Too many open files'
}

# Nothing reaches systemd or the journal; what was not told is told later, without another event
test_journal_and_notify_socket_refuse() {
	declare_vgpus "$a" "$v8" "$b" "$v8"
	fault sendmsg:error=ECONNREFUSED
	begin_reload
	eventually 20 is_ready "$b"
	fault_ends
	eventually 40 status_is "^2 of 2 vGPUs $ready"
	systemctl reload gvtd.service
	assert_eq active "$(gvtd_state)"
}

# Its words would not be heard, so there is none
test_worker_cannot_be_watched() {
	is_made_again epoll_ctl:error=ENOMEM 'process that creates and removes vGPUs: Cannot allocate memory'
}

# cannot_report KNOB TASK: the worker, which this knob keeps at this task until it is traced
cannot_report() {
	local worker tracer

	eventually 20 grep -q "$2" /run/gvtd/worker
	worker=$(cut -d' ' -f1 /run/gvtd/worker)
	strace -q -p "$worker" -o "$state/strace" -e trace=sendto -e inject=sendto:error=ENOBUFS &
	tracer=$!
	eventually 10 is_traced "$worker"
	set_knob "$1" 0
	wait "$tracer"
	grep INJECTED "$state/strace"
	eventually 10 journal_says "vGPUs \($worker\) ended before it had told of all its work"
}

test_worker_cannot_report() {
	set_knob create_delay_ms 60000
	declare_vgpus "$a" "$v8" "$b" "$v8"
	begin_reload
	cannot_report create_delay_ms "create of $b"
	eventually 40 status_is "^2 of 2 vGPUs $ready"
	assert_vgpus "$a" "$v8" "$b" "$v8"
	set_knob remove_delay_ms 60000
	declare_vgpus "$a" "$v8"
	begin_reload
	cannot_report remove_delay_ms "remove of $b"
	eventually 40 status_is "^1 of 1 vGPU $ready"
	assert_vgpus "$a" "$v8"
	assert_eq "$a" "$(notes)" "notes"
}

# Until its debugger, which takes a second to notice here, has taken note of the death, its parent sees nothing of it
test_worker_dies_under_a_debugger() {
	local worker debugger

	set_knob create_delay_ms 60000
	declare_vgpus "$a" "$v8" "$b" "$v8"
	begin_reload
	eventually 20 grep -q "create of $b" /run/gvtd/worker
	worker=$(cut -d' ' -f1 /run/gvtd/worker)
	strace -q -p "$worker" -o "$state/strace" -e trace=none &
	debugger=$!
	eventually 10 is_traced "$worker"
	strace -q -p "$debugger" -o /dev/null -e trace=wait4 -e inject=wait4:delay_enter=1000000 &
	eventually 10 is_traced "$debugger"
	kill -KILL "$worker"
	set_knob create_delay_ms 0
	wait
	eventually 10 journal_says "vGPUs \($worker\) ended before it had told of all its work"
	eventually 40 status_is "^2 of 2 vGPUs $ready"
	assert_vgpus "$a" "$v8" "$b" "$v8"
}

test_no_watch_on_the_nodes() {
	is_created_after inotify_add_watch:error=ENOSPC 'watching .*No space left on device'
	hold "$b"
	use "$a" "$v8"
	release "$b"
	eventually 10 is_gone "$b"
}

test_nothing_can_be_unlinked() {
	is_removed_after unlinkat:error=EIO 'Input/output error'
}

test_permissions_cannot_be_given() {
	is_created_after chmod,fchmodat,fchownat:error=EPERM 'Operation not permitted'
}

# A start that has not got enough of something ends in a way after which systemd tries again
test_start_short_of_descriptors() {
	local n status

	systemctl stop gvtd.service
	for n in $(seq 5 "$(rounds 3 1)" 24); do
		status=0
		timeout -s TERM 3 bash -c "ulimit -n $n; exec gvtd run" >"$state/said" 2>&1 || status=$?
		echo "$n: $status, $(tail -1 "$state/said")"
		[[ $status != 69 && $status != 78 ]] || fail "$n descriptors: exit status $status"
		[ "$status" -eq 0 ] || [ "$status" -eq 124 ] || [ -s "$state/said" ] || fail "$n descriptors: not a word"
	done
	assert_vgpus "$a" "$v8"
	systemctl start gvtd.service
}

# --- one failure at a time: with tests/run --soak each call in turn, else one of each kind ---

declare -A errors=([openat]=EMFILE [newfstatat]=ENOMEM [readlinkat]=ENOMEM [getdents64]=EIO [read]=EIO [write]=EIO)

# count_calls COMMAND...: has them written down
count_calls() {
	fault "$(IFS=,; echo "${!errors[*]}"):delay_enter=1"
	"$@"
	eventually 20 grep -q getdents64 "$state/strace"
	eventually 60 sleeps_3_s "$(main_pid)"
	end_trace
}

# places CALL: which of the calls that were counted fails, counted in each process, as strace does
places() {
	local most

	most=$(awk -v call="$1(" 'index($2, call) == 1 && ++n[$1] > most { most = n[$1] } END { print most + 0 }' "$state/strace")
	if long_form; then seq "$most"; elif [ "$most" -gt 0 ]; then echo $(((most + 1) / 2)); fi
}

# fails_at CALL N COMMAND...: the Nth of these calls does, from this command on, if there are as many
fails_at() {
	echo "--- $1 $2: ${*:3}"
	fault "$1:error=${errors[$1]}:when=$2"
	"${@:3}"
	eventually 30 is_injected || echo "there was none"
}

# Makes a pass: the GPU has changed, says the kernel
look() {
	echo change >"$gpu/uevent"
}

# what_stands: the devices, whose they are, and who may open them
what_stands() {
	local uuid

	while read -r uuid _; do
		echo "$uuid $(identity "$uuid") $(stat -c '%G %a' "$(vfio_node "$uuid")")" /run/gvtd/"$uuid"*
	done < <(vgpus)
}

assert_nothing_mistaken() {
	assert_no_match 'removed by something|made by something|no Intel|perture|no kvmgt|unknown group' "$(journal_since_mark)" "journal"
}

# A look that fails finds nothing gone, and nothing is done
test_each_call_of_a_pass_fails_once() {
	local call n before tried=0
	local -A at

	create_vgpu "$c" "$v8"
	udevadm settle
	before=$(what_stands)
	count_calls look
	for call in "${!errors[@]}"; do
		at[$call]=$(places "$call")
	done
	for call in "${!errors[@]}"; do
		for n in ${at[$call]}; do
			fails_at "$call" "$n" look
			assert_eq "$before" "$(what_stands)" "$call $n: what stands"
			claims_only_what_is || fail "$call $n: claims $(status_text)"
			end_trace
			eventually 40 status_is "^1 of 1 vGPU $ready"
			assert_eq "$before" "$(what_stands)" "$call $n: what stands after it"
			is_injected || break
			tried=$((tried + 1))
		done
	done
	progress "$tried tried"
	[ "$tried" -ge 4 ] || fail "only $tried were tried"
	assert_nothing_mistaken
	remove_vgpu "$c"
}
LIMIT_test_each_call_of_a_pass_fails_once=3000

# gets_to STATUS: what is refused in a reload, a person asks for once more
gets_to() {
	if journal_says 'reload refused'; then
		mark
		systemctl reload gvtd.service
	fi
	status_is "$1"
}

# changes_to STATUS CALL N UUID TYPE...: these are declared, and a call fails on the way there
changes_to() {
	local status=$1 call=$2 n=$3
	shift 3

	progress "$call $n"
	mark
	declare_vgpus "$@"
	fails_at "$call" "$n" begin_reload
	eventually 20 claims_only_what_is
	end_trace
	eventually 60 gets_to "$status"
	assert_nothing_mistaken
}

# One is made and removed, and one of others is there all the time
test_each_call_of_a_worker_fails_once() {
	local call n foreign tried=0
	local -A at

	create_vgpu "$c" "$v8"
	foreign=$(identity "$c")
	declare_vgpus "$a" "$v8" "$b" "$v8"
	count_calls begin_reload
	eventually 40 status_is "^2 of 2 vGPUs $ready"
	use "$a" "$v8"
	for call in "${!errors[@]}"; do
		at[$call]=$(places "$call")
	done
	for call in "${!errors[@]}"; do
		for n in ${at[$call]}; do
			changes_to "^2 of 2 vGPUs $ready" "$call" "$n" "$a" "$v8" "$b" "$v8"
			is_injected || break
			assert_vgpus "$a" "$v8" "$b" "$v8" "$c" "$v8"
			changes_to "^1 of 1 vGPU $ready" "$call" "$n" "$a" "$v8"
			# which is the status during the removal, too
			eventually 60 is_gone "$b"
			assert_vgpus "$a" "$v8" "$c" "$v8"
			assert_eq "$foreign" "$(identity "$c")" "$call $n: the device of others"
			eventually 5 noted "$a"
			tried=$((tried + 1))
		done
	done
	progress "$tried tried"
	[ "$tried" -ge 4 ] || fail "only $tried were tried"
	remove_vgpu "$c"
}
LIMIT_test_each_call_of_a_worker_fails_once=6000

test_a_failing_event_loop_is_said() {
	fault epoll_wait,epoll_pwait2:error=EIO:when=1
	look
	eventually 20 journal_says "event loop ended: Input/output error"
	rm "$state/strace.pid"
	eventually 40 status_is "^1 of 1 vGPU $ready"
}

# starts_without NUMBER: gvtd is started, that allocation fails, and where it ends, systemd starts it again
starts_without() {
	systemctl stop gvtd.service
	rm -f /run/gvtd/fault
	drop_in gvtd.service <<-END
		[Unit]
		StartLimitIntervalSec=0
		[Service]
		Environment=LD_PRELOAD=/usr/lib/gvtd-tests/fault.so FAULT_ALLOCATION=$1 FAULT_MARK=/run/gvtd/fault
		RestartSec=100ms
	END
	mark
	systemctl start gvtd.service || echo "not at once"
}

test_each_allocation_of_a_start_fails_once() {
	local n before tried=0

	create_vgpu "$c" "$v8"
	udevadm settle
	before=$(what_stands)
	for n in $(if long_form; then seq 100000; else echo 10 100; fi); do
		starts_without "$n"
		claims_only_what_is || fail "allocation $n: claims $(status_text)"
		eventually 60 status_is "^1 of 1 vGPU $ready"
		eventually 10 is_ready "$a"
		assert_eq "$before" "$(what_stands)" "allocation $n: what stands"
		assert_nothing_mistaken
		[ -e /run/gvtd/fault ] || break	# it has no more than that
		tried=$((tried + 1))
	done
	progress "$tried tried"
	[ "$tried" -ge 2 ] || fail "only $tried were tried"
	rm -rf /run/systemd/system/gvtd.service.d /run/gvtd/fault
	systemctl daemon-reload
	systemctl restart gvtd.service
	remove_vgpu "$c"
}
LIMIT_test_each_allocation_of_a_start_fails_once=6000

# --- the group ---

# Nobody can be asked: what was given stays given, what was not is not, and it is said
test_group_cannot_be_looked_up() {
	local node

	declare_vgpus "$a" "$v8" "$b" "$v8"
	fault openat:error=EMFILE -P /etc/group
	begin_reload
	eventually 20 is_there "$b"
	eventually 20 status_is "^1 of 2 .*; $b: there, but its group kvm cannot be looked up: Too many open files"
	node=$(vfio_node "$b")
	assert_eq 'root 600' "$(stat -c '%G %a' "$node")" "the new one's node"
	assert_eq 'kvm 660' "$(stat -c '%G %a' "$(vfio_node "$a")")" "the old one's node"
	stays 3 claims_only_what_is
	assert_once 'group of the ini, kvm, cannot be looked up: Too many open files'
	fault_ends
	eventually 40 status_is "^2 of 2 vGPUs $ready"
	is_ready "$b"
	assert_no_match 'unknown group' "$(journal_since_mark)" "journal"
}

test_group_that_comes_into_being() {
	cp /etc/group "$state/group"
	options='group = newcomers' declare_vgpus "$a" "$v8"
	systemctl reload gvtd.service
	assert_once '/etc/gvtd.ini:2: unknown group "newcomers"'
	assert_eq 'root 600' "$(stat -c '%G %a' "$(vfio_node "$a")")" "node"
	status_is "^1 of 1 vGPU $ready" || fail "status: $(status_text)"
	{ cat "$state/group"; echo 'newcomers:x:4711:'; } >/etc/group.new
	mv /etc/group.new /etc/group
	eventually 10 node_is 4711 660 "$a"
	assert_eq 1 "$(journal_since_mark | grep -c 'unknown group')" "warnings"
	cp "$state/group" /etc/group
}

node_is() {
	[ "$(stat -c '%g %a' "$(vfio_node "$3")")" = "$1 $2" ]
}

# With an error in the ini what was opened may still be declared in the line with the error
test_opened_one_of_others_is_remembered_through_errors() {
	create_vgpu "$c" "$v8"
	udevadm settle
	use "$a" "$v8" "$c" "$v8"
	eventually 10 is_ready "$c"
	assert_eq "$(getent group kvm | cut -d: -f3) $(identity "$c")" "$(cat "/run/gvtd/$c.ready")" ".ready"
	declare_vgpus "$a" "$v8"
	echo nonsense >>/etc/gvtd.ini
	systemctl restart gvtd.service
	eventually 20 status_is '1 error in the ini'
	[ -e "/run/gvtd/$c.ready" ] || fail "forgotten"
	use "$a" "$v8"
	assert_eq 'root 600' "$(stat -c '%G %a' "$(vfio_node "$c")")" "node"
	[ ! -e "/run/gvtd/$c.ready" ] || fail "still remembered"
	remove_vgpu "$c"
}

# What i915 needs has nothing to do with the machine's id, nor with groups
test_options_need_no_machine_id() {
	cp /etc/machine-id "$state/machine-id"
	echo nonsense >/etc/machine-id
	rm -f /run/modprobe.d/gvtd.conf
	printf '[gvtd]\ngroup = kvm\n[%s]\ncount = 1\n' "$v8" >/etc/gvtd.ini
	strace -f -q -o "$state/strace" -e trace=openat,connect gvtd modprobe
	cp "$state/machine-id" /etc/machine-id
	grep -q 'enable_gvt=1' /run/modprobe.d/gvtd.conf
	refused grep -E 'nsswitch|/etc/group|nscd' "$state/strace"
}

# --- where the notes are kept ---

# notes_of_their_own SIZE: a file system for /run/gvtd alone
notes_of_their_own() {
	use
	assert_vgpus
	systemctl stop gvtd.service
	mount -t tmpfs -o "size=$1,mode=755" tmpfs /run/gvtd
	systemctl start gvtd.service
}

test_notes_cannot_be_written_for_want_of_space() {
	local creates

	notes_of_their_own 100k
	need_knobs
	use "$a" "$v8"
	creates=$(cat "$knobs/creates")
	refused dd if=/dev/zero of=/run/gvtd/full bs=4k 2>/dev/null
	mark
	use "$a" "$v8" "$b" "$v8"
	eventually 20 status_is '^1 of 2 .*; .*cannot write its note to /run/gvtd.*full or read-only'
	journal_says "$b .*creates nothing without: is /run full or read-only \(df /run\)" || fail "not said"
	assert_eq "$creates" "$(cat "$knobs/creates")" "creates"
	eventually 5 noted "$a"	# another is there while it is tried again
	rm /run/gvtd/full
	eventually 40 status_is "^2 of 2 vGPUs $ready"
	assert_vgpus "$a" "$v8" "$b" "$v8"
}

# While gvtd runs its lock keeps the folder from becoming read-only as a whole. A note that outlives its device
# would make another of that UUID gvtd's: nothing is done before it is gone.
test_notes_cannot_be_dropped() {
	fault unlinkat:error=EROFS
	remove_vgpu "$a"
	eventually 20 status_is 'fails: Read-only file system'
	stays 3 claims_only_what_is
	assert_match 'Read-only file system; tried again until it works' "$(journal_since_mark -p err)" "journal"
	fault_ends
	eventually 70 status_is "^1 of 1 vGPU $ready"
	assert_vgpus "$a" "$v8"
	assert_eq "$a" "$(notes)" "notes"
}

test_start_without_a_place_for_notes_says_so() {
	local said

	notes_of_their_own 100k
	systemctl stop gvtd.service
	mount -o remount,ro /run/gvtd
	said=$(refused gvtd run 2>&1)
	assert_match '/run/gvtd.*Read-only file system' "$said" "what it says"
}

# --- services that are away ---

# A udevd that has stopped looking: the nodes get their group when it looks again, not before
test_slow_udevd() {
	local udevd

	udevd=$(systemctl show -P MainPID systemd-udevd.service)
	kill -STOP "$udevd"
	declare_vgpus "$a" "$v8" "$b" "$v8"
	begin_reload
	eventually 10 test -e "$mdevs/$b/mdev_type"
	stays 3 claims_only_what_is
	eventually 10 status_is "^1 of 2 .*; $b: there, but the kernel or udev is not done"
	kill -CONT "$udevd"
	eventually 20 status_is "^2 of 2 vGPUs $ready"
	is_ready "$b"
}

test_udevd_restarted() {
	local node

	node=$(vfio_node "$a")
	systemctl restart systemd-udevd.service
	udevadm trigger --settle
	assert_eq 'kvm 660' "$(stat -c '%G %a' "$node")" "node"
	use "$a" "$v8" "$b" "$v8"
	assert_eq "2 of 2 vGPUs ready on 0000:00:02.0" "$(status_text)"
}

# The vGPU comes after the reload, whose patience would end in a look: it is udev's word that gvtd waits for
test_udevd_stopped_for_a_while() {
	local units='systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket'
	local awaits="; $b: there, but the kernel or udev is not done"

	# or it may not get to the end of a node whose name the new one gets
	udevadm settle
	# shellcheck disable=SC2086
	systemctl stop $units
	set_knob create_errno 11
	use "$a" "$v8" "$b" "$v8"
	set_knob create_errno 0
	eventually 20 status_is "$awaits"
	stays 2 status_is "$awaits"
	claims_only_what_is
	# shellcheck disable=SC2086
	systemctl start $units
	# as at boot: what was missed is told again
	udevadm trigger --subsystem-match=vfio --subsystem-match=mdev --action=add
	eventually 20 status_is "^2 of 2 vGPUs $ready"
	assert_vgpus "$a" "$v8" "$b" "$v8"
	assert_eq active "$(gvtd_state)"
}

test_journald_frozen() {
	local journald

	journald=$(systemctl show -P MainPID systemd-journald.service)
	kill -STOP "$journald"
	declare_vgpus "$a" "$v8" "$b" "$v8"
	begin_reload
	eventually 20 is_ready "$b"
	eventually 20 status_is "^2 of 2 vGPUs $ready"
	kill -CONT "$journald"
	eventually 20 journal_says "$b .*is ready on"
}

# By then the process that reported it is gone, and the journal cannot ask for its unit any more
test_finding_is_filed_under_the_unit_by_a_slow_journald() {
	local journald status=0

	journald=$(systemctl show -P MainPID systemd-journald.service)
	echo nonsense >/etc/gvtd.ini
	kill -STOP "$journald"
	systemctl reload gvtd.service || status=$?
	kill -CONT "$journald"
	[ "$status" -ne 0 ]
	eventually 10 journal_says '^/etc/gvtd.ini:1: '
}

test_journald_stopped() {
	local units='systemd-journald.service systemd-journald.socket systemd-journald-dev-log.socket
		systemd-journald-audit.socket'

	# shellcheck disable=SC2086
	systemctl stop $units 2>/dev/null
	use "$a" "$v8" "$b" "$v8"
	assert_eq "2 of 2 vGPUs ready on 0000:00:02.0" "$(status_text)"
	# shellcheck disable=SC2086
	systemctl start $units 2>/dev/null || systemctl start systemd-journald.service
	use "$a" "$v8"
	eventually 20 journal_says "removed vGPU $b"
	assert_vgpus "$a" "$v8"
}

# --- time ---

# fails_once: the next create does, and is tried again after a second
fails_once() {
	set_knob create_errno_nth 1
	set_knob create_errno 11
}

test_clock_jumps() {
	local first

	fails_once
	use "$a" "$v8" "$b" "$v8"
	date -s '-6 years' >/dev/null
	eventually 10 status_is "^2 of 2 vGPUs $ready"
	fails_once
	use "$a" "$v8" "$b" "$v8" "$c" "$v8"
	date -s '+3 years' >/dev/null
	eventually 10 status_is "^3 of 3 vGPUs $ready"
	first=$(identity "$c")
	remove_vgpu "$c"
	eventually 10 is_another "$c" "$first"
	eventually 10 status_is "^3 of 3 vGPUs $ready"
	date -s '+3 years' >/dev/null
	use "$a" "$v8"
	set_knob create_errno 0
	set_knob create_errno_nth 0
	assert_vgpus "$a" "$v8"
	assert_eq "1 of 1 vGPU ready on 0000:00:02.0" "$(status_text)"
}

# As over a suspend, everything has changed when it comes to itself
test_frozen_and_thawed() {
	local foreign

	use "$a" "$v8" "$b" "$v8"
	systemctl freeze gvtd.service
	remove_vgpu "$a"
	remove_vgpu "$b"
	create_vgpu "$b" "$v4"
	create_vgpu "$c" "$v8"
	foreign=$(stat -c %i "$mdevs/$b/" "$mdevs/$c/")
	sleep 2
	systemctl thaw gvtd.service
	eventually 20 status_is '^1 of 2 .*made by something else'
	assert_vgpus "$a" "$v8" "$b" "$v4" "$c" "$v8"
	use
	assert_vgpus "$b" "$v4" "$c" "$v8"
	assert_eq "$foreign" "$(stat -c %i "$mdevs/$b/" "$mdevs/$c/")" "the devices of others"
	remove_vgpu "$b"
	remove_vgpu "$c"
}
