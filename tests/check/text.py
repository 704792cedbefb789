# SPDX-License-Identifier: MIT
"""What every file must look like. Layer: tests.

An SPDX line first; UTF-8; no tabs where they mean nothing, no blanks at the ends of lines, one newline at the end of the
file; lines and files of a size that can be read; no notes to oneself, no code that is switched off, no path of anybody's
machine. Expected output and corpora of tests are data and are exempt.
"""
import re

LICENSE_LINE = "SPDX-License-Identifier: MIT"
WIDTH = 132        # code; text in tables may be longer
LINES = 800        # a file that wants to be two
DATA = re.compile(r"^(LICENSE$|tests/.*\.(out|in|txt|json|bin|ppm)$|tests/fuzz/corpus/|tests/apps/cases/|boot/root/|docs/.*\.png$)")
CODE = (".c", ".h", ".asm", ".inc", ".py", ".sh", ".ld")
MAKE = re.compile(r"(^|/)(Makefile|[^/]*\.mk)$")
# In pieces, as this file is checked too.
NOTES = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b")
LISTED = re.compile(r"// (link|flags): ")  # what tests/run reads from a host test
SWITCHED_OFF = re.compile(r"^\s*#\s*if\s+0\b")
MACHINE = re.compile(r"(?<![\w.$)}])/(home|work|Users|root)/\w")


def first_lines(text):
    return text.split("\n", 2)[:2]


def line_problems(path, line):
    """What is wrong with one line."""
    if line != line.rstrip():
        yield "blank at the end"
    if "\t" in line and not MAKE.search(path):
        yield "tab"
    if path.endswith(CODE) and len(line) > WIDTH and not LISTED.match(line):
        yield f"{len(line)} characters; {WIDTH} are enough"
    if NOTES.search(line):
        yield "a note to oneself"
    if path.endswith((".c", ".h", ".asm", ".inc")) and SWITCHED_OFF.match(line):
        yield "code that is switched off"
    if MACHINE.search(line):
        yield "a path of somebody's machine"


def check(files):
    """files: {path: text}. Yields (path, line number, problem)."""
    for path, text in files.items():
        if DATA.match(path):
            continue
        if text is None:
            yield path, 1, "not UTF-8 text"
            continue
        if not any(LICENSE_LINE in line for line in first_lines(text)):
            yield path, 1, f"no '{LICENSE_LINE}' in the first lines"
        if not text.endswith("\n") or text.endswith("\n\n"):
            yield path, text.count("\n"), "not exactly one newline at the end"
        lines = text.split("\n")[:-1]
        if path.endswith(CODE) and len(lines) > LINES:
            yield path, len(lines), f"{len(lines)} lines; at most {LINES}"
        for number, line in enumerate(lines, 1):
            for wrong in line_problems(path, line):
                yield path, number, wrong
