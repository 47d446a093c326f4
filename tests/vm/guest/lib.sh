# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
# The vocabulary of scenarios. A test is a function test_NAME in tests.sh; it runs in a shell of its own with
# set -e, and any command that fails fails it. A function before_each in tests.sh runs before each test, in the
# same shell, with the test's name.

gpu=/sys/bus/pci/devices/0000:00:02.0
types_dir=$gpu/mdev_supported_types
mdevs=/sys/bus/mdev/devices
# the stand-in fails by itself, the real one by a module that gets in its way
knobs=/sys/module/kvmgt/parameters
i915_knobs=/sys/module/i915/parameters
faults=/usr/lib/modules/$(uname -r)/updates/test_faults.ko
if [ -e "$faults" ]; then
	knobs=/sys/module/test_faults/parameters
	i915_knobs=$knobs
fi
state=/run/gvtd-test

# --- asserting ---

# fail MESSAGE: ends the test with this reason
fail() {
	failure=$*
	return 1
}

# assert_eq EXPECTED ACTUAL [WHAT]
assert_eq() {
	[ "$1" = "$2" ] || fail "${3:-value}: expected '$1', got '$2'"
}

# assert_match EXTENDED_REGEX TEXT [WHAT]
assert_match() {
	[[ $2 =~ $1 ]] || fail "${3:-text}: '$2' does not match '$1'"
}

# assert_no_match EXTENDED_REGEX TEXT [WHAT]
assert_no_match() {
	[[ ! $2 =~ $1 ]] || fail "${3:-text}: '$2' matches '$1'"
}

# refused COMMAND...: succeeds if the command fails; its output stays in the test's log
refused() {
	if "$@"; then
		fail "succeeded: $*"
	fi
}

# eventually SECONDS COMMAND...: repeats the command until it succeeds, at most so long. To ask costs the machine more than
# to wait, and what is waited for needs it, too: so it is asked less and less often
eventually() {
	local end=$((SECONDS + $1)) pause=1
	shift

	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || fail "still not so: $*" || return
		sleep "0.$pause"
		[ "$pause" -ge 5 ] || pause=$((pause + 1))
	done
	failure=''
}

# stays SECONDS COMMAND...: the command succeeds all the time
stays() {
	local end=$((SECONDS + $1))
	shift

	while [ "$SECONDS" -lt "$end" ]; do
		"$@" >/dev/null 2>&1 || fail "no longer so: $*" || return
		sleep 0.2
	done
}

# long_form: as a condition, this is tests/run --soak
long_form() {
	local soak=''

	# shellcheck disable=SC1091
	. /etc/gvtd-test.conf
	[ -n "$soak" ]
}

# rounds SHORT FULL: how often, in every run and under tests/run --soak
rounds() {
	if long_form; then echo "$2"; else echo "$1"; fi
}

# progress TEXT...: of a long test, shown on the host at once
progress() {
	echo "| $*" >&3
}

# no_kernel_splat: the kernel has complained about nothing so far, but for what the boot file says is known
no_kernel_splat() {
	local splat warnings

	# shellcheck disable=SC1091
	. /etc/gvtd-test.conf
	splat=$(dmesg | awk -v known="$warnings" '
		known != "" && /WARNING: / && before ~ known { before = $0; next }
		/BUG:|Oops|WARNING: [a-zC]|general protection|refcount_t|tried to init an init/ { if (!n++) print }
		{ before = $0 }')
	[ -z "$splat" ] || fail "kernel: $splat"
}

# kernel_said REGEX: in its log of this boot; as a condition
kernel_said() {
	grep -qE "$1" <<<"$(dmesg)"
}

# --- the machine ---

# plug_gpu [id=0x1912] [aperture=512] [ggms=3]: the GPU appears on the bus; udev loads i915 in its own time
plug_gpu() {
	# udevd looks at most every three seconds whether modprobe.d has changed, and tests are faster than that
	udevadm control --reload
	modprobe test_gpu "$@"
	put_kvmgt_back
}

# unplug_gpu: it goes, with everything on it
unplug_gpu() {
	take_kvmgt
	rmmod test_gpu
}

# real_drivers: as a condition, i915 and kvmgt are Debian's own
real_drivers() {
	[ -e "$faults" ]
}

# load_knobs MODULE KEY=VALUE...: the knobs that this one is loaded with from now on, whoever loads it
load_knobs() {
	local module=$1
	shift

	if real_drivers; then
		[ ! -d /sys/module/test_faults ] || rmmod test_faults
		printf '%s\n' "options test_faults $*" "softdep $module pre: test_faults" >"/etc/modprobe.d/test-$module-knobs.conf"
	else
		echo "options $module $*" >"/etc/modprobe.d/test-$module-knobs.conf"
	fi
}

# load_kvmgt_knobs, load_i915_knobs KEY=VALUE...
load_kvmgt_knobs() {
	load_knobs kvmgt "$@"
}
load_i915_knobs() {
	load_knobs i915 "$@"
}

# load_i915_options KEY=VALUE...: the options of i915's own that it is loaded with
load_i915_options() {
	echo "options i915 $*" >/etc/modprobe.d/test-i915.conf
}

# set_knob NAME VALUE: changes a knob of the loaded kvmgt (create_errno, create_errno_nth, create_delay_ms...)
set_knob() {
	need_knobs
	echo "$2" >"$knobs/$1"
}

# set_i915_knob NAME VALUE: of the loaded i915 (gem_delay_ms)
set_i915_knob() {
	need_knobs
	echo "$2" >"$i915_knobs/$1"
}

# need_knobs: they count from here on
need_knobs() {
	! real_drivers || [ -d "$knobs" ] || modprobe test_faults
}

# unbind_i915, bind_i915: take the driver off the GPU and put it back
unbind_i915() {
	take_kvmgt
	echo 0000:00:02.0 >/sys/bus/pci/drivers/i915/unbind
}
bind_i915() {
	echo 0000:00:02.0 >/sys/bus/pci/drivers/i915/bind
	put_kvmgt_back
}

# Linux 6.12 oopses when i915 leaves a GPU with kvmgt loaded, with or without vGPUs, its own bug: there kvmgt goes before
# and comes back after
take_kvmgt() {
	if ! kvmgt_may_stay && [ -d /sys/module/kvmgt ]; then
		rmmod kvmgt
		touch "$state/kvmgt-taken"
	fi
}
kvmgt_may_stay() {
	[[ $(uname -r) != 6.12.* ]]
}
put_kvmgt_back() {
	[ ! -e "$state/kvmgt-taken" ] || modprobe kvmgt
	rm -f "$state/kvmgt-taken"
}

# use_modules [real|gvt|nogvt]: Debian's own i915 and kvmgt, the stand-ins for them, or those of a kernel without GVT-g:
# no enable_gvt, no kvmgt at all; without an argument what the machine has booted with
use_modules() {
	local to modules own hidden=/usr/lib/gvtd-tests/hidden
	to=/usr/lib/modules/$(uname -r)
	own=$to/kernel/drivers/gpu/drm/i915

	# shellcheck disable=SC1091
	. /etc/gvtd-test.conf
	rm -rf "$to/updates"
	cp -r "/usr/lib/gvtd-tests/${1:-$modules}/." "$to/"
	# what depmod's lists do not have is not there, or they would be no use
	mkdir -p "$hidden"
	mv -t "$own" "$hidden"/* 2>/dev/null || true
	[ "${1:-$modules}" != nogvt ] || mv -t "$hidden" "$own"/kvmgt.ko*
}

# load_gvt [gpu parameters]: GPU, i915 with GVT-g on and kvmgt, all by hand, without gvtd
load_gvt() {
	load_i915_options enable_gvt=1
	modprobe i915
	[ -d /sys/module/test_gpu ] || plug_gpu "$@"
	modprobe kvmgt
}

# reset_host: the machine as it was before gvtd and the GPU came
reset_host() {
	release_all
	stop_gvtd
	udevadm settle # or i915, which udev still loads, comes after it has gone
	if [ -d "$knobs" ]; then
		set_knob create_delay_ms 0
		set_knob remove_delay_ms 0
	fi
	rmmod kvmgt 2>/dev/null || true
	rmmod i915 2>/dev/null || true
	rmmod test_gpu 2>/dev/null || true
	rmmod test_faults 2>/dev/null || true
	rm -f "$state/kvmgt-taken"
	rm -rf /run/gvtd/* /run/modprobe.d/gvtd.conf /etc/gvtd.ini /etc/gvtd.ini.d /etc/modprobe.d/test-*
	remove_test_units
	udevadm settle
	if [ -d /sys/module/kvmgt ] || [ -d /sys/module/test_gpu ]; then
		fail "modules are still loaded"
	fi
}

stop_gvtd() {
	[ -e /usr/lib/systemd/system/gvtd.service ] || return 0
	systemctl stop gvtd.service gvtd-modprobe.service
	systemctl reset-failed
}

# Units that begin with test- and all drop-ins of gvtd's; systemd need not read everything again when there are none
remove_test_units() {
	local folder
	local -a found=()

	for folder in /etc/systemd/system /run/systemd/system; do
		mapfile -t -O "${#found[@]}" found < <(find "$folder" \( -name 'test-*' -o -name 'gvtd*.service.d' \) -prune)
	done
	[ "${#found[@]}" -gt 0 ] || return 0
	systemctl stop "${found[@]##*/}" 2>/dev/null || true	# not all of them are units
	rm -rf "${found[@]}"
	systemctl daemon-reload
}

# --- gvtd ---

# write_ini <<EOF: /etc/gvtd.ini
write_ini() {
	cat >/etc/gvtd.ini
}

# declare_vgpus UUID TYPE ...: the ini declares these; $options are the lines of its [gvtd]
declare_vgpus() {
	printf '[gvtd]\n%s\n' "${options:-}" >/etc/gvtd.ini
	while [ $# -gt 0 ]; do
		printf '[%s]\nuuid = %s\n' "$2" "$1" >>/etc/gvtd.ini
		shift 2
	done
}

# use UUID TYPE ...: declares them, and has gvtd make it so
use() {
	declare_vgpus "$@"
	systemctl reload gvtd.service
}

# drop_in UNIT <<EOF: a drop-in for this boot, in effect at once
drop_in() {
	mkdir -p "/run/systemd/system/$1.d"
	cat >"/run/systemd/system/$1.d/test.conf"
	systemctl daemon-reload
}

# status_text: the STATUS= of gvtd
status_text() {
	systemctl show -P StatusText gvtd.service
}

# status_is REGEX: as a condition for eventually
status_is() {
	[[ $(status_text) =~ $1 ]]
}

# gvtd_state: active, activating, failed...
gvtd_state() {
	systemctl show -P ActiveState gvtd.service
}

# gvtd_is STATE: as a condition: READY follows the status that it goes with, sometimes by a pass
gvtd_is() {
	[ "$(gvtd_state)" = "$1" ]
}

# main_pid: of the daemon
main_pid() {
	systemctl show -P MainPID gvtd.service
}

# assert_quiet: gvtd does not even run any more, as soon as what is under way has ended
assert_quiet() {
	udevadm settle
	eventually 30 sleeps_3_s "$(main_pid)"
}

sleeps_3_s() {
	local before

	before=$(switches_of "$1")
	sleep 3
	[ "$before" = "$(switches_of "$1")" ]
}

# switches_of PID: how often it ran
switches_of() {
	awk '/ctxt_switches/ { n += $2 } END { print n }' "/proc/$1/status"
}

# gvtd_exit: the exit status of the daemon's last run
gvtd_exit() {
	systemctl show -P ExecMainStatus gvtd.service
}

# assert_says_as_check: the one error of gvtd check is the one error in the journal since the mark, said once, and the
# reason in the status
assert_says_as_check() {
	local why

	why=$({ gvtd check --json || true; } | jq -r '.findings[] | select(.severity == "error") | .text')
	[ -n "$why" ] || fail "gvtd check finds no error"
	assert_eq "$why" "$(journal_since_mark -p err)" "errors in the journal"
	[[ $(status_text) = *"; $why" ]] || fail "status: '$(status_text)' does not end in '$why'"
}

# mark: from here on journal_since_mark looks
mark() {
	# not a cursor: where its entry is not among those selected, --after-cursor skips the first one that is
	journalctl --sync
	echo "@$EPOCHREALTIME" >"$state/mark"
}

# journal_since_mark [journalctl options]: what gvtd wrote since, messages only; all of the boot without mark
journal_since_mark() {
	journalctl --sync
	if [ -e "$state/mark" ]; then
		journalctl -q -b -u gvtd.service -o cat --since="$(<"$state/mark")" "$@"
	else
		journalctl -q -b -u gvtd.service -o cat "$@"
	fi
}

# warnings: what gvtd warned of since the mark, but for how long the kernel takes, which is the host's matter
warnings() {
	journal_since_mark -p warning | sed '/ has not returned since [0-9:]* (process [0-9]*)/d'
}

# journal_says REGEX: since the mark; as a condition
journal_says() {
	journal_since_mark | grep -qE "$1"
}

# assert_once REGEX: the journal says it since the mark, and once only
assert_once() {
	assert_eq 1 "$(journal_since_mark | grep -cE "$1")" "entries with '$1'"
}

# boot_finished: waits until systemd has started everything, and udev has loaded i915
boot_finished() {
	[ ! -e "$state/boot-finished" ] || return 0
	systemctl is-system-running --wait >/dev/null || true
	udevadm settle
	: >"$state/boot-finished"
}

# --- vGPUs ---

# create_vgpu UUID TYPE: by hand, with one write; TYPE as in the ini (i915-GVTg_V5_8)
create_vgpu() {
	echo "$1" >"$types_dir/$2/create"
}

# remove_vgpu UUID
remove_vgpu() {
	echo 1 >"$mdevs/$1/remove"
}

# vgpus: what there is, a line "UUID TYPE" each, sorted
vgpus() (
	# without a process each, which is what takes time here; the names come sorted
	for device in "$mdevs"/*; do
		cd -P "$device/mdev_type" 2>/dev/null || continue
		echo "${device##*/} ${PWD##*/}"
	done
)

# assert_vgpus UUID TYPE ...: these and no others
assert_vgpus() {
	assert_eq "$([ $# -eq 0 ] || printf '%s %s\n' "$@" | sort)" "$(vgpus)" "vGPUs"
}

# is_there UUID, is_gone UUID: as conditions
is_there() {
	[ -e "$mdevs/$1/mdev_type" ]
}
is_gone() {
	[ ! -e "$mdevs/$1" ]
}

# identity UUID: tells the device from a later one of the same UUID
identity() {
	stat -c %i "$mdevs/$1/"
}

# is_another UUID INODE: as a condition, a device is there, and not that one (identity)
is_another() {
	is_there "$1" && [ "$(identity "$1")" != "$2" ]
}

# notes: the UUIDs that gvtd regards as its own
notes() {
	find /run/gvtd -name '*-*' ! -name '*.ready' -printf '%f\n' | sort
}

# noted [UUID]: as a condition, these are the notes; one outlives its device by a moment
noted() {
	[ "$(notes)" = "${1-}" ]
}

# vfio_node UUID: its /dev/vfio/N
vfio_node() {
	local group
	group=$(readlink "$mdevs/$1/iommu_group")
	echo "/dev/vfio/${group##*/}"
}

# hold UUID [as USER]: opens the vGPU as a virtual machine would and keeps it open
hold() {
	local uuid=$1 user=${3:-root} said=$state/holders/$1

	: >"$said.out"
	if [ "$user" = root ]; then
		gvtd-test-holder "$uuid" >"$said.out" 2>&1 </dev/null &
	else
		runuser -u "$user" -- gvtd-test-holder "$uuid" >"$said.out" 2>&1 </dev/null &
	fi
	echo $! >"$said.pid"
	eventually 20 held_or_gone "$said"
	if ! grep -q '^holding' "$said.out"; then
		cat "$said.out"
		rm -f "$said.pid"
		fail "cannot hold $uuid as $user: $(cat "$said.out")"
	fi
}

held_or_gone() {
	grep -q '^holding' "$1.out" || ! kill -0 "$(cat "$1.pid")" 2>/dev/null
}

# holder_of UUID: the pid of the process that holds it
holder_of() {
	pgrep -f "^gvtd-test-holder $1\$"
}

# release UUID: lets it go again, and waits until it is: a process has its files for longer than its command line
release() {
	local pid

	for pid in $(holder_of "$1" || true); do
		kill -KILL "$pid" || true
		eventually 20 refused kill -0 "$pid"
	done
	rm -f "$state/holders/$1".*
}

# release_all
release_all() {
	rm -f "$state"/holders/*
	pkill -KILL -x gvtd-test-holde || return 0	# the kernel keeps 15 characters of a name
	eventually 20 refused pgrep -x gvtd-test-holde
}
