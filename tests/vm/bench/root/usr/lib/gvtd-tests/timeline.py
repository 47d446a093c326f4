#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""One start of gvtd, moment by moment, and whose time it was.

usage: timeline.py N

The kernel's own trace says when gvtd wakes up and forks, when each create goes into the kernel and comes
back, and who had the CPUs; the kernel's uevents and udev's come beside it. Lines are
"timeline N gvtd MS WHAT", since the uevent MDEV_STATE=registered, and "cpu N gvtd WHO MS" from there to READY."""
import collections
import os
import re
import sys

import bench

TRACE = "/sys/kernel/tracing"
LINE = re.compile(r"^\s*(.+)-(\d+)\s+\[(\d+)\].*?\s(\d+\.\d+): (\w+(?:\(| -> )?)(.*)$")
WHAT = {"gvtd_create": "create goes into the kernel", "gvtd_created": "create is back",
        "sched_process_fork": "gvtd forks", "sys_epoll_wait -> ": "gvtd wakes up", "sys_epoll_wait(": "gvtd sleeps"}


def trace_write(path, text):
    bench.save(f"{TRACE}/{path}", text + "\n")


def trace_enable(event, condition="0"):
    trace_write(f"events/{event}/filter", condition)
    trace_write(f"events/{event}/enable", "1")


def trace_start():
    if not os.path.ismount(TRACE):
        bench.run("mount", "-t", "tracefs", "none", TRACE)
    trace_write("trace_clock", "mono")
    trace_write("buffer_size_kb", "16384")
    trace_write("kprobe_events", "p:gvtd_create mdev:create_store\nr:gvtd_created mdev:create_store")
    for event in "kprobes/gvtd_create", "kprobes/gvtd_created", "sched/sched_switch":
        trace_enable(event)
    trace_enable("sched/sched_process_fork", 'parent_comm == "gvtd"')
    trace_enable("syscalls/sys_enter_epoll_wait", 'comm == "gvtd"')
    trace_enable("syscalls/sys_exit_epoll_wait", 'comm == "gvtd"')


def trace_stop():
    """(seconds, CPU, command, pid, event) of each line, in order."""
    trace_write("events/enable", "0")
    with open(f"{TRACE}/trace") as source:
        found = [LINE.match(line) for line in source]
    return [(float(m[4]), int(m[3]), m[1], int(m[2]), m[5]) for m in found if m]


def moments(trace, clock, udev):
    for when, _, _, _, event in trace:
        if event in WHAT:
            yield when, WHAT[event]
    for when, message in clock.events:
        if b"SUBSYSTEM=mdev" in message or b"SUBSYSTEM=vfio" in message or b"MDEV_STATE=registered" in message:
            yield when, "kernel: " + message.split(b"\0")[0].decode(errors="replace")
    for when, message in udev.events:
        if b"SUBSYSTEM=mdev" in message or b"SUBSYSTEM=vfio" in message:
            fields = dict(field.split(b"=", 1) for field in message[40:].split(b"\0") if b"=" in field)
            yield when, "udev is done: " + (fields.get(b"ACTION", b"") + b"@" + fields.get(b"DEVPATH", b"")).decode()


def shares(trace, begin, end):
    """Milliseconds on the CPUs, by command; what udev's workers and the kernel's threads ran is one each."""
    ran, since = collections.Counter(), {}
    for when, cpu, command, pid, event in trace:
        if event != "sched_switch":
            continue
        since_when = max(since.get(cpu, begin), begin)
        who = "idle" if pid == 0 else re.sub(r"^\(?(udev|systemd-udev).*", "udev", command.split("/")[0])
        if begin < when <= end:
            ran[who] += 1000 * (when - since_when)
        since[cpu] = when
    return ran


def main():
    n = int(sys.argv[1])
    clock, udev = bench.Clock(), bench.Clock(bench.FROM_UDEV)
    peer = bench.Gvtd()
    _, ready = bench.one_round(peer, [bench.fresh_uuid() for _ in range(n)], clock, begun=trace_start)
    trace = trace_stop()
    begin = clock.registered()
    for when, what in sorted(moments(trace, clock, udev)):
        if -0.5 < when - begin < ready + 0.1:
            print(f"timeline {n} gvtd {1000 * (when - begin):.2f} {what}")
    print(f"timeline {n} gvtd {1000 * ready:.2f} systemd has READY=1")
    for who, ms in shares(trace, begin, begin + ready).most_common(8):
        print(f"cpu {n} gvtd {who.replace(' ', '_')} {ms:.0f}")


if __name__ == "__main__":
    main()
