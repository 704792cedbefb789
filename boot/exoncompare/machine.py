# SPDX-License-Identifier: MIT
"""Runs a program in the guest by exon-run, and collects its samples.

Standard input stays open as long as the machine runs: an end of input would come at a time that the host chooses, and with
it an interrupt; so under --icount the figures of two runs are the same to the digit, also when several machines run at once.
"""
import concurrent.futures
import os
import signal
import subprocess
import sys
import threading
import time

from . import samples
from .page import prepare
from .plots import PlotError


class RunError(Exception):
    """A program did not do what it should: which and how, and the last lines that came."""

    def __init__(self, what, output=""):
        super().__init__(what)
        self.output = output


class Machine:
    """How programs are run. wall: the host's time instead of counted instructions."""

    after_s = 30  # what exon-run may take besides the program: a trace is read after it

    def __init__(self, exon_run, wall=False, timeout=120, options=()):
        self.exon_run, self.wall, self.timeout, self.options = exon_run, wall, timeout, list(options)
        self.live, self.stopped = set(), False  # exon-runs of all threads
        self.unread = []  # lines of all programs that were meant as samples

    @property
    def clock(self):
        return "wall" if self.wall else "icount"

    def facts(self):
        """What the figures depend on, for the page: [(name, value)]."""
        load = f"{', '.join(f'{n:.1f}' for n in os.getloadavg())} (its average of 1, 5 and 15 minutes), {HOST_CPUS} CPUs"
        version = subprocess.run(["qemu-system-x86_64", "--version"], capture_output=True, text=True, check=False).stdout
        clock = ("the host's: another run gives other figures" if self.wall else
                 "guest instructions, one a nanosecond: another run gives the same figures")
        return [("QEMU", version.partition("\n")[0]), ("clock", clock)] + [("the host's load at the end", load)] * self.wall

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
            self.live.add(process)
            if self.stopped:
                end(process)
            try:
                output, errors = drain(process, self.timeout + self.after_s)
            except subprocess.TimeoutExpired:
                end(process)
                raise RunError(f"exon-run took longer than {self.timeout + self.after_s} s: more time is given by --timeout, and a "
                               "long trace is left out by --no-trace") from None
            except BaseException:
                end(process)
                raise
            finally:
                self.live.discard(process)
        if process.returncode != 0:
            status = process.returncode
            raise RunError(f"took longer than {self.timeout} s" if status == 124 else f"ended with status {status}",
                           tail(output) + tail(errors))
        return output

    def stop(self):
        """Ends what runs; nothing else is to be started."""
        self.stopped = True
        for process in list(self.live):
            end(process)

    def samples(self, variant, workload, program, arguments=(), cpus=1, environment=(), options=(), run=1):
        """The same; returns the samples that it printed. run: which of several it is."""
        output = self.run(program, arguments, cpus, environment, options)
        self.unread += samples.unread(output)
        return samples.parse(output, variant, workload, cpus, self.clock, run)


def end(process):
    """Ends exon-run, which ends QEMU and removes its files if it is given the time to."""
    for deadly in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, deadly)
            process.wait(timeout=5)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


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
    return "".join(f"  {line}\n" for line in output.splitlines()[-12:])


HOST_CPUS = os.cpu_count() or 1


class Progress:
    """Says on standard error what runs: on one line of a terminal, else one line each."""

    def __init__(self, total):
        self.total, self.done, self.began = total, 0, time.monotonic()
        self.terminal = sys.stderr.isatty()

    def step(self, what):
        line = f"[{self.done + 1:>{len(str(self.total))}}/{self.total}] {what}"
        if self.terminal:
            print(f"\r{line[:60]:<60}{self.left():>18}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)
        self.done += 1

    def left(self):
        """How long it will take, if all takes as long as what was done did."""
        seconds = (time.monotonic() - self.began) / self.done * (self.total - self.done) if self.done > 2 else 0
        return f"{int(seconds / 60) + 1} min left" if seconds else ""

    def clear(self):
        """Makes room for a message."""
        print("\r" + " " * 78 + "\r" if self.terminal else "", end="", file=sys.stderr)

    def finish(self):
        self.clear()
        print(f"{self.done} run{'s' * (self.done != 1)} in {time.monotonic() - self.began:.0f} s", file=sys.stderr, flush=True)


class Runs:
    """Does the runs of a comparison, some at a time. One that fails is told and remembered, and the others go on; where the first
    few have all failed, there is nothing to compare."""

    ENOUGH = 3

    def __init__(self, total, machine, jobs):
        self.progress, self.machine, self.jobs = Progress(total), machine, jobs
        self.failed, self.succeeded, self.lock = [], 0, threading.Lock()

    def attempt(self, what, *arguments):
        """The samples of a run (Machine.samples), or None if it failed."""
        with self.lock:
            if self.machine.stopped:
                return None
            self.progress.step(what)
        try:
            found = self.machine.samples(*arguments)
        except RunError as error:
            self.fail(what, error)
            return None
        self.succeeded += 1
        return found

    def fail(self, what, error):
        with self.lock:
            if self.machine.stopped:
                return
            self.progress.clear()
            print(f"exon-compare: {what}: {error}\n{error.output}", end="", file=sys.stderr, flush=True)
            self.failed.append(f"{what}: {error}")
            if not self.succeeded and len(self.failed) == self.ENOUGH:
                raise RunError(f"the first {self.ENOUGH} runs have all failed") from error

    def skip(self, count):
        """So many runs are not done."""
        with self.lock:
            self.progress.total -= count

    def all(self, function, tasks):
        """[function(*task)] of all tasks, which call attempt. RunError if nothing came of them."""
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            futures = [pool.submit(function, *task) for task in tasks]
            try:
                results = [future.result() for future in futures]
            except BaseException:
                for future in futures:
                    future.cancel()
                self.machine.stop()
                raise
        self.progress.finish()
        if not self.succeeded:
            raise RunError("no run has succeeded")
        return results


def carried_out(comparison):
    """Runs a comparison and writes its results; the exit status, with a message if it failed. The folder is tried first, and
    what it had before stays until there is something else."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.default_int_handler)
    try:
        prepare(comparison.options.out)
        comparison.run()
        comparison.write()
    except (RunError, PlotError) as error:
        print(f"exon-compare: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"exon-compare: {error.filename}: {error.strerror}; --out DIR names another folder", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nexon-compare: interrupted; nothing was written", file=sys.stderr)
        return 130
    failed = comparison.runs.failed
    if failed:
        of = comparison.runs.progress.done
        print("\n  ".join([f"exon-compare: {len(failed)} of {of} runs failed:", *failed]), file=sys.stderr)
    return 1 if failed else 0
