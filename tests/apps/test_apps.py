#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 400
"""Runs the shell, the editor and the utilities on the host, compiled for it under ASan and UBSan.

Each cases/NAME.sh is run by our own shell, with nothing but our own programs in PATH, in an empty directory; what it
prints (both streams) must be cases/NAME.out to the byte. The cases ask for nothing that only a host has, so the same
ones serve in a guest. Then the shell and the editor are driven through a pseudo-terminal as a person would.

    test_apps.py [-k WORD] [--update]      only tests with WORD in the name; write the .out files anew

The last line is `N passed, N failed`; the status is 0 if none failed.
"""

import argparse
import codecs
import os
import pathlib
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import fcntl
import pty

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
APPS = ROOT / "apps"
OUT = pathlib.Path(os.environ.get("EXON_BUILD", ROOT / "build")) / "tests" / "apps"
CASES = HERE / "cases"
FLAGS = ["-std=gnu17", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined",
         "-fno-sanitize-recover=undefined", f"-I{OUT / 'include'}", f"-I{APPS}"]
# No programs of ours, or none that mean anything on a host.
NOT_HERE = {"shutdown", "reboot", "init", "console", "lib", "foreign", "tiny", "examples", "dirty", "replace", "appel",
            "reclaim", "workload"}
# Programs that read what Exon's kernel publishes: here they read fake_published.c. Each with the ways it is called; words
# with = are variables of its environment.
PUBLISHED = {
    "envs": ["", "-c", "-t", "-ct", "-q", "x"], "slices": ["", "1", "2 x"],
    "frames": ["", "-l", "1600 0x100 4 4100 x", "COLUMNS=136", "COLUMNS=137", "COLUMNS=40"],
    "dmesg": ["", "-x", "-l warn", "-n 2", "-l loud"], "devices": ["", "-v", "-q"],
}
CASE_SECONDS = 60
KEY_SECONDS = 10


def build():
    """Compiles every program that is older than its sources into OUT/bin."""
    binaries = OUT / "bin"
    binaries.mkdir(parents=True, exist_ok=True)
    # Programs see the ABI as <abi/...>, of the library what fake_published.c stands for, and nothing else: the kernel's sched.h
    # would hide the host's.
    include = OUT / "include"
    (include / "proc").mkdir(parents=True, exist_ok=True)
    for name, target in (("abi", ROOT / "exokernel" / "abi"), ("proc/threads_of.h", ROOT / "libos" / "proc" / "threads_of.h")):
        if not (include / name).exists():
            (include / name).symlink_to(target)
    everything = sorted((APPS / "lib").glob("*.c"))
    headers = sorted((APPS / "lib").glob("*.h")) + sorted((ROOT / "exokernel" / "abi").glob("*.h"))
    headers.append(ROOT / "libos" / "proc" / "threads_of.h")
    for entry in sorted(APPS.iterdir()):
        name = entry.stem
        sources = sorted(entry.glob("*.c")) if entry.is_dir() else [entry] if entry.suffix == ".c" else []
        if not sources or name in NOT_HERE:
            continue
        library = everything
        if name in PUBLISHED:
            library = [path for path in everything if path.name != "published_map.c"] + [HERE / "fake_published.c"]
        target = binaries / name
        inputs = sources + library + headers + (sorted(entry.glob("*.h")) if entry.is_dir() else [])
        if target.exists() and target.stat().st_mtime > max(path.stat().st_mtime for path in inputs):
            continue
        subprocess.run(["gcc", *FLAGS, "-o", str(target), *map(str, sources + library)], check=True)
    return binaries


def environment(binaries, home):
    return {"PATH": str(binaries), "HOME": str(home), "TZ": "UTC0", "TERM": "xterm",
            "ASAN_OPTIONS": "exitcode=99:detect_leaks=1"}


def compare(output, expected, update):
    """Returns None if OUTPUT is what the file EXPECTED holds, else the first difference; with UPDATE writes it there."""
    if b"Sanitizer" in output or b"runtime error" in output:
        return "a sanitizer speaks up:\n" + output.decode("utf-8", "replace")
    if update:
        expected.write_bytes(output)
        return None
    wanted = expected.read_bytes() if expected.exists() else b""
    if output == wanted:
        return None
    got_lines, wanted_lines = output.split(b"\n"), wanted.split(b"\n")
    for number, (got, want) in enumerate(zip(got_lines, wanted_lines), 1):
        if got != want:
            return f"line {number}: {got!r}, expected {want!r}"
    return f"{len(got_lines)} lines, expected {len(wanted_lines)}; the rest: {got_lines[len(wanted_lines):]!r}"


def run_case(case, binaries, update, as_text=False):
    """Returns None if the case gives what is expected, else what is wrong.

    AS_TEXT runs it as a stage of a pipeline: the whole of it is parsed, written back as text and given to another shell.
    """
    directory = tempfile.mkdtemp(prefix="apps.")
    script = f"{{\n{case.read_text()}\n}} 2>&1 | cat" if as_text else f"exec 2>&1\n. {case}\n"
    try:
        done = subprocess.run([str(binaries / "sh"), "-c", script, "sh"], cwd=directory, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, env=environment(binaries, directory), timeout=CASE_SECONDS)
    except subprocess.TimeoutExpired:
        return f"no end within {CASE_SECONDS} s"
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return compare(done.stdout, case.with_suffix(".out"), update)


def run_published(name, binaries, update):
    """As run_case, for all the ways in which PUBLISHED calls the program."""
    output = b""
    for arguments in PUBLISHED[name] + ["FAKE=empty"]:
        words = arguments.split()
        variables = {**environment(binaries, "/"), **dict(word.split("=") for word in words if "=" in word)}
        done = subprocess.run([str(binaries / name), *(word for word in words if "=" not in word)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=variables, timeout=CASE_SECONDS)
        text = done.stdout
        if b"invalid option" in text:
            text = text[text.index(b"\n") + 1:]  # the C library's own words
        output += f"$ {name} {arguments}\n".encode() + text + f"= {done.returncode}\n".encode()
    return compare(output, HERE / "published" / f"{name}.out", update)


class Screen:
    """What a terminal of 24 by 80 shows of the sequences that our programs send (ECMA-48)."""

    def __init__(self):
        self.rows = [[" "] * 80 for _ in range(24)]
        self.row = self.column = 0
        self.pending = ""

    def feed(self, text):
        text = self.pending + text
        self.pending = ""
        i = 0
        while i < len(text):
            if text[i] == "\033":
                end = i + 2
                while end < len(text) and not "@" <= text[end] <= "~":
                    end += 1
                if end >= len(text):
                    self.pending = text[i:]
                    return
                self.sequence(text[i + 2:end], text[end])
                i = end + 1
            else:
                self.character(text[i])
                i += 1

    def sequence(self, parameters, final):
        numbers = [int(n) if n.isdigit() else 0 for n in parameters.split(";")]
        if final == "H":
            self.row = max(numbers[0], 1) - 1
            self.column = (max(numbers[1], 1) if len(numbers) > 1 else 1) - 1
        elif final == "J" and numbers[0] == 2:
            self.rows = [[" "] * 80 for _ in range(24)]
        elif final == "K":
            self.rows[self.row][self.column:] = [" "] * (80 - self.column)
        elif final == "C":
            self.column = min(79, self.column + max(numbers[0], 1))
        elif final not in "mhlJ":
            raise AssertionError(f"unknown sequence {parameters}{final}")

    def character(self, c):
        if c == "\r":
            self.column = 0
        elif c == "\n":
            if self.row == 23:
                self.rows = self.rows[1:] + [[" "] * 80]
            else:
                self.row += 1
        elif c == "\b":
            self.column = max(0, self.column - 1)
        elif c >= " ":
            if self.column == 80:
                self.column = 0
                self.character("\n")
            self.rows[self.row][self.column] = c
            self.column += 1

    def lines(self):
        return ["".join(row).rstrip() for row in self.rows]


class Terminal:
    """A program on a pseudo-terminal of 24 lines of 80 columns."""

    def __init__(self, argv, directory, variables):
        self.screen = Screen()
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(directory)
            os.execve(argv[0], argv, variables)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))

    def pump(self, seconds):
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.received(data)
        self.screen.feed(self.decoder.decode(data))
        return bool(data)

    def received(self, data):
        """Told everything that comes, before the screen sees it."""

    def type(self, text):
        os.write(self.fd, text.encode())

    def wait_for(self, condition, what):
        deadline = time.monotonic() + KEY_SECONDS
        while not condition(self.screen.lines()):
            if time.monotonic() > deadline or (not self.pump(0.2) and self.ended()):
                raise AssertionError(f"{what} did not come; the screen:\n" + "\n".join(self.screen.lines()))

    def expect(self, text):
        self.wait_for(lambda lines: any(text in line for line in lines), repr(text))

    def expect_line(self, text):
        self.wait_for(lambda lines: text in lines, f"the line {text!r}")

    def expect_last(self, text):
        """The last line that is not empty is TEXT."""
        self.wait_for(lambda lines: [line for line in lines if line][-1:] == [text], f"{text!r} as last line")

    def edit(self, text):
        """Types at the prompt; before it is there the terminal itself, still canonical, would take the editing keys."""
        self.expect_last(">")
        self.type(text)

    def leave(self):
        self.edit(ctrl("D"))

    def ended(self):
        try:
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:
            return True

    def status(self):
        deadline = time.monotonic() + KEY_SECONDS
        while time.monotonic() < deadline:
            self.pump(0.05)
            if self.ended():
                return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        raise AssertionError("it did not end; the screen:\n" + "\n".join(self.screen.lines()))

    def stop(self):
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        os.close(self.fd)


UP, DOWN, RIGHT, LEFT = "\033[A", "\033[B", "\033[C", "\033[D"
HOME, END, DELETE, PAGE_DOWN = "\033[H", "\033[F", "\033[3~", "\033[6~"


def ctrl(letter):
    return chr(ord(letter) & 31)


def shell_editing(start):
    sh = start("sh", PS1="> ")
    sh.expect_last(">")
    sh.type("echo wrld" + LEFT * 3 + "o\r")
    sh.expect_line("world")
    sh.edit("cho one" + ctrl("A") + "e" + ctrl("E") + " two\r")
    sh.expect_line("one two")
    sh.edit("echo abc def" + ctrl("W") + "ghi" + ctrl("A") + ctrl("K") + ctrl("Y") + "\r")
    sh.expect_line("abc ghi")
    sh.edit("echo xy\177z" + HOME + DELETE + "e" + END + "!\r")
    sh.expect_line("xz!")
    sh.edit("echo ba" + ctrl("T") + "\r")
    sh.expect_line("ab")
    sh.edit("echo äöü" + LEFT + "\177x\r")
    sh.expect_line("äxü")
    sh.edit("garbage" + ctrl("U") + "echo clean\r")
    sh.expect_line("clean")
    sh.edit("echo " + "long" * 30 + HOME + END + "er\r")
    sh.wait_for(lambda lines: "long" * 10 + "er" in "".join(lines), "the long line")
    sh.type("exit 7\r")
    assert sh.status() == 7


def shell_history(start):
    sh = start("sh", PS1="> ")
    sh.expect_last(">")
    for text in ("first", "second", "third"):
        sh.type(f"echo {text}\r")
        sh.expect_line(text)
    sh.edit(UP + UP + " again\r")
    sh.expect_line("second again")
    sh.edit("draft" + UP + DOWN + ctrl("U") + "echo kept\r")
    sh.expect_line("kept")
    sh.edit(ctrl("R") + "fir" + "\r")
    sh.wait_for(lambda lines: lines.count("first") == 2, "the line that was looked for")
    sh.type("history\r")
    sh.expect("4  echo second again")
    sh.leave()
    assert sh.status() == 0


def shell_completion(start):
    sh = start("sh", files={"alpha_one": "1", "alpha two": "2", "beta": "b", "sub/inner": "i"}, PS1="> ")
    sh.expect_last(">")
    sh.type("cat be\t\r")
    sh.expect_line("b")
    sh.edit("cat alp\t\t")
    sh.expect_line("alpha two  alpha_one")
    sh.type("\\ \t\r")
    sh.expect_line("2")
    sh.edit("cat su\tin\t\r")
    sh.expect_line("i")
    sh.edit("ec\t completed\r")
    sh.expect_line("completed")
    sh.edit("myfunc() { echo called; }; echo defined\r")
    sh.expect_line("defined")
    sh.edit("myf\t\r")
    sh.expect_line("called")
    sh.edit("hexd\t -C beta\r")
    sh.expect("|b|")
    sh.edit("echo nothing_like_it\t\r")
    sh.expect_line("nothing_like_it")
    sh.leave()
    assert sh.status() == 0


def shell_interrupt(start):
    sh = start("sh", PS1="> ")
    sh.expect_last(">")
    sh.type("half a line" + ctrl("C"))
    sh.expect_line("> half a line^C")
    sh.type("echo $?\r")
    sh.expect_line("130")
    sh.type("sleep 30; echo never\r")
    time.sleep(0.3)
    sh.type(ctrl("C"))
    sh.expect_last(">")
    sh.type("echo $? after\r")
    sh.expect_line("130 after")
    sh.type("while true; do :; done\r")
    time.sleep(0.3)
    sh.type(ctrl("C"))
    sh.type("echo out\r")
    sh.expect_line("out")
    sh.type("for i in 1 2; do sleep 30; done; echo never2\r")
    time.sleep(0.3)
    sh.type(ctrl("C"))
    sh.type("echo still\r")
    sh.expect_line("still")
    assert not any(line.startswith("never") for line in sh.screen.lines())
    sh.type("sleep 30 &\r")
    sh.expect("[1] ")
    sh.type("sleep 20\r")
    time.sleep(0.3)
    sh.type(ctrl("C"))
    sh.type("jobs\r")
    sh.expect_line("[1] Running    sleep 30")
    sh.type("kill $!\rwait\rexit\r")
    assert sh.status() == 0


def shell_multiline(start):
    sh = start("sh", PS1="> ", PS2="more ")
    sh.expect_last(">")
    sh.type("if true\r")
    sh.expect_last("more")
    sh.type("then echo in\recho side; fi\r")
    sh.expect_line("side")
    sh.type("cat <<E\r")
    sh.expect_last("more")
    sh.type("body\rE\r")
    sh.expect_line("body")
    sh.type('echo "open\rclosed"\r')
    sh.expect_line("closed")
    sh.type("for\r")
    sh.expect("syntax error")
    sh.type("while x\r")
    sh.expect_last("more")
    sh.type(ctrl("C"))
    sh.expect_last(">")
    sh.type("nosuch\r")
    sh.expect_line("sh: nosuch: not found")
    sh.type("sleep 0.1 &\r")
    sh.expect("[1] ")
    time.sleep(0.4)
    sh.type("\r")
    sh.expect_line("[1] Done       sleep 0.1")
    sh.leave()
    assert sh.status() == 0


def edit_text(start):
    edit = start("edit", "new.txt")
    edit.expect("A new file")
    edit.type("hello\rworld" + UP + END + ", dear" + DOWN + "!")
    edit.expect("world!")
    edit.expect("[modified]")
    edit.type(ctrl("S"))
    edit.expect("new.txt: saved, 18 bytes")
    edit.type(HOME + "X" + ctrl("Z") + ctrl("Q"))
    assert edit.status() == 0
    assert edit.read("new.txt") == b"hello, dear\nworld!"


def edit_undo(start):
    edit = start("edit", "f", files={"f": "one\ntwo\nthree\n"})
    edit.expect("line 1 of 4, column 1")
    edit.type(ctrl("K") + ctrl("K") + DOWN + ctrl("U"))
    edit.expect("line 4 of 4")
    edit.type(ctrl("S"))
    edit.expect("saved, 14 bytes")
    assert edit.read("f") == b"three\none\ntwo\n"
    edit.type("typed" + ctrl("Z"))
    edit.wait_for(lambda lines: not any("[modified]" in line or "typed" in line for line in lines), "the old text")
    edit.type(ctrl("Y"))
    edit.expect("typed")
    edit.type("\177" * 7 + ctrl("Z") * 8 + ctrl("Z") * 3)
    edit.expect("1 one")
    edit.type(ctrl("Z") * 5)
    edit.expect("Nothing to undo")
    edit.type(ctrl("S"))
    edit.expect("saved, 14 bytes")
    assert edit.read("f") == b"one\ntwo\nthree\n"
    edit.type("z" + ctrl("Q"))
    edit.expect("Save them")
    edit.type("n")
    assert edit.status() == 0
    assert edit.read("f") == b"one\ntwo\nthree\n"


def edit_moves(start):
    text = "".join(f"line {n}\n" for n in range(1, 101)) + "\tätab " + "wide" * 40
    edit = start("edit", "f", files={"f": text})
    edit.expect("line 1 of 101, column 1")
    edit.type(PAGE_DOWN)
    edit.expect("line 22 of 101")
    edit.type(ctrl("G") + "50\r")
    edit.expect("line 50 of 101")
    edit.type(ctrl("F") + "line 7\r")
    edit.expect("line 70 of 101")
    edit.type(ctrl("F") + "\r")
    edit.expect("line 71 of 101")
    edit.type(ctrl("F") + ctrl("U") + "line 2\r")
    edit.expect("from the beginning again")
    edit.expect("line 2 of 101, column 1")
    edit.type(ctrl("F") + ctrl("U") + "absent\r")
    edit.expect("absent: not found")
    edit.type("\033>")
    edit.expect("line 101 of 101, column 174")
    edit.type(HOME + RIGHT)
    edit.expect("column 9")
    edit.type(RIGHT)
    edit.expect("column 10")
    edit.type("\033[1;5C")
    edit.expect("column 14")
    edit.type("\033[1;5D")
    edit.expect("column 9")
    edit.type(ctrl("T"))
    edit.expect_line("line 100")
    edit.type(ctrl("Q"))
    assert edit.status() == 0


def edit_saving(start):
    edit = start("edit", files={"taken": "old"})
    edit.expect("(no name)")
    edit.type("text" + ctrl("S"))
    edit.expect("Save as:")
    edit.type("taken\r")
    edit.expect("Replace it")
    edit.type("n")
    edit.expect("Not saved")
    edit.type(ctrl("O") + "no/where\r")
    edit.expect("not saved: No such file or directory")
    edit.type(ctrl("Q"))
    edit.expect("Save them")
    edit.type(ctrl("C") + ctrl("Q") + "y")
    edit.expect("Save as:")
    edit.type("fresh\r")
    assert edit.status() == 0
    assert edit.read("taken") == b"old"
    assert edit.read("fresh") == b"text"


TERMINAL_TESTS = [shell_editing, shell_history, shell_completion, shell_interrupt, shell_multiline,
                  edit_text, edit_undo, edit_moves, edit_saving]


def run_terminal_test(test, binaries):
    """Returns None if the test passes, else what is wrong."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="apps."))
    started = []

    def start(program, *arguments, files=None, **variables):
        for name, text in (files or {}).items():
            (directory / name).parent.mkdir(exist_ok=True)
            (directory / name).write_text(text)
        terminal = Terminal([str(binaries / program), *arguments], directory,
                            {**environment(binaries, directory), **variables})
        terminal.read = lambda name: (directory / name).read_bytes()
        started.append(terminal)
        return terminal

    try:
        test(start)
    except (AssertionError, OSError) as error:
        return str(error) or "an assertion failed: " + repr(error)
    finally:
        for terminal in started:
            terminal.stop()
        shutil.rmtree(directory, ignore_errors=True)
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-k", default="", metavar="WORD")
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()
    binaries = build()
    results = []
    for case in sorted(CASES.glob("*.sh")):
        if options.k in case.stem:
            results.append((case.stem, run_case(case, binaries, options.update)))
            if not options.update:
                results.append((case.stem + " as text", run_case(case, binaries, False, as_text=True)))
    for name in PUBLISHED:
        if options.k in name:
            results.append((name, run_published(name, binaries, options.update)))
    for test in TERMINAL_TESTS:
        if options.k in test.__name__:
            results.append((test.__name__, run_terminal_test(test, binaries)))
    for name, problem in results:
        print(f"{'ok  ' if problem is None else 'FAIL'} {name}" + (f": {problem}" if problem else ""))
    failed = sum(problem is not None for _, problem in results)
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main())
