# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2034,SC2154
# The same again and again: killed at random moments, registered anew, reloaded with whatever. A short form in every
# run, in full with tests/run --soak, and then with AddressSanitizer, too; RANDOM's seed is in the log.

a=a297db4a-f4c2-11e6-90f6-d3b88d6c9525
b=2f1b6ac5-7c7a-4a9a-9d2c-0d3f0f6f1f10
c=5d3c3a36-29f0-4d17-9a3f-8b6b9e4c0a52
d=7d0fc6a5-ae1a-4a5e-8d8a-b3a4f3c1f9c4
foreign=0f0e0d0c-0b0a-4908-8706-050403020100
v8=i915-GVTg_V5_8 v4=i915-GVTg_V5_4

# 1 for the full form, asan for that of a build with AddressSanitizer
soak=''
# shellcheck disable=SC1091
. /etc/gvtd-test.conf

# rounds SHORT FULL [ASAN]
rounds() {
	case $soak in
	'') echo "$1" ;;
	asan) echo "${3:-$2}" ;;
	*) echo "$2" ;;
	esac
}

# shows_progress ROUND OF
shows_progress() {
	[ $(($1 % 50)) -ne 0 ] || progress "$1 of $2"
}

before_each() {
	local seed=$$

	boot_finished
	RANDOM=$seed
	echo "seed $seed"
	[ "$soak" != asan ] || sanitizer_settings
	declares
	systemctl restart gvtd.service
	eventually 90 test -d "$types_dir/$v8"
	mark
	# the daemon of the boot went without these settings
	began=$(<"$state/mark")
}

# The search for leaks at the end of a process stops it with ptrace
sanitizer_settings() {
	drop_in gvtd.service <<-END
		[Service]
		SystemCallFilter=ptrace
		Environment=ASAN_OPTIONS=quarantine_size_mb=1 UBSAN_OPTIONS=print_stacktrace=1
	END
}

# nothing_found FILE: no sanitizer has complained in there; the build is one that would
nothing_found() {
	local found

	[ "$soak" != asan ] || grep -q AddressSanitizer /usr/bin/gvtd || fail "gvtd is not built with AddressSanitizer"
	found=$(grep -aE -A 30 'Sanitizer|runtime error' "$1") || return 0
	echo "$found"
	fail "$(head -1 <<<"$found")"
}

# stop_finds_nothing: nor when the service ends, which is when leaks show
stop_finds_nothing() {
	systemctl stop gvtd.service
	assert_eq success "$(systemctl show -P Result gvtd.service)" "result of the stop"
	journalctl --sync
	journalctl -q -b -u gvtd.service -o cat --since="$began" >"$state/journal"
	nothing_found "$state/journal"
}

# declares UUID TYPE ...: the ini declares these, and nothing else is to be there
declares() {
	declared=("$@")
	declare_vgpus "$@"
}

# what_is_noted: "UUID INODE" of each note, and "UUID ready"
what_is_noted() {
	local note

	for note in /run/gvtd/*-*; do
		case $note in
		*'*'*) ;;
		*.ready) note=${note##*/} && echo "${note%.ready} ready" ;;
		*) echo "${note##*/} $(<"$note")" ;;
		esac
	done
}

what_should_be_noted() {
	local i

	for ((i = 0; i < ${#declared[@]}; i += 2)); do
		echo "${declared[i]} $(identity "${declared[i]}")"
		echo "${declared[i]} ready"
	done | sort
}

# is_as_declared: devices, notes and status agree with the ini, and the foreign device is the one that was made
is_as_declared() {
	local n=$((${#declared[@]} / 2))

	[ "$(vgpus)" = "$(printf '%s %s\n' "${others[@]}" "${declared[@]}" | sed '/^ *$/d' | sort)" ] &&
		[ "$(what_is_noted)" = "$(what_should_be_noted)" ] &&
		if [ "$n" -eq 0 ]; then
			status_is '^no vGPUs declared'
		else
			status_is "^$n of $n vGPUs? ready on 0000:00:02.0\$"
		fi
}

assert_as_declared() {
	eventually 90 is_as_declared || {
		echo "declared: ${declared[*]}"
		vgpus
		what_is_noted
		status_text
		journal_since_mark -q | tail -20
		fail "not as declared"
	}
}

# --- killed ---

declare_variant() {
	case $1 in
	0) declares "$a" "$v8" "$b" "$v8" ;;
	1) declares "$b" "$v8" "$c" "$v4" ;;
	2) declares ;;
	3) declares "$a" "$v4" "$b" "$v8" ;;
	4) declares "$a" "$v8" "$b" "$v8" "$c" "$v8" "$d" "$v8" ;;
	esac
}

# kill_some: the daemon, its worker, or both
kill_some() {
	local daemon=$1 worker

	worker=$(pgrep -x gvtd-worker) || true
	# shellcheck disable=SC2086
	case $((RANDOM % 3)) in
	0) kill -KILL "$daemon" ;;
	1) kill -KILL ${worker:-$daemon} ;;
	2) kill -KILL "$daemon" $worker ;;
	esac
}

LIMIT_test_killed_at_random_moments=3600
test_killed_at_random_moments() {
	local round made daemon n

	others=("$foreign" "$v8")
	create_vgpu "$foreign" "$v8"
	made=$(identity "$foreign")
	n=$(rounds 8 200 50)
	for ((round = 1; round <= n; round++)); do
		# there may be none yet, or one that does not listen, which would die of the HUP and for good
		eventually 30 gvtd_is active
		daemon=$(main_pid)
		declare_variant $((RANDOM % 5))
		kill -HUP "$daemon"
		sleep "0.$(printf %03d $((RANDOM % 250)))"
		kill_some "$daemon" || true
		mark
		assert_as_declared
		assert_eq "$made" "$(identity "$foreign")" "the foreign device"
		shows_progress "$round" "$n"
	done
	echo "$n rounds, $(systemctl show -P NRestarts gvtd.service) restarts"
	declare_variant 2
	systemctl reload gvtd.service
	assert_as_declared
	stop_finds_nothing
	remove_vgpu "$foreign"
	no_kernel_splat
}

# --- registered anew ---

# held_by PID: descriptors, and KiB of memory of its own
held_by() {
	echo "$(find "/proc/$1/fd" -type l | wc -l) $(awk '/^Private_Dirty/ { print $2 }' "/proc/$1/smaps_rollup")"
}

register_anew() {
	if [ $(($1 % 2)) -eq 0 ]; then
		rmmod kvmgt
		modprobe kvmgt
	else
		unbind_i915
		bind_i915
	fi
}

LIMIT_test_registered_anew=3600
test_registered_anew() {
	local cycle n pid before after

	others=()
	declares "$a" "$v8" "$b" "$v4"
	systemctl reload gvtd.service
	pid=$(main_pid)
	n=$(rounds 10 500)
	for ((cycle = 1; cycle <= n; cycle++)); do
		register_anew "$cycle"
		assert_as_declared
		if [ "$cycle" -eq 4 ]; then
			assert_quiet	# a look has files open
			before=$(held_by "$pid")
		fi
		shows_progress "$cycle" "$n"
	done
	assert_quiet
	after=$(held_by "$pid")
	echo "$n cycles: $before before, $after after (descriptors, KiB)"
	assert_eq "$pid" "$(main_pid)" "the daemon"
	assert_eq "${before% *}" "${after% *}" "descriptors"
	# the sanitizer keeps what is freed; it speaks at the end
	[ "$soak" = asan ] || [ "${after#* }" -le $((${before#* } + 128)) ] ||
		fail "memory grew from ${before#* } to ${after#* } KiB"
	declares
	systemctl reload gvtd.service
	stop_finds_nothing
	no_kernel_splat
}

# --- reloaded ---

# Rules about disks and keyboards are half of what a reload costs here
only_rules_that_matter() {
	local rule

	mkdir -p /run/udev/rules.d
	for rule in /usr/lib/udev/rules.d/*; do
		case $rule in
		*/50-udev-default.rules | */90-gvtd.rules | */99-systemd.rules) ;;
		*) ln -sf /dev/null "/run/udev/rules.d/${rule##*/}" ;;
		esac
	done
	udevadm control --reload
}

LIMIT_test_reloaded_with_random_configurations=7000
test_reloaded_with_random_configurations() {
	local made

	systemctl stop gvtd.service
	only_rules_that_matter
	create_vgpu "$foreign" "$v8"
	made=$(identity "$foreign")
	/usr/lib/gvtd-tests/reloader "$RANDOM" "$(rounds 60 10000)" /tmp/random.ini ${soak:+"$soak"} |
		while read -r line; do
			echo "$line"
			progress "$line"
		done || { tail -40 "$state/reloader.said"; fail "see above"; }
	nothing_found "$state/reloader.said"
	assert_vgpus "$foreign" "$v8"
	assert_eq "$made" "$(identity "$foreign")" "the foreign device"
	remove_vgpu "$foreign"
	no_kernel_splat
}
