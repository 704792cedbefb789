# SPDX-License-Identifier: MIT
"""Runs a program in the guest by exon-run, and collects its samples.

Standard input stays open as long as the machine runs: an end of input would come at a time that the host chooses, and with
it an interrupt; so under --icount the figures of two runs are the same to the digit.
"""
import os
import signal
import subprocess
import sys
import time

from . import samples
from .plots import PlotError


class RunError(Exception):
    """A program did not do what it should; the message says which, and what came."""


class Machine:
    """How programs are run. wall: the host's time instead of counted instructions."""

    def __init__(self, exon_run, wall=False, timeout=120, options=()):
        self.exon_run, self.wall, self.timeout, self.options = exon_run, wall, timeout, list(options)

    @property
    def clock(self):
        return "wall" if self.wall else "icount"

    def facts(self):
        """What the figures depend on, for the page: [(name, value)]."""
        version = subprocess.run(["qemu-system-x86_64", "--version"], capture_output=True, text=True, check=False).stdout
        clock = ("the host's: another run gives other figures" if self.wall else
                 "guest instructions, one a nanosecond: another run gives the same figures")
        return [("QEMU", version.partition("\n")[0]), ("clock", clock)]

    def words(self, program, arguments, cpus, environment, options):
        words = [self.exon_run, "--machine", "microvm", "--bare", "--console", "bytes", "--timeout", str(self.timeout),
                 "--cpus", str(cpus)]
        words += [] if self.wall else ["--icount"]
        for name, value in environment.items():
            words += ["--env", f"{name}={value}"]
        return words + self.options + list(options) + ["--", program, *arguments]

    def run(self, program, arguments=(), cpus=1, environment=(), options=()):
        """Runs it to its end. Returns its output; RunError if it failed."""
        words = self.words(program, arguments, cpus, dict(environment), options)
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              start_new_session=True) as process:
            try:
                output, errors = drain(process, self.timeout + 30)
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        if process.returncode != 0:
            ending = "took too long" if process.returncode == 124 else f"ended with status {process.returncode}"
            raise RunError(f"{' '.join([os.path.basename(program), *arguments])} {ending}:\n{tail(output + errors)}")
        return output

    def samples(self, variant, workload, program, arguments=(), cpus=1, environment=(), options=()):
        """The same; returns the samples that it printed."""
        output = self.run(program, arguments, cpus, environment, options)
        return samples.parse(output, variant, workload, cpus, self.clock)


def drain(process, seconds):
    """(output, errors) of a process whose input stays open until it ends."""
    with process.stdin:
        stdin, process.stdin = process.stdin, None  # communicate() would close it at once
        try:
            output, errors = process.communicate(timeout=seconds)
        finally:
            process.stdin = stdin
    return text(output), text(errors)


def text(data):
    return data.decode(errors="replace").replace("\r", "")


def tail(output):
    return "".join(f"  {line}\n" for line in output.splitlines()[-15:])


class Progress:
    """Says on standard error what runs: on one line of a terminal, else one line each."""

    def __init__(self, total):
        self.total, self.done, self.began = total, 0, time.monotonic()
        self.terminal = sys.stderr.isatty()

    def step(self, what):
        self.done += 1
        line = f"[{self.done:>{len(str(self.total))}}/{self.total}] {what}"
        if self.terminal:
            print(f"\r{line[:78]:<78}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)

    def finish(self):
        print(("\r" + " " * 78 + "\r" if self.terminal else "") + f"{self.done} runs in {time.monotonic() - self.began:.0f} s",
              file=sys.stderr, flush=True)


def carried_out(comparison):
    """Runs a comparison and writes its results; the exit status, with a message if it failed."""
    try:
        comparison.run()
        comparison.write()
    except (RunError, PlotError, OSError) as error:
        print(f"exon-compare: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
