#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 400
"""What reaches a program through exon-run and what comes back: exit statuses, deaths, arguments, environment, files, a second
program; shutdown and reboot. Layer: tests.
"""
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from harness import ALL, BUILD, check, contains, equal, run, scratch, shell  # noqa: E402

SECONDS = 60
ODD = ["", "two words", "tab\there", "new\nline", "quote'\"\\", "*?[$(x)`y`", "\udcff\udc80", "\x01", "-n", "=", "\u00e4\u20ac"]


def boot(program, *words, stdin=b"", options=()):
    return shell([BUILD / "bin" / "exon-run", "--timeout", SECONDS, *options, "--", program, *words], stdin=stdin,
                 seconds=SECONDS + 20)


def test_exit_statuses():
    """All 256 with everything, else those at the edges; tests/guest/proc_spawn.c has all within one boot."""
    for status in range(256) if ALL else (0, 1, 2, 63, 64, 126, 127, 128, 200, 255):
        found, output, errors = boot("sh", "-c", f"exit {status}")
        equal((found, output), (status, b""), errors)


def test_deaths_by_fault():
    program = BUILD / "tests" / "guest" / "die"
    for word, number, cause in (("read", 11, "cannot read unmapped memory at 0x10"), ("divide", 8, "SIGFPE"),
                                ("illegal", 4, "SIGILL"), ("trap", 5, "SIGTRAP"), ("abort", 6, "SIGABRT"),
                                ("deep", 11, "stack overflow of thread main")):
        status, output, errors = boot(program, word)
        text = output.decode(errors="replace") + errors
        equal(status, 128 + number, word + text)
        for part in (cause, "  rip 00", "   #0 0x", " in ", "die: killed by"):
            contains(text, part)


def test_odd_arguments_and_environment():
    program = BUILD / "tests" / "guest" / "die"
    options = [w for i, odd in enumerate(ODD) for w in ("--env", f"V{i}={odd}")]
    status, output, errors = boot(program, "show", *ODD, options=options)
    wanted = [os.fsencode(odd) for odd in ODD] + [os.fsencode(f"V{i}={odd}") for i, odd in enumerate(ODD)]
    equal((status, output.split(b"\0")[:-1]), (0, wanted), errors)


def test_log_levels():
    """The level hides records of the kernel; the exit status, which is init's, arrives with all of them."""
    for level, there, hidden in (("panic", "exit-status", "smp: "), ("error", "exit-status", "boot: "),
                                 ("notice", "boot: Exon", "smp: "), ("info", "smp: cpus=1", "boot: memory "),
                                 ("debug", "boot: memory base=", "\0")):
        with scratch() as folder:
            log = pathlib.Path(folder) / "log"
            status, output, errors = boot("sh", "-c", "echo x; exit 3", options=["--append", f"log={level}", "--log", log])
            equal((status, output), (3, b"x\n"), level + errors)
            text = log.read_text()
        contains(text, there)
        check(hidden not in text, f"{level}: {hidden!r} is in {text}")


def test_files():
    with scratch() as folder:
        path = pathlib.Path(folder) / "data"
        data = bytes(range(256)) * 500
        path.write_bytes(data)
        status, output, errors = boot("cat", "/some/where", "/data", options=["--file", f"{path}:/some/where", "--file", path])
    equal((status, output == data + data), (0, True), errors)


def test_a_second_program():
    words = [BUILD / "bin" / "exon-run", "--timeout", SECONDS, "sh", "-c", "sleep 1; echo first", "--and", "echo", "second"]
    status, output, errors = shell(words, seconds=SECONDS + 20)
    equal((status, output), (0, b"second\nfirst\n"), errors)
    words = [BUILD / "bin" / "exon-run", "--timeout", SECONDS, "true", "--and", "sh", "-c", "exit 9"]
    equal(shell(words, seconds=SECONDS + 20)[0], 9)


def test_shutdown_and_reboot():
    status, _, errors = boot("sh", "-c", "shutdown; sleep 50")
    equal(status, 0, errors)
    status, _, errors = boot("sh", "-c", "reboot; sleep 50")
    equal(status, 0, errors)


def test_the_shell_survives_too_many_processes():
    script = "i=0; while [ $i -lt 200 ]; do sleep 100 & i=$((i+1)); done 2>/dev/null; echo alive; echo still\n"
    status, output, errors = boot("sh", stdin=script.encode(), options=["--memory", "32"])
    check(output.endswith(b"alive\nstill\n"), f"{status} {output!r} {errors}")


run(globals())
