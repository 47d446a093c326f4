# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel modules of an imitated machine: real ELF files, and depmod's indices of them."""

import functools
import os
import struct
import subprocess
import tempfile

KERNEL = '6.1.0-47-amd64'
DRM = 'kernel/drivers/gpu/drm'
GVT_SYMBOLS = 'intel_gvt_set_ops:1001,intel_gvt_clear_ops:1002'
# name: path, parameters, what it exports, what it needs
MODULES = {
    'drm': (DRM + '/drm.ko', '', 'drm_dev_register:2001', ''),
    'i915': (DRM + '/i915/i915.ko', 'modeset:int,enable_guc:int,enable_gvt:bool', GVT_SYMBOLS,
             'drm_dev_register:2001'),
    'i915-without-gvt': (DRM + '/i915/i915.ko', 'modeset:int,enable_guc:int', '',
                         'drm_dev_register:2001'),
    'kvm': ('kernel/arch/x86/kvm/kvm.ko', '', 'kvm_page_track_register:3001', ''),
    'kvmgt': (DRM + '/i915/kvmgt.ko', '', '',
              GVT_SYMBOLS + ',mdev_register_parent:4001,kvm_page_track_register:3001'),
    'mdev': ('kernel/drivers/vfio/mdev/mdev.ko', '', 'mdev_register_parent:4001', ''),
    'vfio': ('kernel/drivers/vfio/vfio.ko', '', '', ''),
    'vfio-pci': ('kernel/drivers/vfio/pci/vfio-pci.ko', 'ids:string', '', ''),
    'xe': (DRM + '/xe/xe.ko', 'force_probe:charp,max_vfs:uint', '', 'drm_dev_register:2001'),
}
DESKTOP = ['drm', 'i915', 'kvm', 'kvmgt', 'mdev', 'vfio', 'vfio-pci']


def strings(words):
    return ''.join(word + '\0' for word in words).encode()


def elf(sections, symbols):
    """A relocatable file of these sections and global symbols; who has no value is defined elsewhere."""
    names, table = b'\0', bytes(24)
    for symbol, value in symbols:
        where = 0 if value is None else 0xfff1  # undefined, absolute
        table += struct.pack('<IBBHQQ', len(names), 0x10, 0, where, value or 0, 0)
        names += strings([symbol])
    sections = {'': b'', **sections, '.symtab': table, '.strtab': names, '.shstrtab': b''}
    sections['.shstrtab'] = strings(sections)
    # type, the section of the names, the first global symbol, size of a symbol
    kinds = {'': (0, 0, 0, 0), '.symtab': (2, len(sections) - 2, 1, 24), '.strtab': (3, 0, 0, 0),
             '.shstrtab': (3, 0, 0, 0)}
    title, data, headers = 0, bytes(64), b''
    for section, content in sections.items():
        kind, *link, size = kinds.get(section, (1, 0, 0, 0))
        headers += struct.pack('<IIQQQQIIQQ', title, kind, 0, 0, len(data), len(content), *link, 1, size)
        title += len(section) + 1
        data += content + bytes(-len(content) % 8)
    header = struct.pack('<16sHHIQQQIHHHHHH', b'\x7fELF\2\1\1', 1, 62, 1, 0, 0, len(data), 0, 64, 0, 0, 64,
                         len(sections), len(sections) - 1)
    return header + data[64:] + headers


def pairs(text):
    """"a:1,b" as [(a, 1), (b, 0)]; the number is hexadecimal."""
    words = (word.partition(':') for word in text.split(',') if word)
    return [(name, int(value or '0', 16)) for name, _, value in words]


@functools.lru_cache(maxsize=None)
def module(version, path, parameters, exports, needs):
    name = os.path.basename(path).split('.')[0].replace('-', '_')
    info = ['intree=Y'] if path.startswith('kernel/') else []
    info += [f'name={name}', f'vermagic={version} SMP preempt mod_unload modversions ']
    for word in filter(None, parameters.split(',')):
        parameter, _, kind = word.partition(':')
        info += [f'parmtype={parameter}:{kind or "int"}', f'parm={parameter}:.']
    exports, needs = pairs(exports), pairs(needs)
    versions = (struct.pack('<Q56s', crc, symbol.encode()) for symbol, crc in needs)
    return elf({'.modinfo': strings(info), '__ksymtab_strings': strings(symbol for symbol, _ in exports),
                '__versions': b''.join(versions)},
               [(f'__crc_{symbol}', crc) for symbol, crc in exports] + [(symbol, None) for symbol, _ in needs])


@functools.lru_cache(maxsize=None)
def indices(modules):
    """What depmod makes of them, which is the same for each version: files by their names."""
    with tempfile.TemporaryDirectory(prefix='gvtd-modules-') as root:
        top = f'{root}/lib/modules/{KERNEL}'
        for path, *how in [*modules, ('modules.order',), ('modules.builtin',)]:
            os.makedirs(os.path.dirname(f'{top}/{path}'), exist_ok=True)
            with open(f'{top}/{path}', 'wb') as stream:
                stream.write(module(KERNEL, path, *how) if how else b'')
        subprocess.run(['/usr/sbin/depmod', '-b', root, KERNEL], check=True, stderr=subprocess.PIPE)
        found = {}
        for entry in filter(os.DirEntry.is_file, os.scandir(top)):
            with open(entry, 'rb') as stream:
                found[entry.name] = stream.read()
    return found
