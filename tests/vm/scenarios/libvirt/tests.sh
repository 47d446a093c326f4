# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2034,SC2154
# The vGPU of a libvirt domain that starts with the machine, while the kernel takes 10 s to create it; and the moving in
# from those who made vGPUs before gvtd. The domain has all that `gvtd attach --libvirt` prints; its graphics are drawn
# in software.

win10=a297db4a-f4c2-11e6-90f6-d3b88d6c9525
build=2f1b6ac5-7c7a-4a9a-9d2c-0d3f0f6f1f10
v8=i915-GVTg_V5_8
v4=i915-GVTg_V5_4
address=0000:00:02.0

LIMIT_test_domain_starts_with_the_machine=240
LIMIT_test_twice_across_reload_and_restart=300
LIMIT_test_a_hook_that_makes_and_removes_the_vgpu=300
LIMIT_test_moving_in_from_mdevctl=300
LIMIT_test_moving_in_from_units_and_tmpfiles=300

domain_is() {
	[ "$(virsh -q domstate desktop)" = "$1" ]
}

served() {
	[ -e "/run/gvtd/$1.ready" ] && [ "$(stat -c '%U:%G %a' "$(vfio_node "$1")")" = 'root:kvm 660' ]
}

# domain_xml: with all that is printed, and what stands in the comment there in the place of other graphics
domain_xml() {
	local printed

	printed=$(gvtd attach "$win10" --libvirt)
	sed '/<hostdev/,$d' /etc/libvirt/qemu/desktop.xml
	sed '/<!-- after <.devices> -->/,$d; /^<!--/d; /^-->/d' <<<"$printed"
	echo '</devices>'
	sed '1,/<!-- after <.devices> -->/d' <<<"$printed"
	echo '</domain>'
}

test_domain_starts_with_the_machine() {
	local ready started

	boot_finished
	assert_eq active "$(gvtd_state)"
	eventually 120 domain_is running
	assert_vgpus "$win10" "$v8"
	ready=$(systemctl show -P ActiveEnterTimestampMonotonic gvtd.service)
	started=$(systemctl show -P ExecMainStartTimestampMonotonic libvirtd.service)
	echo "gvtd ready after $ready us, libvirtd started after $started us"
	assert_eq '' "$(journal_since_mark -p err)" "errors of gvtd"
	assert_eq '' "$(journalctl -q -b -u libvirtd.service -o cat -g 'mediated|mdev')" "libvirtd about mediated devices"
}

test_libvirt_lists_what_gvtd_made() {
	assert_eq "mdev_${win10//-/_}_0000_00_02_0" "$(virsh -q nodedev-list --cap mdev)"
}

test_printed_elements_are_valid() {
	local command property

	domain_xml >"$state/domain.xml"
	sed 's/desktop/printed/; /<uuid>/d' "$state/domain.xml" >"$state/printed.xml"
	virsh -q define --validate "$state/printed.xml"
	command=$(virsh -q domxml-to-native qemu-argv "$state/printed.xml")
	virsh -q undefine printed
	for property in '"driver":"vfio-pci-nohotplug"' "\"sysfsdev\":\"$mdevs/$win10\"" '"display":"on"' '"ramfb":true' \
		'"x-igd-opregion":true' '"xres":1024' '"yres":768' '"addr":"0x9"'; do
		grep -qF -e "$property" <<<"$command" || fail "not in QEMU's command line: $property"
	done
}

# What is started above is what is printed
test_started_domain_is_the_printed_one() {
	domain_xml | sed 's/^ *//' |
		diff - <(sed 's/^ *//' /etc/libvirt/qemu/desktop.xml)
}

test_undeclaring_names_the_domain() {
	local pid

	domain_is running || virsh -q start desktop
	pid=$(pgrep -f 'guest=desktop')
	mark
	use
	assert_match "not removing vGPU $win10 \($v8\): in use by qemu-system-x86 \(pid $pid, guest desktop\)" \
		"$(journal_since_mark)"
	domain_is running
	virsh -q destroy desktop
	eventually 10 assert_vgpus
	set_knob create_delay_ms 0
	use "$win10" "$v8"
	eventually 10 served "$win10"
}

test_twice_across_reload_and_restart() {
	local verb

	for verb in reload restart; do
		virsh -q start desktop
		systemctl "$verb" gvtd.service
		domain_is running
		virsh -q destroy desktop
		# whatever libvirt makes of the node, the group has it again
		eventually 10 served "$win10"
	done
	hold "$win10" as member
	release "$win10"
}

# The hook of the wikis makes the vGPU when the domain starts and removes it when it ends
write_hook() {
	mkdir -p /etc/libvirt/hooks
	cat >/etc/libvirt/hooks/qemu <<-END
		#!/bin/sh
		if [ "\$1 \$2" = "desktop prepare" ]; then
		  echo $win10 >$gpu/mdev_supported_types/$v8/create
		elif [ "\$1 \$2" = "desktop release" ]; then
		  echo 1 >$mdevs/$win10/remove
		fi
	END
	chmod 755 /etc/libvirt/hooks/qemu
	systemctl restart libvirtd.service
}

test_a_hook_that_makes_and_removes_the_vgpu() {
	local round

	virsh -q destroy desktop 2>/dev/null || true
	set_knob create_delay_ms 0
	use "$win10" "$v8"
	eventually 10 served "$win10"
	write_hook
	assert_match "/etc/libvirt/hooks/qemu:3: error: this hook makes a vGPU" "$(gvtd check 2>&1 || true)" "gvtd check"
	mark
	# gvtd's vGPU is in the way of the hook's; libvirt calls the hook to clean up, and that removes gvtd's
	for round in 1 2 3; do
		eventually 10 served "$win10"
		refused virsh -q start desktop >"$state/said" 2>&1
		assert_match 'Hook script execution failed' "$(cat "$state/said")" "virsh start, round $round"
	done
	eventually 10 status_is "^0 of 1 .*removed it 3 times within a minute"
	assert_eq 3 "$(journal_since_mark | grep -c "$win10 .*was removed by something else")" "losses"
	# in the minute that gvtd keeps out of it the hook has its way, and its vGPU counts
	virsh -q start desktop
	eventually 10 status_is '^1 of 1 vGPU ready on'
	virsh -q destroy desktop
	eventually 10 status_is "^0 of 1 .*makes it again only after 10 min"
	# what check says: without the hook it is there before libvirt, and stays
	rm /etc/libvirt/hooks/qemu
	systemctl restart libvirtd.service
	systemctl reload gvtd.service
	eventually 10 served "$win10"
	virsh -q start desktop
	virsh -q destroy desktop
	eventually 10 served "$win10"
	assert_no_match 'hooks' "$(gvtd check 2>&1 || true)" "gvtd check"
}

# --- moving in ---

# old_machine: GVT-g on by other means, no gvtd
old_machine() {
	virsh -q destroy desktop 2>/dev/null || true
	reset_host
	load_gvt aperture=512
}

# next_boot: what a boot does, with gvtd enabled and the ini that was written
next_boot() {
	cp /etc/gvtd.ini "$state/ini"
	reset_host
	mv "$state/ini" /etc/gvtd.ini
	mark
	systemctl start gvtd-modprobe.service
	plug_gpu aperture=512
	systemctl start gvtd.service
}

assert_moved_in() {
	eventually 20 status_is "^2 of 2 vGPUs ready on $address\$"
	assert_vgpus "$win10" "$v8" "$build" "$v4"
	assert_eq '' "$(warnings)" "warnings of gvtd"
	assert_match 'all well: 2 vGPUs declared and present' "$(gvtd check 2>&1)" "gvtd check"
}

test_moving_in_from_mdevctl() {
	local uuid

	old_machine
	mdevctl define --uuid "$win10" --parent "$address" --type "$v8" --auto
	mdevctl define --uuid "$build" --parent "$address" --type "$v4" --auto
	mdevctl start --uuid "$win10"
	mdevctl start --uuid "$build"
	gvtd dump >>/etc/gvtd.ini
	refused gvtd check >"$state/said" 2>&1
	for uuid in "$win10" "$build"; do
		assert_match "mdevctl modify --uuid $uuid --manual" "$(cat "$state/said")" "gvtd check"
		mdevctl modify --uuid "$uuid" --manual
	done
	# what is there is taken over as it is
	mark
	systemctl start gvtd.service
	assert_moved_in
	next_boot
	assert_moved_in
	assert_eq 2 "$(mdevctl list --defined | grep -c manual)" "definitions without auto start"
	rm -rf /etc/mdevctl.d/*
}

# hand_made: a service and a path unit for each vGPU, as NixOS has them
hand_made() {
	local uuid=$1 type=$2

	cat >"/etc/systemd/system/test-kvmgt-$uuid.path" <<-END
		[Path]
		PathExists=$types_dir/$type/create
		[Install]
		WantedBy=multi-user.target
	END
	cat >"/etc/systemd/system/test-kvmgt-$uuid.service" <<-END
		[Service]
		Type=oneshot
		RemainAfterExit=true
		ExecStart=/bin/sh -c 'echo $uuid > $types_dir/$type/create'
		ExecStop=/bin/sh -c 'echo 1 > $gpu/$uuid/remove'
	END
	systemctl daemon-reload
	systemctl enable -q --now "test-kvmgt-$uuid.path"
}

test_moving_in_from_units_and_tmpfiles() {
	old_machine
	echo 'SUBSYSTEM=="vfio", OWNER="root", GROUP="kvm"' >/etc/udev/rules.d/99-local.rules
	udevadm control --reload
	hand_made "$win10" "$v8"
	echo "w $types_dir/$v4/create - - - - $build" >/etc/tmpfiles.d/vgpu.conf
	systemd-tmpfiles --create /etc/tmpfiles.d/vgpu.conf
	eventually 20 assert_vgpus "$win10" "$v8" "$build" "$v4"
	gvtd dump >>/etc/gvtd.ini
	# their stop takes the vGPU along, so the ini comes first
	systemctl disable -q --now "test-kvmgt-$win10.path" "test-kvmgt-$win10.service"
	rm /etc/tmpfiles.d/vgpu.conf
	mark
	systemctl start gvtd.service
	assert_moved_in
	# the rule may stay: it says the same
	next_boot
	assert_moved_in
	rm /etc/udev/rules.d/99-local.rules
	udevadm control --reload
}

test_no_complaint_of_the_kernel() {
	no_kernel_splat
	assert_no_match 'blocked until device is released' "$(dmesg)" "kernel log"
}
