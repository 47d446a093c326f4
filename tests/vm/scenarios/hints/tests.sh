# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2034,SC2154,SC2016
# From the ini to i915's options: how they are written, what becomes of the machine when that fails, and what can
# keep them from i915. The GPU comes after the options, as at boot, and udev loads i915 for it.

# i915 more than once
LIMIT_test_turned_off_by_another_file=300
LIMIT_test_told_when_it_happens=300

win10=a297db4a-f4c2-11e6-90f6-d3b88d6c9525
conf=/run/modprobe.d/gvtd.conf
plain='options i915 enable_gvt=1'

# restore_builtin: what test_built_in has said of the kernel
restore_builtin() {
	umount -q /sys/module/i915 || true
	[ -e "$state/builtin" ] || return 0
	mv "$state/builtin" "/usr/lib/modules/$(uname -r)/modules.builtin"
	depmod
}

begin() {
	restore_builtin
	rm -f /etc/modprobe.d/??-test.conf /etc/modprobe.d/gvtd.conf
	reset_host
	umount -q /run/modprobe.d || true
	rm -rf /run/modprobe.d
	mkdir /run/modprobe.d
	mark
}

declare_one() {
	write_ini <<-END
		[i915-GVTg_V5_8]
		uuid = $win10
	END
}

# with_guc VALUE: an ini that asks for it
with_guc() {
	write_ini <<<$'[gvtd]\nenable_guc = '"$1"
}

# i915_has_come: udev has loaded it, and its probe is over
i915_has_come() {
	udevadm settle
	[ -e "$gpu/driver" ]
}

options_written() {
	grep -v '^#' "$conf"
}

parameter() {
	cat "/sys/module/i915/parameters/$1"
}

# modprobe_said: what the oneshot wrote to the journal
modprobe_said() {
	journalctl --sync
	journalctl -q -b -u gvtd-modprobe.service -o cat --since="$(cat "$state/mark")" "$@"
}

# assert_off CAUSE REGEX: GVT-g is off, check knows why, and the service runs and says so as well
assert_off() {
	assert_eq N "$(parameter enable_gvt)" "enable_gvt"
	refused gvtd check >"$state/said"
	cat "$state/said"
	assert_match "$2" "$(cat "$state/said")"
	assert_eq "$1" "$(gvtd check --json | jq -r '.findings[] | select(.severity == "error") | .cause')" "cause"
	timeout 45 systemctl start gvtd.service
	assert_eq active "$(gvtd_state)"
	assert_says_as_check
	refused gvtd status >"$state/status"
	assert_match "$2" "$(cat "$state/status")" "gvtd status"
}

# --- what keeps the option from i915 ---

# The kernel's log tells when i915 came first, so this is before all others
test_loaded_by_hand_with_other_options() {
	begin
	declare_one
	systemctl start gvtd-modprobe.service
	modprobe i915 enable_gvt=0
	plug_gpu
	i915_has_come
	assert_off gvt-off-by-hand "enable_gvt=0: $conf:2 asked for it before i915 was loaded, so something loaded i915 with other options \(by hand"
}

test_turned_off_by_another_file() {
	begin
	declare_one
	# sorted by their names, whatever the folder: this one after gvtd.conf, the other before
	printf '# from a guide\n\noptions i915 modeset=-1 \\\n\tenable_gvt=0\n' >/etc/modprobe.d/zz-test.conf
	systemctl start gvtd-modprobe.service
	plug_gpu
	i915_has_come
	assert_off gvt-off-modprobe '/etc/modprobe.d/zz-test.conf:3 sets it to 0 and comes last; remove that line, run `update-initramfs -u -k \$\(uname -r\)` and reboot'
	rm /etc/modprobe.d/zz-test.conf
	begin
	declare_one
	echo 'options i915 enable_gvt=0' >/etc/modprobe.d/aa-test.conf
	systemctl start gvtd-modprobe.service
	plug_gpu
	i915_has_come
	rm /etc/modprobe.d/aa-test.conf
	assert_eq Y "$(parameter enable_gvt)" "enable_gvt beside a file that sorts first"
	timeout 45 systemctl start gvtd.service
	assert_vgpus "$win10" i915-GVTg_V5_8
}

test_a_file_of_the_same_name_hides_it() {
	begin
	declare_one
	echo 'options i915 enable_gvt=0' >/etc/modprobe.d/gvtd.conf
	systemctl start gvtd-modprobe.service
	plug_gpu
	i915_has_come
	assert_off gvt-off-modprobe '/etc/modprobe.d/gvtd.conf:1 sets it to 0'
	rm /etc/modprobe.d/gvtd.conf
}

test_written_after_i915_came() {
	begin
	declare_one
	plug_gpu
	i915_has_come
	systemctl start gvtd-modprobe.service
	assert_off gvt-off-reboot "$conf:2 asks for it, but was written after i915 was loaded; reboot"
}

test_blacklisted() {
	begin
	declare_one
	printf '\n# from a guide\nblacklist i915\n' >/etc/modprobe.d/test-blacklist.conf
	systemctl start gvtd-modprobe.service
	plug_gpu
	udevadm settle
	[ ! -d /sys/module/i915 ]
	refused gvtd check | tee "$state/said"
	assert_match 'i915 is blacklisted by /etc/modprobe.d/test-blacklist.conf:3; remove that line and reboot' "$(cat "$state/said")"
	timeout 45 systemctl start gvtd.service
	assert_says_as_check
}

# The daemon sees i915 come and go, and tells each cause when it is there
test_told_when_it_happens() {
	begin
	declare_one
	systemctl start gvtd-modprobe.service
	plug_gpu
	timeout 45 systemctl start gvtd.service
	eventually 10 status_is '^1 of 1 vGPU ready'
	rmmod kvmgt
	rmmod i915
	echo 'options i915 enable_gvt=0' >/etc/modprobe.d/zz-test.conf
	mark
	modprobe i915
	eventually 10 status_is 'zz-test.conf:1 sets it to 0 and comes last'
	assert_says_as_check
	# it is one and the same cause, however often somebody looks
	udevadm trigger --settle --subsystem-match=pci
	assert_says_as_check
	# another cause is another matter
	rmmod i915
	eventually 10 status_is 'waiting for i915'
	mv /etc/modprobe.d/zz-test.conf /etc/modprobe.d/zy-test.conf
	mark
	modprobe i915
	eventually 10 status_is 'zy-test.conf:1 sets it to 0 and comes last'
	assert_says_as_check
	rm /etc/modprobe.d/zy-test.conf
}

# A built-in i915, imitated: what the kernel says of its built-in modules, and what sysfs has of one
test_built_in() {
	local modules

	modules=/usr/lib/modules/$(uname -r)
	begin
	declare_one
	systemctl start gvtd-modprobe.service
	modprobe i915 enable_gvt=0
	plug_gpu
	i915_has_come
	cp "$modules/modules.builtin" "$state/builtin"
	echo kernel/drivers/gpu/drm/i915/i915.ko >>"$modules/modules.builtin"
	depmod
	mount -t tmpfs none /sys/module/i915
	mkdir /sys/module/i915/parameters
	echo N >/sys/module/i915/parameters/enable_gvt
	assert_off gvt-off-builtin 'i915 is built into this kernel, so that only the kernel command line counts; add i915.enable_gvt=1 to the kernel command line and reboot'
	stop_gvtd
	restore_builtin
}

# --- gvtd modprobe ---

test_print_has_no_side_effect() {
	begin
	gvtd modprobe --print >"$state/printed"
	assert_eq "$plain" "$(grep -v '^#' "$state/printed")" "printed"
	[ ! -e "$conf" ]
	rmdir /run/modprobe.d
	# nothing was even opened for writing, or made and removed again
	strace -f -o "$state/calls" -e trace=%file,ftruncate gvtd modprobe --print >/dev/null
	grep -q '/etc/gvtd.ini' "$state/calls"
	sed -i /gvtd-coverage/d "$state/calls" # a gvtd that counts its lines
	refused grep -E 'O_WRONLY|O_RDWR|O_CREAT|mkdir|rename|unlink|truncate|chmod|chown' "$state/calls"
	runuser -u outsider -- gvtd modprobe --print | cmp - "$state/printed"
	gvtd modprobe
	cmp "$conf" "$state/printed"
	refused sh -c 'gvtd modprobe --print >/dev/full'
}

test_old_options_stay_whole_until_new_ones_are() {
	local inode

	begin
	gvtd modprobe
	inode=$(stat -c %i "$conf")
	with_guc 2
	# only the content fails
	refused strace -f -o "$state/calls" -e trace=write -e inject=write:error=ENOSPC -P "$conf" -P "$conf.new" gvtd modprobe
	cat "$state/calls"
	grep -q INJECTED "$state/calls"
	assert_eq "$plain" "$(options_written)" "options after a failed write"
	assert_eq "$inode" "$(stat -c %i "$conf")" "inode"
	assert_eq gvtd.conf "$(ls /run/modprobe.d)" "files"
	# killed between the content and the name: libkmod does not read what is left
	strace -f -o "$state/calls" -e trace=rename,renameat,renameat2 -e inject=rename,renameat,renameat2:signal=KILL:error=EINTR gvtd modprobe || true
	grep -q KILL "$state/calls"
	assert_eq "$plain" "$(modprobe -c | grep '^options i915')" "options in effect"
	gvtd modprobe
	assert_eq "$plain enable_guc=2" "$(modprobe -c | grep '^options i915')" "options in effect"
	assert_eq gvtd.conf "$(ls /run/modprobe.d)" "files"
	refused test "$inode" = "$(stat -c %i "$conf")"
}

# The sandbox lets it read what another user keeps to himself. That it can write to /run is seen everywhere
test_an_ini_of_another_user() {
	begin
	rmdir /run/modprobe.d
	with_guc 2
	chown nobody /etc/gvtd.ini
	chmod 0600 /etc/gvtd.ini
	systemctl start gvtd-modprobe.service
	assert_eq "$plain enable_guc=2" "$(options_written)"
	assert_eq 'root:root 644' "$(stat -c '%U:%G %a' "$conf")" "the file"
	assert_eq '' "$(modprobe_said -p warning)" "complaints"
	# what the capability is for: without it this fails
	drop_in gvtd-modprobe.service <<-'END'
		[Service]
		CapabilityBoundingSet=
	END
	with_guc 0
	systemctl start gvtd-modprobe.service || true
	refused grep -q 'enable_guc=0' "$conf"
	rm -r /run/systemd/system/gvtd-modprobe.service.d
	systemctl daemon-reload
	chown root /etc/gvtd.ini
}

# assert_oneshot_fails REGEX: it fails in these words, the service runs all the same, and check leads to the words
assert_oneshot_fails() {
	refused systemctl start gvtd-modprobe.service
	assert_eq failed "$(systemctl show -P ActiveState gvtd-modprobe.service)" "oneshot"
	assert_match "$1" "$(modprobe_said -p err)" "journal"
	plug_gpu
	i915_has_come
	assert_off gvt-off-unwritten 'nothing asks for it, since gvtd-modprobe.service failed; `journalctl -b -u gvtd-modprobe` says why'
	assert_eq failed "$(systemctl show -P ActiveState gvtd-modprobe.service)" "oneshot"
}

test_run_is_read_only() {
	begin
	declare_one
	mkdir -p /run/modprobe.d
	mount -t tmpfs -o ro none /run/modprobe.d
	assert_oneshot_fails "$conf: Read-only file system; i915 will load without enable_gvt"
	umount /run/modprobe.d
}

test_run_is_full() {
	begin
	declare_one
	mkdir -p /run/modprobe.d
	mount -t tmpfs -o size=4k none /run/modprobe.d
	echo >/run/modprobe.d/one-page
	assert_oneshot_fails "$conf: No space left on device; i915 will load without enable_gvt"
	assert_eq one-page "$(ls /run/modprobe.d)" "files"
	umount /run/modprobe.d
}

test_no_folder_where_the_options_belong() {
	begin
	declare_one
	rmdir /run/modprobe.d
	: >/run/modprobe.d
	assert_oneshot_fails "$conf: Not a directory; i915 will load without enable_gvt"
}

# --- enable_guc ---

test_enable_guc_unset_is_left_alone() {
	begin
	systemctl start gvtd-modprobe.service
	assert_eq "$plain" "$(options_written)"
	assert_eq '' "$(modprobe_said | grep -i guc || true)" "journal"
	plug_gpu
	i915_has_come
	assert_eq -1 "$(parameter enable_guc)" "enable_guc"
	assert_eq Y "$(parameter enable_gvt)" "enable_gvt"
}

test_enable_guc_with_submission_is_refused() {
	local value

	begin
	for value in 1 3; do
		with_guc "$value"
		refused gvtd check --config | tee "$state/said"
		assert_match "^/etc/gvtd.ini:2: error: enable_guc $value turns on GuC submission" "$(cat "$state/said")"
		gvtd modprobe
		assert_eq "$plain" "$(options_written)" "options"
	done
}

# warned TEXT: the journal's warnings since the mark are this one; as a condition, since READY does not wait for it
warned() {
	[ "$(warnings)" = "$1" ]
}

# assert_guc_differs REGEX: i915 runs with another value than the ini's, the journal's one warning and that of gvtd check
# say why in the same words, and the vGPU is there all the same
assert_guc_differs() {
	local why

	gvtd check | tee "$state/said"
	why=$(gvtd check --json | jq -r '.findings[] | select(.severity == "warning") | .text')
	assert_match "$1" "$why" "check"
	eventually 10 warned "$why"
	assert_eq bb00312b1dc8494fac239447c75ea156 "$(journal_since_mark -p warning -o json | jq -r .MESSAGE_ID)" "message id"
	assert_eq '1 of 1 vGPU ready on 0000:00:02.0' "$(status_text)" "status"
	assert_vgpus "$win10" i915-GVTg_V5_8
}

test_enable_guc_overridden_by_another_file() {
	begin
	declare_one
	echo $'[gvtd]\nenable_guc = 2' >>/etc/gvtd.ini
	echo 'options i915 enable_guc=0' >/etc/modprobe.d/zz-test.conf
	systemctl start gvtd-modprobe.service
	plug_gpu
	timeout 45 systemctl start gvtd.service
	assert_guc_differs '^i915 runs with enable_guc=0, and the ini asks for 2: /etc/modprobe.d/zz-test.conf:1 sets it to 0 and comes last; remove that line, run `update-initramfs -u -k \$\(uname -r\)` and reboot$'
	journal_says '^1 of 1 vGPU ready on 0000:00:02.0$' || fail "READY is not said"
	# said once, and again when somebody asks anew
	udevadm trigger --settle --subsystem-match=pci
	assert_eq 1 "$(warnings | wc -l)" "warnings"
	mark
	systemctl reload gvtd.service
	eventually 10 warned "$(gvtd check --json | jq -r '.findings[] | select(.severity == "warning") | .text')"
	rm /etc/modprobe.d/zz-test.conf
}

test_enable_guc_asked_for_too_late() {
	begin
	declare_one
	systemctl start gvtd-modprobe.service
	plug_gpu
	timeout 45 systemctl start gvtd.service
	assert_eq '' "$(warnings)" "warnings"
	echo $'[gvtd]\nenable_guc = 2' >>/etc/gvtd.ini
	systemctl reload gvtd.service
	assert_guc_differs '^i915 runs with enable_guc=-1, and the ini asks for 2: i915 was loaded when the ini did not ask for it; reboot$'
	mark
	systemctl restart gvtd.service
	assert_guc_differs "^i915 runs with enable_guc=-1, and the ini asks for 2: $conf:2 asks for it, but was written after i915 was loaded; reboot\$"
}

# The kernel stays tainted, so this comes late
test_enable_guc_is_honoured_when_asked_for() {
	begin
	declare_one
	echo $'[gvtd]\nenable_guc = 2' >>/etc/gvtd.ini
	systemctl start gvtd-modprobe.service
	assert_eq "$plain enable_guc=2" "$(options_written)"
	assert_eq 1 "$(modprobe_said | grep -c enable_guc)" "lines about it"
	assert_match 'enable_guc=2.*HuC firmware.*tainted' "$(modprobe_said)" "journal"
	plug_gpu
	i915_has_come
	assert_eq 2 "$(parameter enable_guc)" "enable_guc"
	dmesg | grep -F 'Setting dangerous option enable_guc - tainting kernel'
	timeout 45 systemctl start gvtd.service
	assert_vgpus "$win10" i915-GVTg_V5_8
	gvtd check | tee "$state/said"
	assert_no_match warning "$(cat "$state/said")" "check"
	assert_eq '' "$(warnings)" "warnings"
	begin
	with_guc 0
	gvtd modprobe 2>"$state/said"
	assert_eq "$plain enable_guc=0" "$(options_written)"
	assert_match 'enable_guc=0.*tainted' "$(cat "$state/said")"
}

test_no_complaint_of_the_kernel() {
	begin
	no_kernel_splat
}
