# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What image, build and boot share: where the cache is, what belongs to a suite, the keys of what is cached.

vm=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${GVTD_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/gvtd-tests}

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

# Progress goes to stderr: stdout is for the answer
step() {
	printf '[%4ds] %s\n' "$SECONDS" "$*" >&2
}

key() {
	sha256sum | cut -c1-12
}

check_suite() {
	case $1 in
	bookworm | trixie | forky) ;;
	*) die "unknown suite $1; known are bookworm, trixie and forky" ;;
	esac
}

# for the $suite of the caller
guest_packages() {
	local flavour=$1

	echo systemd systemd-sysv udev kmod dbus linux-image-amd64 libinih1 libuuid1 libkmod2 \
		procps strace util-linux jq pciutils python3-minimal
	case $flavour in
	minimal) ;;
	virt)
		echo qemu-system-x86 libvirt-daemon-system libvirt-daemon-driver-qemu libvirt-clients mdevctl uuid-runtime
		# GL in software, on the render node of vgem: what QEMU shows a dmabuf display with
		echo libegl1 libopengl0 libgl1-mesa-dri
		# QEMU's part of it has moved
		[ "$suite" = bookworm ] || echo qemu-system-modules-opengl qemu-system-modules-spice
		;;
	# both tools in one root: what conflicts is only the package that puts dracut in charge
	initramfs) echo initramfs-tools dracut-core ;;
	*) die "unknown flavour $flavour; known are minimal, virt and initramfs" ;;
	esac
}

# for the $suite of the caller
builder_packages() {
	echo make gcc libc6-dev meson ninja-build pkgconf libsystemd-dev systemd udev libkmod-dev libinih-dev uuid-dev \
		check scdoc kmod xz-utils busybox-static
	# systemd.pc and udev.pc have moved
	[ "$suite" = bookworm ] || echo systemd-dev
}

# in_root ROOT COMMAND...: with /proc, which the kernel's build reads, in a mount namespace that goes with the command
in_root() {
	# shellcheck disable=SC2016
	unshare --mount sh -c 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"' "$@"
}

# copy_sources FROM TO [PATHSPEC...]: what git knows or would take in, as it lies in the checkout, to a folder that is
# there; unchanged files keep their times
copy_sources() {
	local from=$1 to=$2
	shift 2

	git -C "$from" ls-files -z --cached --others --exclude-standard "$@" |
		while IFS= read -r -d '' file; do [ ! -e "$from/$file" ] || printf '%s\0' "$file"; done |
		tar -C "$from" --null -T - -cf - | tar -C "$to" -xf -
}

# --- keys: each names a folder in the cache, so what changed is built and nothing else ---

root_key() {
	local suite=$1 flavour=$2

	{ echo "$suite"; guest_packages "$flavour"; cat "$vm/root.sh"; } | key
}

root_dir() {
	echo "$cache/$1-root-$2-$(root_key "$1" "$2")"
}

# The headers must be those of the guest's kernel, so its version is a part of the key
builder_dir() {
	local suite=$1 kernel=$2

	echo "$cache/$suite-builder-$({ echo "$suite $kernel"; builder_packages; cat "$vm/root.sh"; } | key)"
}

# The same for all flavours of a suite, as long as they have the same kernel
standin_dir() {
	local suite=$1 kernel=$2

	echo "$cache/$suite-standin-$({
		basename "$(builder_dir "$suite" "$kernel")"
		cat "$vm"/{gpu,faults,standin}/* "$vm/guest/init" "$vm/guest/holder.c" "$vm/standin.sh"
	} | key)"
}

# One builds, the others wait and then find it in the cache
with_lock() {
	local name=$1
	shift

	mkdir -p "$cache"
	(
		flock 9
		"$@"
	) 9>"$cache/.lock-$name"
}

# Runs a command that makes FOLDER.new and gives it its name when it is complete
make_once() {
	local folder=$1 what=$2 status
	shift 2

	[ -d "$folder" ] && return
	step "$what"
	# what a killed mmdebstrap leaves may have /dev and /proc mounted in it
	rm -rf --one-file-system "$folder.new"
	mkdir -p "$folder.new"
	# not with "||", which would take "set -e" from all that the command calls
	set +e
	(
		set -e
		"$@" "$folder.new"
	)
	status=$?
	set -e
	[ "$status" -eq 0 ] || die "$what: failed"
	mv "$folder.new" "$folder"
}
