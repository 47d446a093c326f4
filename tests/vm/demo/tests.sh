# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Not a test but the show of tests/demo; it fails all the same if there is nothing to be shown.

show() {
        printf '\n$ %s\n' "$*"
        "$@" || true
}

test_show() {
        local node

        boot_finished
        exec 2>&1
        show cat /etc/gvtd.ini
        show systemctl --no-pager --full status gvtd
        show journalctl --no-pager --output short-monotonic --boot --unit gvtd
        show ls /sys/bus/mdev/devices
        for node in $(vgpus | cut -d' ' -f1); do
                show ls -l "$(vfio_node "$node")"
        done
        show gvtd status
        assert_eq "3 of 3 vGPUs ready on 0000:00:02.0" "$(status_text)"
}
