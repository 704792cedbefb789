# SPDX-License-Identifier: MIT
"""From the command line of exon-compare to a folder of results."""
import argparse
import json
import os
import sys
import tempfile

from . import figures as figuring
from . import gantt, heaps, page
from . import samples as sampling
from .figures import Figure
from .machine import HOST_CPUS, Machine, Runs, carried_out
from .options import add_common, check_common, listed, refuse, without_heaps
from .schedulers import WORKLOADS, Program

# build/bin/exoncompare/main.py lies in the build folder.
BUILD = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
DESCRIPTION = """Runs PROGRAM (an ELF file made by exon-cc, or the name of one of ours) once under each scheduling policy, or,
without PROGRAM, the workloads of `workload`, and leaves in one folder: samples.csv (every sample), figures.csv, spans.csv (who
ran when), plots as SVG and PNG, and index.html, which shows them together. A program reports by lines
`sample MEASURE SUBJECT VALUE UNIT`. With --heaps it compares allocators: see `exon-compare --heaps --help`."""
NO_WATCH = {"EXON_SCHED_CHECK": "0"}
OWN = "own"  # the policy that PROGRAM itself defines or was linked with


def chosen(policy):
    """The options of exon-run."""
    return [] if policy == OWN else ["--sched", policy]


class Comparison:
    """What is run and what came of it."""

    def __init__(self, options, machine, program, arguments, workloads):
        self.options, self.machine, self.program, self.arguments = options, machine, program, arguments
        self.workloads, self.samples, self.figures, self.spans, self.marks, self.lost = workloads, [], [], [], {}, 0
        self.threadless = False  # a traced program has made no threads
        traced = 0 if options.no_trace else sum(w.window_ms is not None for w in workloads)
        measured = sum(len(w.cpus) for w in workloads) * options.runs
        self.runs = Runs(len(options.policies) * (measured + traced), machine, options.jobs)

    def words(self, workload):
        return self.arguments if isinstance(workload, Program) else [workload.name, str(self.options.scale)]

    def environment(self, cpus):
        return dict(NO_WATCH, **({"EXON_CPUS": str(cpus)} if cpus > 1 else {}))

    def measure(self, workload, policy, cpus):
        """Runs without a trace: [their samples]; None if one failed."""
        what, runs = f"{policy}: {workload.name}" + (f" on {cpus} CPUs" if cpus > 1 else ""), []
        for run in range(1, self.options.runs + 1):
            found = self.runs.attempt(what, policy, workload.name, self.program, self.words(workload), cpus, self.environment(cpus),
                                      chosen(policy), run)
            if found is None:
                self.runs.skip(self.options.runs - run)
                return None
            runs.append(found)
        return runs

    def trace(self, workload, policy):
        """One run with a trace: (its samples, who ran when, lost records), or None if it failed."""
        cpus = workload.cpus[0]
        words = [*self.words(workload), *workload.traced_words]
        with tempfile.TemporaryDirectory(prefix="exon-compare.") as scratch:
            path = os.path.join(scratch, "trace.json")
            found = self.runs.attempt(f"{policy}: {workload.name}, traced", policy, workload.name, self.program, words, cpus,
                                      self.environment(cpus), [*chosen(policy), "--trace", path])
            if found is None:
                return None
            return found, *gantt.read(path, os.path.basename(self.program), policy, workload.name, cpus)

    def both(self, policy, workload):
        """([runs of each number of CPUs], trace): one task."""
        measured = [self.measure(workload, policy, cpus) for cpus in workload.cpus]
        if workload.window_ms is None or self.options.no_trace:
            return measured, None
        if None in measured:
            self.runs.skip(1)
            return measured, None
        return measured, self.trace(workload, policy)

    def run(self):
        tasks = [(policy, workload) for policy in self.options.policies for workload in self.workloads]
        for (policy, workload), (measured, traced) in zip(tasks, self.runs.all(self.both, tasks)):
            for runs in measured:
                self.samples += [sample for run in runs or [] for sample in run]
                self.figures += figuring.median_of([workload.figures(run) for run in runs or [] if run])
            if traced:
                self.take_trace(policy, workload, *traced)

    def take_trace(self, policy, workload, samples, spans, lost):
        self.lost += lost
        self.threadless |= not spans
        if spans:
            self.spans += spans
            self.marks[policy, workload.name] = workload.late(samples)
            self.figures += workload.traced_figures(samples, spans, (policy, workload.name, workload.cpus[0], self.machine.clock))

    def of_workload(self, what, workload):
        """{policy: [those of samples or spans that are of the workload]}, without policies that have none."""
        found = {policy: [x for x in what if (x.variant, x.workload) == (policy, workload.name)]
                 for policy in self.options.policies}
        return {policy: some for policy, some in found.items() if some}

    def pictures(self, workload):
        """All plots of a workload."""
        samples, spans = self.of_workload(self.samples, workload), self.of_workload(self.spans, workload)
        found = workload.plots(samples) if samples else []
        both = {policy: run for policy, run in spans.items() if policy in samples}
        found += workload.traced(samples, both) if both else []
        for policy, run in spans.items():
            cpus = f" on {run[0].cpus} CPUs" if run[0].cpus > 1 else ""
            title = f"{workload.title}: who ran when under {policy}{cpus}"
            found.append(gantt.picture(run, f"{workload.name}-gantt-{policy}", title,
                                       f"{policy}, the first {workload.window_ms} ms at most, from the trace.", workload.window_ms,
                                       workload.gate, self.marks[policy, workload.name]))
        return found

    def notes(self):
        """What the figures do not say by themselves."""
        program, unread = next((w for w in self.workloads if isinstance(w, Program)), None), self.machine.unread
        if self.lost:
            yield f"{self.lost} records of traces were lost: what comes from traces is not whole"
        if unread:
            yield f"{len(unread)} lines that begin with `sample` are no samples, as this one: {unread[0]}"
        if program and not self.samples and self.runs.succeeded:
            yield f"{program.name} has printed no samples; exon-compare --help says how one looks"
        if program and self.threadless:
            yield f"{program.name} makes no threads: no policy changes what it does"
        if program and program.cpus[0] > 1 and not self.machine.wall:
            yield TURNS

    def facts(self):
        times = f"{self.options.runs} of each, and one with a trace; tables have the medians"
        runs = [("runs", times)] if self.options.runs > 1 else []
        return [*self.machine.facts(), *runs, ("policies", ", ".join(self.options.policies)),
                ("lost records of traces", str(self.lost)), *(("note", note) for note in self.notes())]

    def write(self):
        """The folder, and the table on the terminal."""
        folder, sections = self.options.out, []
        sampling.write(os.path.join(folder, "samples.csv"), self.samples)
        sampling.write(os.path.join(folder, "figures.csv"), self.figures, Figure)
        sampling.write(os.path.join(folder, "spans.csv"), self.spans, gantt.Span)
        for workload in self.workloads:
            own = [f for f in self.figures if f.workload == workload.name]
            sections.append(page.Section(workload.title, workload.text, own, self.pictures(workload)))
        page.publish(folder, "Schedulers compared", TEXT, self.facts(), sections, self.runs.failed)
        for note in self.notes():
            print(f"exon-compare: {note}", file=sys.stderr)


TEXT = "The same programs, each in a boot of its own, under each scheduling policy of the library. Green: the best of a column."

TURNS = ("where instructions are counted, QEMU lets CPUs take turns for as long as it likes: what each thread had of a CPU, and "
         "how long it waited, is told by --wall alone")


def known_policies():
    with open(os.path.join(BUILD, "share", "schedulers"), encoding="utf-8") as file:
        return file.read().split()


def cpus_most():
    """On how many CPUs one program runs."""
    with open(os.path.join(BUILD, "share", "abi.json"), encoding="utf-8") as file:
        return json.load(file)["constants"]["EXO_ACTS_MAX"]


def parse(words):
    parser = argparse.ArgumentParser(prog="exon-compare", description=DESCRIPTION)
    parser.add_argument("--policies", metavar="NAME,...", help="which (all); `own` is PROGRAM's")
    parser.add_argument("--workloads", metavar="NAME,...", help="which, without PROGRAM (all)")
    parser.add_argument("--scale", type=int, default=100, metavar="PERCENT", help="how long the workloads take (100)")
    parser.add_argument("--cpus", type=int, default=1, metavar="N", help="processors for PROGRAM (1)")
    parser.add_argument("--file", action="append", default=[], metavar="HOST[:GUEST]",
                        help="puts a file or folder into the guest, at /NAME or GUEST (repeatable)")
    parser.add_argument("--no-trace", action="store_true", help="no second run with a trace: no Gantt charts")
    add_common(parser, None, "build/compare/NAME")
    parser.add_argument("program", nargs="?", metavar="PROGRAM")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="ARGS")
    options = parser.parse_args(words)
    check_common(parser, options)
    known = known_policies()
    options.policies = listed(options.policies, known + [OWN] * bool(options.program), "policy") if options.policies else known
    names = [w.name for w in WORKLOADS]
    options.workloads = listed(options.workloads, names, "workload") if options.workloads else names
    most = cpus_most()
    if not 1 <= options.scale <= 1000 or not 1 <= options.cpus <= most:
        parser.error(f"--scale is from 1 to 1000, --cpus from 1 to {most}: a program has no more virtual CPUs")
    return options


def find(name):
    """Path of a program: a file, or one of ours."""
    ours = os.path.join(BUILD, "apps", name)
    if os.path.isfile(name):
        return name
    if "/" not in name and os.path.isfile(ours):
        return ours
    return refuse(f"{name}: no such program; exon-cc makes one, and {BUILD}/apps has ours")


def limited(workloads):
    """With the host's time, more CPUs than it has show the host's scheduler: left out, if nobody asked for them."""
    for workload in workloads:
        if isinstance(workload, Program):
            if workload.cpus[0] > HOST_CPUS:
                print(f"exon-compare: the host has {HOST_CPUS} CPUs, on which its scheduler lets {workload.cpus[0]} take turns: "
                      "the times show that too", file=sys.stderr)
            continue
        cpus = tuple(n for n in workload.cpus if n <= HOST_CPUS) or (1,)
        if cpus != workload.cpus:
            print(f"exon-compare: {workload.name} on more than {HOST_CPUS} CPUs is left out with --wall: the host has no more",
                  file=sys.stderr)
            workload.cpus = cpus


def main(words):
    """The whole program; returns its exit status."""
    of_heaps = without_heaps(words)
    if of_heaps is not None:
        return heaps.main(BUILD, of_heaps)
    options = parse(words)
    program = find(options.program or "workload")
    name = os.path.basename(program) if options.program else "schedulers"
    options.out = options.out or os.path.join(BUILD, "compare", name)
    workloads = [Program(name, options.cpus)] if options.program else [w for w in WORKLOADS if w.name in options.workloads]
    files = [word for file in options.file for word in ("--file", file)]
    machine = Machine(os.path.join(BUILD, "bin", "exon-run"), options.wall, options.timeout, files)
    if options.wall:
        limited(workloads)
    comparison = Comparison(options, machine, program, options.arguments, workloads)
    return carried_out(comparison)
