# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2154
# What any user of the machine can do to be taken for somebody else.

a=a297db4a-f4c2-11e6-90f6-d3b88d6c9525
v8=i915-GVTg_V5_8

# user_of UUID: as gvtd status has it
user_of() {
	gvtd status | sed -n "s/^$1  .* [0-9]* [a-z:]* 0[0-7]*  *//p"
}

# Paths prove nothing: here a plain file of the node's name in a mount namespace of nobody's, there the node itself
# under a name of its own
test_who_holds_it_is_known_by_the_device_number() {
	local node elsewhere=/dev/test-elsewhere said=$state/holders/pretender pretender real

	boot_finished
	use "$a" "$v8"
	node=$(vfio_node "$a")
	# shellcheck disable=SC2016
	runuser -u nobody -- unshare -rm bash -c '
		mount -t tmpfs none /dev/vfio
		: >"$0"
		exec 9<>"$0"
		echo "$$"
		exec sleep infinity
	' "$node" >"$said" 2>&1 </dev/null &
	eventually 10 grep -qE '^[0-9]+$' "$said"
	pretender=$(cat "$said")
	assert_eq "$node" "$(readlink "/proc/$pretender/fd/9")" "what it pretends"
	assert_eq - "$(user_of "$a")" "its user"
	mknod "$elsewhere" c "0x$(stat -c %t "$node")" "0x$(stat -c %T "$node")"
	sleep infinity 8<>"$elsewhere" &
	real=$!
	eventually 5 grep -qx sleep "/proc/$real/comm"	# it has opened the node before it got its name
	assert_eq "sleep (pid $real)" "$(user_of "$a")" "its user"
	mark
	use
	journal_says "not removing vGPU $a .*in use by sleep \(pid $real\)" || fail "said: $(journal_since_mark)"
	stays 1 is_there "$a"
	kill "$real"
	eventually 10 is_gone "$a"
	kill "$pretender"
	rm "$elsewhere"
	no_kernel_splat
}

# A program is called what its file is: no UTF-8, a control character, a new line
test_a_hostile_name_stays_a_word() {
	local program=$state/holders/$'a\xe0\x80\x80b\xc2\x9b\n(pid 1' said pid

	boot_finished
	use "$a" "$v8"
	cp /usr/bin/sleep "$program"
	"$program" infinity 8<>"$(vfio_node "$a")" &
	pid=$!
	said="a???b???(pid 1 (pid $pid)"
	eventually 5 test -e "/proc/$pid/fd/8"
	eventually 5 grep -qF '(pid 1' "/proc/$pid/comm"
	gvtd status --json >"$state/json"
	assert_eq "$said" "$(iconv -f UTF-8 -t UTF-8 "$state/json" | jq -r '.vgpus[].in_use_by')" "in JSON"
	assert_eq "$said" "$(user_of "$a")" "in the table"
	mark
	use
	journal_since_mark | grep -F "in use by $said; it is removed" || fail "said: $(journal_since_mark)"
	eventually 5 status_is '1 undeclared in use'
	kill "$pid"
	eventually 10 is_gone "$a"
	rm "$program"
}
