# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine and what it is described by.

One word a line, # for comments; what is not said is as on a Debian 12 desktop on which everything
works: a Skylake GPU of 512 MB on i915, GVT-g on, kvmgt loaded, nothing declared.

  kernel VERSION               that runs; its modules are there unless `modules` says otherwise
  modules [FOLDER/]VERSION [NAME...]   what is in /lib/modules/VERSION, or in FOLDER/VERSION: names from MODULES in modules.py;
      none: empty
  module VERSION FILE [parm=A,B] [exports=A:CRC,B] [needs=A:CRC,B]     one more, by its path there
  gone VERSION                 no such folder
  leftover VERSION FILE...     only these in it, and depmod's indices: what a removed kernel left
  old VERSION                  its folder was there before the boot; else it came since
  cmdline TEXT                 the kernel command line
  gpu [ADDRESS] [vendor=8086] [id=1912] [aperture=512] [ggms=3] [driver=i915|none|...] [override=vfio-pci]
      [offers=8,4|none] [refused]    in place of the default one; several lines: several GPUs; `gpu none`
  i915 live|absent|coming [NAME=VALUE...]     and its parameters
  kvmgt live|absent|coming|going
  vgpu UUID TYPE [by=gvtd|other] [group=N] [ready] [on=ADDRESS] [owner=UID:GID] [mode=MODE]
  log                          the kernel's, indented below: SECONDS MESSAGE; without it none is kept
  boot userspace=SECONDS [modprobe=failed]    when the real root took over; the oneshot's end
  user nobody                  who calls gvtd
  file PATH [at=HH:MM] [came=HH:MM] [mode=644]   text indented below; written then, or a day before the boot
      at 11:00; when it came here, if that is not when it was written
  bytes PATH TEXT              the same with Python's escapes, to the byte; in commands, too
  program PATH                 something executable
  link PATH TARGET
  closed PATH                  a folder that is root's alone
"""

import os
import stat

from modules import DESKTOP, KERNEL, MODULES, indices, module

# the first table of what the types are (capacity.c computes them, so these are literals)
OFFERS = {128: '', 256: '8,4', 512: '8,4,2', 1024: '8,4,2,1', 2048: '8,4,2,1', 4096: '8,4,2,1'}
BOOT = 1767351600  # 2026-01-02 11:00 UTC; stage.c says that it is 12:00


class Mistake(Exception):
    """in a description"""


def time_of(clock):
    """Of the day of the boot."""
    hour, minute = clock.split(':')
    return BOOT + (int(hour) - 11) * 3600 + int(minute) * 60


def escaped(text):
    """The bytes that Python's escapes stand for."""
    return text.encode('latin-1').decode('unicode_escape').encode('latin-1')


def options(words, **known):
    """NAME=VALUE words as a dict; a word without = is True."""
    for word in words:
        name, equals, value = word.partition('=')
        if name not in known:
            raise Mistake(f'{word}: expected one of {", ".join(known)}')
        known[name] = value if equals else True
    return known


class Machine:
    def __init__(self, text):
        self.kernel, self.user, self.log, self.boot = KERNEL, None, None, {}
        self.cmdline = f'BOOT_IMAGE=/boot/vmlinuz-{KERNEL} root=UUID=5d3c3a36 ro quiet'
        self.gpus, self.vgpus, self.files, self.links, self.closed = [], [], [], [], []
        self.i915 = ['live', {'modeset': '-1', 'enable_guc': '-1', 'enable_gvt': 'Y'}]
        self.kvmgt = 'live'
        self.kernels, self.extra, self.gone = {}, [], set()
        self.leftovers, self.old = {}, set()
        self.text = text
        for number, (words, below) in self.statements():
            try:
                getattr(self, 'take_' + words[0])(words[1:], below)
            except (Mistake, AttributeError, ValueError, IndexError) as e:
                raise Mistake(f'line {number}: {e}') from e
        if not self.gpus:
            self.take_gpu([], [])
        if self.kernel not in self.gone:
            self.kernels.setdefault(self.kernel, list(DESKTOP))

    def statements(self):
        found = []
        for number, line in enumerate(self.text.splitlines(), 1):
            if line.startswith('\t'):
                found[-1][1][1].append(line[1:])
            elif not line and found and found[-1][1][1]:
                found[-1][1][1].append('')
            elif line and not line.startswith('#'):
                raw = line.split(' ', 1)
                words = line.split() if raw[0] not in ('cmdline', 'bytes') else raw
                found.append((number, (words, [])))
        return found

    def take_kernel(self, words, below):
        self.kernel = words[0]

    def take_modules(self, words, below):
        self.kernels[words[0]] = words[1:]

    def take_module(self, words, below):
        known = options(words[2:], parm='', exports='', needs='')
        self.extra.append((words[0], (words[1], known['parm'], known['exports'], known['needs'])))

    def take_gone(self, words, below):
        self.gone.add(words[0])

    def take_leftover(self, words, below):
        self.leftovers[words[0]] = words[1:]

    def take_old(self, words, below):
        self.old.add(words[0])

    def take_cmdline(self, words, below):
        self.cmdline = words[0]

    def take_gpu(self, words, below):
        address = words.pop(0) if words and ':' in words[0] and '=' not in words[0] else '0000:00:02.0'
        if words == ['none']:
            self.gpus.append(None)
        else:
            self.gpus.append(dict(options(words, id='1912', aperture='512', ggms='3', driver='i915',
                                          override=None, offers=None, vendor='8086', refused=False),
                                  address=address))

    def take_i915(self, words, below):
        self.i915[0] = words[0]
        for word in words[1:]:
            name, _, value = word.partition('=')
            self.i915[1][name] = value

    def take_kvmgt(self, words, below):
        self.kvmgt = words[0]

    def take_vgpu(self, words, below):
        self.vgpus.append(dict(options(words[2:], by='other', group=str(10 + len(self.vgpus)),
                                       ready=False, on='0000:00:02.0', mode='0600', owner='0:0'),
                               uuid=words[0], type=words[1]))

    def take_log(self, words, below):
        self.log = below

    def take_boot(self, words, below):
        self.boot = options(words, userspace='0', modprobe='inactive')

    def take_user(self, words, below):
        self.user = words[0]

    def take_file(self, words, below):
        self.files.append((words[0], ''.join(line + '\n' for line in below).encode(),
                           options(words[1:], at=None, came=None, mode='644')))

    def take_bytes(self, words, below):
        path, text = words[0].split(' ', 1)
        self.files.append((os.fsdecode(escaped(path)), escaped(text),
                           options([], at=None, came=None, mode='644')))

    def take_program(self, words, below):
        self.files.append((words[0], b'', options([], at=None, came=None, mode='755')))

    def take_link(self, words, below):
        self.links.append((words[0], words[1]))

    def take_closed(self, words, below):
        self.closed.append(words[0])

    def offered(self, gpu):
        """The types' numbers; None: no parent."""
        if gpu['offers'] is not None:
            return [] if gpu['offers'] == 'none' else gpu['offers'].split(',')
        if gpu['refused'] or gpu['driver'] != 'i915' or self.kvmgt != 'live' or self.i915[1]['enable_gvt'] != 'Y':
            return None
        return list(filter(None, OFFERS[int(gpu['aperture'])].split(',')))


class Root:
    """The machine as files."""

    def __init__(self, top, machine):
        self.top, self.machine = top, machine
        for folder in ('proc', 'sys/bus/pci/devices', 'sys/bus/pci/drivers', 'sys/module', 'dev/vfio',
                       'etc', 'run', 'lib/modules'):
            os.makedirs(os.path.join(top, folder), exist_ok=True)
        self.write('/etc/passwd', 'root:x:0:0::/:\nlibvirt-qemu:x:64055:994::/:\n')
        self.write('/etc/group', 'root:x:0:\nkvm:x:106:\n')
        self.write('/etc/machine-id', '5d0e8b316a4f4c929c1d7ef320b658a4\n')
        self.write('/proc/cmdline', machine.cmdline + '\n')
        self.write('/proc/version', f'Linux version {machine.kernel}\n')
        self.write('/proc/sys/kernel/random/boot_id', '11111111-2222-4333-8444-555555555555\n')
        self.write('/proc/sys/kernel/osrelease', machine.kernel + '\n')
        self.put_modules()
        self.put_loaded('i915', *machine.i915)
        self.put_loaded('kvmgt', machine.kvmgt, {})
        for gpu in filter(None, machine.gpus):
            self.put_gpu(gpu)
        for vgpu in machine.vgpus:
            self.put_vgpu(vgpu)
        if machine.log is not None and not machine.user:
            self.write('/proc/kmsg', ''.join(
                f'{int(float(second) * 1e6)} {message}\n'
                for second, message in (line.split(' ', 1) for line in machine.log)))
        for path, data, how in machine.files:
            self.write(path, data, int(how['mode'], 8), how['at'])
        for path, target in machine.links:
            self.link(path, target)
        for path in machine.closed:
            os.chmod(self.path(path), 0o700)

    def path(self, path):
        path = self.top + path
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def write(self, path, data, mode=0o644, at=None):
        path = self.path(path)
        with open(path, 'wb') as stream:
            stream.write(data if isinstance(data, bytes) else data.encode())
        os.chmod(path, mode)
        seconds = time_of(at) if at else BOOT - 86400
        os.utime(path, (seconds, seconds))

    def link(self, path, target):
        os.symlink(target, self.path(path))

    def put_modules(self):
        machine = self.machine
        for version, names in machine.kernels.items():
            if version in machine.gone:
                continue
            found = [MODULES[name] for name in names]
            found += [described for of, described in machine.extra if of == version]
            folder, _, name = version.rpartition('/')
            here = f'{folder or "/lib/modules"}/{name}'
            for path, *how in found:
                self.write(f'{here}/{path}', module(name, path, *how))
            for path, content in indices(tuple(found)).items():
                self.write(f'{here}/{path}', content)
            when = BOOT - 86400 if version in machine.old else BOOT + 1800
            os.utime(self.top + here, (when, when))
        for version, files in machine.leftovers.items():
            for file in files + ['modules.dep', 'modules.dep.bin', 'modules.alias']:
                self.write(f'/lib/modules/{version}/{file}', '')

    def put_loaded(self, name, state, parameters):
        if state == 'absent':
            return
        self.write(f'/sys/module/{name}/initstate', state + '\n')
        for parameter, value in parameters.items():
            if value != '-':
                self.write(f'/sys/module/{name}/parameters/{parameter}', value + '\n', 0o400)

    def put_gpu(self, gpu):
        address, machine = gpu['address'], self.machine
        top = f'/sys/devices/pci{address[:7]}/{address}'
        size = int(gpu['aperture']) << 20
        bar2 = f'0x{0x4000000000:016x} 0x{0x4000000000 + size - 1:016x} 0x000000000014220c'
        none = f'0x{0:016x} 0x{0:016x} 0x{0:016x}'
        config = bytearray(256)
        config[0x50] = int(gpu['ggms']) << 6
        self.write(top + '/vendor', f'0x{gpu["vendor"]}\n')
        self.write(top + '/device', f'0x{gpu["id"]}\n')
        self.write(top + '/class', '0x030000\n')
        self.write(top + '/resource', '\n'.join([none, none, bar2 if size else none, none]) + '\n')
        self.write(top + '/config', bytes(config[:64] if machine.user else config))
        self.write(top + '/driver_override', (gpu['override'] or '(null)') + '\n')
        self.link(f'/sys/bus/pci/devices/{address}', '../../..' + top[4:])
        if gpu['driver'] != 'none':
            os.makedirs(f'{self.top}/sys/bus/pci/drivers/{gpu["driver"]}', exist_ok=True)
            self.link(top + '/driver', f'../../../bus/pci/drivers/{gpu["driver"]}')
        if gpu['driver'] == 'i915':
            self.write(top + '/drm/card0/dev', '226:0\n')
            self.write(top + '/drm/card0/engine/rcs0/name', 'rcs0\n')
        offered = machine.offered(gpu)
        if offered is None:
            return
        version = 'V4' if gpu['id'].startswith('16') else 'V5'
        os.makedirs(self.top + top + '/mdev_supported_types')
        for number in offered:
            self.write(f'{top}/mdev_supported_types/i915-GVTg_{version}_{number}/create', '')
        self.link(f'/sys/class/mdev_bus/{address}', '../..' + top[4:])
        # the driver of vGPUs, by another name before Linux 5.19
        old = list(map(int, machine.kernel.split('.')[:2])) < [5, 19]
        os.makedirs(self.top + f'/sys/bus/mdev/drivers/{"vfio_mdev" if old else "intel_vgpu_mdev"}', exist_ok=True)

    def put_vgpu(self, vgpu):
        uuid, address = vgpu['uuid'], vgpu['on']
        top = f'/sys/devices/pci{address[:7]}/{address}/{uuid}'
        node = f'{self.top}/dev/vfio/{vgpu["group"]}'
        self.link(f'/sys/bus/mdev/devices/{uuid}', '../../..' + top[4:])
        self.link(top + '/mdev_type', f'../mdev_supported_types/{vgpu["type"]}')
        self.link(top + '/iommu_group', f'../../../../kernel/iommu_groups/{vgpu["group"]}')
        os.mknod(node, stat.S_IFCHR | int(vgpu['mode'], 8), os.makedev(243, int(vgpu['group'])))
        os.chmod(node, int(vgpu['mode'], 8))
        os.chown(node, *map(int, vgpu['owner'].split(':')))
        inode = os.stat(self.top + top).st_ino
        if vgpu['by'] == 'gvtd':
            self.write(f'/run/gvtd/{uuid}', f'{inode}\n')
        if vgpu['ready']:
            self.write(f'/run/gvtd/{uuid}.ready', f'{vgpu["owner"].split(":")[1]} {inode}\n')
