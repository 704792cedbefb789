# SPDX-License-Identifier: MIT
"""The rows of the table: what is measured, where it comes from, what it should be.

Layer: tests. NAME is what a program prints as `row NAME VALUE UNIT`, or a key that bench.py fills in. A row of Exon alone
may name the row of Linux that does the same for its user. Rows of programs are described where they are measured, in the C files
of this folder (bench.h says how), so that a file more is all that a further part takes.
"""
import pathlib
import re
from dataclasses import dataclass
from typing import Optional

INSTRUCTIONS = "instructions"


@dataclass
class Row:
    """One line. goal: at most this (None: no goal was set). linux: name of Linux's row, None if it has none."""
    name: str
    title: str
    does: str
    goal: Optional[float] = None
    linux: Optional[str] = "same"
    unit: str = INSTRUCTIONS

    def linux_name(self):
        return self.name if self.linux == "same" else self.linux


# In this order on the page; a group that is not named here comes behind them.
ORDER = ("Kernel and library calls", "What an exokernel's program does itself", "Virtual memory through POSIX", "Signals",
         "Files, devices, pipes", "Threads", "C library")
SYSTEM = "Boot and size"
HEAD = re.compile(r"^/\* row (\w+): (.*)\n((?: \* .*\n)*? \* .*) \*/$", re.M)


def described(text):
    """(group, Row) of each description in a C file: how it looks stands in bench.h."""
    for name, head, does in HEAD.findall(text):
        title, group, *more = head.split(" | ")
        row = Row(name, title, " ".join(line[3:] for line in does.split("\n")).removesuffix("."))
        for word in more:
            if word == "Exon alone":
                row.linux = None
            elif word.startswith("Linux "):
                row.linux = word[6:]
            elif word.startswith("goal "):
                row.goal = float(word[5:])
            else:
                raise ValueError(f"row {name}: what is '{word}'?")
        yield group, row


# Rows that no program in the guest measures.
SYSTEM_ROWS = [
    Row("boot", "boot: kernel entry to main", "direct boot, guest time with one instruction a nanosecond. Linux: from "
        "the start of its clock, which is after it has unpacked itself", 20, "boot", "ms"),
    Row("memory", "smallest memory that works", "hello runs to its end; whole MiB. Linux: the static program as /init", 16,
        "memory", "MiB"),
    Row("boot_vcpu", "processor time of a whole boot", "the QEMU process, from power-on to power-off after main, least "
        "of three, not counting instructions", None, "boot_vcpu", "ms"),
    Row("hello_size", "hello on disk", "with newlib's printf", 128 * 1024, None, "bytes"),
    Row("kernel_size", "kernel on disk", "exon.elf, symbols included; Linux: vmlinuz, compressed", None, "kernel_size",
        "bytes"),
    Row("kernel_text", "kernel text and data", "objects of exokernel/ by size, drivers and symbols left out", 96 * 1024,
        None, "bytes"),
    Row("clone", "fresh clone to prompt", "git clone, make, boot, first output of sh; packages are installed; wall time", 300,
        None, "s"),
    Row("rebuild", "rebuild of one kernel file to prompt", "make, boot, first output of sh; wall time", 10, None, "s"),
]


def groups():
    """{title: rows} of everything that is measured."""
    found = {title: [] for title in ORDER}
    for path in sorted(pathlib.Path(__file__).parent.glob("*.c")):
        for group, row in described(path.read_text(encoding="utf-8")):
            found.setdefault(group, []).append(row)
    return {**found, SYSTEM: SYSTEM_ROWS}


GROUPS = groups()
ROWS = [row for rows in GROUPS.values() for row in rows]
BY_NAME = {row.name: row for row in ROWS}
