#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 300
"""Screen, keyboard and mouse of a PC: keys are sent to the machine, the screen is read back."""
import os
import pathlib
import re
import struct
import sys
import time

from machine import PATIENCE, SLOW, Terminal
from harness import BUILD, check, contains, equal, run, scratch, shell

HERE = pathlib.Path(__file__).resolve().parent


def screen(*options):
    terminal = Terminal("--vga", *options, qmp=True)
    terminal.expect(b"/$ ")
    return terminal


def last(rows):
    return [row for row in rows if row][-1]


def type_line(t, text, answer):
    """Types a command; waits until its answer stands above a new prompt. Returns the attributes of the answer's row."""
    t.keyboard.type(text + "\n")
    rows, attributes = t.keyboard.wait_screen(lambda rows: answer in rows and last(rows) == "/$")
    return attributes[len(rows) - 1 - rows[::-1].index(answer)]


def driven(t, *names):
    """`devices` says that the console drives these."""
    t.send(b"devices\r")
    t.expect(b"WHAT")
    listed = t.expect(b"$ ").decode()
    for name in names:
        check(re.search(rf"platform +- +\S+ +console +{name}\r\n", listed), f"{name} is not driven by the console:\n{listed}")


def test_text_screen():
    for machine in ("q35", "pc"):
        with screen("--machine", machine) as t:
            k = t.keyboard
            driven(t, "serial0", "keyboard", "mouse", "vga-text")
            type_line(t, "echo Hello, 'World | <X>' \"{~}\"", "Hello, World | <X> {~}")
            k.key("caps_lock")
            k.type("echo caps")
            k.key("caps_lock")
            k.wait_screen(lambda rows: last(rows) == "/$ ECHO CAPS")
            k.key("ctrl", "c")
            k.wait_screen(lambda rows: last(rows) == "/$")
            colours = type_line(t, "printf '\\033[31mred\\033[1;44mblue\\033[0mplain\\n'", "redblueplain")
            equal((colours[0], colours[4], colours[9]), (0x04, 0x1c, 0x07), "attributes")
            k.key("up")
            k.wait_screen(lambda rows: last(rows).startswith("/$ printf"))
            k.key("ctrl", "u")
            k.type("echo ac")
            k.key("left")
            type_line(t, "b", "abc")
            k.event("key", down=True, key={"type": "qcode", "data": "ctrl"})
            k.event("key", down=True, key={"type": "qcode", "data": "d"})  # nobody is there to see them go up
            equal(t.end(), 0, "exit status")


def test_scrolling_and_cursor():
    with screen() as t:
        t.keyboard.type("i=0; while [ $i -lt 60 ]; do echo row $i; i=$((i+1)); done\n")
        rows, _ = t.keyboard.wait_screen(lambda rows: last(rows) == "/$" and "row 59" in rows)
        equal(rows, [f"row {n}" for n in range(36, 60)] + ["/$"], "rows")
        place = 0
        for register in (0x0e, 0x0f):
            t.keyboard.monitor(f"o /b 0x3d4 {register}")
            value = t.keyboard.monitor("i /b 0x3d5").split("=")[1]
            place = place << 8 | int(value, 16)
        equal(place, 24 * 80 + 3, "cursor")


def test_editor():
    with screen() as t:
        t.keyboard.type("edit /tmp/file\n")
        t.keyboard.wait_screen(lambda rows: not any(row.startswith("/$") for row in rows))
        t.keyboard.type("first\nsecond")
        t.keyboard.key("up")
        t.keyboard.key("home")
        t.keyboard.type("the ")
        t.keyboard.wait_screen(lambda rows: rows[:2] == ["1 the first", "2 second"])


def test_interrupt():
    with screen() as t:
        t.keyboard.type("sleep 100\n")
        time.sleep(SLOW)
        t.keyboard.key("ctrl", "c")
        t.keyboard.wait_screen(lambda rows: "^C" in rows and last(rows) == "/$")


def test_keys_and_mouse_without_a_terminal():
    program = f"{BUILD}/tests/guest/console_events:/bin/console_events"
    with screen("--file", program) as t:
        t.send(b"console_events\r")
        t.expect(b"grabbed 25x80")
        k = t.keyboard
        k.key("shift", "a")
        t.expect(b"key 0x2a state 1 modifiers 1")
        t.expect(b"key 0x1e state 1 modifiers 1 unicode 0x41")
        t.expect(b"key 0x1e state 0")
        k.key("right")
        t.expect(b"key 0xcd state 1")
        k.event("rel", axis="x", value=20)
        k.event("rel", axis="y", value=-7)
        k.event("btn", button="left", down=True)
        t.expect(b"mouse 20 ")
        t.expect(b"buttons 1")
        k.event("btn", button="left", down=False)
        t.expect(b"buttons 0")
        k.event("btn", button="wheel-down", down=True)
        t.expect(b"wheel 1")
        k.key("esc")
        t.expect("caf\u00e9\r\n".encode())
        rows, _ = k.wait_screen(lambda rows: last(rows) == "/$")
        contains(rows, "caf\u00e9")


def test_the_picture_of_the_readme_is_made():
    with scratch() as folder:
        path = os.path.join(folder, "session.png")
        status, _, errors = shell([sys.executable, "-B", HERE / "screenshot.py", path], seconds=90)
        equal(status, 0, errors)
        with open(path, "rb") as file:
            head = file.read(24)
        equal((head[:8], struct.unpack(">II", head[16:])), (b"\x89PNG\r\n\x1a\n", (720, 400)), "PNG of the text screen")


def test_framebuffer():
    """Under UEFI: `ls` lights some pixels of the picture, a clear in red makes it red."""
    with Terminal("--vga", "--boot", "uefi", qmp=True) as t:
        t.expect(b"/$ ", 2 * PATIENCE)
        path = os.path.join(t.scratch.name, "picture")
        t.keyboard.type("ls /bin\n")
        t.expect(b"uptime")
        time.sleep(SLOW)
        width, height, pixels = t.keyboard.picture(path)
        check(width >= 640 and height >= 480, f"{width} by {height} pixels")
        lit = sum(1 for byte in pixels[::3] if byte)
        check(1000 < lit < width * height // 8, f"{lit} pixels are lit after ls")
        t.keyboard.type("printf '\\033[41m\\033[2J'\n")
        time.sleep(SLOW)
        _, _, pixels = t.keyboard.picture(path)
        red = sum(1 for at in range(0, len(pixels), 3) if pixels[at:at + 3] == b"\xaa\0\0")
        driven(t, "framebuffer")
        check(red > width * height * 3 // 4, f"{red} of {width * height} pixels are red after a red clear")


run(globals())
