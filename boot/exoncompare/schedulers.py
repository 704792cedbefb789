# SPDX-License-Identifier: MIT
"""What is compared between scheduling policies: the workloads of apps/workload, the figures and pictures of each."""
from . import gantt, plots
from .figures import Figure, PERCENTILES, jain, mean, percentile, same
from .samples import by_subject, select, values


class Workload:
    """One workload. text: what it does and what to look at. cpus: on how many it is run, the first with a trace. window_ms: how
    much of it the Gantt chart shows; None: there is none. traced_words: further arguments when it is traced. gate: all threads
    begin together."""

    name, title, text, cpus, window_ms, traced_words, gate = "", "", "", (1,), None, (), True

    def figures(self, samples):
        """Of one run."""
        raise NotImplementedError

    def plots(self, samples):
        """Of all runs; samples: {variant: [Sample]}, of no variant none."""
        return []

    def traced(self, samples, spans):
        """Plots out of the traces; spans: {variant: [Span]}."""
        return []

    def traced_figures(self, samples, spans, like):
        """Figures out of one trace. like: (variant, workload, cpus, clock)."""
        return []

    def late(self, samples):
        """What the traced run's own samples mark in the Gantt chart: [(thread, ns since it began)]."""
        return []


class Hogs(Workload):
    name, title, window_ms = "hogs", "CPU hogs with weights", 60
    text = ("Four threads compute, of weights 1 : 2 : 3 : 4. Policies that share in proportion give CPU time as the "
            "weights are; the fairness index (Jain) of CPU time over weight is 1 then. Others give the same to all, "
            "or everything to the first.")

    def figures(self, samples):
        cpu, weight = by_subject(samples, measure="cpu"), by_subject(samples, measure="weight")
        elapsed, = values(samples, measure="elapsed")
        return [same(samples, "throughput", 100 * sum(values(samples, measure="work")) / elapsed, "%", 1),
                same(samples, "fairness by weight", jain([cpu[t] / weight[t] for t in cpu]), "index", 1),
                same(samples, "fairness, equal shares", jain(list(cpu.values())), "index", 0),
                same(samples, "switches", values(samples, measure="switches")[0], "switches", 0)]

    def plots(self, samples):
        shares = {}
        for variant, run in samples.items():
            cpu = by_subject(run, measure="cpu")
            shares[variant] = {f"{t} (weight {i + 1})": 100 * ns / sum(cpu.values()) for i, (t, ns) in enumerate(cpu.items())}
        return [plots.grouped("hogs-shares", "CPU time of each hog", "As the weights are: 10, 20, 30, 40 %.", "% of all", shares)]

    @staticmethod
    def error(samples, spans):
        return gantt.share_error(spans, by_subject(samples, measure="weight"))

    def traced_figures(self, samples, spans, like):
        return [Figure(*like, "largest share error", max(error for _, error in self.error(samples, spans)), "ns", -1)]

    def traced(self, samples, spans):
        curves = {}
        for variant, run in spans.items():
            curves[variant] = [(at / 1e6, max(error, 100000) / 1e9) for at, error in self.error(samples[variant], run)]
        note = ("The furthest that a hog is from its share by weight of what all got so far: bounded for stride and EEVDF, "
                "growing as a root for lottery, without bound where weights do not count.")
        return [plots.lines("hogs-error", "Share error over time", note, "ms", "CPU time, s", curves, "y", "lines")]


class Interactive(Workload):
    name, title, window_ms = "interactive", "Interactive threads beside hogs", 60
    text = ("Four threads wake every 5 ms for 0.2 ms of work, beside three hogs that never wait. How late do they "
            "begin? They have a higher priority, and under edf they join with 0.4 ms in 5 ms; mlfq finds out by "
            "itself.")

    def figures(self, samples):
        late, elapsed = values(samples, measure="latency"), values(samples, measure="elapsed")[0]
        found = [same(samples, f"wake-up latency p{p}", percentile(late, p), "ns", -1) for p in PERCENTILES]
        return found + [
            same(samples, "hogs' throughput", 100 * sum(values(samples, measure="work")) / elapsed, "%", 1),
            same(samples, "switches", values(samples, measure="switches")[0], "switches", 0)]

    def plots(self, samples):
        late = {variant: values(run, measure="latency") for variant, run in samples.items()}
        rows = {v: {f"p{p}": max(percentile(x, p), 1) / 1e9 for p in PERCENTILES} for v, x in late.items()}
        return [plots.dots("interactive-latency", "Wake-up latency", "How late an interactive thread begins; logarithmic.",
                           "latency, s", rows),
                plots.steps("interactive-distribution", "Wake-up latency, distribution", "Which part began no later than that.",
                            "latency, s", {v: [max(x, 1) / 1e9 for x in xs] for v, xs in late.items()})]


class Periodic(Workload):
    name, title, window_ms, traced_words = "periodic", "Periodic tasks with deadlines", 120, ("100",)
    text = ("Three tasks with periods of 8, 12 and 20 ms ask for 50 to 110 % of the CPU; each job is to be done by "
            "the next. Fixed priorities are rate monotonic. edf lets in what can be served: at 100 % and more it "
            "refuses a task, which then runs when nothing else does, and the others miss nothing. The charts show the "
            "load of 100 %, with a mark at each deadline that was missed.")
    periods_ns = {"every8ms": 8000000, "every12ms": 12000000, "every20ms": 20000000}

    def figures(self, samples):
        jobs, missed = by_subject(samples, measure="jobs"), by_subject(samples, measure="missed")
        loads = ("80", "90", "100", "110")
        found = [same(samples, f"late jobs, %, load {load}", 100 * missed[load] / jobs[load], "%", -1) for load in loads]
        return found + [same(samples, "refused, load 110", by_subject(samples, measure="refused")["110"], "tasks", 0)]

    def plots(self, samples):
        curves = {}
        for variant, run in samples.items():
            jobs, missed = by_subject(run, measure="jobs"), by_subject(run, measure="missed")
            curves[variant] = [(int(load), 100 * missed[load] / jobs[load]) for load in jobs]
        note = "Part of all jobs that were late."
        return [plots.lines("periodic-missed", "Deadlines missed", note, "load, %", "% of jobs", curves, marks=10)]

    def late(self, samples):
        marks = []
        for thread, period in self.periods_ns.items():
            took = [s.value for s in select(samples, measure="response") if s.subject.endswith(f"%/{thread}")]
            marks += [(thread, period * (i + 1)) for i, ns in enumerate(took) if ns > period]
        return marks


class Batch(Workload):
    name, title, window_ms = "batch", "A batch of unequal jobs", 90
    text = ("Eight jobs of 1 to 34 ms come together. Turnaround is the time until a job is done. Taking turns lets "
            "short jobs pass long ones; running each to its end is best for the mean only if the short ones come "
            "first, which here they do not.")

    def figures(self, samples):
        done, length = by_subject(samples, measure="turnaround"), by_subject(samples, measure="length")
        return [same(samples, "mean turnaround", mean(list(done.values())), "ns", -1),
                same(samples, "mean slowdown", mean([done[j] / length[j] for j in done]), "times", -1),
                same(samples, "all done", max(done.values()), "ns", -1),
                same(samples, "switches", values(samples, measure="switches")[0], "switches", 0)]

    def plots(self, samples):
        rows = {}
        for variant, run in samples.items():
            rows[variant] = {job: ns / 1e6 for job, ns in by_subject(run, measure="turnaround").items()}
        return [plots.grouped("batch-turnaround", "Turnaround of each job", "In the order in which they were made.", "ms", rows)]


class Inversion(Workload):
    name, title, window_ms = "inversion", "Priority inversion", 115
    text = ("A low thread holds a mutex for 4 ms of work; a high one wants it; two middle ones compute 15 ms each. "
            "How long does the high one wait, from when it is due until it has the mutex, with each protocol? With "
            "none, under fixed priorities, until the middle ones are done; with inheritance or a ceiling, no longer "
            "than the low one needs. Policies that know no priorities let it wait with any.")
    protocols = {"none": "no protocol", "inherit": "inheritance", "protect": "ceiling"}

    def figures(self, samples):
        waited = by_subject(samples, measure="waited")
        return [same(samples, f"waited, {self.protocols[protocol]}", ns, "ns", -1) for protocol, ns in waited.items()]

    def plots(self, samples):
        rows = {v: {self.protocols[p]: ns / 1e6 for p, ns in by_subject(run, measure="waited").items()}
                for v, run in samples.items()}
        title = "How long the high thread waits for the mutex"
        return [plots.grouped("inversion-waited", title, "By protocol of the mutex.", "ms", rows)]


class Locks(Workload):
    name, title = "locks", "A mutex that all want"
    text = ("Four threads hold one mutex for 20 us of each 25 us. How often does each get it? The mutex is not handed"
            " over: who runs when it is free takes it, so a thread whose slice goes on wins.")

    def figures(self, samples):
        got = values(samples, measure="sections")
        elapsed, = values(samples, measure="elapsed")
        return [same(samples, "sections", sum(got) * 1e9 / elapsed, "1/s", 1),
                same(samples, "fairness", jain(got), "index", 1),
                same(samples, "switches", values(samples, measure="switches")[0], "switches", 0)]

    def plots(self, samples):
        rows = {v: by_subject(run, measure="sections") for v, run in samples.items()}
        return [plots.grouped("locks-sections", "Critical sections of each thread", "All want the same mutex.", "sections", rows)]


class ForkJoin(Workload):
    name, title, cpus, window_ms = "forkjoin", "Fork and join", (2, 1, 4), 21
    text = ("A tree of 63 threads, each of which makes two and waits for them; the leaves compute 0.15 to 1.05 ms. "
            "Where instructions are counted, QEMU lets CPUs take turns for as long as it likes, so what is shown is "
            "the cost beside the leaves' work, in instructions for each thread: making it, switching, telling other "
            "CPUs. For speed-up look at wall time (--wall), with no more CPUs than the host has.")

    def figures(self, samples):
        trees, work = values(samples, measure="tree"), values(samples, measure="work")[0]
        found = [same(samples, "instructions a thread", self.cost(samples), "instructions", -1)]
        if samples[0].clock == "wall":
            found = [same(samples, "time", min(trees), "ns", -1), same(samples, "speed-up", work / min(trees), "times", 1)]
        return found

    @staticmethod
    def cost(samples):
        return (mean(values(samples, measure="tree")) - values(samples, measure="work")[0]) / 63

    def plots(self, samples):
        if next(iter(samples.values()))[0].clock == "icount":
            rows = {v: {f"{cpus} CPUs" if cpus > 1 else "1 CPU": self.cost(select(run, cpus=cpus))
                        for cpus in sorted({s.cpus for s in run})} for v, run in samples.items()}
            return [plots.grouped("forkjoin-cost", "Cost of a thread", "Beside the leaves' work.", "instructions", rows)]
        curves = {v: [(cpus, values(run, measure="work")[0] / min(values(run, measure="tree", cpus=cpus)))
                      for cpus in sorted({s.cpus for s in run})] for v, run in samples.items()}
        return [plots.lines("forkjoin-speedup", "Speed-up", "The leaves' work, over the time of the fastest tree.", "CPUs", "times",
                            curves, marks=1)]


class Switches(Workload):
    name, title = "switches", "What a switch costs"
    text = ("From thread to thread, the least of five rounds: by sched_yield with 2, 8 and 32 threads (a policy that "
            "looks at all threads costs more with more), and by a condition variable to one that waits.")

    def figures(self, samples):
        unit = self.unit(samples)
        found = [same(samples, f"yield, {threads.replace('-', ' ')}", ns, unit, -1) for threads, ns in self.least(samples).items()]
        return found + [same(samples, "condition variable", min(values(samples, measure="handover")), unit, -1)]

    @staticmethod
    def unit(samples):
        return "instructions" if samples[0].clock == "icount" else "ns"

    @staticmethod
    def least(samples):
        """{threads: of several rounds the one that nothing disturbed}."""
        return {s.subject: min(values(samples, measure="yield", subject=s.subject)) for s in select(samples, measure="yield")}

    def plots(self, samples):
        rows = {v: {threads.replace("-", " "): ns for threads, ns in self.least(run).items()} for v, run in samples.items()}
        unit = next(self.unit(run) for run in samples.values())
        return [plots.grouped("switches-yield", "A switch by sched_yield", "By the number of threads.", unit, rows)]


WORKLOADS = [w() for w in (Hogs, Interactive, Periodic, Batch, Inversion, Locks, ForkJoin, Switches)]


class Program(Workload):
    """Any program: its samples as they are, and what its trace says."""

    window_ms, gate = 60, False

    def __init__(self, name, cpus):
        self.name, self.title, self.cpus = name, name, (cpus,)
        self.text = "Samples that it printed (the mean of each measure), and what its threads did, from a traced run."

    def figures(self, samples):
        measures = dict.fromkeys((s.measure, s.unit) for s in samples)
        return [same(samples, m, mean(values(samples, measure=m)), unit, 0) for m, unit in measures]

    def traced_figures(self, samples, spans, like):
        return gantt.figures_of(spans, like)
