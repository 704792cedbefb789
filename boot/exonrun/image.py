# SPDX-License-Identifier: MIT
"""The boot image: the ELF file of the first environment, zeroes to a page, a cpio archive.

The kernel loads the ELF file and knows nothing of the archive, which the first environment finds at the next page after
its own end. /etc/boot.manifest in it says what to start; docs/architecture.md, "The boot image", is the contract.
"""
import os
import stat
import struct

from . import cpio
from .options import UsageError

PAGE = 4096
MANIFEST = "etc/boot.manifest"
NAME_MAX = 255
PATH_MAX = 1023


def read_file(path, what):
    """Contents of a host file; a UsageError that names it if it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise UsageError(f"{what} {path}: {error.strerror}") from None


def elf_end(data):
    """Where the ELF file at the start of data ends: behind its last section, segment or header table."""
    if data[:4] != b"\x7fELF" or len(data) < 64:
        raise ValueError("no ELF file")
    program_at, section_at = struct.unpack_from("<QQ", data, 32)
    program_bytes, programs, section_bytes, sections = struct.unpack_from("<HHHH", data, 54)
    end = max(64, program_at + program_bytes * programs, section_at + section_bytes * sections)
    for i in range(programs):
        _, _, offset, _, _, size = struct.unpack_from("<IIQQQQ", data, program_at + i * program_bytes)
        end = max(end, offset + size)
    for i in range(sections):
        kind, _, _, offset, size = struct.unpack_from("<IQQQQ", data, section_at + i * section_bytes + 4)
        end = max(end, offset + size if kind != 8 else 0)  # 8: SHT_NOBITS
    return end


def split_image(image):
    """Returns (ELF bytes, archive bytes) of a boot image."""
    end = elf_end(image)
    return image[:end], image[end + -end % PAGE:]


def make_image(init, files):
    """Returns the boot image of init's ELF bytes and {path: (mode, bytes)}."""
    if elf_end(init) != len(init):
        raise ValueError("init: bytes behind the end of the ELF file")
    return init + bytes(-len(init) % PAGE) + cpio.write(files)


def guest_path(path):
    """Checks a path of the archive and returns it without its leading slash."""
    parts = [p for p in path.split("/") if p and p != "."]
    if not path.startswith("/") or not parts or ".." in parts:
        raise UsageError(f"{path}: a path in the guest starts with / and has no ..")
    if len(path) > PATH_MAX or max(map(len, parts)) > NAME_MAX:
        raise UsageError(f"{path[:40]}...: longer than {PATH_MAX} bytes, or a name in it longer than {NAME_MAX}")
    return "/".join(parts)


def host_entry(path):
    """(mode, bytes) of a host file, with the rights reduced to 644 or 755."""
    mode = 0o755 if os.access(path, os.X_OK) else 0o644
    return stat.S_IFREG | mode, read_file(path, "file")


def host_files(host, guest):
    """{path: (mode, bytes)} of a host file, or of all below a host folder, at guest path `guest`."""
    if not os.path.isdir(host):
        return {guest_path(guest): host_entry(host)}
    files = {guest_path(guest): (stat.S_IFDIR | 0o755, b"")} if guest.strip("/") else {}
    for folder, folders, names in os.walk(host):
        below = os.path.relpath(folder, host)
        for name in sorted(folders):
            files[guest_path(os.path.join(guest, below, name))] = (stat.S_IFDIR | 0o755, b"")
        for name in sorted(names):
            files[guest_path(os.path.join(guest, below, name))] = host_entry(os.path.join(folder, name))
    return files


def make_manifest(console, programs, slices=None):
    """The bytes of the manifest. console: tty or bytes. programs: (guest path, arguments, environment) of each. slices: the
    policy by which init gives them slices."""
    tokens = ["C" + console] + (["S" + slices] if slices else [])
    for path, arguments, environment in programs:
        tokens += ["P" + path] + ["A" + a for a in arguments] + ["E" + e for e in environment] + ["."]
    return b"".join(os.fsencode(t) + b"\0" for t in tokens)
