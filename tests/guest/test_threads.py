#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 200
"""What a program hears of that went wrong with its threads: stack overflow, threads that wait for each other. Layer: tests.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from harness import BUILD, check, contains, equal, run, shell  # noqa: E402

PROGRAM = BUILD / "tests" / "guest" / "thread_faults"


def boot(word, seconds=10):
    status, output, errors = shell([BUILD / "bin" / "exon-run", "--timeout", seconds, "--", PROGRAM, word], seconds=seconds + 30)
    return status, output.decode(errors="replace") + errors


def test_stack_overflow_names_the_thread():
    status, text = boot("overflow", 60)
    equal(status, 128 + 11, text)
    contains(text, "stack overflow of thread digger")


def test_deadlock_is_reported():
    status, text = boot("deadlock")
    equal(status, 124, text)
    contains(text, "deadlock: 2 threads wait for each other")
    for held, waits in (("second-first", "main"), ("main", "second-first")):
        check(any(f"thread {waits} waits for the mutex at 0x" in line and line.rstrip().endswith(f"held by thread {held}")
                  for line in text.splitlines()), text)


def test_relock_is_reported_and_leaves_others_alone():
    status, text = boot("relock", 60)
    equal(status, 3, text)
    contains(text, "deadlock: 1 thread waits for itself")
    contains(text, "thread again waits for the mutex")


def test_joins_in_a_circle_are_reported():
    status, text = boot("join")
    equal(status, 124, text)
    contains(text, "thread joiner waits for the end of thread main")


DEADLOCKS = BUILD / "tests" / "guest" / "deadlocks"


def boot_kinds(kinds, seconds):
    """One program each in one boot."""
    words = [word for kind in kinds for word in ("--and", DEADLOCKS, kind)][1:]
    status, output, errors = shell([BUILD / "bin" / "exon-run", "--timeout", seconds, *words], seconds=seconds + 30)
    return status, output.decode(errors="replace") + errors


def test_each_kind_is_reported():
    kinds = {"semaphore": "semaphore at 0x", "condition": "condition variable at 0x",
             "written": ", held for writing by thread main", "read": ", held by 1 for reading",
             "barrier": ", where 1 of 3 have come", "ended": ", held by thread owner"}
    status, text = boot_kinds(kinds, 20)
    equal(status, 124, text)
    equal(text.count("deadlock: all threads wait for each other"), len(kinds), text)
    for kind, wanted in kinds.items():
        check(any(f"thread {kind} waits for the " in line and wanted in line for line in text.splitlines()), f"{kind}: {text}")
        contains(text, f"thread main waits for the end of thread {kind}")


def test_waiting_for_something_outside_is_no_deadlock():
    kinds = ("sleep", "timeout", "process", "pipe", "handler", "sigwait")
    status, text = boot_kinds(kinds, 60)
    equal(status, 0, text)
    check("deadlock" not in text, text)


run(globals())
