# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2154
# The GPU has a monitor, and the console is on it: the host itself uses the aperture. What is shown is pinned there, as
# i915 says in debugfs. What the kernel grants beside it is what gvtd says of it, or gvtd says why not.

a=a297db4a-f4c2-11e6-90f6-d3b88d6c9525
b=2f1b6ac5-7c7a-4a9a-9d2c-0d3f0f6f1f10
c=66666666-7777-4888-8999-aaaaaaaaaaaa
three=("$a" i915-GVTg_V5_4 "$b" i915-GVTg_V5_4 "$c" i915-GVTg_V5_4)

monitor=/sys/class/drm/card0-HDMI-A-1
debug=/sys/kernel/debug/dri/0
no_room='the kernel found no room for it although the arithmetic has some'

# The first two look at the boot, the last at all of it
before_each() {
	case $1 in
	*_is_lit | *_from_the_boot_on | *_complaint_*) return ;;
	esac
	boot_finished
	end_desktop
	# they lie without gaps
	use
	use "${three[@]}"
	eventually 20 status_is '3 of 3 vGPUs ready'
	mark
}

# shown: what is pinned to be shown, a line each: fbcon or user, where, and how much, in MB
shown() {
	local what offset size

	sed -nE 's/^([a-z]+) size: .*ggtt offset: ([0-9a-f]+), size: ([0-9a-f]+),.*pinned.*/\1 \2 \3/p' \
		"$debug/i915_gem_framebuffer" | while read -r what offset size; do
		echo "$what $((0x$offset >> 20)) $(((0x$size + 0xfffff) >> 20))"
	done
}

# where WHAT: it is shown from, in MB
where() {
	shown | awk -v what="$1" '$1 == what { print $2 }'
}

# start_desktop MB: it comes, and shows a screen of that size
start_desktop() {
	systemd-run -q -u test-desktop --collect test-desktop "$1"
	eventually 20 desktop_is_shown
	shown
}

desktop_is_shown() {
	[ -n "$(where user)" ]
}

end_desktop() {
	systemctl stop test-desktop 2>/dev/null || true
	eventually 10 refused desktop_is_shown	# i915 lets go of the picture by a worker of its own
}

# pipe_is yes|no: pipe A is on, as its registers say
pipe_is() {
	sed -n '/pipe A/,/pipe B/p' "$debug/i915_display_info" | grep "hw: .*active=$1"
}

# available: of the types, from the smallest on, by the kernel and by gvtd
available() {
	cat "$types_dir"/i915-GVTg_V5_{8,4,2}/available_instances | xargs
}
fit_now() {
	gvtd types --json | jq -r '.types[].fit_now' | xargs
}

# assert_check CAUSE: gvtd check finds this error and no other
assert_check() {
	refused gvtd check
	assert_eq "$1" "$({ gvtd check --json || true; } | jq -r '.findings[] | select(.severity == "error") | .cause')" "cause"
}

# small N: as many of the smallest type, as a declaration
small() {
	local i

	for ((i = 1; i <= $1; i++)); do
		printf '11111111-2222-4333-8444-%012d\ni915-GVTg_V5_8\n' "$i"
	done
}

test_console_is_lit() {
	boot_finished
	assert_eq '0 i915drmfb' "$(cat /proc/fb)" "frame buffer"
	assert_eq 'connected enabled On' "$(cat $monitor/{status,enabled,dpms} | xargs)" "monitor"
	assert_eq 1920,1080 "$(cat /sys/class/graphics/fb0/virtual_size)" "its size"
	pipe_is yes
	kernel_said 'Console: switching to colour frame buffer device 240x67'
	assert_match '^fbcon [0-9]+ 8$' "$(shown)" "in the aperture"
}

test_vgpus_beside_it_from_the_boot_on() {
	eventually 20 status_is '3 of 3 vGPUs ready'
	assert_vgpus "${three[@]}"
	assert_eq '' "$(warnings)" "warnings"
	gvtd check
}

test_console_goes_dark_and_comes_back() {
	echo 4 >/sys/class/graphics/fb0/blank
	pipe_is no
	echo 0 >/sys/class/graphics/fb0/blank
	pipe_is yes
}

# It is of the 128 MB that are the host's
test_console_takes_no_room_of_vgpus() {
	local -a six

	mapfile -t six < <(small 6)
	use
	assert_vgpus
	assert_eq '6 3 1' "$(available)"
	assert_eq '6 3 1' "$(fit_now)"
	use "${six[@]}"
	eventually 20 status_is '6 of 6 vGPUs ready'
	assert_eq '' "$(warnings)" "warnings"
}

# Such as one screen over two monitors of 3840x2160, drawn while the one before it is shown. The arithmetic does not know
# of it, the kernel's no more than gvtd's
test_desktop_of_more_than_the_hosts_share() {
	use
	start_desktop 136
	use "${three[@]}"
	eventually 20 status_is "^2 of 3 vGPUs ready .*; $c: $no_room: the desktop holds the aperture"
	assert_once "vGPU $c \(i915-GVTg_V5_4\): $no_room"
	assert_eq '2 1 0' "$(available)"
	assert_eq '2 1 0' "$(fit_now)"
	assert_check aperture-in-pieces
	# what it says is to be done
	end_desktop
	systemctl reload gvtd.service
	assert_vgpus "${three[@]}"
	gvtd check
	start_desktop 136
	# it need not be all in there
	[ $(($(where user) + 136)) -gt 512 ]
	assert_vgpus "${three[@]}"
}

# One of less, which comes where a vGPU has been: there is no room in one piece
test_desktop_in_a_gap() {
	start_desktop 96
	assert_vgpus "${three[@]}"
	end_desktop
	use "$b" i915-GVTg_V5_4 "$c" i915-GVTg_V5_4
	start_desktop 96
	use "${three[@]}"
	eventually 20 status_is "^2 of 3 vGPUs ready .*; $a: $no_room"
	assert_check aperture-in-pieces
	end_desktop
	systemctl reload gvtd.service
	assert_vgpus "${three[@]}"
}

# The pieces are what vGPUs have left, and no desktop is there
test_pieces() {
	local -a six

	mapfile -t six < <(small 6)
	use "${six[@]}"
	eventually 20 status_is '6 of 6 vGPUs ready'
	use "${six[@]:2:2}" "${six[@]:6:2}" "${six[@]:10:2}" "$a" i915-GVTg_V5_4
	eventually 20 status_is "^3 of 4 vGPUs ready .*; $a: $no_room"
	assert_eq '3 1 0' "$(available)"
	assert_check aperture-in-pieces
	make_all_anew
	eventually 20 status_is '4 of 4 vGPUs ready'
	gvtd check
}

# make_all_anew: without gaps, and without a reboot, as the message says
make_all_anew() {
	systemctl stop gvtd.service
	rmmod kvmgt
	systemctl start gvtd.service
}

# As for a virtual machine that gets the whole GPU
test_i915_goes_and_comes() {
	unbind_i915
	assert_eq '' "$(cat /proc/fb)" "frame buffer"
	bind_i915
	eventually 60 status_is '3 of 3 vGPUs ready'
	eventually 10 pipe_is yes
	assert_match '^fbcon [0-9]+ 8$' "$(shown)" "in the aperture"
}

# The same behind an aperture of 2048 MB, which leaves as much of the GPU's addresses; 384 MB of it go to each
test_pieces_behind_the_aperture() {
	local -a four

	mapfile -t four < <(small 4)
	unplug_gpu
	plug_gpu aperture=2048
	eventually 60 status_is '3 of 3 vGPUs ready'
	use "${four[@]}"
	eventually 20 status_is '4 of 4 vGPUs ready'
	use "${four[@]:2:2}" "${four[@]:6:2}" "$a" i915-GVTg_V5_4
	eventually 20 status_is "^2 of 3 vGPUs ready .*; $a: $no_room"
	assert_eq '2 1 0' "$(available)"
	assert_check memory-in-pieces
	make_all_anew
	eventually 20 status_is '3 of 3 vGPUs ready'
	gvtd check
}

# It complains of a display that does not do as told as of an error
test_no_complaint_of_the_kernel() {
	no_kernel_splat
	assert_eq '' "$(dmesg | grep -F '*ERROR*')" "errors"
}
