# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2034,SC2154
# Two more managers of mdevs beside a gvtd that runs: mdevctl with definitions that start by themselves, and libvirt's
# node device driver. All three of them listen for the GPU, and each test begins where it has just gone. Whoever is
# first, there is one device of a UUID, each has said what there is to say once, and gvtd has gone to sleep.

LIMIT_test_same_uuid_and_type_makes_one_device=240
LIMIT_test_same_uuid_of_another_type_is_a_conflict=180
LIMIT_test_libvirt_creates_and_destroys=180
LIMIT_test_libvirt_defines=240

win10=a297db4a-f4c2-11e6-90f6-d3b88d6c9525
build=2f1b6ac5-7c7a-4a9a-9d2c-0d3f0f6f1f10
theirs=5d3c3a36-29f0-4d17-9a3f-8b6b9e4c0a52
v8=i915-GVTg_V5_8
v4=i915-GVTg_V5_4
address=0000:00:02.0
rule=60-mdevctl.rules

before_each() {
	boot_finished
	pkill -CONT '^gvtd' || true	# a test that failed may have left it stopped
	[ -e "/run/udev/rules.d/$rule" ] || mend_rule
	withdraw
	rm -rf "/etc/mdevctl.d/$address"
	mark
}

# mdevctl's rule calls /usr/sbin/mdevctl, and the package has it elsewhere: as shipped, it starts nothing
mend_rule() {
	mkdir -p /run/udev/rules.d
	sed "s,/usr/sbin/mdevctl,$(command -v mdevctl),g" "/usr/lib/udev/rules.d/$rule" >"/run/udev/rules.d/$rule"
	udevadm control --reload
}

# On 6.1 kvmgt is there before the GPU from here on: mdevctl creates on MDEV_STATE=registered, which a kvmgt that comes
# after the GPU sends before its driver is complete, and that takes the kernel down, too. On later kernels kvmgt comes
# after the GPU (take_kvmgt in lib.sh) and mdevctl is late enough; where kvmgt was there before it, mdevctl's create found
# i915 still in its probe.
kvmgt_may_stay() {
	[[ $(uname -r) = 6.1.* ]]
}

# withdraw: the GPU goes, and all vGPUs with it. Who creates one at that moment, or reads how many are available, takes
# the kernel down, so everyone comes to his end first: gvtd, mdevctl that udev runs, libvirt that reads at each event.
withdraw() {
	[ -e "$gpu/driver" ] || return 0
	set_knob create_delay_ms 0
	eventually 30 refused pgrep -x gvtd-worker
	udevadm settle
	eventually 30 libvirt_agrees
	unbind_i915
}

# use UUID TYPE ...: gvtd's ini declares these, and gvtd runs
use() {
	declare_vgpus "$@"
	systemctl reload-or-restart gvtd.service
}

# define UUID TYPE: mdevctl makes it whenever the GPU comes
define() {
	mdevctl define --uuid "$1" --parent "$address" --type "$2" --auto
}

# bind_behind_gvtds_back UUID...: the GPU comes, and gvtd looks when mdevctl has made these
bind_behind_gvtds_back() {
	local pid

	pid=$(main_pid)
	kill -STOP "$pid"
	bind_i915
	for uuid; do
		eventually 30 is_there "$uuid"
	done
	kill -CONT "$pid"
}

# node_device UUID: what libvirt calls it
node_device() {
	echo "mdev_${1//-/_}_${address//[:.]/_}"
}

# node_device_xml UUID TYPE: a file with what libvirt makes it from
node_device_xml() {
	cat >"$state/$1.xml" <<-END
		<device>
		  <parent>pci_${address//[:.]/_}</parent>
		  <capability type='mdev'><type id='$2'/><uuid>$1</uuid></capability>
		</device>
	END
	echo "$state/$1.xml"
}

# libvirt_agrees: it lists what there is, and nothing else
libvirt_agrees() {
	[ "$(virsh -q nodedev-list --cap mdev | sort)" = "$(vgpus | while read -r uuid _; do node_device "$uuid"; done)" ]
}

served() {
	is_there "$1" && [ -e "/run/gvtd/$1.ready" ] && [ "$(stat -c '%U:%G %a' "$(vfio_node "$1")")" = 'root:kvm 660' ]
}

both_are_served() {
	served "$win10" && served "$build"
}

# creates: how many have reached the driver; one that finds its UUID taken does not
creates() {
	need_knobs
	cat "$knobs/creates"
}

# assert_foreign UUID NODE: somebody else's to gvtd
assert_foreign() {
	[ ! -e "/run/gvtd/$1" ] || fail "gvtd has a note of $1"
	assert_eq "foreign other $2" "$(gvtd status --json | jq -r --arg uuid "$1" \
		'.vgpus[] | select(.uuid == $uuid) | "\(.state) \(.owner) \(.node.user):\(.node.group) \(.node.mode)"')" "status of $1"
}

# assert_named_by_check UUID...: as those that mdevctl creates, too, with what to do about it
assert_named_by_check() {
	local uuid

	refused gvtd check >"$state/said"
	for uuid; do
		assert_match "/etc/mdevctl.d/$address/$uuid: error: mdevctl creates this vGPU by itself, too, .*mdevctl modify --uuid $uuid --manual" \
			"$(cat "$state/said")" "gvtd check"
	done
}

# --- mdevctl ---

test_mdevctl_makes_its_own_and_gvtd_leaves_it() {
	local first

	define "$theirs" "$v4"
	use "$win10" "$v8" "$build" "$v8"
	bind_i915
	# nothing but mdevctl can have made it
	eventually 30 is_there "$theirs"
	eventually 30 both_are_served
	first=$(identity "$theirs")
	assert_vgpus "$win10" "$v8" "$build" "$v8" "$theirs" "$v4"
	assert_foreign "$theirs" 'root:root 0600'
	assert_match 'Room for at most 2 i915-GVTg_V5_8 or 1 i915-GVTg_V5_4 more\.' "$(gvtd status)" "gvtd status"
	assert_named_by_check "$theirs"
	use "$build" "$v8"
	assert_vgpus "$build" "$v8" "$theirs" "$v4"
	use
	assert_vgpus "$theirs" "$v4"
	assert_eq "$first" "$(identity "$theirs")" "mdevctl's device"
	assert_eq '' "$(warnings)" "warnings"
	assert_no_match "$theirs" "$(journal_since_mark)" "journal"
}

# assert_registered CREATES: both are there, by so many creates in all, and not a word too much about them
assert_registered() {
	eventually 30 both_are_served
	udevadm settle
	assert_vgpus "$win10" "$v8" "$build" "$v4"
	assert_eq "$1" "$(creates)" "creates"
	# the words come a moment later
	eventually 5 assert_once "vGPU $win10 \($v8\) is ready on"
	eventually 5 assert_once "vGPU $build \($v4\) is ready on"
	assert_eq '' "$(warnings)" "warnings"
}

test_same_uuid_and_type_makes_one_device() {
	local made

	define "$win10" "$v8"
	define "$build" "$v4"
	use "$win10" "$v8" "$build" "$v4"
	made=$(creates)
	mark
	bind_i915
	assert_registered $((made + 2))
	assert_named_by_check "$win10" "$build"
	echo "gvtd's: $(cd /run/gvtd && echo *-????????????)"

	withdraw
	if kvmgt_may_stay; then
		rmmod kvmgt
		modprobe kvmgt
	fi
	mark
	bind_i915
	assert_registered $((made + 4))

	withdraw
	mark
	bind_behind_gvtds_back "$win10" "$build"
	assert_registered $((made + 6))
	assert_eq '*-????????????' "$(cd /run/gvtd && echo *-????????????)" "notes"
}

# gvtd has planned its second vGPU when mdevctl makes it: the kernel has the UUID already
test_mdevctl_is_first_by_a_hair() {
	local first worker

	define "$build" "$v8"
	use "$win10" "$v8" "$build" "$v8"
	set_knob create_delay_ms 60000
	bind_i915
	eventually 30 test -e "$mdevs/$win10"
	worker=$(pgrep -x gvtd-worker)
	kill -STOP "$worker"
	set_knob create_delay_ms 0
	eventually 30 is_there "$build"
	first=$(identity "$build")
	kill -CONT "$worker"
	eventually 30 both_are_served
	assert_vgpus "$win10" "$v8" "$build" "$v8"
	eventually 5 assert_once "vGPU $build \($v8\) is ready on"
	assert_eq '' "$(journal_since_mark -p err)" "errors"
	use
	assert_vgpus "$build" "$v8"
	assert_eq "$first" "$(identity "$build")" "mdevctl's device"
}

test_same_uuid_of_another_type_is_a_conflict() {
	local first made says="vGPU $win10 \($v8\): it exists as $v4, made by something else, and is declared as $v8"

	define "$win10" "$v4"
	use "$win10" "$v8" "$build" "$v8"
	bind_behind_gvtds_back "$win10"
	first=$(identity "$win10")
	eventually 30 status_is "^1 of 2 vGPUs ready on $address; $win10: it exists as $v4, made by something else"
	made=$(creates)
	# whatever else happens is no reason to say it again, let alone to touch it
	create_vgpu "$theirs" "$v8"
	mdevctl stop --uuid "$theirs"
	assert_quiet
	assert_vgpus "$win10" "$v4" "$build" "$v8"
	assert_eq "$first" "$(identity "$win10")" "mdevctl's device"
	assert_eq $((made + 1)) "$(creates)" "creates"
	assert_once "$says; remove it there \(mdevctl, libvirt\) or declare that type"
	assert_eq 1 "$(warnings | wc -l)" "warnings"
	assert_named_by_check "$win10"
	# as both of them say
	mdevctl modify --uuid "$win10" --manual
	mdevctl stop --uuid "$win10"
	eventually 30 both_are_served
	assert_vgpus "$win10" "$v8" "$build" "$v8"
	assert_match 'all well: 2 vGPUs declared and present' "$(gvtd check)" "gvtd check"
	eventually 5 assert_once "vGPU $win10 \($v8\) is ready on"
	assert_eq 1 "$(warnings | wc -l)" "warnings"
}

test_stopped_with_mdevctl_three_times_rests() {
	local round first

	define "$win10" "$v8"
	use "$win10" "$v8" "$build" "$v8"
	bind_i915
	eventually 30 both_are_served
	udevadm settle
	for round in 1 2; do
		first=$(identity "$win10")
		mdevctl stop --uuid "$win10"
		eventually 30 is_another "$win10" "$first"
		eventually 30 both_are_served
		echo "round $round"
	done
	# which removes nothing
	mdevctl undefine --uuid "$win10"
	assert_vgpus "$win10" "$v8" "$build" "$v8"
	mdevctl stop --uuid "$win10"
	eventually 30 status_is '^1 of 2 .*removed it 3 times'
	assert_quiet
	assert_vgpus "$build" "$v8"
	assert_once "$win10 .*removed it 3 times within a minute, and gvtd makes it again only after 1 min; find out what \(mdevctl, libvirt, a script\?\), or take it out of the ini"
	assert_eq 3 "$(journal_since_mark | grep -c "$win10 .*was removed by something else")" "losses"
	assert_once "$build .*is ready on"
}

# --- libvirt ---

test_libvirt_creates_and_destroys() {
	local first

	use "$win10" "$v8" "$build" "$v8"
	bind_i915
	eventually 30 both_are_served
	eventually 30 libvirt_agrees
	virsh -q nodedev-create "$(node_device_xml "$theirs" "$v4")"
	assert_vgpus "$win10" "$v8" "$build" "$v8" "$theirs" "$v4"
	eventually 30 libvirt_agrees
	use "$win10" "$v8"
	assert_vgpus "$win10" "$v8" "$theirs" "$v4"
	assert_foreign "$theirs" 'root:root 0600'
	virsh -q nodedev-destroy "$(node_device "$theirs")"
	assert_vgpus "$win10" "$v8"
	assert_eq '' "$(warnings)" "warnings"
	assert_no_match "$theirs" "$(journal_since_mark)" "journal"

	first=$(identity "$win10")
	virsh -q nodedev-destroy "$(node_device "$win10")"
	eventually 30 is_another "$win10" "$first"
	eventually 30 served "$win10"
	assert_once "$win10 .*was removed by something else"
	eventually 30 libvirt_agrees
}

# What it defines is mdevctl's
test_libvirt_defines() {
	local uuid

	use "$win10" "$v8" "$build" "$v8"
	bind_i915
	eventually 30 both_are_served
	virsh -q nodedev-define "$(node_device_xml "$win10" "$v8")"
	virsh -q nodedev-define "$(node_device_xml "$theirs" "$v4")"
	for uuid in "$win10" "$theirs"; do
		virsh -q nodedev-autostart "$(node_device "$uuid")"
	done
	assert_named_by_check "$win10" "$theirs"
	withdraw
	mark
	bind_i915
	eventually 30 both_are_served
	eventually 30 is_there "$theirs"
	eventually 30 libvirt_agrees
	assert_quiet
	assert_vgpus "$win10" "$v8" "$build" "$v8" "$theirs" "$v4"
	assert_foreign "$theirs" 'root:root 0600'
	assert_once "$win10 .*is ready on"
	assert_eq '' "$(warnings)" "warnings"
}

test_no_complaint_of_the_kernel() {
	no_kernel_splat
}
