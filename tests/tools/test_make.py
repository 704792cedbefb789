#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 240
"""What `make` says, boots and removes: help, the choice of compiler and of the kind of build, run, clean. Layer: tests."""
import os
import pathlib
import re

from harness import BUILD, ROOT, check, contains, equal, run, scratch, shell
from terminal import Terminal

# What a person is told of elsewhere: README.md, docs/.
TARGETS = {"all", "run", "test", "test-all", "iso", "run-iso", "run-uefi", "gdb", "toolchain", "check", "docs", "help", "clean",
           "bench", "bench-quick"}


def make(*words):
    """(status, output, errors), whatever the outer make was told."""
    outer = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "CROSS", "DEBUG", "V", "B", "TOOLCHAIN_DIR")
    clean = {k: v for k, v in os.environ.items() if k not in outer}
    status, output, errors = shell(["make", *words], cwd=ROOT, seconds=60, environment=clean)
    return status, output.decode(), errors


def test_help():
    """One line for each target, all of which there are."""
    status, output, errors = make("help")
    equal(status, 0, errors)
    listed = set(re.findall(r"^  make (\S+) +\S", output, re.M))
    equal(TARGETS - listed, set(), "targets that help leaves out")
    rules = "".join(p.read_text() for p in (ROOT / "Makefile", *ROOT.glob("*/rules.mk"), *ROOT.glob("*/*/rules.mk")))
    phony = set(" ".join(re.findall(r"^\.PHONY:(.*)$", rules, re.M)).split())
    equal(listed - phony, set(), "names in help that are no targets")


def test_compiler_is_checked_and_printed():
    """Once: a build that chooses the same again says nothing."""
    with scratch() as folder:
        for words, kind in (([], "release"), (["DEBUG=1"], "debug")):
            status, output, errors = make(f"B={folder}", *words, f"{folder}/config")
            equal(status, 0, errors)
            check(re.search(rf"^  compiler x86_64-linux-gnu-gcc \(x86_64-linux-gnu [\d.]+\), {kind} build$", output, re.M), output)
            equal(make(f"B={folder}", *words, f"{folder}/config")[:2], (0, ""))
        status, _, errors = make(f"B={folder}", "DEBUG=2", f"{folder}/config")
        equal(status, 2)
        contains(errors, "DEBUG=2: must be 0 or 1")
        status, _, errors = make(f"B={folder}", "CROSS=vax-dec-ultrix-", f"{folder}/config")
        equal(status, 2)
        contains(errors, "vax-dec-ultrix-gcc: not found")
        contains(errors, "make toolchain")


def test_a_path_with_a_blank_is_refused():
    """Before anything is built, and with what to do."""
    with scratch() as folder:
        tree = f"{folder}/my exon"
        os.mkdir(tree)
        status, _, errors = shell(["make", "-f", ROOT / "Makefile"], cwd=tree)
    equal(status, 2)
    contains(errors, f'"{tree}"')
    contains(errors, "move it to a path without")


def test_run_in_a_fresh_tree_makes_everything():
    """`make run` is the first thing that a newcomer types: the tools too, and each file that exon-run reads."""
    read = re.findall(r'built\("(\S+?)"\)', "".join(p.read_text() for p in (ROOT / "boot/exonrun").glob("*.py")))
    check(len(read) > 3, read)
    with scratch() as folder:
        status, output, errors = make("-n", f"B={folder}", "run")
        equal(status, 0, errors)
        for name in {"share/schedulers", "share/heaps", "bin/exon", "bin/exon-cc", "share/exon.cmake", *read}:
            check(f"{folder}/{name}" in output, f"make run does not make {name}")
        output = make("-n", f"B={folder}", "bench-quick")[1]
        for name in ("share/schedulers", "share/heaps"):
            check(f"{folder}/{name}" in output, f"make bench-quick does not make {name}")

def recipe(target):
    """What make would do for a shell on Exon, as a command for sh. Nothing is built."""
    output = make("-n", f"B={BUILD}", target)[1]
    check("[ ! -t 0 ]" in output, output[-500:])
    return ["sh", "-c", output[output.index("[ ! -t 0 ]"):]]


def test_run_is_a_shell():
    """On a terminal, until `exit` or Ctrl-], neither of which is a failure; or fed commands, whose status it has."""
    for ending in (b"exit\r", b"\x1d"):
        with Terminal(recipe("run")) as person:
            person.expect(b"A shell on Exon: help says what it knows, exit or Ctrl-] ends the machine.\r\n")
            person.expect(b"$ ")
            person.type(b"hello you\r")
            person.expect(b"\nHello, you!\r\n")
            person.expect(b"$ ")
            person.type(ending)
            equal(person.end(), 0, f"status after {ending}")
    equal(shell(recipe("run"), stdin=b"echo here\nexit 3\n"), (3, b"here\n", ""))
    for target in ("run-iso", "run-uefi"):
        status, output, errors = shell(recipe(target), stdin=b"echo here\nexit 3\n", seconds=90)
        equal((status, errors), (3, ""), target)
        contains(output.decode(), "\nhere\r\n")


def test_clean():
    """Everything goes but the toolchain, whose build takes ten minutes."""
    with scratch() as folder:
        build = pathlib.Path(folder)
        for name in ("apps/hello", "obj/deep/er/x.o", ".hidden", "toolchain/bin/x86_64-elf-gcc"):
            (build / name).parent.mkdir(parents=True, exist_ok=True)
            (build / name).write_text("x")
        status, _, errors = make(f"B={folder}", "clean")
        equal(status, 0, errors)
        equal([str(p.relative_to(build)) for p in sorted(build.rglob("*")) if p.is_file()], ["toolchain/bin/x86_64-elf-gcc"])


def test_a_source_that_is_pinned_concerns_its_own_build_alone():
    """newlib-port/sources.lock has a line for each source; who depends on one sees that one alone."""
    with scratch() as folder:
        lock = pathlib.Path(folder) / "locks" / "newlib"
        equal(make(f"B={folder}", lock)[0], 0)
        line = lock.read_text()
        check(re.fullmatch(r"newlib +\S+ +\S+ +[0-9a-f]{64}\n", line), line)
        made = lock.stat().st_mtime_ns
        equal(make(f"B={folder}", lock)[0], 0)
        equal(lock.stat().st_mtime_ns, made, "time of an unchanged line")
        lock.write_text("newlib of old\n")
        equal(make(f"B={folder}", lock)[0], 0)
        check(lock.read_text() == line and lock.stat().st_mtime_ns > made, "a changed line is not taken over")


run(globals())
