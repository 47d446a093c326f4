# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
# What tests/run and tests/demo need from Debian; only what is missing is installed.

build_packages=(gcc libc6-dev meson ninja-build pkgconf scdoc
        libsystemd-dev systemd libudev-dev udev libkmod-dev libinih-dev uuid-dev)
# systemd.pc has moved
grep -q '^VERSION_CODENAME=bookworm' /etc/os-release || build_packages+=(systemd-dev)
unit_packages=(check clang clang-tidy cppcheck shellcheck libclang-rt-dev valgrind strace kmod nix-bin)
guest_packages=(mmdebstrap qemu-system-x86 busybox-static e2fsprogs binutils xz-utils zstd kmod)
# Arch's package is built with Debian's makepkg
arch_packages=(check makepkg libarchive-tools)

# install_missing PACKAGE...
install_missing() {
        local missing=() package

        for package; do
                dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
                        missing+=("$package")
        done
        [ "${#missing[@]}" -gt 0 ] || return 0
        if [ "$(id -u)" -ne 0 ]; then
                echo "not installed, and only root can: ${missing[*]}" >&2
                return 1
        fi
        echo "installing ${missing[*]}" >&2
        apt-get update -q >/dev/null
        DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends \
                "${missing[@]}" >/dev/null
}
