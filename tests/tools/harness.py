# SPDX-License-Identifier: MIT
"""The frame of a script of tests: functions test_NAME() that raise when something does not hold; run(globals()) calls them.

Layer: tests. Prints what tests/run expects of a script. An argument runs the tests whose name contains it.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import traceback

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("EXON_BUILD", ROOT / "build"))
ALL = os.environ.get("EXON_TEST_ALL") == "1"


class Failed(Exception):
    """Something does not hold; the message says what."""


def check(holds, what):
    if not holds:
        raise Failed(what)


def equal(found, wanted, what=""):
    check(found == wanted, f"{what}: found {found!r}, wanted {wanted!r}")


def contains(text, part):
    check(part in text, f"{part!r} is not in {text!r}")


def shell(words, stdin=b"", seconds=60, cwd=None, environment=None):
    """Runs a program. Returns (status, output, errors) as (int, bytes, str). Fails when it takes too long."""
    try:
        done = subprocess.run([str(w) for w in words], input=stdin, capture_output=True, timeout=seconds, cwd=cwd,
                              env=environment, check=False)
    except subprocess.TimeoutExpired:
        raise Failed(f"no end after {seconds} s: {words}") from None
    return done.returncode, done.stdout, done.stderr.decode(errors="replace")


def succeed(words, **options):
    """shell() for what must exit with 0. Returns its output."""
    status, output, errors = shell(words, **options)
    check(status == 0, f"exit status {status} of {' '.join(map(str, words))}\n{output.decode(errors='replace')}{errors}")
    return output


def scratch():
    """A temporary folder: with scratch() as path."""
    return tempfile.TemporaryDirectory(prefix="exon-test.")


def run(names):
    """Runs every test of a module and exits."""
    passed = failed = 0
    for name, function in list(names.items()):
        if not name.startswith("test_") or not callable(function) or (len(sys.argv) > 1 and sys.argv[1] not in name):
            continue
        try:
            function()
            passed += 1
            print(f"ok   {name}", flush=True)
        except Exception as error:  # noqa: BLE001
            failed += 1
            detail = str(error) if isinstance(error, Failed) else traceback.format_exc()
            print(f"FAIL {name}: {detail}", flush=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)
