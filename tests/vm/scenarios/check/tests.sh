# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2154,SC2016,SC2034
# gvtd check: each rung of the ladder is made, and named as the one cause. What the kernel has said stays in its log for
# the rest of the boot, so the tests that make it speak come last.

win10=a297db4a-f4c2-11e6-90f6-d3b88d6c9525
build=2f1b6ac5-7c7a-4a9a-9d2c-0d3f0f6f1f10
foreign=99999999-aaaa-4bbb-8ccc-dddddddddddd
address=0000:00:02.0
kernel=$(uname -r | sed 's/[.+]/[&]/g')	# as a regex

begin() {
	[ ! -e "$state/taken" ] || give_back
	reset_host
	mark
}

declare_one() {
	write_ini <<-END
		[i915-GVTg_V5_8]
		uuid = $win10
	END
}

# assert_check CAUSE REGEX [check arguments]: this one error and no other
assert_check() {
	local cause=$1 text=$2
	shift 2

	refused gvtd check "$@" >"$state/said"
	cat "$state/said"
	assert_match "$text" "$(cat "$state/said")"
	assert_eq 1 "$(grep -c ': error: ' "$state/said")" "errors"
	refused gvtd check --json "$@" >"$state/json"
	assert_eq "false $cause" "$(jq -r '"\(.ok) \(.findings[] | select(.severity == "error") | .cause)"' "$state/json")" "cause"
}

# assert_well: exit status 0
assert_well() {
	gvtd check | tee "$state/said"
	assert_match "$1" "$(cat "$state/said")"
	assert_eq true "$(gvtd check --json | jq .ok)"
}

# kernel_said REGEX: and the journal, in which check looks, has it
kernel_said() {
	journalctl --sync
	journalctl -q -b _TRANSPORT=kernel -g "$1" >/dev/null
}

# use_odd_modules COMMAND...: changes what is in updates/, which goes before Debian's own; use_modules brings it back
use_odd_modules() {
	(cd "/usr/lib/modules/$(uname -r)/updates" && "$@")
	depmod
}

# take_away MODULE: this kernel has none until a test begins
take_away() {
	local file

	file=$(modinfo -n "$1")
	mv "$file" "$state/"
	echo "$file" >"$state/taken"
	depmod
}

give_back() {
	local file

	file=$(cat "$state/taken")
	mv "$state/${file##*/}" "$file"
	rm "$state/taken"
	use_modules
}

test_no_gpu() {
	begin
	assert_check no-gpu '^host: error: no Intel display device on the PCI bus; enable the integrated GPU'
}

test_no_such_device() {
	begin
	write_ini <<<$'[gvtd]\ndevice = 0000:07:00.0'
	plug_gpu
	assert_check no-such-device "no Intel display device at 0000:07:00.0.*there is one at $address"
}

test_generations() {
	# i915 does not get to the end of its probe of one here, and what it does is not asked
	begin
	echo 'blacklist i915' >/etc/modprobe.d/test-blacklist.conf
	plug_gpu id=0x9a49
	assert_check unsupported "^$address: error: .*8086:9a49, Tiger Lake.*SR-IOV"
	begin
	echo 'blacklist i915' >/etc/modprobe.d/test-blacklist.conf
	plug_gpu id=0x3185
	assert_check unsupported "8086:3185, Gemini Lake.*only the whole GPU can be passed through"
}

test_i915_blacklisted() {
	begin
	printf '# one\nblacklist i915\n' >/etc/modprobe.d/test-blacklist.conf
	plug_gpu
	assert_check i915-blacklisted "i915 is blacklisted by /etc/modprobe.d/test-blacklist.conf:2; remove that line"
}

test_other_driver() {
	begin
	echo 'blacklist i915' >/etc/modprobe.d/test-blacklist.conf
	plug_gpu
	modprobe pci-stub
	echo pci-stub >"$gpu/driver_override"
	echo "$address" >/sys/bus/pci/drivers_probe
	assert_check driver-override "driver_override keeps i915 off $address: it says pci-stub; undo it with .*/pci-stub/unbind"
}

test_i915_unbound() {
	begin
	plug_gpu
	modprobe i915
	unbind_i915
	assert_check i915-unbound "i915 had $address in this boot, and something took it away"
}

test_kernel_without_gvt() {
	begin
	use_modules nogvt
	plug_gpu
	modprobe i915
	assert_check no-gvt 'this kernel was built without GVT-g'
	assert_check kernel-without-kvmgt "^$kernel: error: has no kvmgt module" --kernel "$(uname -r)"
	begin
	use_modules
	gvtd check --kernel "$(uname -r)" | grep -Fx "$(uname -r): note: has kvmgt and an i915 with GVT-g"
	assert_check kernel-not-installed "no such kernel is there; installed:.* $kernel" --kernel 9.9.9
}

LIMIT_test_modules_missing=240
test_modules_missing() {
	begin
	take_away kvmgt
	load_i915_options enable_gvt=1
	plug_gpu
	modprobe i915
	assert_check kvmgt-missing 'this kernel has no kvmgt module'
	begin
	take_away i915
	plug_gpu
	assert_check i915-missing "this kernel has no i915 module for $address"
	give_back
	use_odd_modules cp /usr/lib/gvtd-tests/nogvt/updates/i915.ko .
	assert_check kernel-without-gvt 'its i915 is built without GVT-g' --kernel "$(uname -r)"
	use_modules
}

test_gvt_off_unasked() {
	begin
	plug_gpu
	modprobe i915
	assert_check gvt-off-unasked 'enable_gvt=0: nothing asks for it; `systemctl enable gvtd` and reboot'
}

test_gvt_off_written_late() {
	begin
	plug_gpu
	modprobe i915
	systemctl start gvtd-modprobe.service
	assert_check gvt-off-reboot '/run/modprobe.d/gvtd.conf:[0-9]+ asks for it.*reboot'
}

test_gvt_off_overridden() {
	begin
	systemctl start gvtd-modprobe.service
	printf '\noptions i915 enable_gvt=0\n' >/etc/modprobe.d/test-override.conf
	plug_gpu
	modprobe i915
	assert_check gvt-off-modprobe '/etc/modprobe.d/test-override.conf:2 sets it to 0 and comes last; remove that line'
}

# Of the folder that would tell, nothing is known: then it is not empty
test_reason_cannot_be_looked_for() {
	begin
	load_i915_options enable_gvt=0
	modprobe i915
	plug_gpu
	udevadm settle
	refused strace -q -o /dev/null -P /etc/modprobe.d -e inject=getdents64:error=EIO gvtd check --json >"$state/json"
	assert_eq unexplained "$(jq -r '.findings[] | select(.severity == "error") | .cause' "$state/json")" "cause"
	grep -q 'Input/output error; ask again' "$state/json"
	assert_check gvt-off-modprobe 'test-i915.conf:1 sets it to 0'
}

test_kvmgt_not_loaded() {
	begin
	load_i915_options enable_gvt=1
	plug_gpu
	modprobe i915
	assert_check kvmgt-not-loaded 'kvmgt is not loaded, which gvtd.service does'
	# an ordinary user gets as far, and is told what is missing
	runuser -u outsider -- gvtd check | tee "$state/said" || true
	assert_match 'note: not seen without root: enable_gvt' "$(cat "$state/said")"
}

test_kvmgt_loading() {
	begin
	load_i915_options enable_gvt=1
	plug_gpu
	modprobe i915
	load_kvmgt_knobs init_delay_ms=100000
	modprobe kvmgt &
	eventually 20 grep -q coming /sys/module/kvmgt/initstate
	assert_check kvmgt-loading 'kvmgt is just being loaded or unloaded; ask again'
	set_knob init_delay_ms 0
	wait
}

test_i915_probing() {
	begin
	load_i915_options enable_gvt=1
	load_i915_knobs gem_delay_ms=100000
	modprobe -a i915 kvmgt
	plug_gpu &
	eventually 60 test -e "$types_dir"
	assert_check i915-probing 'i915 is just setting up the GPU; ask again'
	set_i915_knob gem_delay_ms 0
	wait
}

# enable_gvt is off, which an ordinary user cannot see, and neither what the kernel says
test_unprivileged_guess() {
	begin
	plug_gpu
	modprobe i915
	modprobe kvmgt
	assert_check gvt-off-unasked 'enable_gvt=0'
	runuser -u outsider -- gvtd check --json | tee "$state/json" || true
	assert_eq 'not-registered unprivileged' "$(jq -r .findings[].cause "$state/json" | xargs)"
	assert_match 'run this check as root to be sure' "$(cat "$state/json")"
}

test_kvmgt_blacklisted() {
	begin
	load_i915_options enable_gvt=1
	printf 'install kvmgt /bin/false\n' >/etc/modprobe.d/test-blacklist.conf
	plug_gpu
	modprobe i915
	assert_check kvmgt-blacklisted 'kvmgt is blacklisted by /etc/modprobe.d/test-blacklist.conf:1'
}

test_aperture() {
	begin
	load_gvt aperture=128
	assert_check aperture "the aperture of $address is 128 MB, which leaves nothing for guests"
}

test_type_not_offered() {
	begin
	write_ini <<-END
		[i915-GVTg_V5_2]
		uuid = $win10
	END
	load_gvt aperture=256
	assert_check type-not-offered '^/etc/gvtd.ini:2: error: i915-GVTg_V5_2 is no type of this GPU.*aperture of 256 MB offers i915-GVTg_V5_8, i915-GVTg_V5_4;.*512 MB'
	write_ini <<-END
		[i915-GVTg_V4_8]
		uuid = $win10
	END
	assert_check type-not-offered 'did you mean i915-GVTg_V5_8\?'
}

test_capacity() {
	begin
	write_ini <<-END
		[i915-GVTg_V5_4]
		uuid = $win10 $build
	END
	load_gvt aperture=256
	assert_check capacity "1 of 2 declared vGPUs do not fit into the aperture of 256 MB: $build; with Aperture Size set to 512 MB.*no type larger than i915-GVTg_V5_8"
	# the daemon serves the earlier one, and the answer stays
	systemctl start gvtd.service
	assert_vgpus "$win10" i915-GVTg_V5_4
	assert_check capacity "$build"
}

test_capacity_with_a_foreign_device() {
	begin
	declare_one
	load_gvt aperture=256
	create_vgpu "$foreign" i915-GVTg_V5_4
	assert_check capacity "1 of 1 declared vGPUs do not fit"
}

test_mdevctl() {
	begin
	declare_one
	load_gvt
	systemctl start gvtd.service
	mkdir -p "/etc/mdevctl.d/$address" /run/udev/rules.d
	echo '# mdevctl is not in this guest' >/run/udev/rules.d/60-mdevctl.rules
	echo '{"mdev_type": "i915-GVTg_V5_8", "start": "manual", "attrs": []}' >"/etc/mdevctl.d/$address/$build"
	assert_well 'all well: 1 vGPU declared and present'
	echo '{"mdev_type": "i915-GVTg_V5_8", "start": "auto", "attrs": []}' >"/etc/mdevctl.d/$address/$build"
	assert_check mdevctl "^/etc/mdevctl.d/$address/$build: error: .*mdevctl modify --uuid $build --manual"
	rm -r /etc/mdevctl.d /run/udev/rules.d/60-mdevctl.rules
}

test_config_errors() {
	begin
	write_ini <<-END
		[i915-GVTg_V5_8]
		uuid = $win10
		uiud = $build
	END
	load_gvt
	systemctl start gvtd.service
	assert_check config '^/etc/gvtd.ini:3: error: '
}

test_all_well() {
	begin
	load_gvt
	eventually 10 kernel_said golden_hw_state
	assert_well 'vGPUs can be created and none is declared; `gvtd suggest 1`'
	declare_one
	assert_check absent '1 of 1 declared vGPUs are absent.*systemctl enable --now gvtd'
	systemctl start gvtd.service
	assert_well '0000:00:02.0: note: all well: 1 vGPU declared and present$'
	assert_eq 'golden-hw-state ok' "$(gvtd check --json | jq -r .findings[].cause | xargs)"
}

test_mistyped() {
	begin
	declare_one
	load_gvt
	create_vgpu "$win10" i915-GVTg_V5_4
	assert_check mistyped "$win10: it exists as i915-GVTg_V5_4, made by something else, and is declared as i915-GVTg_V5_8;"
	remove_vgpu "$win10"
	systemctl start gvtd.service
	hold "$win10"
	sed -i s/V5_8/V5_4/ /etc/gvtd.ini
	systemctl reload gvtd.service
	assert_check mistyped "$win10 is there as a i915-GVTg_V5_8 and declared otherwise; gvtd makes it anew when nobody uses it"
	release "$win10"
}

test_enable_guc() {
	begin
	load_gvt
	eventually 10 kernel_said golden_hw_state
	write_ini <<<$'[gvtd]\nenable_guc = 2'
	assert_well 'warning: i915 runs with enable_guc=-1, and the ini asks for 2: '
	assert_eq 'enable-guc golden-hw-state ok' "$(gvtd check --json | jq -r .findings[].cause | xargs)"
}

# --- what only the kernel's log tells ---

# As it really reads, at each load of kvmgt
test_golden_hw_state() {
	begin
	load_gvt
	eventually 10 kernel_said golden_hw_state
	assert_well 'golden_hw_state is harmless'
	assert_eq 'golden-hw-state ok' "$(gvtd check --json | jq -r .findings[].cause | xargs)"
}

test_power_accounts() {
	begin
	load_gvt
	echo 'RPM raw-wakeref not held' >/dev/kmsg
	eventually 10 kernel_said 'RPM raw'
	assert_well 'the kernel.s warnings "RPM ... not held" are harmless'
	assert_match ' rpm ' " $(gvtd check --json | jq -r .findings[].cause | xargs) "
	echo 'Device suspended during HW access' >/dev/kmsg
	eventually 10 kernel_said 'Device suspended'
	assert_well 'registers of a GPU that slept .* end all VMs, then `systemctl stop gvtd; rmmod kvmgt; systemctl start gvtd`'
	assert_match ' gpu-asleep ' " $(gvtd check --json | jq -r .findings[].cause | xargs) "
}

# the_kernels_kvmgt: its bytes, which Debian packs from 6.12 on; apt unpacks whatever it is
the_kernels_kvmgt() {
	/usr/lib/apt/apt-helper cat-file "$(modinfo -n kvmgt)"
}

# kvmgt_of_another_kernel: in its own words; the loader would refuse it for the signature, too, if it knew of one
kvmgt_of_another_kernel() {
	the_kernels_kvmgt | sed 's/ mod_unload / mod_UNLOAD /; s/~Module signature appended~/~No signature appended~~~~~/' >kvmgt.ko
}

test_kvmgt_failing() {
	begin
	declare_one
	load_i915_options enable_gvt=1
	use_odd_modules kvmgt_of_another_kernel
	plug_gpu
	modprobe i915
	assert_check kvmgt-not-loaded 'kvmgt is not loaded, which gvtd.service does'
	timeout 45 systemctl start gvtd.service
	assert_match '^0 of 1 vGPU ready.*kvmgt could not be loaded: Exec format error' "$(status_text)"
	assert_eq 1 "$(journal_since_mark -p err | grep -c 'kvmgt could not be loaded: Exec format error')" "errors in the journal"
	eventually 10 kernel_said 'version magic'
	assert_check module-mismatch 'kvmgt and i915 are of different builds \(kvmgt: version magic'
	use_modules
}

test_enospc() {
	begin
	declare_one
	load_gvt
	set_knob create_errno 28
	systemctl start gvtd.service
	assert_check absent '1 of 1 declared vGPUs are absent, and nothing stands in the way'
	echo 'gvt: fail to alloc high gm space from host' >/dev/kmsg
	eventually 10 kernel_said 'high gm space'
	assert_check memory-in-pieces 'in pieces; end all VMs'
	echo 'gvt: fail to alloc low gm space from host' >/dev/kmsg
	eventually 10 kernel_said 'low gm space'
	assert_check aperture-in-pieces 'no room for them in one piece'
	set_knob create_errno 0
}

# The real i915 would ask a hypervisor
test_gvt_guest() {
	begin
	use_modules gvt
	load_i915_options enable_gvt=1 standin_guest=1
	modprobe i915
	plug_gpu
	modprobe kvmgt
	eventually 10 kernel_said 'disabled for guest'
	assert_check gvt-guest 'this machine is itself a guest on a GVT-g vGPU'
	# and the daemon, which asks the same log
	declare_one
	mark
	systemctl start gvtd.service
	assert_says_as_check
	begin
	use_modules
}

test_no_complaint_of_the_kernel() {
	begin
	no_kernel_splat
}

kvmgt_unsigned() {
	the_kernels_kvmgt | sed 's/~Module signature appended~/~No signature appended~~~~~/' >kvmgt.ko
}

# The last one: from here on this kernel takes signed modules only, and of the tests' own none is
test_kvmgt_unsigned() {
	begin
	declare_one
	load_i915_options enable_gvt=1
	use_odd_modules kvmgt_unsigned
	plug_gpu
	modprobe i915
	echo 1 >/sys/module/module/parameters/sig_enforce
	timeout 45 systemctl start gvtd.service
	assert_match '^0 of 1 vGPU ready.*kvmgt could not be loaded: Key was rejected by service: .* enrol the key' \
		"$(status_text)"
}
