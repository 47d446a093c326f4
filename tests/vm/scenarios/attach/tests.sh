# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2034,SC2154
# From the ini to a virtual machine: what `gvtd attach --qemu` prints is handed to Debian's QEMU, and gvtd is asked to
# take the vGPU away from under it. It is QEMU with KVM, on QEMU's imitation of AMD's, since GVT-g opens a vGPU for nobody
# else. Most machines have their devices and do not run (-S): it is what they have that counts.

win10=a297db4a-f4c2-11e6-90f6-d3b88d6c9525
build=2f1b6ac5-7c7a-4a9a-9d2c-0d3f0f6f1f10
v8=i915-GVTg_V5_8
v4=i915-GVTg_V5_4
address=0000:00:02.0
machine=(-machine 'q35,accel=kvm' -m 64 -S -nodefaults)
unit=gvtd-qemu@$(systemd-escape "$win10").service
LIMIT_test_qemu_takes_what_is_printed=180

before_each() {
	boot_finished
	systemctl disable -q --now "$unit" 2>/dev/null || true
	[ ! -e "$state/qemu.pid" ] || quit_qemu
	use "$win10" "$v8"
	eventually 10 status_is "^1 of 1 vGPU ready on $address\$"
	mark
}

# windowless: there is no desktop for a window here, but all else of a display, drawn in software
windowless() {
	sed 's/-display gtk,gl=on/-display egl-headless/'
}

# query_pci [as USER] ARGUMENTS: starts QEMU with them, and prints "VENDOR:DEVICE CLASS" of the machine's devices
query_pci() {
	local user=root

	[ "$1" != as ] || { user=$2; shift 2; }
	# told to quit with a display, the QEMU of forky waits for itself
	printf '{"execute": "%s"}\n' qmp_capabilities query-pci quit |
		{ runuser -u "$user" -- timeout -s KILL 60 qemu-system-x86_64 "${machine[@]}" "$@" -qmp stdio || [ $? -eq 137 ]; } |
		jq -r '.return | arrays | .[].devices[] | "\(.id.vendor):\(.id.device) \(.class_info.desc)"'
}

# assert_has_vgpu DEVICES: 8086:1912, and no other that a guest would take for its screen
assert_has_vgpu() {
	assert_eq '32902:6418 VGA controller' "$(grep VGA <<<"$1")" "display devices"
}

# assert_resolution RESOLUTION: what QEMU put into the EDID of the vGPU, said by trace_edid into $state/said
trace_edid=(-trace vfio_display_edid_update)
assert_resolution() {
	assert_match "vfio_display_edid_update $1($|"$'\n'")" "$(cat "$state/said")" "resolution in the EDID"
}

# run_qemu [as USER]: a machine named desktop that stays, with the only declared vGPU
run_qemu() {
	# shellcheck disable=SC2046
	runuser -u "${2:-root}" -- qemu-system-x86_64 -name guest=desktop,debug-threads=on "${machine[@]}" -daemonize -pidfile /tmp/qemu.pid \
		$(gvtd attach --qemu --headless)
	mv /tmp/qemu.pid "$state/"
}

quit_qemu() {
	local pid

	pid=$(cat "$state/qemu.pid")
	kill "$pid" || true
	eventually 30 refused kill -0 "$pid"
	rm -f "$state/qemu.pid"
}

unit_is() {
	[ "$(systemctl show -P ActiveState "$unit")" = "$1" ]
}

# example_has_it: as a condition: whoever tried the node, as vgpu_in_use does, might have it when the unit's QEMU comes
example_has_it() {
	find "/proc/$(systemctl show -P MainPID "$unit")/fd" -lname "$(vfio_node "$win10")" | grep -q .
}

vgpu_in_use() {
	refused sh -c "exec 5<>$(vfio_node "$1")" 2>"$state/refusal"
	assert_match 'busy' "$(cat "$state/refusal")" "opening the node"
}

# --- what is printed ---

test_qemu_takes_what_is_printed() {
	local printed

	printed=$(gvtd attach "$win10" --qemu)
	assert_eq "-vga none -display gtk,gl=on -device vfio-pci-nohotplug,sysfsdev=$mdevs/$win10,display=on,ramfb=on,$(:
		)x-igd-opregion=on,xres=1024,yres=768" "$printed"
	# shellcheck disable=SC2046
	assert_has_vgpu "$(query_pci $(windowless <<<"$printed") "${trace_edid[@]}" 2>"$state/said")"
	assert_resolution 1024x768
}

# The machine that QEMU makes when none is named
test_qemu_takes_it_in_a_pc() {
	machine=(-machine 'pc,accel=kvm' -m 64 -S)
	# shellcheck disable=SC2046
	assert_has_vgpu "$(query_pci $(gvtd attach --qemu | windowless))"
}

test_qemu_takes_the_headless_form() {
	# shellcheck disable=SC2046
	assert_has_vgpu "$(query_pci $(gvtd attach --qemu --headless))"
}

test_member_of_the_group_needs_no_root() {
	local printed

	mkdir -p /etc/security/limits.d
	# as gvtd(8) says
	echo '@kvm - memlock unlimited' >/etc/security/limits.d/kvm.conf
	assert_eq unlimited "$(runuser -u member -- bash -c 'ulimit -l')" "the member's limit"
	assert_no_match unlimited "$(runuser -u outsider -- bash -c 'ulimit -l')" "the outsider's limit"
	printed=$(runuser -u member -- gvtd attach --qemu | windowless)
	# shellcheck disable=SC2086
	refused query_pci as member $printed 2>"$state/refusal"
	assert_match 'egl: ' "$(cat "$state/refusal")" "without the render node"
	usermod -aG render member
	# shellcheck disable=SC2086
	assert_has_vgpu "$(query_pci as member $printed)"
	# KVM, without which GVT-g opens nothing, is for everybody on many a system
	chmod 0666 /dev/kvm
	# shellcheck disable=SC2046
	refused query_pci as outsider $(gvtd attach --qemu --headless) 2>"$state/refusal"
	assert_match "/dev/vfio/[0-9]+'?: Permission denied" "$(cat "$state/refusal")" "outside of the group"
	chmod 0660 /dev/kvm
}

test_printed_before_the_vgpu_is_there() {
	local printed

	printf '[%s]\nuuid = %s\n' "$v4" "$build" >/etc/gvtd.ini
	printed=$(gvtd attach --qemu 2>"$state/said")
	assert_eq "gvtd: this vGPU is declared and not there yet; start the guest when \`gvtd status\` calls it ready" \
		"$(cat "$state/said")"
	systemctl reload gvtd.service
	assert_eq "$printed" "$(gvtd attach --qemu 2>"$state/said")"
	assert_eq '' "$(cat "$state/said")" "what is said of one that is there"
	# shellcheck disable=SC2046
	assert_has_vgpu "$(query_pci $(windowless <<<"$printed") "${trace_edid[@]}" 2>"$state/said")"
	assert_resolution 1920x1200
}

test_which_one_must_be_said_when_there_are_several() {
	local status=0

	# they need not be there for this
	printf '[%s]\nuuid = %s\n[%s]\nuuid = %s\n' "$v8" "$win10" "$v4" "$build" >/etc/gvtd.ini
	gvtd attach --qemu >"$state/printed" 2>"$state/said" || status=$?
	assert_eq 64 "$status" "exit status"
	assert_eq '' "$(cat "$state/printed")" "what is printed"
	assert_match "$win10.*$build" "$(tr '\n' ' ' <"$state/said")"
	assert_match "$build,display=on,ramfb=on,x-igd-opregion=on,xres=1920,yres=1200\$" "$(gvtd attach "$build" --qemu 2>&1)"
}

# --- while QEMU has it ---

test_undeclared_in_use_waits_for_qemu() {
	local pid

	run_qemu
	pid=$(cat "$state/qemu.pid")
	vgpu_in_use "$win10"
	use
	assert_vgpus "$win10" "$v8"
	assert_match "not removing vGPU $win10 \($v8\): in use by qemu-system-x86 \(pid $pid, guest desktop\); it is removed when" \
		"$(journal_since_mark)"
	eventually 5 status_is '1 undeclared in use'	# and not while it is tried again
	assert_match "$win10 +$v8 +leftover +gvtd .*qemu-system-x86 \(pid $pid, guest desktop\)" "$(gvtd status || true)"
	kill -0 "$pid"
	quit_qemu
	eventually 10 assert_vgpus
	eventually 5 journal_says "removed vGPU $win10"
}

test_a_restart_and_second_thoughts_disturb_no_qemu() {
	local first

	first=$(identity "$win10")
	run_qemu
	systemctl restart gvtd.service
	assert_eq "1 of 1 vGPU ready on $address" "$(status_text)"
	vgpu_in_use "$win10"
	use
	use "$win10" "$v8"
	# the removal that was put off is forgotten; a reload returns when gvtd has looked once more
	quit_qemu
	systemctl reload gvtd.service
	assert_eq "1 of 1 vGPU ready on $address" "$(status_text)"
	assert_eq "$first" "$(identity "$win10")" "the device"
}

# This QEMU is another user's, as one of libvirt's is, too
test_type_change_waits_for_qemu() {
	run_qemu as member
	use "$win10" "$v4"
	assert_match "$win10 .*is a $v8 and declared as $v4, but in use by qemu-system-x86 \(pid [0-9]+, guest desktop\)" \
		"$(journal_since_mark)"
	assert_vgpus "$win10" "$v8"
	quit_qemu
	eventually 20 status_is "^1 of 1 vGPU ready on $address\$"
	assert_vgpus "$win10" "$v4"
}

test_remove_on_stop_spares_what_qemu_has() {
	local pid

	printf '[gvtd]\nremove_on_stop = yes\n[%s]\nuuid = %s %s\n' "$v8" "$build" "$win10" >/etc/gvtd.ini
	systemctl reload gvtd.service
	# shellcheck disable=SC2046
	qemu-system-x86_64 -name desktop "${machine[@]}" -daemonize -pidfile "$state/qemu.pid" \
		$(gvtd attach "$win10" --qemu --headless)
	pid=$(cat "$state/qemu.pid")
	systemctl stop gvtd.service
	assert_eq success "$(systemctl show -P Result gvtd.service)"
	assert_vgpus "$win10" "$v8"
	assert_match "not removing vGPU $win10 \($v8\): in use by qemu-system-x86 \(pid $pid, guest desktop\)($|"$'\n'")" \
		"$(journal_since_mark)"
	quit_qemu
	systemctl start gvtd.service
	assert_vgpus "$win10" "$v8" "$build" "$v8"
	systemctl stop gvtd.service
	assert_vgpus
	systemctl start gvtd.service
}

# --- gvtd-qemu@.service ---

# enable_example [PATIENCE [ARGUMENTS]]: as its comment says, with a machine that a test can afford. Without arguments
# it does not run, and so knows no power button
enable_example() {
	cp /usr/share/doc/gvtd/examples/gvtd-qemu@.service /etc/systemd/system/
	drop_in "$unit" <<-END
		[Service]
		Environment="MACHINE=-machine q35,accel=kvm -m 64 -nodefaults ${2:--S}" PATIENCE=${1:-1s}
	END
	systemctl enable -q "$unit"
}

# make_guest FILE: a disk whose boot sector writes "+" to the debug port (0xe9) and waits for the power button (bit 8 of
# PM1 at 0x600, enabled at 0x602), upon which it turns the machine off (0x604)
make_guest() {
	printf '\xba\x02\x06\xb8\x00\x01\xef\xb0\x2b\xe6\xe9\xba\x00\x06' >"$1"
	printf '\xf4\xed\xf6\xc4\x01\x74\xf9\xba\x04\x06\xb8\x00\x20\xef\xf4' >>"$1"
	truncate -s 510 "$1"
	printf '\x55\xaa' >>"$1"
	truncate -s 1M "$1"
}

run_example_with_a_guest() {
	local said=/run/gvtd-qemu-$win10/said

	make_guest "$state/guest.img"
	enable_example 60s "-drive file=$state/guest.img,format=raw,snapshot=on -debugcon file:$said"
	systemctl start "$unit"
	eventually 60 test -s "$said"
}

said_by_example() {
	journalctl --sync
	journalctl -q -b -u "$unit" -o cat --since="$(<"$state/mark")"
}

test_example_starts_when_the_vgpu_appears() {
	local pid

	use
	enable_example
	assert_eq '' "$(systemd-analyze verify --man=no "$unit" 2>&1)" "systemd-analyze verify"
	unit_is inactive || fail "runs without a vGPU"
	use "$win10" "$v8"
	eventually 30 unit_is active
	eventually 30 example_has_it
	pid=$(systemctl show -P MainPID "$unit")
	assert_no_match '^0$' "$(stat -c %u "/proc/$pid")" "QEMU's user"
	assert_match 'Max locked memory +unlimited' "$(cat "/proc/$pid/limits")" "QEMU's limits"
}

test_example_holds_the_removal_back() {
	local pid

	enable_example
	systemctl start "$unit"
	eventually 30 example_has_it
	pid=$(systemctl show -P MainPID "$unit")
	use
	stays 1 unit_is active
	assert_vgpus "$win10" "$v8"
	assert_match "in use by qemu-system-x86 \(pid $pid, guest $win10\)" "$(journal_since_mark)"
	systemctl stop "$unit"
	eventually 10 assert_vgpus
	assert_eq success "$(systemctl show -P Result "$unit")"
}

# Once QEMU has the vGPU nothing takes it away; so here is one that has not come to opening it
test_example_stops_when_the_vgpu_goes() {
	enable_example
	drop_in "$unit" <<-'END'
		[Service]
		# it has no power button either
		Environment=PATIENCE=1s
		ExecStart=
		ExecStart=/bin/sleep infinity
	END
	systemctl start "$unit"
	use
	eventually 20 unit_is inactive
	assert_vgpus
	use "$win10" "$v8"
	eventually 20 unit_is active
}

test_example_presses_the_power_button() {
	run_example_with_a_guest
	systemctl stop "$unit"
	assert_eq success "$(systemctl show -P Result "$unit")"
	assert_no_match 'terminating on signal' "$(said_by_example)" "QEMU's end"
}

test_example_pulls_the_plug_of_a_guest_that_does_not_obey() {
	enable_example 5s '-S -trace qemu_system_powerdown_request'
	systemctl start "$unit"
	eventually 60 example_has_it
	# the patience is for a QEMU that listens by now
	echo info status >"/run/gvtd-qemu-$win10/monitor.in"
	timeout 60 grep -q -m1 'VM status' "/run/gvtd-qemu-$win10/monitor.out"
	systemctl stop "$unit"
	assert_eq success "$(systemctl show -P Result "$unit")"
	assert_match 'qemu_system_powerdown_request.*terminating on signal 15' "$(said_by_example | tr '\n' ' ')" "QEMU's end"
}

# A guest that shuts down by itself leaves nobody to press a button for
test_example_ends_with_its_guest() {
	run_example_with_a_guest
	echo system_powerdown >"/run/gvtd-qemu-$win10/monitor.in"
	eventually 30 unit_is inactive
	assert_eq success "$(systemctl show -P Result "$unit")"
}

test_no_complaint_of_the_kernel() {
	no_kernel_splat
	assert_no_match 'blocked until device is released' "$(dmesg)" "kernel log"
}
