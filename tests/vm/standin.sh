# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# How the modules of the tests and the small initramfs are made, in the builder root of the suite.

# What the initramfs loads to reach the guest's root and the ports of the test runner
boot_modules='virtio_pci virtio_blk ext4 virtio_console'

# What boot's modules= and the guest's use_modules name
variants='real gvt nogvt'

# Puts the GPU into the kernel's tree, and with it what makes i915 and kvmgt fail, the stand-ins for them, or i915 as
# of a kernel without GVT-g
install_modules() {
	local work=$1 tree=$2 version=$3 builder=$4 variant updates=lib/modules/$3/updates

	for variant in $variants; do
		cp -al "$tree" "$work/$variant"
		mkdir -p "$work/$variant/$updates"
		cp "$work/gpu/test_gpu.ko" "$work/$variant/$updates/"
	done
	cp "$work/faults/test_faults.ko" "$work/real/$updates/"
	cp "$work"/standin/{i915,kvmgt}.ko "$work/gvt/$updates/"
	cp "$work"/standin/nogvt/i915.ko "$work/nogvt/$updates/"
	rm "$work/nogvt/lib/modules/$version"/kernel/drivers/gpu/drm/i915/kvmgt.ko*
	for variant in $variants; do
		in_root "$builder" depmod -b "/tmp/${work##*/}/$variant" "$version"
	done
}

# What depmod made and the modules themselves; the rest of the tree is in the guest's root already
collect_modules() {
	local from=$1 to=$2

	mkdir -p "$to"
	cp -a "$from/updates" "$to/"
	cp "$from"/modules.{dep,alias,symbols,softdep,devname}* "$to/"
}

make_initramfs() {
	local work=$1 builder=$2 version=$3 module n=10 from root=$1/initramfs

	mkdir -p "$root"/{bin,modules,proc,sys,dev,root}
	cp "$builder/bin/busybox" "$root/bin/"
	ln -s busybox "$root/bin/sh"
	cp "$vm/guest/init" "$root/init"
	chmod 755 "$root/init"
	for module in $boot_modules; do
		in_root "$builder" modprobe -a -D -d "/tmp/${work##*/}/gvt" -S "$version" "$module" 2>/dev/null || return 1
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' >"$work/order"
	while read -r from; do
		n=$((n + 1))
		module=$(basename "$from" .xz)
		# the number keeps the order
		case $from in
		*.xz) xz -dc "$builder$from" ;;
		*) cat "$builder$from" ;;
		esac >"$root/modules/$n-$module"
	done <"$work/order"
	cp "$work/gpu/test_gpu.ko" "$root/"
	(cd "$root" && find . | "$builder/bin/busybox" cpio -o -H newc 2>/dev/null)
}

# real/, gvt/ and nogvt/ (below /usr/lib/modules/VERSION), initramfs, gvtd-test-holder
make_standin() {
	local root=$1 builder=$2/root into=$3 version work status=0

	version=$(cat "$root/version")
	work=$(mktemp -d "$builder/tmp/standin.XXXXXX")
	cp -r "$vm"/{gpu,faults,standin} "$work/"
	cp "$vm/guest/holder.c" "$work/"
	build_standin "$work" "$root/modules" "$version" "$builder" "$into" || status=1
	rm -rf "$work"
	return "$status"
}

build_standin() {
	local work=$1 tree=$2 version=$3 builder=$4 into=$5 inside=/tmp/${1##*/} part

	step "  modules for $version"
	for part in gpu faults standin; do
		# without what is stripped anyway
		in_root "$builder" make -s -C "$inside/$part" KDIR="/usr/src/linux-headers-$version" \
			CONFIG_DEBUG_INFO= CONFIG_DEBUG_INFO_BTF_MODULES= >"$work/log" 2>&1 || {
			cat "$work/log" >&2
			return 1
		}
	done
	find "$work"/{gpu,faults,standin} -name '*.ko' -exec strip --strip-debug {} +
	in_root "$builder" gcc -O2 -Wall -Wextra -Werror -static -o "$inside/holder" "$inside/holder.c" || return 1
	step "  module index, initramfs"
	install_modules "$work" "$tree" "$version" "$builder" || return 1
	for part in $variants; do
		collect_modules "$work/$part/lib/modules/$version" "$into/$part" || return 1
	done
	make_initramfs "$work" "$builder" "$version" >"$into/initramfs" || return 1
	cp "$work/holder" "$into/gvtd-test-holder"
}
