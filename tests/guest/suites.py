# SPDX-License-Identifier: MIT
"""Boots suites that are the first environment (tests/guest/kernel/suite.h) on several machines, and prints their results as
tests/run expects them. Layer: tests; test_kernel.py and test_adversary.py."""
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("EXON_BUILD", ROOT / "build"))


def boot(image, options, seconds):
    """Runs a suite on one machine. Returns (exit status, what exon-run said, the kernel's log)."""
    with tempfile.TemporaryDirectory(prefix="exon-test.") as scratch:
        log = pathlib.Path(scratch) / "log"
        words = [str(BUILD / "bin" / "exon-run"), "--console", "bytes", "--timeout", str(seconds), "--log", str(log),
                 "--image", str(BUILD / "tests" / image)] + shlex.split(options)
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds + 30, check=False)
        told = log.read_text(errors="replace") if log.exists() else ""
        return done.returncode, done.stderr.decode(errors="replace"), told


def judge(suite, machine, status, said, log):
    """Prints the results of one machine. Returns (passed, failed)."""
    failed = 0
    for line in re.findall(r"notice (?:init|watch): (ok .*|FAIL .*|  \.\.\. .*|unexpected fault.*)", log):
        if line.startswith("ok "):
            print(f"ok   {machine}/{line[3:]}")
        else:
            failed += line.startswith("FAIL ")
            print(f"FAIL {machine}/{line[5:]}" if line.startswith("FAIL ") else f"     {line.strip()}")
    passed = len(re.findall(r"notice init: ok ", log))
    count = re.search(rf"{suite}: (\d+) passed, (\d+) failed", log)
    whole = count and int(count.group(1)) == passed > 0 and status == int(count.group(2) != "0")
    if not whole or (status and not failed):
        failed += 1
        print(f"FAIL {machine}: exit status {status}, {count.group(0) if count else 'no count'}\n{said}")
        print("\n".join(f"     | {line}" for line in log.splitlines()[-20:]))
    return passed, failed


def main(suite, image, machines):
    """machines: {name: (options of exon-run, seconds)}. The command line may choose one, and tests by how they begin."""
    wanted = sys.argv[1:]
    passed = failed = 0
    for machine, (options, seconds) in machines.items():
        if wanted and machine != wanted[0]:
            continue
        if len(wanted) > 1:
            options += f" --append {suite}={wanted[1]}"
        good, bad = judge(suite, machine, *boot(image, options, seconds))
        passed, failed = passed + good, failed + bad
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0
