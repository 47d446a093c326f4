#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# dracut module: where i915 loads from the initramfs, the options must be in there.
# An image without them still boots, only without vGPUs: so this complains and never fails.

check() {
        return 0
}

depends() {
        return 0
}

install() {
        local options

        if options=$(gvtd modprobe --print); then
                { mkdir -p "${initdir:?}/etc/modprobe.d" &&
                        printf '%s\n' "$options" >"$initdir/etc/modprobe.d/gvtd.conf"; } ||
                        dwarn "gvtd: cannot write to the image; i915 will load without enable_gvt"
        else
                dwarn "gvtd: no options for i915 (see above); it will load without enable_gvt"
        fi
        return 0
}
