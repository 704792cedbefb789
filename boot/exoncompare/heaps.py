# SPDX-License-Identifier: MIT
"""Heap allocators compared: traces of malloc and free, replayed by tests/heaps/replay.c under each heap on 1 to 4 threads.

Used by `exon-compare --heaps`, which `make compare-allocators` calls. A trace of its own needs one more file in the folder:
NAME.records, what a program linked with -lheap-record wrote (libos/mem/heap/record.c).
"""
import argparse
import os
import struct
import tempfile

from . import page, plots
from . import samples as sampling
from .figures import Figure
from .machine import HOST_CPUS, Machine, Runs, carried_out
from .options import add_common, check_common, listed, refuse

THREADS = (1, 2, 3, 4)
MOST = 30000  # operations of a trace that are replayed
RECORDS = ".records"
ABOUT = {
    "sh": ("The shell", "A script of loops, functions and expansions, recorded from the shell."),
    "sort": ("sort", "sort on 3,000 lines: all are read, then all are given back."),
    "lua": ("Lua", "Lua 5.4: trees, strings, a table that grows, and the garbage collector."),
    "random": ("Mixed sizes", "400 slots taken and given at random, of sizes as programs have them: synthetic."),
    "handover": ("Handing over", "64 slots that all threads share: a block is given back by whoever comes to it. Synthetic."),
}
TEXT = (f"The same traces, of each the first {MOST:,} records, each heap in boots of its own. An operation is a malloc "
        "or a free (a realloc is both), with the first and last byte of each block written. The first round pays for "
        "fresh memory too; of later rounds the faster of two counts. With several threads each replays the whole "
        "trace, on a virtual CPU of its own{cpus}. Where instructions are counted CPUs take turns, so that the cost "
        "of locks is counted and waiting for them hardly: --wall shows it. Peak is memory in pages that were there, "
        "with every block written whole. Fragmentation is the part of it that nobody had asked for when most was in "
        "use; what lies inside blocks, because sizes are rounded up, is told apart. Green: the best of a column.")


def operations(data):
    """(slots, [(slot, bytes)]) of records (address, bytes, thread); bytes 0 gives back. Slots are used again."""
    slot_of, free, out, slots = {}, [], [], 0
    for address, size, _ in struct.iter_unpack("<QII", data[:16 * MOST]):
        if size == 0:
            slot = slot_of.pop(address, None)
            if slot is not None:
                free.append(slot)
                out.append((slot, 0))
            continue
        if not free:
            free.append(slots)
            slots += 1
        slot_of[address] = slot = free.pop()
        out.append((slot, size))
    return slots, out


def write_trace(path, slots, out):
    """The file that replay.c reads."""
    with open(path, "wb") as file:
        file.write(struct.pack("<II", slots, 0) + b"".join(struct.pack("<II", *op) for op in out))


class Comparison:
    """What is run and what came of it."""

    def __init__(self, options, machine, traces):
        self.options, self.machine, self.traces, self.samples = options, machine, traces, []
        self.runs = Runs(len(options.heaps) * len(traces) * (1 + len(THREADS) * options.runs), machine, options.jobs)

    def measure(self, path, heap, trace, threads, run=1):
        """The samples of one run, None if it failed. threads 0: the course of memory."""
        what = f"{heap}: {trace}" + (f", {threads} thread{'s' * (threads > 1)}" if threads else ", course of memory")
        cpus = min(max(threads, 1), HOST_CPUS if self.machine.wall else len(THREADS))
        environment = {"EXON_CPUS": str(cpus)} if cpus > 1 else {}
        return self.runs.attempt(what, heap, trace, self.options.replay, [str(threads), f"/{trace}"], cpus, environment,
                                 ["--file", f"{path}:/{trace}", "--heap", heap], run)

    def of_trace(self, heap, trace, scratch):
        """All samples of a trace under a heap: one task."""
        path = self.as_trace(trace, os.path.join(scratch, heap))
        samples = self.measure(path, heap, trace, 0)
        if samples is None:
            self.runs.skip(len(THREADS) * self.options.runs)
            return []
        for threads in THREADS:
            for run in range(1, self.options.runs + 1):
                found = self.measure(path, heap, trace, threads, run)
                if found is None:
                    self.runs.skip(self.options.runs - run)
                    break
                samples += found
        return samples

    def run(self):
        with tempfile.TemporaryDirectory(prefix="exon-compare.") as scratch:
            tasks = [(heap, trace, scratch) for heap in self.options.heaps for trace in self.traces]
            for samples in self.runs.all(self.of_trace, tasks):
                self.samples += samples

    def as_trace(self, trace, scratch):
        """The path of a trace, made of records if need be."""
        path = os.path.join(self.options.traces, trace)
        if os.path.exists(path):
            return path
        os.makedirs(scratch, exist_ok=True)
        with open(path + RECORDS, "rb") as file:
            write_trace(os.path.join(scratch, trace), *operations(file.read()))
        return os.path.join(scratch, trace)

    def rounds(self, heap, trace, threads):
        """What an operation took in the first round, and in the fastest of the later ones; None where a run failed."""
        found = [s for s in sampling.select(self.samples, variant=heap, workload=trace, measure="operation")
                 if s.subject.startswith(f"{threads}-")]
        first = [s.value for s in found if s.subject.endswith("/round1")]
        later = [s.value for s in found if not s.subject.endswith("/round1")]
        return (min(first), min(later)) if first and later else (None, None)

    def memory(self, heap, trace):
        """{live, held, peak: bytes}, or None if the run failed."""
        found = {name: sampling.values(self.samples, variant=heap, workload=trace, measure=name)
                 for name in ("live", "held", "peak")}
        return {name: values[0] for name, values in found.items()} if all(found.values()) else None

    def figures(self, heap, trace):
        """One row of a section's table."""
        found = []

        def figure(name, value, unit, better):
            if value is not None:
                cpus = 1 if not name.endswith("threads") else min(int(name.split()[-2]), HOST_CPUS if self.machine.wall else 4)
                found.append(Figure(heap, trace, cpus, self.machine.clock, name, value, unit, better))

        unit = "ns" if self.machine.wall else "instructions"
        figure("first round", self.rounds(heap, trace, 1)[0], unit, -1)
        for threads in THREADS:
            called = f"later, {threads} threads" if threads > 1 else "later, 1 thread"
            figure(called, self.rounds(heap, trace, threads)[1], unit, -1)
        memory = self.memory(heap, trace)
        if memory:
            peak = memory["peak"]
            figure("peak", peak / 1024, "KiB", -1)
            figure("fragmentation", 100 * (1 - memory["live"] / peak), "%", -1)
            figure("inside blocks", 100 * (memory["held"] - memory["live"]) / peak, "%", -1)
        figure("refused", sum(sampling.values(self.samples, variant=heap, workload=trace, measure="refused")), "blocks", -1)
        return found

    def course(self, heap, trace):
        """([(operation, bytes in use)], [(operation, bytes from the system)]), at least a page each."""
        live, peak = [], []
        for sample in sampling.select(self.samples, variant=heap, workload=trace, measure="course"):
            at, used = sample.subject.split("/")
            live.append((int(at), max(int(used), 4096)))
            peak.append((int(at), max(sample.value, 4096)))
        return live, peak

    def pictures(self, trace):
        unit = "ns" if self.machine.wall else "instructions"
        title, heaps = ABOUT.get(trace, (trace, ""))[0], self.options.heaps
        speed = {h: [(n, self.rounds(h, trace, n)[1]) for n in THREADS] for h in heaps}
        speed = {h: points for h, points in speed.items() if all(value is not None for _, value in points)}
        memory = {h: self.memory(h, trace) for h in heaps}
        memory = {h: {"asked for": m["live"], "given by the system": m["peak"]} for h, m in memory.items() if m}
        found = []
        if speed:
            found.append(plots.lines(f"{trace}-threads", f"{title}: an operation, by threads", "Later rounds; logarithmic.",
                                     "threads", f"{unit} an operation", speed, "y", marks=1))
        if memory:
            used = ("in use", self.course(next(iter(memory)), trace)[0])
            found.append(plots.dots(f"{trace}-memory", f"{title}: memory at its most", "Logarithmic.", "memory, B", memory))
            note = "What the system gave, over the operations of the trace; logarithmic."
            found.append(plots.lines(f"{trace}-course", f"{title}: memory as it goes on", note, "operations", "memory, B",
                                     {h: self.course(h, trace)[1] for h in memory}, "y", "lines", reference=used))
        return found

    def facts(self):
        runs = [("runs", f"{self.options.runs} of each; the fastest counts")] if self.options.runs > 1 else []
        return [*self.machine.facts(), *runs, ("heaps", ", ".join(self.options.heaps)), ("traces", ", ".join(self.traces))]

    def write(self):
        """The folder, and the table on the terminal."""
        folder, sections, figures = self.options.out, [], []
        for trace in self.traces:
            own = [f for heap in self.options.heaps for f in self.figures(heap, trace)]
            figures += own
            title, text = ABOUT.get(trace, (trace, "A trace."))
            sections.append(page.Section(title, text, own, self.pictures(trace)))
        sampling.write(os.path.join(folder, "samples.csv"), self.samples)
        sampling.write(os.path.join(folder, "figures.csv"), figures, Figure)
        cpus = f" as far as the host has {HOST_CPUS}" if self.machine.wall else ""
        page.publish(folder, "Heaps compared", TEXT.format(cpus=cpus), self.facts(), sections, self.runs.failed)


def names_in(build):
    with open(os.path.join(build, "share", "heaps"), encoding="utf-8") as file:
        return file.read().split()


def traces_in(folder):
    """The traces of a folder: files without a dot in their names, and records."""
    try:
        names = [e.name.removesuffix(RECORDS) for e in os.scandir(folder) if e.is_file() and e.stat().st_size]
    except OSError as error:
        refuse(f"{folder}: {error.strerror}")
    known = list(ABOUT)
    return sorted({n for n in names if "." not in n}, key=lambda n: (known.index(n) if n in known else len(known), n))


def parse(build, words):
    parser = argparse.ArgumentParser(prog="exon-compare --heaps", description="Replays each trace in FOLDER under each heap, and "
                                     "leaves in one folder: samples.csv (every sample), figures.csv, plots as SVG and PNG, and "
                                     "index.html, which shows them together.")
    parser.add_argument("replay", metavar="REPLAY", help="the program that replays: make build/compare/heaps/replay")
    parser.add_argument("traces", metavar="FOLDER", help="of traces, or of NAME.records by a program linked with -lheap-record")
    parser.add_argument("--policies", metavar="HEAP,...", help="which heaps (all)")
    parser.add_argument("--workloads", metavar="TRACE,...", help="which traces (all)")
    add_common(parser, os.path.join(build, "compare", "allocators"), "build/compare/allocators")
    options = parser.parse_args(words)
    check_common(parser, options)
    options.heaps = listed(options.policies, names_in(build), "heap") if options.policies else names_in(build)
    there = traces_in(options.traces)
    if not there:
        refuse(f"{options.traces}: no traces there")
    if not os.path.isfile(options.replay):
        refuse(f"{options.replay}: no such program")
    return options, listed(options.workloads, there, "trace") if options.workloads else there


def main(build, words):
    """exon-compare --heaps; returns the exit status."""
    options, traces = parse(build, words)
    comparison = Comparison(options, Machine(os.path.join(build, "bin", "exon-run"), options.wall, options.timeout), traces)
    return carried_out(comparison)
