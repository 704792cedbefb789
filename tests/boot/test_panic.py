# SPDX-License-Identifier: MIT
# seconds: 400
"""What a panic of the kernel reports: an NMI from outside on the kernel under test, and every kind that `selftest=` of a
debug kernel makes. That kernel alone is built here, below the build folder. Layer: tests."""
import os
import pathlib
import re
import sys
import time

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path += [str(TESTS / "tools"), str(TESTS / "console")]

from harness import BUILD, ROOT, check, equal, run, shell  # noqa: E402
from machine import Terminal  # noqa: E402

FAILED = 125
REPORT = (r"PANIC: {cause}", r"cpu=\d+ environment: {environment}", r"rip=[0-9a-f]{{16}} cs=", r"r15=[0-9a-f]{{16}}",
          r"cr0=\w+ cr2=\w+ cr3=\w+ cr4=\w+ efer=\w+", r"stack trace:", r"stack around [0-9a-f]{{16}}:")
ONE_STACK_LINE = r"panic +panic:   [0-9a-f]{16}(?: [0-9a-f]{2}){16}\n"


def debug_kernel():
    """Builds it. Returns its path."""
    folder = BUILD / "debug-kernel"
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")}
    compiler = pathlib.Path((BUILD / "config").read_text().split()[1]) # `compiler NAME ...`; a path where make toolchain made it
    cross = [] if "x86_64-linux-gnu" in compiler.name else ["CROSS=x86_64-elf-", f"TOOLCHAIN_DIR={compiler.parent.parent}"]
    status, output, errors = shell(["make", f"B={folder}", "DEBUG=1", *cross, folder / "exon.elf"], cwd=ROOT, seconds=300,
                                   environment=environment)
    check(status == 0, f"the debug kernel cannot be built\n{output.decode(errors='replace')}{errors}")
    return folder / "exon.elf"


def complete(report, cause, environment):
    """All parts of a report, in order, with a cause and an environment (regular expressions)."""
    wanted = r"[^\n]*\n.*?".join(part.format(cause=cause, environment=environment) for part in REPORT)
    check(re.search(wanted, report, re.S), f"not a complete report of '{cause}':\n{report}")


def selftest(kernel, name, *options):
    """exon-run's message: it shows the whole report."""
    status, _, errors = shell([BUILD / "bin/exon-run", "--timeout", "60", "--kernel", kernel, "--append", f"selftest={name}",
                               *options, "hello"], seconds=90)
    equal(status, FAILED, errors)
    return errors


def test_every_kind():
    kernel = debug_kernel()
    fault = "page fault in the kernel: write of [0-9a-f]+, which is "
    for name, cause in (("page-fault", fault + "not mapped"), ("write-text", fault + "protected"), ("nmi", "NMI in the kernel")):
        report, function = selftest(kernel, name), "test_" + name.replace("-", "_")
        complete(report, cause, "none")
        check(re.search(rf"[0-9a-f]{{16}} {function}\+0x", report), f"no {function} in the trace:\n{report}")
        check(re.search(ONE_STACK_LINE, report), f"no bytes of the stack:\n{report}")
    for name, cause in (("panic", "selftest"), ("assert", r"exokernel/selftest\.c:\d+: assertion failed: never")):
        report = selftest(kernel, name)
        check(re.search(rf"PANIC: {cause}", report), report)
        check(re.search(rf"[0-9a-f]{{16}} test_{name}\+0x", report), f"no test_{name} in the trace:\n{report}")


def test_stack_overflow():
    """Reported from a stack of its own, on every kind of machine; never a reset."""
    kernel = debug_kernel()
    for options in ((), ("--cpus", "4", "--machine", "pc", "--cpu", "qemu64"), ("--machine", "microvm")):
        report = selftest(kernel, "stack-overflow", *options)
        complete(report, "kernel stack overflow at [0-9a-f]+", "none")
        check(len(re.findall(r" overflow\+0x", report)) > 3, f"no overflow in the trace:\n{report}")
        check(re.search(ONE_STACK_LINE, report), f"no bytes of the stack:\n{report}")


def test_a_release_kernel_has_no_selftests():
    if "debug 0" in (BUILD / "config").read_text():
        status, output, errors = shell([BUILD / "bin/exon-run", "--timeout", "60", "--append", "selftest=panic", "hello", "you"],
                                       seconds=90)
        equal((status, output), (0, b"Hello, you!\n"), errors)


def test_nmi_from_outside():
    """What answers a hang: QEMU's inject-nmi, while a program spins in ring 3 and while every processor is idle."""
    for machine in ((), ("--cpus", "4"), ("--append", "noapic"), ("--machine", "pc", "--cpu", "qemu64")):
        # Of several processors the first that notices it reports; and it may be between two environments.
        spins = r"[^\n]+" if "4" in machine else r"(?:sh id=\w+ activation=0|none)"
        for script, environment in (("while :; do :; done", spins), ("sleep 50", r"[^\n]+")):
            with Terminal(*machine, "sh", "-c", f"echo up; {script}", qmp=True) as t:
                t.expect(b"up")
                time.sleep(0.5)
                t.keyboard.command("inject-nmi")
                equal(t.end(), FAILED, "exit status")
                complete(t.log().decode(), r"NMI in (?:ring 3|the kernel)", environment)
                # On the first serial port too, which is the console's till then.
                complete(t.fresh.decode(errors="replace").replace("\r", ""), r"NMI in (?:ring 3|the kernel)", environment)


run(globals())
