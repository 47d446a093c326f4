# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source=tests/vm/guest/lib.sh disable=SC2154
# Debian's package through its life on one machine, with apt and dpkg. i915 comes out of an initramfs, and in the
# beginning there has never been a gvtd. The tests build on each other.

win10=a297db4a-f4c2-11e6-90f6-d3b88d6c9525
linux=2f1b6ac5-7c7a-4a9a-9d2c-0d3f0f6f1f10
large=5d3c3a36-29f0-4d17-9a3f-8b6b9e4c0a52
debs=/var/cache/gvtd-test
LIMIT_test_installed_for_the_first_time=900
LIMIT_test_upgraded_beside_a_guest=300
LIMIT_test_a_changed_ini_is_asked_about=300
LIMIT_test_upgraded_with_errors_in_the_ini=300
LIMIT_test_upgraded_while_disabled=300
LIMIT_test_removed=900
LIMIT_test_installed_again_after_a_removal=300
LIMIT_test_purged=300
LIMIT_test_installed_again_after_a_purge=300

# Each installation makes the initramfs anew, which takes a minute here: only where a test looks at it
make_images() {
	sed -i "s/^update_initramfs=.*/update_initramfs=$1/" /etc/initramfs-tools/update-initramfs.conf
}

# install FILE: with apt, which asks nobody
install() {
	DEBIAN_FRONTEND=noninteractive apt-get -qy -o APT::Sandbox::User=root -o Dpkg::Options::=--force-confold \
		--allow-downgrades --reinstall install "$1" </dev/null
}

package_state() {
	dpkg-query -W -f='${db:Status-Abbrev}' gvtd 2>/dev/null
}

# traces: every file of the system that bears gvtd's name
traces() {
	find / -xdev \( -path /usr/lib/gvtd-tests -o -path '/var/lib/gvtd-test*' -o -path "$debs" -o -path /root \) -prune \
		-o -name '*gvtd*' ! -name '*gvtd-test*' -print | sort
	find /run -path "$state" -prune -o -name '*gvtd*' ! -name '*gvtd-test*' ! -path '/run/udev/*' -print | sort
}

in_image() {
	lsinitramfs /boot/initrd.img-* >"$state/image"
	grep -Fxq etc/modprobe.d/gvtd.conf "$state/image"
}

starts() {
	journalctl --sync
	journalctl -q -b -o cat --since="$(<"$state/mark")" _PID=1 UNIT=gvtd.service | grep -c '^Start\(ed\|ing\) gvtd.service' || true
}

identities() {
	local uuid

	for uuid in "$win10" "$linux" "$large"; do
		identity "$uuid"
	done | xargs
}

test_installed_for_the_first_time() {
	boot_finished
	# the guest's root goes without documents
	rm -f /etc/dpkg/dpkg.cfg.d/*
	assert_eq N "$(cat /sys/module/i915/parameters/enable_gvt)" "enable_gvt"
	assert_eq '' "$(traces)" "gvtd before it came"
	mark
	install "$debs/previous.deb"

	assert_eq 'ii ' "$(package_state)" "package"
	assert_eq 'enabled enabled' "$(systemctl is-enabled gvtd.service gvtd-modprobe.service | xargs)" "units"
	assert_eq active "$(gvtd_state)"
	assert_eq 2 "$(starts)" "lines about a start"
	assert_match '^no vGPUs declared in /etc/gvtd.ini' "$(status_text)"
	assert_eq '' "$(systemctl list-units --failed --no-legend --plain 'gvtd*')" "failed units"
	in_image || fail "the initramfs has not got the options"
}

test_what_is_installed_is_taken_up() {
	assert_eq 'gvtd 0.0.1' "$(gvtd --version)"
	assert_eq '-rw-r--r-- root /etc/gvtd.ini' "$(stat -c '%A %U %n' /etc/gvtd.ini)"
	assert_match 'Defined-By: gvtd' "$(journalctl --dump-catalog eb24b86288af4aea8e083228baf64e55)" "catalog"
	assert_eq '' "$(dpkg --verify gvtd)" "dpkg --verify"
	[ -e /usr/share/man/man8/gvtd.8.gz ] && [ -e /usr/share/man/man5/gvtd.ini.5.gz ]
	touch "$state/reboot"
}

test_the_next_boot_has_gvt_g() {
	boot_finished
	assert_eq Y "$(cat /sys/module/i915/parameters/enable_gvt)" "enable_gvt"
	assert_eq active "$(gvtd_state)"
	cat >>/etc/gvtd.ini <<-EOF
		[i915-GVTg_V5_8]
		uuid = $win10 $linux
	EOF
	mkdir /etc/gvtd.ini.d
	printf '[i915-GVTg_V5_4]\nuuid = %s\n' "$large" >/etc/gvtd.ini.d/50-site.ini
	systemctl reload gvtd.service
	assert_eq '3 of 3 vGPUs ready on 0000:00:02.0' "$(status_text)"
}

# An ini that was edited here and is the same in both versions is no reason to ask
test_upgraded_beside_a_guest() {
	local before

	make_images no
	hold "$win10"
	before=$(identities)
	md5sum /etc/gvtd.ini >"$state/ini"
	mark
	dpkg -i "$debs/gvtd.deb" </dev/null
	assert_eq 'ii ' "$(package_state)" "package"
	refused grep -q 0.0.1 <<<"$(gvtd --version)"
	assert_eq 2 "$(starts)" "lines about a start"
	assert_eq '3 of 3 vGPUs ready on 0000:00:02.0' "$(status_text)"
	assert_eq "$before" "$(identities)" "the vGPUs"
	holder_of "$win10"
	assert_eq "/run/gvtd/$win10" "$(ls -d "/run/gvtd/$win10")"
	md5sum -c "$state/ini"
	assert_eq '' "$(warnings)" "warnings"
	assert_eq '' "$(systemctl list-units --failed --no-legend --plain 'gvtd*')" "failed units"
}

# repack VERSION: as gvtd.deb, and its ini is another one
repack() {
	rm -rf "$state/deb"
	dpkg-deb -R "$debs/gvtd.deb" "$state/deb"
	sed -i "s/^Version: .*/Version: $1/" "$state/deb/DEBIAN/control"
	echo '; a line of a later version' >>"$state/deb/etc/gvtd.ini"
	dpkg-deb -Znone -b "$state/deb" "$state/later.deb"
}

test_a_changed_ini_is_asked_about() {
	local before

	before=$(identities)
	repack 99
	# nobody answers
	refused dpkg -i "$state/later.deb" </dev/null 2>&1 | tee "$state/said"
	assert_match "Configuration file '/etc/gvtd.ini'" "$(cat "$state/said")"
	assert_eq 'iU ' "$(package_state)" "package"
	dpkg --force-confold --configure gvtd
	assert_eq 'ii ' "$(package_state)" "package"
	md5sum -c "$state/ini"
	grep -q 'a later version' /etc/gvtd.ini.dpkg-dist
	assert_eq '3 of 3 vGPUs ready on 0000:00:02.0' "$(status_text)"
	assert_eq "$before" "$(identities)" "the vGPUs"
	holder_of "$win10"
}

test_upgraded_with_errors_in_the_ini() {
	local before

	before=$(identities)
	cp /etc/gvtd.ini "$state/good.ini"
	echo 'uuid = nonsense' >>/etc/gvtd.ini
	sed -i "s/ $linux//" /etc/gvtd.ini
	mark
	install "$debs/gvtd.deb"
	assert_eq 'ii ' "$(package_state)" "package"
	assert_eq active "$(gvtd_state)"
	assert_match 'nonsense' "$(journal_since_mark -p err)" "errors in the journal"
	assert_match '^2 of 2 vGPUs ready.*; 1 error in the ini' "$(status_text)"
	# nothing is removed as long as there are errors, nor because of them
	assert_eq "$before" "$(identities)" "the vGPUs"
	cp "$state/good.ini" /etc/gvtd.ini
	systemctl reload gvtd.service
	assert_eq '3 of 3 vGPUs ready on 0000:00:02.0' "$(status_text)"
}

# What the administrator has switched off stays off
test_upgraded_while_disabled() {
	systemctl disable --now gvtd.service
	install "$debs/previous.deb"
	assert_eq inactive "$(gvtd_state)"
	assert_eq 'disabled disabled' "$(systemctl is-enabled gvtd.service gvtd-modprobe.service | xargs)" "units"
	systemctl enable --now gvtd.service
	install "$debs/gvtd.deb"
	assert_eq '3 of 3 vGPUs ready on 0000:00:02.0' "$(status_text)"
}

test_removed() {
	local before

	make_images yes
	before=$(identities)
	apt-get -qy remove gvtd
	assert_eq 'rc ' "$(package_state)" "package"
	assert_eq "$before" "$(identities)" "the vGPUs"
	holder_of "$win10"
	assert_eq 'not-found not-found' "$(systemctl show -P LoadState gvtd.service gvtd-modprobe.service | xargs)" "units"
	[ ! -e /run/modprobe.d/gvtd.conf ]
	refused in_image
	traces | grep -v '^/run/gvtd' | tee "$state/traces"
	# the configuration, and what dpkg remembers: of the package, and that the units were enabled
	assert_eq '' "$(grep -v '^/etc/gvtd.ini\|^/var/lib/dpkg/info/gvtd\.\|^/var/lib/systemd/deb-systemd-helper-\|^/etc/systemd/system/.*\.wants/' \
		"$state/traces")" "left behind"
}

# Which vGPUs were gvtd's is not forgotten, and it takes them back
test_installed_again_after_a_removal() {
	local before

	make_images no
	before=$(identities)
	install "$debs/gvtd.deb"
	assert_eq 'enabled enabled' "$(systemctl is-enabled gvtd.service gvtd-modprobe.service | xargs)" "units"
	assert_eq '3 of 3 vGPUs ready on 0000:00:02.0' "$(status_text)"
	assert_eq "$before" "$(identities)" "the vGPUs"
	rm /etc/gvtd.ini.d/50-site.ini
	systemctl reload gvtd.service
	eventually 10 is_gone "$large"
	printf '[i915-GVTg_V5_4]\nuuid = %s\n' "$large" >/etc/gvtd.ini.d/50-site.ini
	systemctl reload gvtd.service
	assert_eq '3 of 3 vGPUs ready on 0000:00:02.0' "$(status_text)"
}

# /etc/gvtd.ini.d holds what the administrator has put there, and is no part of the package
test_purged() {
	local before

	before=$(identities)
	apt-get -qy purge gvtd
	assert_eq '' "$(package_state)" "package"
	assert_eq '/etc/gvtd.ini.d' "$(traces)" "left behind"
	assert_eq "$before" "$(identities)" "the vGPUs"
	holder_of "$win10"
}

test_installed_again_after_a_purge() {
	install "$debs/gvtd.deb"
	assert_eq '' "$(dpkg --verify gvtd)" "dpkg --verify"
	assert_match '^1 of 1 vGPU ready' "$(status_text)"
	release "$win10"
	# made by a gvtd that was told to leave nothing behind: nobody's now
	gvtd status
	assert_eq 3 "$(vgpus | wc -l)" "vGPUs"
	no_kernel_splat
}
