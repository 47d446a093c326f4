#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""From the parent's registration to vGPUs: a bare loop of writes against gvtd, in turn, in one boot.

The loop is what no program can beat: open, write, close for each vGPU, as soon as the types are
there. "settled" adds udev's work on the new devices, which gvtd's readiness includes."""
import os
import subprocess
import sys
import time

DRIVER = "/sys/bus/pci/drivers/i915"
GPU = "/sys/bus/pci/devices/0000:00:02.0"
DEVICES = "/sys/bus/mdev/devices"
TYPE = "i915-GVTg_V5_8"


# The guest's Python is the minimal one.
def median(values):
    return sorted(values)[len(values) // 2]


def fresh_uuid():
    with open("/proc/sys/kernel/random/uuid") as source:
        return source.read().strip()


def write(path, text):
    fd = os.open(path, os.O_WRONLY)
    os.write(fd, text.encode())
    os.close(fd)


def unbind():
    write(DRIVER + "/unbind", "0000:00:02.0")
    subprocess.run(["udevadm", "settle"], check=True)


def is_ready(name):
    """udev has been told when the line in the file is whole."""
    try:
        with open(f"/run/gvtd/{name}.ready") as note:
            return note.read().endswith("\n")
    except FileNotFoundError:
        return False


def wait_for(condition):
    while not condition():
        time.sleep(0.001)


def loop(uuids):
    write(DRIVER + "/bind", "0000:00:02.0")
    start = time.monotonic()
    for name in uuids:
        write(f"{GPU}/mdev_supported_types/{TYPE}/create", name)
    created = time.monotonic()
    subprocess.run(["udevadm", "settle"], check=True)
    return created - start, time.monotonic() - start


def gvtd(uuids):
    write(DRIVER + "/bind", "0000:00:02.0")
    start = time.monotonic()
    wait_for(lambda: len(os.listdir(DEVICES)) >= len(uuids))
    created = time.monotonic()
    wait_for(lambda: all(is_ready(name) for name in uuids))
    return created - start, time.monotonic() - start


def measure(n, rounds):
    uuids = [fresh_uuid() for _ in range(n)]
    with open("/etc/gvtd.ini", "w") as ini:
        ini.write(f"[{TYPE}]\n" + "".join(f"uuid = {name}\n" for name in uuids))
    results = {"loop": [], "gvtd": []}
    for i in range(rounds + 1):
        for name, run in (("loop", loop), ("gvtd", gvtd)):
            subprocess.run(["systemctl", "stop", "gvtd"], check=True)
            unbind()
            if name == "gvtd":
                subprocess.run(["systemctl", "start", "--no-block", "gvtd"], check=True)
                time.sleep(3)  # it waits for i915
            sample = run(uuids)
            if i > 0:  # the first round warms up
                results[name].append(sample)
    return results


def main():
    n, rounds = int(sys.argv[1]), int(sys.argv[2])
    results = measure(n, rounds)
    print(f"{n} vGPUs, registration to all created | to all ready, median (min-max) of {rounds}, ms")
    medians = {}
    for name, samples in results.items():
        columns = [[1000 * value for value in column] for column in zip(*samples)]
        medians[name] = [median(column) for column in columns]
        print(f"{name:5}", " | ".join(f"{median(c):8.1f} ({min(c):.1f}-{max(c):.1f})"
                                      for c in columns))
    ratios = [a / b for a, b in zip(medians["gvtd"], medians["loop"])]
    print("gvtd / loop:", " | ".join(f"{ratio:.2f}" for ratio in ratios))


main()
