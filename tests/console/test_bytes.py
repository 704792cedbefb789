#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 300
"""The channel of bytes: what goes in comes out, to the byte, and both ends are seen."""
import random
import time

from machine import EXON_RUN, LIMIT
from harness import ALL, check, equal, run, shell

EVERY_BYTE = bytes(range(256))


def exon(words, stdin=b"", options=()):
    status, output, errors = shell([EXON_RUN, "--timeout", LIMIT, *options, *words], stdin=stdin, seconds=LIMIT + 20)
    equal(status, 0, f"exit status ({errors[-300:]})")
    return output


def echoes(data, *options):
    output = exon(["cat"], data, options)
    at = next((n for n, pair in enumerate(zip(output, data)) if pair[0] != pair[1]), min(len(output), len(data)))
    check(output == data, f"{len(output)} of {len(data)} bytes, the first difference at {at}")


def test_every_byte():
    echoes(EVERY_BYTE * 3 + EVERY_BYTE[::-1])


def test_the_bytes_of_the_framing():
    echoes(b"\x10\x04\x10\x10\x10" * 20 + b"\x03\x04\x11\x13\x1a\x1c\r\n\r\r\n")


def test_no_byte():
    began = time.monotonic()
    echoes(b"")
    equal(exon(["wc", "-c"]).split(), [b"0"])
    check(time.monotonic() - began < LIMIT / 4, "the end of input is late")


def test_nobody_reads():
    exon(["true"], random.Random(1).randbytes(50000))


def test_100_kib():
    echoes(random.Random(2).randbytes(100 << 10))


def test_several_processors():
    echoes(random.Random(3).randbytes(20 << 10), "--cpus", "4")


def test_machines_and_processors():
    for machine in ("pc", "microvm", "q35"):
        echoes(EVERY_BYTE * 8, "--machine", machine, "--cpu", "qemu64")
    if ALL:
        for machine in ("pc", "microvm", "q35"):
            echoes(random.Random(4).randbytes(200 << 10), "--machine", machine, "--cpus", "4")


def test_much_output():
    output = exon(["sh", "-c", "i=0; while [ $i -lt 3000 ]; do echo $i; i=$((i+1)); done"])
    equal(output, b"".join(b"%d\n" % n for n in range(3000)), "output")


run(globals())
