#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 900
"""Boots the kernel tests (tests/guest/kernel) on several machines, and prints their results as tests/run expects them.

usage: test_kernel.py [MACHINE [TEST]]    a machine's name below; tests whose names begin with TEST
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("EXON_BUILD", ROOT / "build"))

# Name: options of exon-run, seconds.
MACHINES = {
    "q35": ("--machine q35 --cpu max", 120),
    "noapic": ("--machine q35 --cpu max --append noapic", 120),
    "microvm": ("--machine microvm --cpu max", 120),
    "pc-qemu64-2": ("--machine pc --cpu qemu64 --cpus 2", 240),
    "q35-4": ("--machine q35 --cpu max --cpus 4", 300),
}


def boot(options, seconds):
    """Runs the suite on one machine. Returns (exit status, what exon-run said, the kernel's log)."""
    with tempfile.TemporaryDirectory(prefix="exon-test.") as scratch:
        log = pathlib.Path(scratch) / "log"
        words = [str(BUILD / "bin" / "exon-run"), "--console", "bytes", "--timeout", str(seconds), "--log", str(log),
                 "--image", str(BUILD / "tests" / "kernel.elf")] + options.split()
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds + 30, check=False)
        told = log.read_text(errors="replace") if log.exists() else ""
        return done.returncode, done.stderr.decode(errors="replace"), told


def judge(machine, status, said, log):
    """Prints the results of one machine. Returns (passed, failed)."""
    failed = 0
    for line in re.findall(r"notice (?:init|watch): (ok .*|FAIL .*|  \.\.\. .*|unexpected fault.*)", log):
        if line.startswith("ok "):
            print(f"ok   {machine}/{line[3:]}")
        else:
            failed += line.startswith("FAIL ")
            print(f"FAIL {machine}/{line[5:]}" if line.startswith("FAIL ") else f"     {line.strip()}")
    passed = len(re.findall(r"notice init: ok ", log))
    count = re.search(r"kernel-tests: (\d+) passed, (\d+) failed", log)
    whole = count and int(count.group(1)) == passed > 0 and status == int(count.group(2) != "0")
    if not whole or (status and not failed):
        failed += 1
        print(f"FAIL {machine}: exit status {status}, {count.group(0) if count else 'no count'}\n{said}")
        print("\n".join(f"     | {line}" for line in log.splitlines()[-20:]))
    return passed, failed


def main():
    wanted = sys.argv[1:]
    passed = failed = 0
    for machine, (options, seconds) in MACHINES.items():
        if wanted and machine != wanted[0]:
            continue
        if len(wanted) > 1:
            options += f" --append kernel-tests={wanted[1]}"
        good, bad = judge(machine, *boot(options, seconds))
        passed, failed = passed + good, failed + bad
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
