# SPDX-License-Identifier: MIT
"""usage: screenshot.py PNG

The picture of a session in README.md: a person types at a PC's keyboard, and QEMU saves what its screen shows. Layer: tests;
`make screenshot` calls it.
"""
import os
import sys

from machine import Terminal

SESSION = ("hello world", "sh -c 'exit 3'; echo status $?", "sleep 60 &", "slices", "envs")


def main(words):
    if len(words) != 1:
        sys.exit(__doc__)
    with Terminal("--vga", "--memory", "64", qmp=True) as t:
        t.expect(b"/$ ")
        t.keyboard.type("clear\n")
        for line in SESSION:
            t.keyboard.wait_screen(lambda rows: [row for row in rows if row][-1:] == ["/$"])
            t.keyboard.type(line + "\n")
        t.keyboard.wait_screen(lambda rows: [row for row in rows if row][-1] == "/$" and any("envs" in row for row in rows))
        t.keyboard.command("screendump", filename=os.path.abspath(words[0]), format="png")


main(sys.argv[1:])
