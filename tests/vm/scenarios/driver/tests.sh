# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2034,SC2154
# What i915 and kvmgt do, without gvtd: Debian's own in the scenario driver, the stand-ins for them in the scenario
# standin. Figures are literals from the kernel's sources.

LIMIT_test_every_maximal_mix=300
LIMIT_test_cycles_of_each_kind=300

all=(i915-GVTg_V5_8 i915-GVTg_V5_4 i915-GVTg_V5_2 i915-GVTg_V5_1)

# the first two look at the boot, the last at all of it
before_each() {
	case $1 in
	*_on_the_bus | *_by_coldplug | *_complaint_*) ;;
	*) reset_host ;;
	esac
}

uuid() {
	printf '11111111-2222-4333-8444-%012d\n' "$1"
}

# types: their names, largest number first
types() {
	local type

	for type in "$types_dir"/*; do
		[ ! -d "$type" ] || basename "$type"
	done | sort -r
}

# available: the figure of each type, in the same order
available() {
	local type

	for type in $(types); do
		cat "$types_dir/$type/available_instances"
	done | xargs
}

remove_all() {
	local device

	for device in "$mdevs"/*; do
		[ ! -e "$device" ] || remove_vgpu "${device##*/}"
	done
}

# kernel_events FILE: writes the uevents from now on, a line each: what, where, driver, MDEV_STATE
watch_events() {
	udevadm monitor --kernel --property >"$state/events" &
	monitor=$!
	eventually 10 grep -q '^KERNEL' "$state/events"
}

events() {
	# they come in their order: with this one all before it are there
	echo change >/sys/devices/virtual/mem/null/uevent
	eventually 30 grep -q '^KERNEL.*/virtual/mem/null ' "$state/events"
	kill "$monitor"
	awk '/^KERNEL\[/ { if (n++) print line; line = $2 " " $3; next }
		/^MDEV_STATE=/ { line = line " " $0 } END { print line }' "$state/events"
}

# line_of REGEX TEXT: the number of the first such line
line_of() {
	grep -nE -m1 "$1" <<<"$2" | cut -d: -f1
}

test_device_on_the_bus() {
	assert_eq 0x8086 "$(cat "$gpu/vendor")"
	assert_eq 0x1912 "$(cat "$gpu/device")"
	assert_eq 0x030000 "$(cat "$gpu/class")"
	assert_eq 'pci:v00008086d00001912sv00008086sd00002212bc03sc00i00' "$(cat "$gpu/modalias")"
	assert_eq '86801219' "$(head -c 4 "$gpu/config" | od -An -tx1 | tr -d ' ')" "ids in config space"
	assert_eq 'c000' "$(tail -c +81 "$gpu/config" | head -c 2 | od -An -tx1 | tr -d ' ')" "GGMS"
	local start end flags
	read -r start end flags < <(sed -n 3p "$gpu/resource")
	assert_eq 536870912 "$((end - start + 1))" "aperture"
	assert_eq 0x14220c "$(printf '0x%x' "$flags")" "64 bits, prefetchable"
	assert_match 'Intel Corporation.*8086:1912' "$(lspci -nn -s 02.0)"
}

test_i915_by_coldplug() {
	eventually 60 test -e "$gpu/driver"
	assert_eq i915 "$(basename "$(readlink "$gpu/driver")")"
	if real_drivers; then
		assert_match '/kernel/drivers/gpu/drm/i915/i915.ko' "$(modinfo -n i915)"
	else
		assert_match '/updates/i915.ko' "$(modinfo -n i915)"
	fi
	assert_eq N "$(cat /sys/module/i915/parameters/enable_gvt)"
	assert_eq -1 "$(cat /sys/module/i915/parameters/enable_guc)"
	assert_eq 400 "$(stat -c %a /sys/module/i915/parameters/enable_gvt)"
	[ ! -d /sys/module/kvmgt ]
}

test_nothing_without_enable_gvt() {
	plug_gpu
	modprobe kvmgt
	[ -d /sys/bus/mdev/drivers/intel_vgpu_mdev ]
	[ ! -e "$types_dir" ]
}

test_types_by_aperture() {
	load_gvt aperture=128
	assert_eq '' "$(types)"
	[ -d "$types_dir" ]
	check_aperture 256 2 '2 1'
	check_aperture 512 3 '6 3 1'
	check_aperture 1024 4 '7 5 2 1'
	check_aperture 2048 4 '4 3 1 0'
}

check_aperture() {
	reset_host
	load_gvt aperture="$1"
	assert_eq "$(printf '%s\n' "${all[@]:0:$2}")" "$(types)" "types at $1 MB"
	assert_eq "$3" "$(available)" "available at $1 MB"
}

test_descriptions() {
	load_gvt aperture=1024
	check_description 8 64 384 1024x768 2
	check_description 4 128 512 1920x1200 4
	check_description 2 256 1024 1920x1200 8
	check_description 1 512 2048 1920x1200 16
	assert_eq vfio-pci "$(cat "$types_dir/i915-GVTg_V5_8/device_api")"
	assert_eq GVTg_V5_8 "$(cat "$types_dir/i915-GVTg_V5_8/name")"
}

check_description() {
	printf 'low_gm_size: %sMB\nhigh_gm_size: %sMB\nfence: 4\nresolution: %s\nweight: %s\n' "$2" "$3" "$4" "$5" |
		cmp - "$types_dir/i915-GVTg_V5_$1/description"
}

# try_mix V8 V4 V2 V1: creates so many of each; afterwards not one more fits, of any type on offer
try_mix() {
	local n=0 i k type counts=("$@")

	for ((i = 3; i >= 0; i--)); do
		for ((k = 0; k < counts[i]; k++)); do
			n=$((n + 1))
			create_vgpu "$(uuid $n)" "${all[i]}" || fail "mix $*: number $n, ${all[i]}, was refused"
		done
	done
	assert_eq "$n" "$(vgpus | wc -l)" "vGPUs in mix $*"
	for type in "$types_dir"/*; do
		refused create_vgpu "$(uuid 99)" "${type##*/}" 2>"$state/refusal"
		assert_match 'No space left on device' "$(cat "$state/refusal")" "mix $* and one ${type##*/} more"
	done
	remove_all
}

test_every_maximal_mix() {
	local mix

	load_gvt aperture=256
	for mix in '2 0 0 0' '0 1 0 0'; do
		# shellcheck disable=SC2086
		try_mix $mix
	done
	reset_host
	load_gvt aperture=512
	for mix in '6 0 0 0' '4 1 0 0' '2 2 0 0' '2 0 1 0' '0 3 0 0' '0 1 1 0'; do
		# shellcheck disable=SC2086
		try_mix $mix
	done
	assert_match 'gvt: fail to allocate resource low GM space' "$(dmesg | tail -20)"
	assert_match 'gvt: request 64MB avail 0MB max 384MB taken 384MB' "$(dmesg | tail -20)"
	assert_match 'gvt: failed to create intel vgpu: -28' "$(dmesg | tail -20)"
	reset_host
	load_gvt aperture=1024
	for mix in '7 0 0 0' '5 1 0 0' '4 2 0 0' '4 0 1 0' '3 3 0 0' '3 1 1 0' '1 4 0 0' '1 2 1 0' '1 0 2 0' '1 0 0 1' \
		'0 5 0 0' '0 3 1 0' '0 1 2 0' '0 1 0 1'; do
		# shellcheck disable=SC2086
		try_mix $mix
	done
}

test_available_counts_what_is_there() {
	load_gvt
	create_vgpu "$(uuid 1)" i915-GVTg_V5_4
	assert_eq '4 2 1' "$(available)"
	create_vgpu "$(uuid 2)" i915-GVTg_V5_8
	assert_eq '3 1 0' "$(available)"
	assert_vgpus "$(uuid 1)" i915-GVTg_V5_4 "$(uuid 2)" i915-GVTg_V5_8
	assert_eq '1 2' "$(cat "$mdevs"/*/intel_vgpu/vgpu_id | xargs)"
	remove_vgpu "$(uuid 1)"
	assert_eq '5 2 1' "$(available)"
	remove_vgpu "$(uuid 2)"
	assert_eq '6 3 1' "$(available)"
}

test_holder_blocks_the_group() {
	load_gvt
	create_vgpu "$(uuid 1)" i915-GVTg_V5_8
	hold "$(uuid 1)"
	refused hold "$(uuid 1)"
	refused sh -c "exec 5<>$(vfio_node "$(uuid 1)")" 2>"$state/refusal"
	assert_match 'busy' "$(cat "$state/refusal")"
	refused rmmod kvmgt
	release "$(uuid 1)"
	sh -c "exec 5<>$(vfio_node "$(uuid 1)")"
	remove_vgpu "$(uuid 1)"
	assert_vgpus
}

test_group_of_the_node() {
	load_gvt
	create_vgpu "$(uuid 1)" i915-GVTg_V5_8
	refused hold "$(uuid 1)" as member
	chgrp kvm "$(vfio_node "$(uuid 1)")"
	chmod 0660 "$(vfio_node "$(uuid 1)")"
	hold "$(uuid 1)" as member
	release "$(uuid 1)"
	refused hold "$(uuid 1)" as outsider
}

test_order_of_events() {
	local seen

	load_gvt
	watch_events
	unbind_i915
	bind_i915
	seen=$(events)
	echo "$seen"
	[ "$(line_of '^change .*/0000:00:02.0 .*MDEV_STATE=unregistered' "$seen")" -lt "$(line_of '^unbind .*/0000:00:02.0' "$seen")" ]
	! kvmgt_may_stay ||
		[ "$(line_of '^change .*/0000:00:02.0 .*MDEV_STATE=registered' "$seen")" -lt "$(line_of '^bind .*/0000:00:02.0' "$seen")" ]
	watch_events
	rmmod kvmgt
	modprobe kvmgt
	seen=$(events)
	echo "$seen"
	[ "$(line_of '^change .*MDEV_STATE=registered' "$seen")" -lt "$(line_of '^add .*/drivers/intel_vgpu_mdev' "$seen")" ]
	[ "$(line_of '^add .*/drivers/intel_vgpu_mdev' "$seen")" -lt "$(line_of '^add */module/kvmgt' "$seen")" ]
	watch_events
	create_vgpu "$(uuid 1)" i915-GVTg_V5_8
	seen=$(events)
	echo "$seen"
	assert_match 'add .*/vfio-dev/vfio' "$seen"
	assert_match 'bind .*0000:00:02.0/11111111' "$seen"
}

test_registration_gap() {
	load_kvmgt_knobs gap_ms=100000
	load_i915_options enable_gvt=1
	modprobe i915
	plug_gpu
	modprobe kvmgt &
	eventually 60 test -e "$types_dir/i915-GVTg_V5_8/create"
	[ ! -e /sys/bus/mdev/drivers/intel_vgpu_mdev ]
	assert_eq coming "$(cat /sys/module/kvmgt/initstate)"
	set_knob gap_ms 0
	wait
	[ -e /sys/bus/mdev/drivers/intel_vgpu_mdev ]
	assert_eq live "$(cat /sys/module/kvmgt/initstate)"
	create_vgpu "$(uuid 1)" i915-GVTg_V5_8
}

test_the_card_comes_last_and_goes_first() {
	local seen

	load_i915_options enable_gvt=1
	load_i915_knobs gem_delay_ms=10000
	modprobe -a i915 kvmgt
	plug_gpu &
	eventually 60 test -e "$types_dir/i915-GVTg_V5_8/create"
	[ ! -e "$gpu/drm" ]
	wait
	[ -e "$gpu/drm/card0" ]
	watch_events
	unbind_i915
	seen=$(events)
	echo "$seen"
	! kvmgt_may_stay ||
		[ "$(line_of '^remove .*/0000:00:02.0/drm/card0$' "$seen")" -lt "$(line_of '^change .*MDEV_STATE=unregistered' "$seen")" ]
	[ ! -e "$gpu/drm" ]
}

test_knobs_of_create() {
	load_gvt
	set_knob create_errno 22
	refused create_vgpu "$(uuid 1)" i915-GVTg_V5_8 2>"$state/refusal"
	assert_match 'Invalid argument' "$(cat "$state/refusal")"
	set_knob create_errno_nth 2
	create_vgpu "$(uuid 1)" i915-GVTg_V5_8
	refused create_vgpu "$(uuid 2)" i915-GVTg_V5_8
	create_vgpu "$(uuid 2)" i915-GVTg_V5_8
	assert_eq 4 "$(cat "$knobs/creates")"
	assert_eq 4 "$(cat "$types_dir/i915-GVTg_V5_8/available_instances")"
}

test_slow_create_cannot_be_killed() {
	local writer

	load_gvt
	set_knob create_delay_ms 60000
	create_vgpu "$(uuid 1)" i915-GVTg_V5_8 &
	writer=$!
	eventually 10 grep -q '^State:.*D' "/proc/$writer/status"
	kill -KILL "$writer"
	# it naps, and may be seen awake
	stays 1 grep -q '^State:.*[DR]' "/proc/$writer/status"
	set_knob create_delay_ms 0
	wait "$writer" || true
	assert_vgpus "$(uuid 1)" i915-GVTg_V5_8
}

test_cycles_of_each_kind() {
	local i n

	n=$(rounds 5 20)
	load_gvt
	for ((i = 0; i < n; i++)); do
		create_vgpu "$(uuid 1)" i915-GVTg_V5_8
		unbind_i915
		assert_vgpus
		bind_i915
	done
	echo "rebound, $SECONDS s"
	for ((i = 0; i < n; i++)); do
		create_vgpu "$(uuid 1)" i915-GVTg_V5_8
		rmmod kvmgt
		modprobe kvmgt
	done
	echo "kvmgt reloaded, $SECONDS s"
	for ((i = 0; i < n; i++)); do
		create_vgpu "$(uuid 1)" i915-GVTg_V5_8
		unplug_gpu
		plug_gpu
		eventually 10 test -e "$types_dir/i915-GVTg_V5_8"
	done
	echo "GPU replugged, $SECONDS s"
	assert_eq '6 3 1' "$(available)"
}

test_no_complaint_of_the_kernel() {
	no_kernel_splat
}
