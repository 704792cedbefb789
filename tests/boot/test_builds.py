# SPDX-License-Identifier: MIT
# seconds: 7200
# all
"""Other builds than the one under test, where the whole suite must pass too: with the other compiler, and with DEBUG=1.
Layer: tests. Each is made in a folder of its own below the build folder; x86_64-elf- is the compiler of `make toolchain`.
"""
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))

from harness import BUILD, ROOT, check, contains, run, shell  # noqa: E402

SECONDS = 5000


def suite(folder, *words):
    """`make test` of everything, built there. Returns what the build says of itself."""
    target = BUILD / folder
    # What an outer make passes on would win over these words.
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES",
                                                                    "EXON_BUILD", "EXON_TEST_ALL")}
    status, output, errors = shell(["make", f"B={target}", f"TOOLCHAIN_DIR={BUILD / 'toolchain'}", *words, "test"], cwd=ROOT,
                                   seconds=SECONDS, environment=environment)
    text = "\n".join(line for line in output.decode(errors="replace").splitlines() if not line.startswith(("ok ", "  ")))
    check(status == 0, f"make {' '.join(words)} test failed\n{text[-5000:]}{errors[-3000:]}")
    return (target / "config").read_text()


def other(compiler):
    """The prefix of the compiler that did not build what is being tested."""
    return "x86_64-elf-" if "x86_64-linux-gnu" in compiler else "x86_64-linux-gnu-"


def test_other_compiler():
    cross = other((BUILD / "config").read_text().splitlines()[0])
    contains(suite("other-compiler", f"CROSS={cross}"), cross)


def test_debug():
    contains(suite("debug-build", "DEBUG=1"), "debug 1")


run(globals())
