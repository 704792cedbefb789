#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 300
"""The terminal at the serial line, as a person at a pseudo-terminal has it."""
import os
import tempfile
import time

from machine import BUILD, PROMPT, SLOW, Memory, Terminal, symbol
from harness import check, contains, equal, run

CTRL_C, CTRL_D, CTRL_U, CTRL_W, TAB = b"\3", b"\4", b"\x15", b"\x17", b"\t"
MEMORY = 64  # MiB
UP, LEFT, HOME, BACKSPACE = b"\x1b[A", b"\x1b[D", b"\x1b[H", b"\x7f"


def shell(*options):
    terminal = Terminal(*options)
    terminal.expect(PROMPT)
    return terminal


def test_line_editing():
    with shell() as t:
        equal(t.run(b"echo one"), b"one\r\n")
        equal(t.run(b"echo worse" + BACKSPACE * 2 + b"d"), b"word\r\n")
        equal(t.run(b"cho x" + HOME + b"e"), b"x\r\n")
        equal(t.run(b"echo ac" + LEFT + b"b"), b"abc\r\n")
        equal(t.run(b"nonsense" + CTRL_U + b"echo clean"), b"clean\r\n")
        equal(t.run(b"echo kept gone" + CTRL_W + b"new"), b"kept new\r\n")
        equal(t.run("echo \u00e4\u20ac".encode() + BACKSPACE + b"."), "\u00e4.\r\n".encode())


def test_history_and_completion():
    with shell() as t:
        t.run(b"echo first")
        t.run(b"echo second")
        equal(t.run(UP), b"second\r\n")
        equal(t.run(UP + UP + UP), b"first\r\n")
        contains(t.run(b"upti" + TAB), b"up")
        t.run(b"echo text > /tmp/a-long-name")
        equal(t.run(b"cat /tmp/a-lo" + TAB), b"text\r\n")


def test_interrupt_kills_the_foreground_alone():
    with shell() as t:
        t.send(b"sleep 100\r")
        time.sleep(0.5 * SLOW)
        t.send(CTRL_C)
        t.expect(b"^C")
        t.expect(PROMPT)
        equal(t.run(b"echo $?"), b"130\r\n")
        t.run(b"sleep 2 && echo in the background &")
        t.send(b"sleep 100\r")
        t.expect(b"\n")
        time.sleep(0.5 * SLOW)
        t.send(CTRL_C)
        t.expect(PROMPT)
        t.expect(b"in the background")


def type_interrupt(t):
    """Ctrl-C, and again if it was not echoed: the shell still had the terminal in raw mode, and it was a character like others."""
    t.send(CTRL_C)
    end = time.monotonic() + 3 * SLOW
    while b"^C" not in t.fresh and time.monotonic() < end:
        t.read(0.1)
    if b"^C" not in t.fresh:
        t.send(CTRL_C)


def test_interrupt_at_every_moment():
    with shell() as t:
        for delay in (0, 0.01, 0.02, 0.05, 0.1):
            t.send(b"sleep 100\r")
            t.expect(b"\n")
            time.sleep(delay)
            type_interrupt(t)
            t.expect(PROMPT)
        for loop in (b"while :; do :; done", b"while true; do ls /bin; done"):
            t.send(loop + b"\r")
            time.sleep(0.5 * SLOW)
            t.send(CTRL_C)
            t.expect(b"^C")
            t.expect(PROMPT)
            equal(t.run(b"echo $?"), b"130\r\n")


def test_interrupt_at_the_prompt():
    with shell() as t:
        t.send(b"echo never" + CTRL_C)
        t.expect(PROMPT)
        equal(t.run(b"echo next"), b"next\r\n")


def test_end_of_file():
    with shell() as t:
        t.send(b"cat\r")
        t.expect(b"\n")
        time.sleep(0.5 * SLOW)  # what is typed while the shell still has the terminal in raw mode stays as it is
        t.send(b"words\r")
        t.expect(b"words\r\nwords\r\n")
        t.send(CTRL_D)
        t.expect(PROMPT)
        t.run(b"false")
        t.send(CTRL_D)
        equal(t.end(), 1, "exit status")


def test_a_program_that_dies_in_raw_mode():
    with shell("--file", f"{BUILD}/tests/guest/console_raw:/bin/console_raw") as t:
        t.send(b"console_raw\r")
        t.expect(b"killed by signal 15")
        t.expect(PROMPT)
        equal(t.run(b"echo edited" + BACKSPACE * 2), b"edit\r\n")
        t.send(b"cat\r")
        t.expect(b"\n")
        time.sleep(0.5 * SLOW)  # what is typed while the shell still has the terminal in raw mode stays as it is
        t.send(b"echoed\r")
        t.expect(b"echoed\r\nechoed\r\n")
        t.send(CTRL_C)
        t.expect(PROMPT)


def test_stop_and_start_output():
    with shell() as t:
        t.send(b"sleep 1; echo held\r")
        t.expect(b"\n")
        time.sleep(0.5 * SLOW)
        t.send(b"\x13")
        time.sleep(1.5 * SLOW)
        t.read(0.1)
        check(b"held" not in t.fresh, "Ctrl-S does not hold the output")
        t.send(b"\x11")
        t.expect(b"held\r\n")


def test_much_output_arrives_whole():
    with shell("--cpus", "2") as t:
        lines = t.run(b"i=0; while [ $i -lt 1000 ]; do echo line $i; i=$((i+1)); done").split(b"\r\n")
        wrong = [n for n, line in enumerate(lines[:-1]) if line != b"line %d" % n]
        check(len(lines) == 1001 and not wrong, f"{len(lines)} lines, wrong are {wrong[:3]}")


def crash_console(t, stub):
    """Overwrites the console's main loop in the machine's memory, wherever it is loaded: not in the boot image, where it lies
    at another place within a page, or within other bytes of its page."""
    path = BUILD / "apps" / "console"
    offset, address = symbol(path, "console_step")
    with open(path, "rb") as file:
        code = file.read()
    page = code[offset - address % 4096:offset - address % 4096 + 4096]
    t.keyboard.command("stop")
    ram = os.path.join(t.scratch.name, "ram")
    t.keyboard.command("pmemsave", val=0, size=MEMORY << 20, filename=ram)
    with open(ram, "rb") as file:
        data = file.read()
    found = [at for at in range(0, len(data), 4096) if data[at:at + 4096] == page]
    equal(len(found), 1, "copies of the page")
    memory = Memory(stub)
    memory.write(found[0] + address % 4096, b"\x0f\x0b")
    memory.detach()
    t.keyboard.command("cont")


def test_a_console_that_dies_is_started_again():
    with tempfile.TemporaryDirectory(prefix="exon-test.") as scratch:
        stub = os.path.join(scratch, "gdb")
        with Terminal("--memory", str(MEMORY), "--qemu", f"-gdb unix:{stub},server=on,wait=off", qmp=True) as t:
            t.expect(PROMPT)
            t.run(b"kept=yes")
            crash_console(t, stub)
            t.send(b"\r")
            t.expect_log(b"died and was started again")
            t.send(b"\recho $kept$kept\r")
            t.expect(b"yesyes\r\n")
            t.expect(PROMPT)
            t.send(CTRL_D)
            equal(t.end(), 0, "exit status")


run(globals())
