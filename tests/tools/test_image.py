#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Boot images: the archive as cpio(1) sees it, the ELF file's end, the manifest, paths that are refused."""
import os
import stat
import struct
import subprocess
import sys

from harness import ROOT, check, contains, equal, run, scratch, shell, succeed

sys.path.insert(0, str(ROOT / "boot"))
from exonrun import cpio, image  # noqa: E402
from exonrun.options import UsageError  # noqa: E402

FILES = {"bin/hello": (stat.S_IFREG | 0o755, b"\x7fELF" + bytes(range(256))), "etc/empty": (stat.S_IFREG | 0o644, b""),
         "a/b/c/deep": (stat.S_IFREG | 0o644, b"x" * 4097), "d": (stat.S_IFDIR | 0o755, b"")}


def small_elf(extra=b""):
    """A valid ELF header with one segment that ends at byte 200, and 200 bytes."""
    header = struct.pack("<4sBBBB8xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 0, 2, 62, 1, 0, 64, 0, 0, 64, 56, 1, 64, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 120, 0x400000, 0, 80, 80, 4096)
    return header + segment + b"t" * 80 + extra


def refused(function, *arguments):
    try:
        function(*arguments)
    except (UsageError, ValueError) as error:
        return str(error)
    raise AssertionError(f"{function.__name__}{arguments} was not refused")


def test_cpio_lists_the_archive():
    with scratch() as folder:
        archive = cpio.write(FILES)
        listed = succeed(["cpio", "-t", "--quiet"], stdin=archive).decode().split()
        equal(sorted(listed), sorted(cpio.with_parents(FILES)), "names")
        succeed(["cpio", "-id", "--quiet", "--no-preserve-owner"], stdin=archive, cwd=folder)
        with open(os.path.join(folder, "a/b/c/deep"), "rb") as file:
            equal(file.read(), b"x" * 4097)
        check(os.access(os.path.join(folder, "bin/hello"), os.X_OK), "bin/hello lost its x bit")


def test_archive_repeats():
    backwards = dict(reversed(list(FILES.items())))
    equal(cpio.write(FILES), cpio.write(backwards), "archive")


def test_reading_gives_back_what_was_written():
    found = cpio.read(cpio.write(FILES))
    for name, entry in FILES.items():
        equal(found[name], entry, name)


def test_reads_archives_of_cpio():
    with scratch() as folder:
        with open(os.path.join(folder, "f"), "wb") as file:
            file.write(b"hello")
        made = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], input=b"f\n", cwd=folder, capture_output=True,
                              check=True).stdout
        equal(cpio.read(made)["f"][1], b"hello")


def test_malformed_archives_are_refused():
    archive = cpio.write(FILES)
    for cut in range(0, len(archive) - 512, 97):
        refused(cpio.read, archive[:cut])
    contains(refused(cpio.read, b"070702" + archive[6:]), "byte 0")


def test_image_splits_where_it_was_joined():
    init = small_elf()
    joined = image.make_image(init, FILES)
    equal(joined[4096:4102], b"070701", "archive at the next page")
    elf, archive = image.split_image(joined)
    equal(elf, init)
    equal(cpio.read(archive)["d"], FILES["d"])


def test_bytes_behind_init_are_refused():
    refused(image.make_image, small_elf(b"more"), FILES)
    refused(image.make_image, b"#!/bin/sh\n", FILES)


def test_manifest():
    made = image.make_manifest("bytes", [("/bin/hello", ["hello", "you"], ["A=1"]), ("/bin/b", ["b"], [])])
    equal(made, b"Cbytes\0P/bin/hello\0Ahello\0Ayou\0EA=1\0.\0P/bin/b\0Ab\0.\0")


def test_guest_paths():
    equal(image.guest_path("/a//b/./c"), "a/b/c")
    for path in ("a", "/", "/../x", "/a/../b", "", "/" + "n" * 256, "/" + "d/" * 600):
        refused(image.guest_path, path)


def test_mkimage_names_what_is_missing():
    status, _, errors = shell([ROOT / "boot/mkimage", "/dev/null", "/nowhere/init"])
    equal(status, 1)
    contains(errors, "/nowhere/init")


run(globals())
