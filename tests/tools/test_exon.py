#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The exon tool: a new project builds and runs as its README says; names that are none are refused; doctor knows what is there."""
import os
import sys

from harness import BUILD, check, contains, equal, run, scratch, shell

EXON = BUILD / "bin" / "exon"


def test_new_project_runs():
    with scratch() as folder:
        status, output, errors = shell([EXON, "new", "greeter"], cwd=folder)
        equal(status, 0, errors)
        contains(output.decode(), "cd greeter && make run")
        clean = {k: v for k, v in os.environ.items() if not k.startswith("MAKE") and k != "MFLAGS"}
        status, output, errors = shell(["make", "-s", "run", "ARGS=one two"], cwd=os.path.join(folder, "greeter"), seconds=120,
                                       environment=clean)
        equal(status, 0, errors)
        equal(output.decode(), "argument 1: one\nargument 2: two\nHello from greeter.\n", "output")


def test_new_says_why_it_cannot():
    """A name that the Makefile uses itself, one that is too long, a folder that nobody may write: a cause and a remedy."""
    with scratch() as folder:
        for name in ("run", "clean", "Makefile"):
            status, _, errors = shell([EXON, "new", name], cwd=folder)
            equal(status, 1, errors)
            contains(errors, f"'{name}' means something to the project's Makefile; choose another name")
        status, _, errors = shell([EXON, "new", "a" * 300], cwd=folder)
        equal(status, 1, errors)
        contains(errors, "choose a shorter name")
        equal(os.listdir(folder), [])
    status, _, errors = shell([EXON, "new", "project"], cwd="/proc")
    equal(status, 1, errors)
    contains(errors, "project cannot be made in /proc: ")
    contains(errors, "choose a folder where you may write")


def test_names_are_checked():
    with scratch() as folder:
        for name in ("", "../x", "a b", "1st", "-x"):
            status, _, errors = shell([EXON, "new", name], cwd=folder)
            check(status != 0, f"{name!r} was taken")
            contains(errors, "no name")
        shell([EXON, "new", "twice"], cwd=folder)
        status, _, errors = shell([EXON, "new", "twice"], cwd=folder)
        check(status != 0, "an existing folder was taken")
        contains(errors, "exists already")


def test_doctor():
    status, output, errors = shell([EXON, "doctor"])
    equal(status, 0, errors)
    contains(output.decode(), "nothing is missing")
    with scratch() as folder:
        status, output, _ = shell([sys.executable, EXON, "doctor"], environment={"PATH": folder})
        equal(status, 1, "without any tool")
        contains(output.decode(), "missing  nasm: ")
        contains(output.decode(), "remedy   apt-get install")
        contains(output.decode(), "note     gnuplot-nox is not there; it is installed when it is needed: make compare-schedulers")


run(globals())
