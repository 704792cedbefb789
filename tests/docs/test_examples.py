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
sys.path[:0] = [str(HERE.parent / "tools"), str(HERE.parent / "console")]

from harness import BUILD, check, equal, run, scratch, shell  # noqa: E402
from machine import Terminal  # noqa: E402

EXAMPLES = HERE.parents[1] / "apps" / "examples"
LINES = 100

# Name: options of exon-run, exit status, what all of the output must match.
EXPECTED = {
    "hello": ("", 0, r"Hello from ring 3\.\n"),
    "page_fault": ("--memory 32", 0, r"(?s)3 squared is 9\n.*99999999 squared is 9999999800000001\n.*pages filled: 3 of 195312\n"),
    "allocator": ("", 0, r"(?s).*: 0 bytes in use\n.*: 64 bytes more\nfreed: 0 bytes more\n"
                         r"two megabytes: [^g]\w+ .*\nat most \d+ bytes.*\n"),
    "scheduler": ("", 0, r"policy least-run: \d+ \d+ \d+\n"),
    "control_transfer": ("", 0, r"20 \+ 20 \+ 2 is 42\nhalf a second's work, 2 ms to wait: [^\n]*timed out\n"
                         r"the next call: Device or resource busy\nwhen it has time: answered\nshut: answered\n"
                         r"after that: (Not owner|Operation not permitted)\nits ghost: No such process\n"),
    "two_libraries": ("--cpus 2", 0, r"(?s)(?=.*Hello, from libos!\n)(?=.*tiny: .*/bin/tiny beside POSIX\n).*2 of 2 ended well\n"),
}


def type_at_keyboard(program):
    """Both ways in which keys come, while the clock goes on."""
    with Terminal(program, qmp=True) as terminal:
        terminal.expect(b"1 s\r\n")
        terminal.send(b"by line\r")
        terminal.expect(b"typed: by line\r\n")
        terminal.keyboard.type("by keys\n")
        terminal.expect(b"typed: by keys\r\n")
        terminal.expect(b" s\r\n")
        terminal.keyboard.key("esc")
        told = terminal.expect(b" times\r\n").rpartition(b"\n")[2]
        found = re.fullmatch(rb"(\d+) seconds, (\d+) polls, slept (\d+)", told)
        check(found and int(found[2]) < 200, f"keyboard ended with {told!r}")
        equal(terminal.end(), 0, "exit status of keyboard")


# Name: what somebody does at its terminal, and sees there.
TYPED = {"keyboard": type_at_keyboard}


def sources():
    return sorted(EXAMPLES.glob("*.c"))


def test_they_are_short():
    for source in sources():
        lines = source.read_text(encoding="utf-8").count("\n")
        check(lines < LINES, f"{source.name} has {lines} lines; an example has fewer than {LINES}")


def test_they_run():
    for source in sources():
        name = source.stem
        check(name in EXPECTED or name in TYPED, f"{source.name}: tests/docs/test_examples.py does not know what it should print")
        with scratch() as folder:
            program = os.path.join(folder, name)
            status, output, errors = shell([BUILD / "bin/exon-cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, source])
            equal(status, 0, errors)
            if name in TYPED:
                TYPED[name](program)
                continue
            options, wanted, pattern = EXPECTED[name]
            status, output, errors = shell([BUILD / "bin/exon-run", "--timeout", "60", *options.split(), program], seconds=90)
            equal(status, wanted, f"{name}: {errors}")
            check(re.fullmatch(pattern, output.decode()), f"{name} printed {output.decode()!r}")


run(globals())
