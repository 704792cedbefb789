#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 600
"""Runs what README.md and docs/ tell a reader to type. Layer: tests.

Fenced blocks, by what stands behind the three backquotes:

  sh run        typed as it stands, one shell for each page, in a folder that has `build` and `apps` in it; must succeed
  sh run-long   the same, with `make test-all` alone (EXON_TEST_ALL), in the source folder
  sh show       not run: it needs what a test has not, or is another way of saying something
  text output   what the run block before it printed, numbers aside: any number, and blanks before it, stand for any
  text session  what somebody types at the shell's prompt `/$ `, and what comes of it; numbers aside, and whether an
                environment waits or runs
  LANGUAGE NAME a file NAME, written into the folder before the blocks after it are run

    test_docs.py [WORD]      only pages with WORD in the name
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/tools"), str(ROOT / "tests/console")]
from machine import PROMPT, Terminal  # noqa: E402

BUILD = pathlib.Path(os.environ.get("EXON_BUILD", ROOT / "build")).resolve()
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
KINDS = ("sh run", "sh run-long", "sh show", "text output", "text session")
FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.M | re.S)
SECONDS = {"sh run": 120, "sh run-long": 1500}


class Problem(Exception):
    """What is wrong with a page."""


def blocks(text):
    """(kind, contents, line) of each fenced block."""
    for match in FENCE.finditer(text):
        yield match.group(1).strip(), match.group(2), text.count("\n", 0, match.start()) + 1


def shape(output):
    """Output with what may differ between two runs taken out: numbers, and the blanks that line them up."""
    return re.sub(r"[ \t]*\d[\d.]*", " N", output.replace("\r", "")).strip()


def states(text):
    """A session with what environments happen to do taken out."""
    return re.sub(r"\b(ready|waiting|running)\b +", "STATE ", text)


def session(contents):
    """Types what stands behind the prompts of a session; returns what it becomes."""
    typed = re.findall(r"^/\$ (.*)$", contents, re.M)
    with Terminal() as terminal:
        terminal.expect(PROMPT)
        answers = [terminal.run(line.encode()).decode() for line in typed]
    return "".join(f"/$ {line}\n{answer}" for line, answer in zip(typed, answers))


def type_in(kind, contents, folder):
    """Runs a block. Returns its output; raises Problem."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("MAKE") and k != "MFLAGS"}
    try:
        done = subprocess.run(["sh", "-eu", "-c", contents], cwd=folder, env=clean, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS[kind], check=False)
    except subprocess.TimeoutExpired:
        raise Problem(f"no end after {SECONDS[kind]} seconds") from None
    output = done.stdout.decode(errors="replace")
    if done.returncode != 0:
        raise Problem(f"exit status {done.returncode}: {output}")
    return output


def run_page(page, long):
    """Runs the blocks of a page in order. Returns how many; raises Problem with the line."""
    ran, output = 0, None
    with tempfile.TemporaryDirectory(prefix="docs.") as folder:
        os.symlink(BUILD, os.path.join(folder, "build"))
        os.symlink(ROOT / "apps", os.path.join(folder, "apps"))
        for kind, contents, line in blocks(page.read_text(encoding="utf-8")):
            try:
                words = kind.split()
                if kind == "sh run" or (kind == "sh run-long" and long):
                    output = type_in(kind, contents, folder if kind == "sh run" else ROOT)
                    ran += 1
                elif kind == "text output":
                    if output is None or shape(output) != shape(contents):
                        raise Problem(f"another output:\n{output}")
                elif kind == "text session":
                    output = session(contents)
                    ran += 1
                    if states(shape(output)) != states(shape(contents)):
                        raise Problem(f"another session:\n{output}")
                elif kind not in KINDS and words[:1] == ["sh"]:
                    raise Problem(f"'{kind}' is none of {', '.join(KINDS)}")
                elif kind not in KINDS and len(words) == 2:
                    pathlib.Path(folder, words[1]).write_text(contents, encoding="utf-8")
            except Problem as problem:
                raise Problem(f"line {line}: {problem}") from None
    return ran


def main():
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    long = os.environ.get("EXON_TEST_ALL") == "1"
    passed = failed = 0
    for page in PAGES:
        name = page.relative_to(ROOT)
        if word not in str(name):
            continue
        try:
            ran = run_page(page, long)
        except Problem as problem:
            failed += 1
            print(f"FAIL {name}: {problem}")
            continue
        if ran:
            passed += 1
            print(f"ok   {name}, {ran} blocks")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
