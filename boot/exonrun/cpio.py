# SPDX-License-Identifier: MIT
"""The cpio archive format "newc": writing and reading.

Archives repeat byte for byte: entries sorted by name, inode numbers counted, owner and time 0. Source: cpio(5), "New ASCII
Format". Left out: links, devices, checksums.
"""
import stat

MAGIC = b"070701"
TRAILER = "TRAILER!!!"
HEADER_BYTES = 6 + 13 * 8
BLOCK_BYTES = 512


def _pad(data, alignment):
    return data + bytes(-len(data) % alignment)


def _entry(number, name, mode, data):
    """One header, name and data, each padded to 4 bytes."""
    encoded = name.encode() + b"\0"
    links = 2 if stat.S_ISDIR(mode) else 1
    fields = [number, mode, 0, 0, links, 0, len(data), 0, 0, 0, 0, len(encoded), 0]
    header = MAGIC + b"".join(b"%08X" % f for f in fields)
    return _pad(header + encoded, 4) + _pad(data, 4)


def with_parents(files):
    """Adds every directory that leads to a file. files: {path without leading slash: (mode, bytes)}."""
    complete = dict(files)
    for name in files:
        parts = name.split("/")
        for n in range(1, len(parts)):
            complete.setdefault("/".join(parts[:n]), (stat.S_IFDIR | 0o755, b""))
    return complete


def write(files):
    """Returns the archive of {path without leading slash: (mode, bytes)}."""
    out = []
    for number, (name, (mode, data)) in enumerate(sorted(with_parents(files).items()), 1):
        out.append(_entry(number, name, mode, data))
    out.append(_entry(0, TRAILER, 0, b""))
    return _pad(b"".join(out), BLOCK_BYTES)


def read(archive):
    """Returns {path: (mode, bytes)} of an archive; raises ValueError where it is malformed."""
    files, at = {}, 0
    while True:
        header = archive[at:at + HEADER_BYTES]
        if len(header) < HEADER_BYTES or header[:6] != MAGIC:
            raise ValueError(f"no cpio header at byte {at}")
        fields = [int(header[6 + 8 * i:14 + 8 * i], 16) for i in range(13)]
        mode, size, name_bytes = fields[1], fields[6], fields[11]
        name_at = at + HEADER_BYTES
        data_at = name_at + name_bytes + -(HEADER_BYTES + name_bytes) % 4
        if data_at + size > len(archive) or name_bytes == 0:
            raise ValueError(f"the entry at byte {at} reaches beyond the end")
        name = archive[name_at:name_at + name_bytes - 1].decode()
        if name == TRAILER:
            return files
        files[name] = (mode, archive[data_at:data_at + size])
        at = data_at + size + -size % 4
