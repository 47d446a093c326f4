#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""From the parent's registration to vGPUs: gvtd, a bare loop of writes, and how else people do it.

usage: bench.py N ROUNDS PEER...

The peers take turns in one boot. Each round begins without kvmgt and ends there. A round is a line
"sample N PEER CREATED READY" in microseconds since the kernel's uevent MDEV_STATE=registered, after a
first one that warms up; a peer that did not make exactly these vGPUs is a line "failed N PEER why".
tests/bench/run makes a table of that; the guest's Python is the minimal one."""
import os
import socket
import subprocess
import sys
import threading
import time

ADDRESS = "0000:00:02.0"
GPU = "/sys/bus/pci/devices/" + ADDRESS
DEVICES = "/sys/bus/mdev/devices"
TYPE = "i915-GVTg_V5_8"
INI = "/etc/gvtd.ini"
MDEVCTL = "/etc/mdevctl.d/" + ADDRESS
RULE = "/etc/udev/rules.d/60-mdevctl.rules"
UNITS = "/run/systemd/system"
PATIENCE = 120
FROM_KERNEL, FROM_UDEV = 1, 2  # netlink groups


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def write(path, text):
    fd = os.open(path, os.O_WRONLY)
    os.write(fd, text.encode())
    os.close(fd)


def save(path, text):
    with open(path, "w") as target:
        target.write(text)


def fresh_uuid():
    with open("/proc/sys/kernel/random/uuid") as source:
        return source.read().strip()


def create(name):
    write(f"{GPU}/mdev_supported_types/{TYPE}/create", name)


class Clock(threading.Thread):
    """Notes when each of the kernel's uevents comes (or udev's, once it is done with one), and looks at them
    afterwards."""

    def __init__(self, group=FROM_KERNEL):
        super().__init__(daemon=True)
        self.events = []
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 15)  # NETLINK_KOBJECT_UEVENT
        self.socket.setsockopt(socket.SOL_SOCKET, 33, 1 << 26)  # SO_RCVBUFFORCE
        self.socket.bind((0, group))
        self.start()

    def run(self):
        while True:
            message = self.socket.recv(8192)
            self.events.append((time.monotonic(), message))

    def registered(self):
        for when, message in self.events:
            if b"\0MDEV_STATE=registered" in message:
                return when
        return None

    def bound(self):
        return [when for when, message in self.events
                if message.startswith(b"bind@") and b"\0SUBSYSTEM=mdev" in message]


class Loop:
    """What no program can beat: open, write, close for each, as soon as the types are there."""

    def prepare(self, names):
        pass

    def go(self, names):
        run("modprobe", "kvmgt")
        for name in names:
            create(name)

    def ready(self):
        run("udevadm", "settle")
        return time.monotonic()

    def clean(self, names):
        pass


class Mdevctl(Loop):
    """Its own udev rule, with the path that this mdevctl is at."""

    def prepare(self, names):
        os.makedirs(MDEVCTL, exist_ok=True)
        for name in names:
            save(f"{MDEVCTL}/{name}", f'{{"mdev_type": "{TYPE}", "start": "auto", "attrs": []}}\n')
        save(RULE, 'ACTION=="change", ENV{MDEV_STATE}=="registered", '
                   'RUN+="/usr/bin/mdevctl start-parent-mdevs %k"\n')
        run("udevadm", "control", "--reload")

    def go(self, names):
        run("modprobe", "kvmgt")

    def clean(self, names):
        os.unlink(RULE)
        for name in names:
            os.unlink(f"{MDEVCTL}/{name}")
        # where it is there, the rule as shipped has udev start a shell and two loggers beside whoever comes next
        os.rmdir(MDEVCTL)
        run("udevadm", "control", "--reload")


class Units(Loop):
    """A .path and a .service for each UUID, as NixOS makes them."""

    def prepare(self, names):
        kind = f"{GPU}/mdev_supported_types/{TYPE}"
        for name in names:
            save(f"{UNITS}/kvmgt-{name}.path", f"[Path]\nPathExists={kind}/create\n")
            save(f"{UNITS}/kvmgt-{name}.service",
                 "[Service]\nType=oneshot\nRemainAfterExit=true\n"
                 f"ExecStart=/bin/sh -c 'echo {name} > {kind}/create'\n")
        run("systemctl", "daemon-reload")

    def go(self, names):
        run("modprobe", "kvmgt")
        run("systemctl", "start", "--no-block", *(f"kvmgt-{name}.path" for name in names))

    def clean(self, names):
        run("systemctl", "stop", *(f"kvmgt-{name}.{kind}" for name in names
                                   for kind in ("path", "service")))
        for name in names:
            os.unlink(f"{UNITS}/kvmgt-{name}.path")
            os.unlink(f"{UNITS}/kvmgt-{name}.service")
        run("systemctl", "daemon-reload")


class Gvtd(Loop):
    """Its service starts on a machine without kvmgt, which it loads."""

    def prepare(self, names):
        save(INI, f"[{TYPE}]\n" + "".join(f"uuid = {name}\n" for name in names))

    def go(self, names):
        self.start = subprocess.Popen(["systemctl", "start", "gvtd"])

    def ready(self):
        """READY=1, as systemd took it in."""
        if self.start.wait() != 0:
            raise RuntimeError("gvtd does not become ready")
        text = subprocess.run(["systemctl", "show", "-P", "ActiveEnterTimestampMonotonic", "gvtd"],
                              check=True, capture_output=True).stdout
        return int(text) / 1e6

    def clean(self, names):
        run("systemctl", "stop", "gvtd")
        os.unlink(INI)


PEERS = {"loop": Loop, "mdevctl": Mdevctl, "units": Units, "gvtd": Gvtd}


def wait_for(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"not within {PATIENCE} s")
        time.sleep(0.05)


def measure(peer, names, clock):
    peer.go(names)
    wait_for(lambda: len(clock.bound()) >= len(names))
    begin, created, ready = clock.registered(), clock.bound()[len(names) - 1], peer.ready()
    if sorted(os.listdir(DEVICES)) != sorted(names):
        raise RuntimeError("it made others than these")
    return created - begin, ready - begin


def clean(peer, names):
    peer.clean(names)
    for name in os.listdir(DEVICES):
        write(f"{DEVICES}/{name}/remove", "1")
    run("rmmod", "kvmgt")
    run("udevadm", "settle")


def one_round(peer, names, clock, begun=lambda: None):
    peer.prepare(names)
    run("udevadm", "settle")
    time.sleep(0.5)  # what was started here has come to rest
    clock.events.clear()
    try:
        begun()
        return measure(peer, names, clock)
    finally:
        clean(peer, names)


def main():
    n, rounds = int(sys.argv[1]), int(sys.argv[2])
    peers = {name: PEERS[name]() for name in sys.argv[3:]}
    clock = Clock()
    for i in range(rounds + 1):
        for name, peer in list(peers.items()):
            try:
                created, ready = one_round(peer, [fresh_uuid() for _ in range(n)], clock)
            except RuntimeError as error:
                print("failed", n, name, error, flush=True)
                del peers[name]
                continue
            if i > 0:
                print("sample", n, name, round(1e6 * created), round(1e6 * ready), flush=True)


if __name__ == "__main__":
    main()
