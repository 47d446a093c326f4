# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2154
# What machines are like: each row of the table of reports, and what the ini can say. The boot itself is that of a
# machine on which nothing is declared; each test after it makes its own machine.

win10=a297db4a-f4c2-11e6-90f6-d3b88d6c9525
build=2f1b6ac5-7c7a-4a9a-9d2c-0d3f0f6f1f10
address=0000:00:02.0

# declare_one: the seed example
declare_one() {
	write_ini <<-END
		[i915-GVTg_V5_8]
		uuid = $win10
	END
}

# new_machine [gpu parameters]: in the order of a boot: the options, then the GPU, for which udev loads i915
new_machine() {
	systemctl start gvtd-modprobe.service
	plug_gpu "$@"
}

# start_gvtd: it must get ready long before the 90 s are over that it may wait for a GPU
start_gvtd() {
	timeout 45 systemctl start gvtd.service
	assert_eq active "$(gvtd_state)"
}

# assert_gives_up EXIT_STATUS REASON: the start fails for good
assert_gives_up() {
	refused timeout 45 systemctl start gvtd.service
	assert_eq failed "$(gvtd_state)" "state"
	assert_eq "$1" "$(gvtd_exit)" "exit status"
	assert_eq 0 "$(systemctl show -P NRestarts gvtd.service)" "restarts"
	assert_match "$2" "$(journal_since_mark)" "journal"
}

# assert_says_why REASON: nothing is ready, and both status and journal say why
assert_says_why() {
	assert_match "^0 of 1 vGPU ready.*; .*$1" "$(status_text)" "status"
	assert_match "$1" "$(journal_since_mark -p err)" "journal"
	assert_vgpus
}

# i915_comes_when_told: until then whoever loads it waits, as on a machine that is slow to start
i915_comes_when_told() {
	rm -f "$state/i915-may-come"
	cat >/etc/modprobe.d/test-late.conf <<-END
		install i915 until [ -e $state/i915-may-come ]; do sleep 0.1; done; modprobe --ignore-install i915
	END
}

begin() {
	touch "$state/i915-may-come"
	# whoever still waits for it would bring i915 into the next test
	eventually 60 refused pgrep -f "$state/i915-may-come"
	reset_host
	mark
}

test_nothing_declared() {
	boot_finished
	assert_eq active "$(gvtd_state)"
	# i915 may be on its way still
	eventually 60 status_is '^no vGPUs declared in /etc/gvtd.ini; 3 types on offer \(gvtd types\)$'
	assert_eq Y "$(cat /sys/module/i915/parameters/enable_gvt)" "enable_gvt"
	assert_eq live "$(cat /sys/module/kvmgt/initstate)"
	assert_eq 'i915-GVTg_V5_2 i915-GVTg_V5_4 i915-GVTg_V5_8' "$(cd "$types_dir" && echo *)" "types"
	assert_vgpus
	assert_eq '' "$(warnings)" "warnings"
}

# Longer than systemd would wait if it were not told of more
test_i915_20_s_late() {
	begin
	declare_one
	echo $'[gvtd]\nwait = infinity' >>/etc/gvtd.ini
	drop_in gvtd.service <<<$'[Service]\nTimeoutStartSec=10s'
	i915_comes_when_told
	new_machine
	systemctl start --no-block gvtd.service
	eventually 60 status_is "^0 of 1 vGPU ready on $address; waiting for i915 to bind to $address"
	stays 20 test ! -e "$gpu/driver"
	assert_eq activating "$(gvtd_state)"
	touch "$state/i915-may-come"
	eventually 60 status_is "^1 of 1 vGPU ready on $address\$"
	eventually 10 systemctl is-active gvtd.service
	assert_eq 0 "$(systemctl show -P NRestarts gvtd.service)" "restarts"
	assert_vgpus "$win10" i915-GVTg_V5_8
}

test_i915_never_comes() {
	begin
	declare_one
	echo $'[gvtd]\nwait = 5s' >>/etc/gvtd.ini
	i915_comes_when_told
	new_machine
	systemctl start --no-block gvtd.service
	eventually 60 status_is 'waiting for i915'
	start_gvtd
	assert_eq "0 of 1 vGPU ready on $address; waiting for i915 to bind to $address" "$(status_text)"
	assert_eq 0 "$(systemctl show -P NRestarts gvtd.service)" "restarts"
	# 5 s is what was asked for, 90 s the default
	local started ready
	started=$(systemctl show -P ExecMainStartTimestampMonotonic gvtd.service)
	ready=$(systemctl show -P ActiveEnterTimestampMonotonic gvtd.service)
	echo "ready after $((ready - started)) us"
	[ $((ready - started)) -ge 5000000 ]
	[ $((ready - started)) -lt 60000000 ]
	# work goes on
	touch "$state/i915-may-come"
	eventually 60 status_is "^1 of 1 vGPU ready on $address\$"
}

test_i915_blacklisted() {
	begin
	declare_one
	echo 'blacklist i915' >/etc/modprobe.d/test-blacklist.conf
	new_machine
	start_gvtd
	assert_says_why 'i915 is blacklisted'
	[ ! -d /sys/module/i915 ]
	# an administrator who gets around it needs no restart
	modprobe i915
	eventually 60 status_is "^1 of 1 vGPU ready on $address\$"
}

test_kvmgt_blacklisted() {
	begin
	declare_one
	echo 'blacklist kvmgt' >/etc/modprobe.d/test-blacklist.conf
	new_machine
	start_gvtd
	assert_says_why 'kvmgt is blacklisted'
	[ ! -d /sys/module/kvmgt ]
	modprobe kvmgt
	eventually 60 status_is "^1 of 1 vGPU ready on $address\$"
}

# i915 came before the options were there, as out of an initramfs
test_enable_gvt_off() {
	begin
	declare_one
	plug_gpu
	modprobe i915
	assert_eq N "$(cat /sys/module/i915/parameters/enable_gvt)"
	start_gvtd
	assert_says_why 'i915 runs with enable_gvt=0: .*reboot'
	assert_match 'options i915 enable_gvt=1' "$(cat /run/modprobe.d/gvtd.conf)"
}

# crash NAME: somebody's program of that name runs into a fault in its own text, which the kernel logs with the name
crash() {
	local program=$state/crash/$1

	mkdir -p "$state/crash"
	# the least ELF file there is: it reads from address 0
	python3 - "$program" <<-'END'
		import struct, sys
		code = b"\x31\xc0\x8b\x00"
		head = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0x400078, 64, 0, 0, 64, 56, 1, 0, 0, 0)
		segment = struct.pack("<IIQQQQQQ", 1, 5, 0, 0x400000, 0x400000, 120 + len(code), 120 + len(code), 4096)
		open(sys.argv[1], "wb").write(head + segment + code)
	END
	chmod 755 "$state" "$state/crash" "$program"
	refused runuser -u outsider -- "$program"
}

# What any user can make the kernel log is nobody's word but theirs: neither a cause, nor a line to systemd
test_a_crashing_program_is_not_the_kernel() {
	local pid

	begin
	declare_one
	plug_gpu
	modprobe i915
	# kvmgt is live and registers nothing, and nothing that can be seen says why
	echo Y >"$state/Y"
	mount --bind "$state/Y" /sys/module/i915/parameters/enable_gvt
	modprobe kvmgt
	sleep infinity &
	pid=$!
	crash $'non-tracked mmio \nMAINPID='"$pid"$'\n'
	eventually 10 kernel_said 'segfault at 0 .*non-tracked mmio'
	journalctl --sync
	start_gvtd
	eventually 20 status_is 'kvmgt is loaded'
	assert_eq "$(pgrep -x gvtd)" "$(main_pid)" "the main process that systemd knows"
	crash 'GVT-g is disabled for guest'
	eventually 10 kernel_said 'segfault at 0 .*GVT-g is disabled for guest'
	journalctl --sync
	gvtd check | tee "$state/said" || true
	assert_match "kernel's log does not say why" "$(cat "$state/said")" "check"
	assert_match "kernel's log does not say why" "$(status_text)" "status"
	umount /sys/module/i915/parameters/enable_gvt
	kill "$pid"
}

test_kernel_without_gvt() {
	begin
	declare_one
	use_modules nogvt
	new_machine
	start_gvtd
	use_modules
	assert_says_why 'this kernel was built without GVT-g'
}

test_other_driver_bound() {
	begin
	declare_one
	echo 'blacklist i915' >/etc/modprobe.d/test-blacklist.conf
	new_machine
	# vfio-pci itself wants an IOMMU
	modprobe pci-stub
	echo pci-stub >"$gpu/driver_override"
	echo "$address" >/sys/bus/pci/drivers_probe
	assert_eq pci-stub "$(basename "$(readlink "$gpu/driver")")"
	start_gvtd
	assert_says_why "driver_override keeps i915 off $address: it says pci-stub; undo it with"
}

# tiger_lake: i915 does not get to the end of its probe of one here, and what it does is not asked
tiger_lake() {
	echo 'blacklist i915' >/etc/modprobe.d/test-blacklist.conf
	new_machine id=0x9a49
}

test_unsupported_generation() {
	begin
	declare_one
	tiger_lake
	assert_gives_up 69 '8086:9a49, Tiger Lake.*no GVT-g in any kernel.*SR-IOV'
}

test_unsupported_generation_nothing_declared() {
	begin
	tiger_lake
	start_gvtd
	assert_eq 'no vGPUs declared in /etc/gvtd.ini' "$(status_text)"
	assert_eq '' "$(warnings)" "warnings"
}

test_no_gpu() {
	begin
	declare_one
	assert_gives_up 69 'no Intel display device on the PCI bus; enable the integrated GPU'
}

test_no_gpu_nothing_declared() {
	begin
	start_gvtd
	assert_eq 'no vGPUs declared in /etc/gvtd.ini' "$(status_text)"
	assert_eq '' "$(warnings)" "warnings"
}

test_device_that_is_not_there() {
	begin
	declare_one
	echo $'[gvtd]\ndevice = 0000:07:00.0' >>/etc/gvtd.ini
	new_machine
	assert_gives_up 69 "no Intel display device at 0000:07:00.0.*there is one at $address"
}

test_bad_entry_among_good_ones() {
	begin
	write_ini <<-END
		[i915-GVTg_V5_8]
		uuid = $win10
		uuid = 2f1b6ac5-7c7a-4a9a-9d2c
		[i915-GVTg_V5_4]
		uuid = $build
	END
	new_machine
	start_gvtd
	assert_vgpus "$win10" i915-GVTg_V5_8 "$build" i915-GVTg_V5_4
	assert_eq "2 of 2 vGPUs ready on $address; 1 error in the ini (gvtd check --config)" "$(status_text)"
	assert_match '/etc/gvtd.ini:3: ' "$(journal_since_mark -p err)"
	assert_eq 3 "$(journal_since_mark -p err -o json | jq -r '.CONFIG_LINE // empty')" "CONFIG_LINE"
}

test_unreadable_ini() {
	begin
	mkdir /etc/gvtd.ini
	new_machine
	assert_gives_up 78 '/etc/gvtd.ini: '
}

# By then gvtd is gone, and nobody can see any more whose words they are
test_the_journal_gets_to_the_reason_late() {
	begin
	mkdir /etc/gvtd.ini
	systemctl kill -s STOP systemd-journald.service
	timeout 45 systemctl start gvtd.service || true
	systemctl kill -s CONT systemd-journald.service
	assert_eq failed "$(gvtd_state)"
	assert_match '/etc/gvtd.ini: ' "$(journal_since_mark)" "journal"
}

test_count() {
	local first

	begin
	write_ini <<-END
		[i915-GVTg_V5_8]
		count = 2
		[i915-GVTg_V5_4]
		count = 1
	END
	new_machine
	start_gvtd
	assert_eq "3 of 3 vGPUs ready on $address" "$(status_text)"
	first=$(vgpus)
	echo "$first"
	assert_eq 'i915-GVTg_V5_4 i915-GVTg_V5_8 i915-GVTg_V5_8' "$(cut -d' ' -f2 <<<"$first" | sort | xargs)" "types"
	# version 5, derived from a name
	assert_eq 3 "$(grep -cE '^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12} ' <<<"$first")"
	# as after the next boot: nothing is left but the ini and the machine id
	cp /etc/gvtd.ini "$state/gvtd.ini"
	begin
	cp "$state/gvtd.ini" /etc/gvtd.ini
	new_machine
	start_gvtd
	assert_eq "$first" "$(vgpus)" "vGPUs of the next boot"
}

test_drop_ins() {
	begin
	declare_one
	echo $'[gvtd]\ngroup = kvm' >>/etc/gvtd.ini
	mkdir /etc/gvtd.ini.d
	printf '[gvtd]\ngroup = audio\n[i915-GVTg_V5_4]\nuuid = %s\n' "$build" >/etc/gvtd.ini.d/10-build.ini
	printf '[gvtd]\ngroup = video\n' >/etc/gvtd.ini.d/20-group.ini
	printf '[i915-GVTg_V5_8]\ncount = 1\n' >/etc/gvtd.ini.d/30-old.ini.bak
	new_machine
	start_gvtd
	# lists add up
	assert_vgpus "$win10" i915-GVTg_V5_8 "$build" i915-GVTg_V5_4
	# the last one wins
	assert_eq 'root:video 660' "$(stat -c '%U:%G %a' "$(vfio_node "$win10")")" "node"
}

test_kvmgt_already_loaded() {
	begin
	declare_one
	load_gvt
	start_gvtd
	assert_eq "1 of 1 vGPU ready on $address" "$(status_text)"
	assert_vgpus "$win10" i915-GVTg_V5_8
}

test_no_complaint_of_the_kernel() {
	no_kernel_splat
}
