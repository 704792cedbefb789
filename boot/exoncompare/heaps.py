# SPDX-License-Identifier: MIT
"""Heap allocators compared: traces of malloc and free, replayed by tests/heaps/replay.c under each heap on 1 to 4 threads.

Used by `exon-compare --heaps`, which `make compare-allocators` calls. A trace of its own needs one more file in the folder.
"""
import argparse
import os

from . import page, plots
from . import samples as sampling
from .figures import Figure
from .machine import Machine, Progress, carried_out

THREADS = (1, 2, 3, 4)
ABOUT = {
    "sh": ("The shell", "A script of loops, functions and expansions, recorded from the shell."),
    "sort": ("sort", "sort on 3,000 lines: all are read, then all are given back."),
    "lua": ("Lua", "Lua 5.4: trees, strings, a table that grows, and the garbage collector."),
    "random": ("Mixed sizes", "400 slots taken and given at random, of sizes as programs have them: synthetic."),
    "handover": ("Handing over", "64 slots that all threads share: a block is given back by whoever comes to it. Synthetic."),
}
TEXT = ("The same traces, each heap in boots of its own. Instructions an operation, first and last byte of each block written; "
        "`first` pays for fresh memory too, `later` is the faster of two more rounds. With several threads each replays the whole "
        "trace, on a virtual CPU of its own; where instructions are counted CPUs take turns, so waiting for a lock is counted. "
        "Unused: the part of what the system gave that was not asked for when most was in use. Green: the best of a column.")


class Comparison:
    """What is run and what came of it."""

    def __init__(self, options, machine, traces):
        self.options, self.machine, self.traces, self.samples = options, machine, traces, []
        self.progress = Progress(len(options.heaps) * len(traces) * (1 + len(THREADS)))

    def measure(self, heap, trace, threads):
        self.progress.step(f"{heap}: {trace}" + (f", {threads} threads" if threads else ", course of memory"))
        path, cpus = os.path.join(self.options.traces, trace), max(threads, 1)
        environment = {"EXON_CPUS": str(cpus)} if cpus > 1 else {}
        self.samples += self.machine.samples(heap, trace, self.options.replay, [str(threads), f"/{trace}"], cpus, environment,
                                             ["--file", f"{path}:/{trace}", "--heap", heap])

    def run(self):
        for heap in self.options.heaps:
            for trace in self.traces:
                for threads in (0, *THREADS):
                    self.measure(heap, trace, threads)
        self.progress.finish()

    def value(self, heap, trace, measure, cpus=1):
        found = sampling.values(self.samples, variant=heap, workload=trace, measure=measure, cpus=cpus)
        return found[0] if found else None

    def figures(self, heap, trace):
        """One row of a section's table."""
        unit = "ns" if self.machine.wall else "instructions"

        def figure(name, value, unit, better, cpus=1):
            return Figure(heap, trace, cpus, self.machine.clock, name, value, unit, better)

        live, peak = self.value(heap, trace, "live"), self.value(heap, trace, "peak")
        found = [figure("first, an operation", self.value(heap, trace, "first"), unit, -1)]
        found += [figure("later", self.value(heap, trace, "later", n), unit, -1, n) for n in THREADS]
        found += [figure("peak, KiB", peak / 1024, "KiB", -1), figure("unused, %", 100 * (1 - live / peak), "%", -1)]
        refused = sum(sampling.values(self.samples, variant=heap, workload=trace, measure="refused"))
        return found + [figure("refused", refused, "blocks", 0)]

    def course(self, heap, trace):
        """([(operation, KiB in use)], [(operation, KiB from the system)])"""
        live, peak = [], []
        for sample in sampling.select(self.samples, variant=heap, workload=trace, measure="course"):
            _, at, used = sample.subject.split("/")
            live.append((int(at), int(used) / 1024))
            peak.append((int(at), sample.value / 1024))
        return live, peak

    def pictures(self, trace):
        unit = "ns" if self.machine.wall else "instructions"
        title, heaps = ABOUT.get(trace, (trace, ""))[0], self.options.heaps
        speed = {h: [(n, self.value(h, trace, "later", n)) for n in THREADS] for h in heaps}
        memory = {h: {"in use": self.value(h, trace, "live") / 1024, "from the system": self.value(h, trace, "peak") / 1024}
                  for h in heaps}
        courses = {"in use": self.course(heaps[0], trace)[0]}
        courses.update({h: self.course(h, trace)[1] for h in heaps})
        return [plots.lines(f"{trace}-threads", f"{title}: an operation, by threads", "Later rounds; logarithmic.", "threads",
                            f"{unit} an operation", speed, "y"),
                plots.grouped(f"{trace}-memory", f"{title}: memory at its most", "Asked for; given by the system.", "KiB", memory),
                plots.lines(f"{trace}-course", f"{title}: memory as it goes on", "What the system gave, over the operations of the "
                            "trace.", "operations", "KiB", courses, "", "lines")]

    def facts(self):
        return [*self.machine.facts(), ("heaps", ", ".join(self.options.heaps)), ("traces", ", ".join(self.traces))]

    def write(self):
        """The folder, and the table on the terminal."""
        folder, sections, figures = self.options.out, [], []
        os.makedirs(folder, exist_ok=True)
        for trace in self.traces:
            own = [f for heap in self.options.heaps for f in self.figures(heap, trace)]
            figures += own
            title, text = ABOUT.get(trace, (trace, "A trace."))
            sections.append(page.Section(title, text, own, self.pictures(trace)))
        sampling.write(os.path.join(folder, "samples.csv"), self.samples)
        sampling.write(os.path.join(folder, "figures.csv"), figures, Figure)
        page.publish(folder, "Heaps compared", TEXT, self.facts(), sections)


def names_in(build):
    with open(os.path.join(build, "share", "heaps"), encoding="utf-8") as file:
        return file.read().split()


def parse(build, words):
    parser = argparse.ArgumentParser(prog="exon-compare --heaps", description="Replays each trace in FOLDER under each heap.")
    parser.add_argument("replay", metavar="REPLAY", help="the program that replays")
    parser.add_argument("traces", metavar="FOLDER")
    parser.add_argument("--policies", metavar="HEAP,...", help="which heaps (all)")
    parser.add_argument("--workloads", metavar="TRACE,...", help="which traces (all)")
    parser.add_argument("--wall", action="store_true", help="the host's time, not counted instructions: marked so")
    parser.add_argument("--out", metavar="DIR", default=os.path.join(build, "compare", "allocators"))
    parser.add_argument("--timeout", type=int, default=120, metavar="SECONDS", help="of one run (120)")
    options = parser.parse_args(words)
    options.heaps = options.policies.split(",") if options.policies else names_in(build)
    unknown = [heap for heap in options.heaps if heap not in names_in(build)]
    there = sorted(e.name for e in os.scandir(options.traces) if e.is_file() and "." not in e.name and e.stat().st_size)
    traces = options.workloads.split(",") if options.workloads else sorted(there, key=lambda n: (list(ABOUT) + [n]).index(n))
    unknown += [trace for trace in traces if trace not in there]
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}; heaps: {', '.join(names_in(build))}; traces: {', '.join(there)}")
    return options, traces


def main(build, words):
    """exon-compare --heaps; returns the exit status."""
    options, traces = parse(build, words)
    comparison = Comparison(options, Machine(os.path.join(build, "bin", "exon-run"), options.wall, options.timeout), traces)
    return carried_out(comparison)
