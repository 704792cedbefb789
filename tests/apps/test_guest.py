#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 300
"""The shell, the editor and the utilities in the guest: the cases and the terminal tests of test_apps.py, on Exon.

All cases run in one boot, each in a directory of its own; what one prints must be cases/NAME.out to the byte, as on the
host, but for words that are the C library's own (OWN_WORDS). A terminal test is a boot of its own, with exon-run on the
pseudo-terminal. The programs that read what the kernel publishes must show this machine.

    test_guest.py [WORD]      only tests with WORD in the name
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import test_apps  # noqa: E402

BUILD = pathlib.Path(os.environ.get("EXON_BUILD", HERE.parent.parent / "build")).resolve()
RUN = str(BUILD / "bin" / "exon-run")
CASES_SECONDS = 150
TERMINAL_SECONDS = 100
OWN_WORDS = [(b"Bad file number", b"Bad file descriptor")]

# Runs every case; a line of its own before and after each shows where one ends, though its output may lack a newline.
DRIVER = """export TZ=UTC0 TERM=xterm
for case in /cases/*.sh; do
    HOME=/tmp/${case##*/}; export HOME
    mkdir $HOME; cd $HOME
    echo "@@@ begin $case"
    sh -c "exec 2>&1; . $case" sh </dev/null
    echo "@@@ end"
done
"""

# What the readers of published tables must show: the program, its arguments, and what must match.
READERS = [
    ("envs", [], r"(?s)init.*console.*\bsh\b.*\benvs\b"),
    ("frames", [], r"(?s)\d+K? free.*\d+(\.\d+)?[KM]? +the kernel"),
    ("slices", [], r"(?s)cpu 0: 1024 slices.*\bslices, "),
    ("devices", [], r"(?s)8086:\w{4}"),
    ("dmesg", [], r"(?s)boot: Exon .*core: memory ready"),
    ("dmesg", ["-n", "1"], r"\A[^\n]+\n\Z"),
]


def exon_run(arguments, options=(), seconds=60, stdin=b""):
    """Runs programs in the guest. Returns (status, output, errors)."""
    done = subprocess.run([RUN, "--timeout", str(seconds), *options, "--", *arguments], input=stdin, capture_output=True,
                          timeout=seconds + 30, check=False)
    return done.returncode, done.stdout, done.stderr.decode(errors="replace")


def run_cases(word):
    """[(name, problem or None)] of every case."""
    cases = [case for case in sorted(test_apps.CASES.glob("*.sh")) if word in f"case {case.stem}"]
    if not cases:
        return []
    with tempfile.TemporaryDirectory(prefix="apps.") as directory:
        driver = pathlib.Path(directory) / "driver"
        driver.write_text(DRIVER)
        files = [f"--file={case}:/cases/{case.name}" for case in cases]
        status, output, errors = exon_run(["sh", "/driver"], ["--memory", "128", f"--file={driver}:/driver", *files],
                                          CASES_SECONDS)
    found = {}
    for part in output.split(b"@@@ begin /cases/")[1:]:
        name, _, text = part.partition(b".sh\n")
        found[name.decode()] = text
    return [(f"case {case.stem}", judge_case(case, found.get(case.stem), f"exit status {status}\n{errors}"))
            for case in cases]


def judge_case(case, text, told):
    if text is None:
        return f"it did not run: {told}"
    if not text.endswith(b"@@@ end\n"):
        return f"no end: {text[-200:]!r}: {told}"
    text = text[:-len(b"@@@ end\n")]
    for ours, hosts in OWN_WORDS:
        text = text.replace(ours, hosts)
    return test_apps.compare(text, case.with_suffix(".out"), False)


def run_readers(word):
    """The readers of published tables, all in one boot."""
    chosen = [(f"reader {' '.join([name, *arguments])}", name, arguments, pattern)
              for name, arguments, pattern in READERS if word in f"reader {name}"]
    if not chosen:
        return []
    script = "; ".join(f"echo '@@@'; {' '.join([name, *arguments])}" for _, name, arguments, _ in chosen)
    status, output, errors = exon_run(["sh", "-c", script])
    parts = output.decode(errors="replace").split("@@@\n")[1:] + [""] * len(chosen)
    return [(title, None if re.search(pattern, text) else f"{pattern!r} is not in {text!r} (status {status})\n{errors}")
            for (title, _, _, pattern), text in zip(chosen, parts)]


class GuestTerminal(test_apps.Terminal):
    """A program on the guest's terminal. What the editor's files hold is known once it has ended: read() notes what is
    expected, and the last that was is compared then with what a shell shows after the editor."""

    def __init__(self, argv, directory, variables):
        super().__init__(argv, directory, variables)
        self.bytes = b""
        self.expected = {}

    def received(self, data):
        self.bytes += data

    def read(self, name):
        terminal = self

        class Contents:
            def __eq__(self, wanted):
                terminal.expected[name] = wanted
                return True
        return Contents()

    def compare_files(self):
        for name, wanted in self.expected.items():
            part = self.bytes.replace(b"\r", b"").partition(f"@@@ {name}\n".encode())[2].partition(b"@@@")[0]
            found = bytes.fromhex("".join(line[9:59] for line in part.decode().splitlines() if re.match(r"[0-9a-f]{8}  ", line)))
            assert found == wanted, f"{name} holds {found!r}, not {wanted!r}"


EDITOR = """cp -r /files /tmp/w; cd /tmp/w; "$@"; status=$?
echo; for f in *; do echo "@@@ $f"; hexdump -v -C "$f"; done; echo "@@@"; exit $status
"""


def run_terminal_test(test):
    directory = pathlib.Path(tempfile.mkdtemp(prefix="apps."))
    started = []

    def start(program, *arguments, files=None, **variables):
        folder = directory / "files"
        folder.mkdir()
        for name, text in (files or {}).items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
        variables = {"HOME": "/tmp", "TZ": "UTC0", "TERM": "xterm", **variables}
        options = [f"--env={name}={value}" for name, value in variables.items()]
        if program == "sh":
            options += [f"--file={entry}:/{entry.name}" for entry in sorted(folder.iterdir())]
            words = [program, *arguments]
        else:
            options.append(f"--file={folder}:/files")
            words = ["sh", "-c", EDITOR, "sh", program, *arguments]
        argv = [sys.executable, RUN, "--timeout", str(TERMINAL_SECONDS), *options, "--", *words]
        started.append(GuestTerminal(argv, directory, dict(os.environ)))
        return started[-1]

    try:
        test(start)
        for terminal in started:
            terminal.compare_files()
    except (AssertionError, OSError) as error:
        return str(error) or "an assertion failed: " + repr(error)
    finally:
        for terminal in started:
            terminal.stop()
        shutil.rmtree(directory, ignore_errors=True)
    return None


def main():
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    test_apps.KEY_SECONDS = 30
    results = run_cases(word) + run_readers(word)
    for test in test_apps.TERMINAL_TESTS:
        if word in test.__name__:
            results.append((test.__name__, run_terminal_test(test)))
    for name, problem in results:
        print(f"{'ok  ' if problem is None else 'FAIL'} {name}" + (f": {problem}" if problem else ""), flush=True)
    failed = sum(problem is not None for _, problem in results)
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main())
