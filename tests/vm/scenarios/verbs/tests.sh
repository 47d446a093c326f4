# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2154,SC2034
# The verbs that look: types, suggest, status, attach, dump.

win10=a297db4a-f4c2-11e6-90f6-d3b88d6c9525
build=2f1b6ac5-7c7a-4a9a-9d2c-0d3f0f6f1f10
foreign=99999999-aaaa-4bbb-8ccc-dddddddddddd
address=0000:00:02.0

begin() {
	reset_host
	mark
}

# type_line NUMBER: that line of gvtd types, blanks squeezed
type_line() {
	gvtd types 2>/dev/null | grep "^i915-GVTg_V5_$1 " | tr -s ' '
}

two_declared() {
	write_ini <<-END
		[i915-GVTg_V5_8]
		uuid = $win10
		[i915-GVTg_V5_4]
		uuid = $build
	END
}

test_types_before_gvt_is_on() {
	begin
	plug_gpu aperture=1024
	modprobe i915
	gvtd types 2>"$state/complaint" | tee "$state/said"
	cat "$state/complaint"
	assert_match "^$address: Skylake \(8086:1912\), aperture 1024 MB" "$(cat "$state/said")"
	assert_match 'computed, as the kernel' "$(cat "$state/said")"
	assert_match 'enable_gvt=0' "$(cat "$state/complaint")"
	assert_eq 'i915-GVTg_V5_8 1024x768 64 MB 448 MB 7 7' "$(type_line 8)"
	assert_eq 'i915-GVTg_V5_4 1920x1200 128 MB 640 MB 5 5' "$(type_line 4)"
	assert_eq 'i915-GVTg_V5_2 1920x1200 256 MB 1280 MB 2 2' "$(type_line 2)"
	assert_eq 'i915-GVTg_V5_1 1920x1200 512 MB 2560 MB 1 1' "$(type_line 1)"
}

test_types_seen() {
	begin
	load_gvt aperture=512
	create_vgpu "$foreign" i915-GVTg_V5_4
	gvtd types
	assert_match 'what the kernel offers now' "$(gvtd types)"
	assert_eq 'i915-GVTg_V5_8 1024x768 64 MB 448 MB 6 4' "$(type_line 8)"
	assert_eq 'i915-GVTg_V5_4 1920x1200 128 MB 640 MB 3 2' "$(type_line 4)"
	assert_eq 'i915-GVTg_V5_2 1920x1200 256 MB 1280 MB 1 1' "$(type_line 2)"
	assert_eq '512 true 6 4' "$(gvtd types --json | jq -r '"\(.aperture_mb) \(.offered) " + (.types[0] | "\(.fit_empty) \(.fit_now)")')"
	# an ordinary user sees the same
	assert_eq "$(gvtd types --json | jq .types)" "$(runuser -u outsider -- gvtd types --json | jq .types)"
}

# What is suggested passes the check, is created whole, and no larger uniform type would have been. The rows are
# N of the smallest aperture on, from the table of capacities: the type that N vGPUs get, - for none.
LIMIT_test_suggest=400
test_suggest() {
	local aperture n expected type larger device rows
	local -A table=(
		[256]='4 8 - - - - - -'
		[512]='2 4 4 8 8 8 - -'
		[1024]='1 2 4 4 4 8 8 -'
	)

	for aperture in 256 512 1024; do
		begin
		load_gvt aperture=$aperture
		n=0
		read -ra rows <<<"${table[$aperture]}"
		for expected in "${rows[@]}"; do
			n=$((n + 1))
			if [ "$expected" = - ]; then
				refused gvtd suggest $n >"$state/x.ini"
				[ ! -s "$state/x.ini" ]
				continue
			fi
			rm -f /etc/gvtd.ini
			gvtd suggest $n >"$state/x.ini"
			gvtd check --config -c "$state/x.ini"
			assert_eq "$n" "$(grep -c ^uuid "$state/x.ini")" "how many"
			type=$(sed -n 's/^\[\(.*\)\]$/\1/p' "$state/x.ini")
			assert_eq "i915-GVTg_V5_$expected" "$type" "aperture $aperture, N $n"
			# the next larger type does not carry as many
			larger=i915-GVTg_V5_$((expected / 2))
			if [ -d "$types_dir/$larger" ]; then
				[ "$(cat "$types_dir/$larger/available_instances")" -lt $n ]
			fi
			# the most of a type shows what fewer would
			[ "${rows[n]:--}" != "$expected" ] || continue
			cp "$state/x.ini" /etc/gvtd.ini
			systemctl start gvtd.service
			assert_eq "$n of $n vGPU$([ $n = 1 ] || echo s) ready on $address" "$(status_text)"
			systemctl stop gvtd.service
			rm -f /etc/gvtd.ini
			for device in "$mdevs"/*; do remove_vgpu "${device##*/}"; done
			rm -rf /run/gvtd/*
		done
	done
}

test_suggest_beside_what_is_there() {
	begin
	load_gvt aperture=512
	two_declared
	create_vgpu "$foreign" i915-GVTg_V5_8
	# 6 V5_8 in all: 1 + 2 declared, 1 foreign
	gvtd suggest 1 | grep -F '[i915-GVTg_V5_4]'
	gvtd suggest 2 | grep -F '[i915-GVTg_V5_8]'
	gvtd suggest 2 i915-GVTg_V5_8 | grep -c '^uuid' | grep -x 2
	refused gvtd suggest 3 2>"$state/complaint"
	cat "$state/complaint"
	assert_match '3 more vGPUs do not fit .*what would fit: 1 i915-GVTg_V5_4 or 2 i915-GVTg_V5_8$' "$(cat "$state/complaint")"
	refused gvtd suggest 1 i915-GVTg_V5_1 2>"$state/complaint"
	assert_match 'no i915-GVTg_V5_1 with an aperture of 512 MB' "$(cat "$state/complaint")"
	gvtd suggest 1 >>/etc/gvtd.ini
	gvtd check --config
}

test_status() {
	begin
	two_declared
	gvtd status || true
	refused gvtd status >"$state/said"
	assert_match 'No vGPUs on offer: no Intel display device' "$(cat "$state/said")"
	load_gvt aperture=512
	create_vgpu "$foreign" i915-GVTg_V5_8
	refused gvtd status >"$state/said"
	cat "$state/said"
	assert_match '0 of 2 declared vGPUs present' "$(cat "$state/said")"
	systemctl start gvtd.service
	hold "$win10" as member
	gvtd status | tee "$state/said"
	assert_match "^$address: 2 of 2 declared vGPUs present" "$(cat "$state/said")"
	assert_match "$win10  i915-GVTg_V5_8  ready     gvtd   [0-9]+ kvm 0660 +gvtd-test-holde \(pid [0-9]+\)" "$(cat "$state/said")"
	assert_match "$build  i915-GVTg_V5_4  ready     gvtd   [0-9]+ kvm 0660 +-" "$(cat "$state/said")"
	assert_match "$foreign  i915-GVTg_V5_8  foreign   other  [0-9]+ root 0600 +-" "$(cat "$state/said")"
	assert_match 'Room for at most 2 i915-GVTg_V5_8 or 1 i915-GVTg_V5_4 more' "$(cat "$state/said")"
	# on a terminal, lines stay within 100 columns
	script -qec 'gvtd status' /dev/null </dev/null | tr -d '\r' >"$state/said"
	cat "$state/said"
	[ "$(wc -L <"$state/said")" -le 100 ]
	assert_match "pid $(holder_of "$win10") gvtd" "$(cat "$state/said")"
	gvtd status --json | tee "$state/json"
	assert_eq 'ready gvtd true 0660 kvm' "$(jq -r --arg u "$win10" '.vgpus[] | select(.uuid == $u) | "\(.state) \(.owner) \(.in_use_by != null) \(.node.mode) \(.node.group)"' "$state/json")"
	assert_eq 'foreign other false' "$(jq -r --arg u "$foreign" '.vgpus[] | select(.uuid == $u) | "\(.state) \(.owner) \(.declared)"' "$state/json")"
	assert_eq 2 "$(jq '.room["i915-GVTg_V5_8"]' "$state/json")"
	# undeclared while in use: ours still
	write_ini <<-END
		[i915-GVTg_V5_4]
		uuid = $build
	END
	systemctl reload gvtd
	gvtd status | grep "$win10" | grep leftover
	release "$win10"
	# everybody may look, and is told what only root sees
	runuser -u outsider -- gvtd status 2>"$state/complaint" | tee "$state/said"
	assert_match "$build  i915-GVTg_V5_4  ready     gvtd " "$(cat "$state/said")"
	assert_match 'seen by root only' "$(cat "$state/complaint")"
}

test_attach() {
	begin
	refused gvtd attach 2>"$state/complaint"
	assert_match 'no vGPUs declared' "$(cat "$state/complaint")"
	write_ini <<<"[i915-GVTg_V5_8]
	uuid = ${win10^^}"
	gvtd attach --qemu 2>"$state/complaint" >"$state/said"
	assert_match 'declared and not there yet' "$(cat "$state/complaint")"
	assert_eq "-vga none -display gtk,gl=on -device vfio-pci-nohotplug,sysfsdev=/sys/bus/mdev/devices/$win10,display=on,ramfb=on,x-igd-opregion=on,xres=1024,yres=768" "$(cat "$state/said")"
	two_declared
	refused gvtd attach --qemu 2>"$state/complaint"
	assert_match "$win10.*$build" "$(xargs <"$state/complaint")"
	gvtd attach "$build" --qemu --headless 2>/dev/null | grep -F 'display=off,x-igd-opregion=on'
	gvtd attach "$build" --libvirt 2>/dev/null | grep -F "value='1920'"
	load_gvt
	create_vgpu "$foreign" i915-GVTg_V5_2
	gvtd attach "$foreign" --qemu | grep -F "$foreign"
	refused gvtd attach 11111111-2222-4333-8444-555555555555
	refused gvtd attach --qemu --libvirt "$build"
}

test_dump() {
	begin
	gvtd dump | gvtd check --config -c /dev/stdin
	load_gvt
	create_vgpu "$win10" i915-GVTg_V5_8
	create_vgpu "$build" i915-GVTg_V5_4
	create_vgpu "$foreign" i915-GVTg_V5_8
	gvtd dump
	gvtd dump | gvtd check --config -c /dev/stdin
	# gvtd takes over what it names without touching it
	gvtd dump >/etc/gvtd.ini
	systemctl start gvtd.service
	assert_eq "3 of 3 vGPUs ready on $address" "$(status_text)"
	assert_vgpus "$win10" i915-GVTg_V5_8 "$build" i915-GVTg_V5_4 "$foreign" i915-GVTg_V5_8
	gvtd status
}

test_no_complaint_of_the_kernel() {
	begin
	no_kernel_splat
}
