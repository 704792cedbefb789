# SPDX-License-Identifier: MIT
"""From the command line of exon-compare to a folder of results."""
import argparse
import os
import shutil
import tempfile

from . import gantt, heaps, page, plots
from . import samples as sampling
from .figures import Figure
from .machine import Machine, Progress, carried_out
from .schedulers import WORKLOADS, Program

# build/bin/exoncompare/main.py lies in the build folder.
BUILD = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
DESCRIPTION = """Runs PROGRAM (an ELF file made by exon-cc, or the name of one of ours) once under each scheduling policy, or,
without PROGRAM, the workloads of `workload`, and leaves in one folder: samples.csv (every sample), figures.csv, spans.csv (who
ran when), plots as SVG and PNG, and index.html, which shows them together. A program reports by lines
`sample MEASURE SUBJECT VALUE UNIT`."""
NO_WATCH = {"EXON_SCHED_CHECK": "0"}
OWN = "own"  # the policy that PROGRAM itself defines or was linked with


def chosen(policy):
    """The options of exon-run."""
    return [] if policy == OWN else ["--sched", policy]


class Comparison:
    """What is run and what came of it."""

    def __init__(self, options, machine, program, arguments, workloads):
        self.options, self.machine, self.program, self.arguments = options, machine, program, arguments
        self.workloads, self.samples, self.figures, self.spans, self.lost = workloads, [], [], [], 0
        traced = 0 if options.no_trace else sum(w.gantt is not None for w in workloads)
        self.progress = Progress(len(options.policies) * (sum(len(w.cpus) for w in workloads) + traced))

    def words(self, workload):
        return self.arguments if isinstance(workload, Program) else [workload.name, str(self.options.scale)]

    def environment(self, cpus):
        return dict(NO_WATCH, **({"EXON_CPUS": str(cpus)} if cpus > 1 else {}))

    def measure(self, workload, policy, cpus):
        """One run without a trace: its samples and figures."""
        self.progress.step(f"{policy}: {workload.name}" + (f" on {cpus} CPUs" if cpus > 1 else ""))
        found = self.machine.samples(policy, workload.name, self.program, self.words(workload), cpus, self.environment(cpus),
                                     chosen(policy))
        self.samples += found
        self.figures += workload.figures(found) if found else []

    def trace(self, workload, policy):
        """One run with a trace: who ran when."""
        cpus = workload.cpus[0]
        self.progress.step(f"{policy}: {workload.name}, traced")
        with tempfile.TemporaryDirectory(prefix="exon-compare.") as scratch:
            path = os.path.join(scratch, "trace.json")
            self.machine.run(self.program, self.words(workload), cpus, self.environment(cpus), [*chosen(policy), "--trace", path])
            spans, lost = gantt.read(path, os.path.basename(self.program), policy, workload.name, cpus)
        self.spans += spans
        self.lost += lost
        if isinstance(workload, Program):
            self.figures += gantt.figures_of(spans, (policy, workload.name, cpus, self.machine.clock))

    def run(self):
        for policy in self.options.policies:
            for workload in self.workloads:
                for cpus in workload.cpus:
                    self.measure(workload, policy, cpus)
                if workload.gantt is not None and not self.options.no_trace:
                    self.trace(workload, policy)
        self.progress.finish()

    def pictures(self, workload):
        """All plots of a workload."""
        samples, spans = {}, {}
        for policy in self.options.policies:
            samples[policy] = sampling.select(self.samples, variant=policy, workload=workload.name, cpus=workload.cpus[0])
            spans[policy] = [s for s in self.spans if (s.variant, s.workload) == (policy, workload.name)]
        found = workload.plots(samples)
        if any(spans.values()):
            found += workload.traced(samples, spans)
        for policy, run in spans.items():
            if run:
                found.append(gantt.picture(run, f"{workload.name}-gantt-{policy}", f"{workload.title}: who ran when under {policy}",
                                           f"{policy}, the first {gantt.WINDOW_MS} ms, from the trace.", workload.gantt))
        return [plot for plot in found if plot]

    def facts(self):
        return [*self.machine.facts(), ("policies", ", ".join(self.options.policies)),
                ("lost records of traces", str(self.lost))]

    def write(self):
        """The folder, and the table on the terminal."""
        folder, sections = self.options.out, []
        os.makedirs(folder, exist_ok=True)
        sampling.write(os.path.join(folder, "samples.csv"), self.samples)
        sampling.write(os.path.join(folder, "figures.csv"), self.figures, Figure)
        sampling.write(os.path.join(folder, "spans.csv"), self.spans, gantt.Span)
        for workload in self.workloads:
            own = [f for f in self.figures if f.workload == workload.name]
            sections.append(page.Section(workload.title, workload.text, own, self.pictures(workload)))
        page.publish(folder, "Schedulers compared", TEXT, self.facts(), sections)


TEXT = "The same programs, each in a boot of its own, under each scheduling policy of the library. Green: the best of a column."


def known_policies():
    with open(os.path.join(BUILD, "share", "schedulers"), encoding="utf-8") as file:
        return file.read().split()


def listed(text, known, what):
    """A list separated by commas, of what is known."""
    names = [name for name in text.split(",") if name]
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise SystemExit(f"exon-compare: no such {what}: {', '.join(unknown) or 'none given'}; there are {', '.join(known)}")
    return names


def parse(words):
    parser = argparse.ArgumentParser(prog="exon-compare", description=DESCRIPTION)
    parser.add_argument("--policies", metavar="NAME,...", help="which (all); `own` is PROGRAM's")
    parser.add_argument("--workloads", metavar="NAME,...", help="which, without PROGRAM (all)")
    parser.add_argument("--scale", type=int, default=100, metavar="PERCENT", help="how long the workloads take (100)")
    parser.add_argument("--cpus", type=int, default=1, metavar="N", help="processors for PROGRAM (1)")
    parser.add_argument("--wall", action="store_true", help="the host's time, not counted instructions: marked so")
    parser.add_argument("--no-trace", action="store_true", help="no second run with a trace: no Gantt charts")
    parser.add_argument("--out", metavar="DIR", help="folder of the results (build/compare/NAME)")
    parser.add_argument("--timeout", type=int, default=120, metavar="SECONDS", help="of one run (120)")
    parser.add_argument("program", nargs="?", metavar="PROGRAM")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="ARGS")
    options = parser.parse_args(words)
    known = known_policies()
    options.policies = listed(options.policies, known + [OWN] * bool(options.program), "policy") if options.policies else known
    names = [w.name for w in WORKLOADS]
    options.workloads = listed(options.workloads, names, "workload") if options.workloads else names
    if not 1 <= options.scale <= 1000 or not 1 <= options.cpus <= 64:
        parser.error("--scale is from 1 to 1000, --cpus from 1 to 64")
    return options


def find(name):
    """Path of a program: a file, or one of ours."""
    ours = os.path.join(BUILD, "apps", name)
    if os.path.isfile(name):
        return name
    if "/" not in name and os.path.isfile(ours):
        return ours
    raise SystemExit(f"exon-compare: {name}: no such program")


def main(words):
    """The whole program; returns its exit status."""
    if words[:1] == ["--heaps"]:
        return heaps.main(BUILD, words[1:])
    options = parse(words)
    program = find(options.program or "workload")
    name = os.path.basename(program) if options.program else "schedulers"
    options.out = options.out or os.path.join(BUILD, "compare", name)
    workloads = [Program(name, options.cpus)] if options.program else [w for w in WORKLOADS if w.name in options.workloads]
    machine = Machine(os.path.join(BUILD, "bin", "exon-run"), options.wall, options.timeout)
    shutil.rmtree(options.out, ignore_errors=True) if os.path.exists(os.path.join(options.out, "samples.csv")) else None
    comparison = Comparison(options, machine, program, options.arguments, workloads)
    return carried_out(comparison)
