# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# How the two roots of a suite are made from Debian's packages: the guest's and the builder's.

# Says what is going on, in about one line for every tenth package, and keeps all of it for a failure
show_progress() {
	local log=$1 n=0 line

	: >"$log"
	while IFS= read -r line; do
		printf '%s\n' "$line" >>"$log"
		case $line in
		"I: "*) step "  ${line#I: }" ;;
		"Setting up "*)
			n=$((n + 1))
			[ $((n % 25)) -ne 0 ] || step "  $n packages set up"
			;;
		esac
	done
}

# The host's own mirror when it has the suite, mmdebstrap's default otherwise
mirror_of() {
	[ -z "${GVTD_TEST_MIRROR:-}" ] || echo "$GVTD_TEST_MIRROR"
}

# What dpkg leaves out of every root, and that one which is made anew after a crash need not be on the disk before the
# next package
dpkg_settings() {
	printf '%s\n' force-unsafe-io path-exclude=/usr/share/{doc,man,locale,info}/\*
}

# bootstrap SUITE FOLDER PACKAGES [DPKG_SETTING...]: DPKG_SETTING is a line of dpkg.cfg
# [-- OPTION...]: of mmdebstrap's
bootstrap() {
	local suite=$1 folder=$2 packages=$3 mirror status=0
	shift 3

	dpkg_settings >"$folder.dpkg"
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		printf '%s\n' "$1" >>"$folder.dpkg"
		shift
	done
	[ $# -eq 0 ] || shift
	mirror=$(mirror_of)
	# forky's release file may be past its date. With dpkg's settings as an option of its own, mmdebstrap would unpack
	# the first packages through a filter of its own, which takes half a minute
	mmdebstrap --mode=root --variant=minbase --include="${packages// /,}" \
		--aptopt='Acquire::Check-Valid-Until "false"' \
		--extract-hook="upload $folder.dpkg /etc/dpkg/dpkg.cfg.d/gvtd-tests" \
		"$@" "$suite" "$folder" ${mirror:+"$mirror"} 2>&1 | show_progress "$folder.log" || status=$?
	[ "$status" -eq 0 ] && return
	tail -30 "$folder.log" >&2
	return 1
}

# module_paths exclude|include PART...: dpkg's settings for these of the kernel's modules
module_paths() {
	local do=$1 part
	shift

	for part; do
		printf 'path-%s=/lib/modules/*/kernel/%s\n' "$do" "$part"
		printf 'path-%s=/usr/lib/modules/*/kernel/%s\n' "$do" "$part"
	done
}

# Left out of the guest: drivers of hardware that it has not. Two of the media's modules are what i915 depends on
guest_modules() {

	module_paths exclude sound/\* net/{wireless,mac80211,bluetooth}/\* fs/{xfs,btrfs,smb,nfs,nfsd,ceph}/\* \
		drivers/gpu/drm/{amd,nouveau,radeon,xe,vmwgfx,ast,mgag200}/\* drivers/net/{ethernet,wireless,usb}/\* \
		drivers/{media,infiniband,scsi,ata,md,cpufreq,watchdog,staging,iio,hwmon,usb,isdn,comedi,bluetooth,mtd,hid,input}/\*
	module_paths include drivers/media/cec/\* drivers/media/rc/rc-core.ko\*
}

# mask FOLDER NAME...: systemd finds nothing there
mask() {
	local folder=$1 name
	shift

	mkdir -p "$folder"
	for name; do
		ln -sf /dev/null "$folder/$name"
	done
}

# Accounts and settings that every scenario may rely on
configure_guest() {
	local root=$1

	echo 5f2d1c7be8a94d0c9a4e6b8d3c1f7a20 >"$root/etc/machine-id"
	echo gvtd-test >"$root/etc/hostname"
	: >"$root/etc/fstab"
	rm -f "$root/etc/resolv.conf"
	chroot "$root" passwd -q -d root
	chroot "$root" getent group kvm >/dev/null || chroot "$root" groupadd --system kvm
	chroot "$root" useradd --create-home --groups kvm member
	chroot "$root" useradd --create-home outsider
	# jobs that start by the clock, which a test could trip over
	mask "$root/etc/systemd/system" apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer \
		dpkg-db-backup.timer e2scrub_reap.service systemd-timesyncd.service systemd-networkd.service \
		systemd-networkd-wait-online.service systemd-resolved.service
	# and what no test looks at, of which each boot would take its seconds
	mask "$root/etc/systemd/system" proc-sys-fs-binfmt_misc.automount systemd-binfmt.service \
		systemd-update-utmp.service systemd-update-utmp-runlevel.service \
		modprobe@{configfs,dm_mod,efi_pstore,fuse,loop}.service sys-fs-fuse-connections.mount sys-kernel-config.mount
	mask "$root/etc/systemd/system-generators" systemd-{cryptsetup,getty,gpt-auto,hibernate-resume}-generator \
		systemd-{integritysetup,rc-local,run,system-update,sysv,veritysetup}-generator
}

# number FILE OFFSET BYTES
number() {
	od -An -t "u$3" -j "$2" -N "$3" "$1" | tr -d ' '
}

# The kernel without what unpacks it, which would take the guest some seconds of each boot. The header says where it is:
# setup_sects, payload_offset and payload_length of Linux' boot protocol; the last four bytes are its size
unpack_kernel() {
	local from=$1 into=$2 start length

	start=$((($(number "$from" 0x1f1 1) + 1) * 512 + $(number "$from" 0x248 4)))
	length=$(($(number "$from" 0x24c 4) - 4))
	dd if="$from" of="$into.packed" iflag=skip_bytes,count_bytes skip="$start" count="$length" status=none || return 1
	xz -dc <"$into.packed" >"$into" 2>/dev/null || zstd -dcq <"$into.packed" >"$into" || return 1
	rm "$into.packed"
}

# One of Debian's is not used, and takes half a minute to make
no_initramfs='path-exclude=/etc/kernel/postinst.d/*'

# root.img, vmlinux, version, and the modules tree, which those of the tests are added to
make_root() {
	local suite=$1 flavour=$2 into=$3 root=$3/root version size
	local -a modules

	mapfile -t modules < <(guest_modules)
	bootstrap "$suite" "$root" "$(guest_packages "$flavour")" "${modules[@]}" "$no_initramfs" || return 1
	step "  file system image"
	configure_guest "$root" || return 1
	version=$(basename "$root"/usr/lib/modules/*)
	unpack_kernel "$root/boot/vmlinuz-$version" "$into/vmlinux" || return 1
	mkdir -p "$into/modules/lib/modules"
	cp -a "$root/usr/lib/modules/$version" "$into/modules/lib/modules/" || return 1
	rm -rf "${root:?}"/boot/* "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/*
	size=$(du -sm --apparent-size "$root" | cut -f1)
	# no journal: each boot works on a throw-away snapshot
	mke2fs -q -t ext4 -O ^has_journal -m 0 -L gvtd-test -d "$root" "$into/root.img" "$((size * 5 / 4 + 512))M" >/dev/null || return 1
	rm -rf "$root"
	echo "$version" >"$into/version"
}

# Since trixie the headers bring the kernel along
make_builder() {
	local suite=$1 version=$2 into=$3
	local -a modules

	mapfile -t modules < <(module_paths exclude \*)
	bootstrap "$suite" "$into/root" "$(builder_packages) linux-headers-$version" "${modules[@]}" "$no_initramfs" || return 1
}
