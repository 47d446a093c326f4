# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# How the stand-in modules and the small initramfs are made, in the builder root of the suite.

# What the initramfs loads to reach the guest's root and the ports of the test runner
boot_modules='virtio_pci virtio_blk ext4 virtio_console'

# Puts the modules into the tree twice: with GVT-g, and as a kernel built without it has them
install_modules() {
	local work=$1 tree=$2 version=$3 builder=$4 variant

	for variant in gvt nogvt; do
		cp -al "$tree" "$work/$variant"
		mkdir -p "$work/$variant/lib/modules/$version/updates"
	done
	cp "$work"/standin/{standin_gpu,i915,kvmgt}.ko "$work/gvt/lib/modules/$version/updates/"
	cp "$work"/standin/standin_gpu.ko "$work"/standin/nogvt/i915.ko "$work/nogvt/lib/modules/$version/updates/"
	for variant in gvt nogvt; do
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
	cp "$work/gvt/lib/modules/$version/updates/standin_gpu.ko" "$root/"
	(cd "$root" && find . | "$builder/bin/busybox" cpio -o -H newc 2>/dev/null)
}

# gvt/ and nogvt/ (below /usr/lib/modules/VERSION), initramfs, gvtd-test-holder
make_standin() {
	local root=$1 builder=$2/root into=$3 version work status=0

	version=$(cat "$root/version")
	work=$(mktemp -d "$builder/tmp/standin.XXXXXX")
	cp -r "$vm/standin" "$work/standin"
	cp "$vm/guest/holder.c" "$work/"
	build_standin "$work" "$root/modules" "$version" "$builder" "$into" || status=1
	rm -rf "$work"
	return "$status"
}

build_standin() {
	local work=$1 tree=$2 version=$3 builder=$4 into=$5 inside=/tmp/${1##*/}

	step "  modules for $version"
	in_root "$builder" make -s -C "$inside/standin" KDIR="/usr/src/linux-headers-$version" >"$work/log" 2>&1 || {
		cat "$work/log" >&2
		return 1
	}
	find "$work/standin" -name '*.ko' -exec strip --strip-debug {} +
	in_root "$builder" gcc -O2 -Wall -Wextra -Werror -static -o "$inside/holder" "$inside/holder.c" || return 1
	step "  module index, initramfs"
	install_modules "$work" "$tree" "$version" "$builder" || return 1
	collect_modules "$work/gvt/lib/modules/$version" "$into/gvt" || return 1
	collect_modules "$work/nogvt/lib/modules/$version" "$into/nogvt" || return 1
	make_initramfs "$work" "$builder" "$version" >"$into/initramfs" || return 1
	cp "$work/holder" "$into/gvtd-test-holder"
}
