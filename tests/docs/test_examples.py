#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 300
"""The programs of apps/examples: each is short, compiles without a warning as its head says, and prints what it should.

Layer: tests. An example that is not in EXPECTED fails: somebody has to say what it shows.
"""
import os
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tools"))

from harness import BUILD, check, equal, run, scratch, shell  # noqa: E402

EXAMPLES = HERE.parents[1] / "apps" / "examples"
LINES = 100

# Name: options of exon-run, exit status, what all of the output must match.
EXPECTED = {
    "hello": ("", 0, r"Hello from ring 3\.\n"),
    "page_fault": ("--memory 32", 0, r"(?s)3 squared is 9\n.*99999999 squared is 9999999800000001\n.*pages filled: 3 of 195312\n"),
    "allocator": ("", 0, r"(?s).*: 0 bytes in use\n.*: 64 bytes more\nfreed: 0 bytes more\n"
                         r"two megabytes: [^g]\w+ .*\nat most \d+ bytes.*\n"),
    "scheduler": ("", 0, r"policy least-run: \d+ \d+ \d+\n"),
    "two_libraries": ("--cpus 2", 0, r"(?s)(?=.*Hello, from libos!\n)(?=.*tiny: .*/bin/tiny beside POSIX\n).*2 of 2 ended well\n"),
}


def sources():
    return sorted(EXAMPLES.glob("*.c"))


def test_they_are_short():
    for source in sources():
        lines = source.read_text(encoding="utf-8").count("\n")
        check(lines < LINES, f"{source.name} has {lines} lines; an example has fewer than {LINES}")


def test_they_run():
    for source in sources():
        name = source.stem
        check(name in EXPECTED, f"{source.name}: tests/docs/test_examples.py does not know what it should print")
        options, wanted, pattern = EXPECTED[name]
        with scratch() as folder:
            program = os.path.join(folder, name)
            status, output, errors = shell([BUILD / "bin/exon-cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, source])
            equal(status, 0, errors)
            status, output, errors = shell([BUILD / "bin/exon-run", "--timeout", "60", *options.split(), program], seconds=90)
            equal(status, wanted, f"{name}: {errors}")
            check(re.fullmatch(pattern, output.decode()), f"{name} printed {output.decode()!r}")


run(globals())
