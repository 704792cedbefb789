# SPDX-License-Identifier: MIT
"""Runs the benchmark programs: Exon by exon-run, Linux by the same QEMU line with another kernel and archive.

Layer: tests. Every machine has a time limit and is ended with its process group.
"""
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time

NAMED_THREADS = ["-name", "debug-threads=on"]  # for virtual_cpu_seconds
LINUX_WORDS = "console=ttyS0 quiet mitigations=off norandmaps panic=-1"


class BenchError(Exception):
    """A run did not do what it should; the message says what, and what to do."""


def run(words, limit):
    """Runs a program without input; a terminal is shown a dot every two seconds.

    Returns (status or None after the limit, output, errors, processor seconds)."""
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          start_new_session=True) as process:
        before, give_up, dots = os.times(), time.monotonic() + limit, False
        while True:
            try:
                output, errors = process.communicate(timeout=min(2, limit))
                break
            except subprocess.TimeoutExpired:
                if time.monotonic() >= give_up:
                    os.killpg(process.pid, signal.SIGKILL)
                    output, errors = process.communicate()
                    return None, text(output), text(errors), 0.0
                dots = sys.stderr.isatty()
                print("." if dots else "", end="", file=sys.stderr, flush=True)
        if dots:
            print(file=sys.stderr)
    after = os.times()
    seconds = after.children_user + after.children_system - before.children_user - before.children_system
    return process.returncode, text(output), text(errors), seconds


def virtual_cpu_seconds(pid):
    """Processor time that QEMU's first virtual CPU has had, or None if it is no more."""
    try:
        for thread in os.scandir(f"/proc/{pid}/task"):
            with open(f"{thread.path}/comm", encoding="ascii") as file:
                if not file.read().startswith("CPU 0/"):
                    continue
            with open(f"{thread.path}/schedstat", encoding="ascii") as file:
                return int(file.read().split()[0]) / 1e9
    except OSError:
        pass
    return None


def watch(words, limit):
    """Runs QEMU with the terminal on standard output. As run(), with {row: seconds of the virtual CPU} instead of the seconds: what
    it has had between the line before a row's and the row's."""
    spent_on, output, last = {}, "", None
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          start_new_session=True) as process:
        timer = threading.Timer(limit, lambda: os.killpg(process.pid, signal.SIGKILL))
        timer.start()
        for line in process.stdout:
            now, output = virtual_cpu_seconds(process.pid), output + text(line)
            row = re.match(r"row (\S+) ", text(line))
            if row and None not in (now, last):
                spent_on[row.group(1)] = now - last
            last = now
        in_time = timer.is_alive()
        timer.cancel()
        status = process.wait()
    return status if in_time else None, output, "", spent_on


def text(data):
    return data.decode(errors="replace").replace("\r", "")


def rows_of(output):
    """{name: value} of the `row NAME VALUE UNIT` lines."""
    return {m.group(1): float(m.group(2)) for m in re.finditer(r"^row (\S+) ([\d.]+) \S+$", output, re.M)}


def finished(output):
    return re.search(r"^end$", output, re.M) is not None


def judged(what, result):
    """The rows of a run that came to its end; an error with the end of its output otherwise."""
    status, output, errors, _ = result
    if status is None or not finished(output):
        how = "took too long" if status is None else f"ended with status {status} before its last row"
        raise BenchError(f"{what} {how}:\n{tail(output)}{tail(errors)}")
    return rows_of(output)


def spent(what, result):
    """The processor seconds of a run that came to its end."""
    if not finished(result[1]):
        raise BenchError(f"{what} does not run to its end:\n{tail(result[1])}")
    return result[3]


def tail(output):
    return "".join(f"  {line}\n" for line in output.splitlines()[-15:])


class Exon:
    """The system of this tree."""

    def __init__(self, build):
        self.build = build
        self.program = f"{build}/bench/exon/bench"

    def command(self, options, program, *arguments):
        return [f"{self.build}/bin/exon-run", *options, "--", program, *arguments]

    def rows(self, arguments=(), options=("--icount",), limit=120):
        return judged("Exon", run(self.command([*options, "--timeout", str(limit)], self.program, *arguments), limit + 10))

    def walls(self, names):
        """(nanoseconds, seconds of the virtual CPU for all rounds) of rows."""
        result = watch(self.line([], "-w", *names) + NAMED_THREADS, 120)
        return judged("Exon", result), result[3]

    def boot(self):
        return judged("Exon", run(self.command(["--icount", "--timeout", "30"], f"{self.build}/bench/exon/boot"), 40))

    def works(self, megabytes):
        words = self.command(["--memory", str(megabytes), "--timeout", "10", "--console", "bytes"], f"{self.build}/apps/hello")
        status, output, _, _ = run(words, 20)
        return status == 0 and output.startswith("Hello")

    def line(self, options, *arguments):
        """QEMU's command line for a run with the terminal on standard output."""
        words = self.command([*options, "--console", "tty", "--dry-run"], self.program, *arguments)
        status, output, errors, _ = run(words, 20)
        if status != 0:
            raise BenchError(f"exon-run --dry-run failed: {errors}")
        return shlex.split(output)

    def processor_seconds(self):
        """Of the QEMU process, from power-on to power-off."""
        return spent("Exon", run(self.line([], "-l"), 60))


class Linux:
    """The distribution's kernel with the benchmark program as first process, on the machine that Exon gets."""

    def __init__(self, build, exon):
        self.folder, self.exon = f"{build}/bench/linux", exon
        with open(f"{self.folder}/package", encoding="ascii") as file:
            self.package = file.read().strip()

    def line(self, options, *arguments):
        words = self.exon.line(options)
        for option, value in (("-kernel", f"{self.folder}/vmlinuz"), ("-initrd", f"{self.folder}/initrd"),
                              ("-append", " ".join([LINUX_WORDS, "--", *arguments]))):
            words[words.index(option) + 1] = value
        return words

    def rows(self, arguments=(), options=("--icount",), limit=400):
        return judged("Linux", run(self.line(options, *arguments), limit))

    def walls(self, names):
        """(nanoseconds, seconds of the virtual CPU for all rounds) of rows."""
        result = watch(self.line([], "-w", *names) + NAMED_THREADS, 400)
        return judged("Linux", result), result[3]

    def works(self, megabytes):
        return finished(run(self.line(["--memory", str(megabytes)], "-l"), 60)[1])

    def processor_seconds(self):
        """Of the QEMU process, from power-on to power-off."""
        return spent("Linux", run(self.line([], "-l"), 120))


def smallest(works, low, high):
    """The smallest number in low .. high for which works() holds, if it holds for all above; None if not for high."""
    if not works(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if works(middle) else (middle + 1, high)
    return high


def progress(message):
    print(f"  {message}", file=sys.stderr, flush=True)
