# SPDX-License-Identifier: MIT
# seconds: 7200
# all
"""Other builds than the one under test: with the other compiler, where the whole suite must pass too, and with DEBUG=1.
Layer: tests. Each is made in a folder of its own below the build folder; x86_64-elf- is the compiler of `make toolchain`.
"""
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))

from harness import BUILD, ROOT, check, contains, equal, run, shell  # noqa: E402

BUILD_SECONDS, SUITE_SECONDS = 1800, 5000


def make(folder, *words):
    """Builds everything there. Returns the folder."""
    target = BUILD / folder
    # What an outer make passes on would win over these words.
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")}
    status, output, errors = shell(["make", f"B={target}", f"TOOLCHAIN_DIR={BUILD / 'toolchain'}", *words], cwd=ROOT,
                                   seconds=BUILD_SECONDS, environment=environment)
    check(status == 0, f"make {' '.join(words)} failed\n{output.decode(errors='replace')[-3000:]}{errors[-3000:]}")
    return target


def test_other_compiler():
    """The one that did not build what is being tested."""
    packaged = "x86_64-linux-gnu" in (BUILD / "config").read_text().splitlines()[0]
    other = "x86_64-elf-" if packaged else "x86_64-linux-gnu-"
    target = make("other-compiler", f"CROSS={other}", "all", "iso", "test-programs")
    contains((target / "config").read_text(), other)
    status, output, errors = shell([sys.executable, ROOT / "tests/run", "--build", target], cwd=ROOT, seconds=SUITE_SECONDS)
    text = output.decode(errors="replace")
    failed = "\n".join(line for line in text.splitlines() if not line.startswith("ok "))
    check(status == 0, f"{failed}{errors}")


def test_debug():
    """A debug build boots, and shows the overflow of a kernel stack instead of a reset."""
    target = make("debug-build", "DEBUG=1", "all")
    status, output, errors = shell([target / "bin/exon-run", "--timeout", "60", "--cpus", "2", "hello", "you"], seconds=90)
    equal((status, output), (0, b"Hello, you!\n"), f"a debug build: {errors}")
    status, _, errors = shell([target / "bin/exon-run", "--timeout", "60", "--append", "selftest=stack-overflow", "hello"],
                              seconds=90)
    check(status != 0, "the machine went on")
    contains(errors.lower(), "stack overflow")


run(globals())
