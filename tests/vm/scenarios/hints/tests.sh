# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2154,SC2016
# From the ini to i915's options: how they are written, what becomes of the machine when that fails, and what can
# keep them from i915. The GPU comes after the options, as at boot, and udev loads i915 for it.

win10=a297db4a-f4c2-11e6-90f6-d3b88d6c9525
conf=/run/modprobe.d/gvtd.conf
plain='options i915 enable_gvt=1'

begin() {
	umount -q /proc/cmdline || true
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

# assert_off CAUSE REGEX: GVT-g is off, check knows why, and the service runs and points to check
assert_off() {
	assert_eq N "$(parameter enable_gvt)" "enable_gvt"
	refused gvtd check >"$state/said"
	cat "$state/said"
	assert_match "$2" "$(cat "$state/said")"
	assert_eq "$1" "$(gvtd check --json | jq -r '.findings[] | select(.severity == "error") | .cause')" "cause"
	timeout 45 systemctl start gvtd.service
	assert_eq active "$(gvtd_state)"
	assert_match 'i915 runs with enable_gvt=0 on .*`gvtd check` says' "$(journal_since_mark -p err)" "journal"
	assert_match '`gvtd check` says' "$(status_text)" "status"
}

# --- what keeps the option from i915 ---

# The kernel's log tells when i915 came first, so this is before all others
test_loaded_by_hand_with_other_options() {
	begin
	declare_one
	systemctl start gvtd-modprobe.service
	modprobe i915 enable_gvt=0
	plug_gpu
	eventually 10 test -e "$gpu/driver"
	assert_off gvt-off-by-hand "enable_gvt=0: $conf:2 asked for it before i915 was loaded, so something loaded i915 with other options \(by hand"
}

test_turned_off_on_the_command_line() {
	begin
	declare_one
	echo "$(cat /proc/cmdline) i915.enable_gvt=0" >"$state/cmdline"
	mount --bind "$state/cmdline" /proc/cmdline
	systemctl start gvtd-modprobe.service
	modprobe i915
	plug_gpu
	assert_off gvt-off-cmdline 'i915.enable_gvt on the kernel command line turns it off; remove it in the boot loader'
	umount /proc/cmdline
}

test_turned_off_by_another_file() {
	begin
	declare_one
	# sorted by their names, whatever the folder: this one after gvtd.conf, the other before
	printf '# from a guide\n\noptions i915 modeset=-1 \\\n\tenable_gvt=0\n' >/etc/modprobe.d/zz-test.conf
	systemctl start gvtd-modprobe.service
	plug_gpu
	eventually 10 test -e "$gpu/driver"
	assert_off gvt-off-modprobe '/etc/modprobe.d/zz-test.conf:3 turns it off and comes last; remove that line, run `update-initramfs -u` and reboot'
	rm /etc/modprobe.d/zz-test.conf
	begin
	declare_one
	echo 'options i915 enable_gvt=0' >/etc/modprobe.d/aa-test.conf
	systemctl start gvtd-modprobe.service
	plug_gpu
	eventually 10 test -e "$gpu/driver"
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
	eventually 10 test -e "$gpu/driver"
	assert_off gvt-off-modprobe '/etc/modprobe.d/gvtd.conf:1 turns it off'
	rm /etc/modprobe.d/gvtd.conf
}

test_written_after_i915_came() {
	begin
	declare_one
	plug_gpu
	eventually 10 test -e "$gpu/driver"
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
	assert_match 'i915 is blacklisted by /etc/modprobe.d/test-blacklist.conf:3; remove that line' "$(cat "$state/said")"
	timeout 45 systemctl start gvtd.service
	assert_match 'i915 is blacklisted, .*`gvtd check` names the place' "$(journal_since_mark -p err)" "journal"
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

# assert_oneshot_fails REGEX: it fails in these words, the service runs all the same, and check leads to the words
assert_oneshot_fails() {
	refused systemctl start gvtd-modprobe.service
	assert_eq failed "$(systemctl show -P ActiveState gvtd-modprobe.service)" "oneshot"
	assert_match "$1" "$(modprobe_said -p err)" "journal"
	plug_gpu
	eventually 10 test -e "$gpu/driver"
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
	eventually 10 test -e "$gpu/driver"
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
	eventually 10 test -e "$gpu/driver"
	assert_eq 2 "$(parameter enable_guc)" "enable_guc"
	dmesg | grep -F 'Setting dangerous option enable_guc - tainting kernel'
	timeout 45 systemctl start gvtd.service
	assert_vgpus "$win10" i915-GVTg_V5_8
	gvtd check
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
