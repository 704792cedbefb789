# SPDX-License-Identifier: MIT
"""What is compared between scheduling policies: the workloads of apps/workload, the figures and pictures of each."""
from . import gantt, plots
from .figures import PERCENTILES, jain, mean, percentile, same
from .samples import by_subject, select, values


class Workload:
    """One workload. text: what it does and what to look at. cpus: on how many it is run. gantt: lanes not drawn, or None."""

    name, title, text, cpus, gantt = "", "", "", (1,), None

    def figures(self, samples):
        """Of one run."""
        raise NotImplementedError

    def plots(self, samples):
        """Of all runs; samples: {variant: [Sample]}, on the first number of CPUs."""
        return []

    def traced(self, samples, spans):
        """Plots out of the traces; spans: {variant: [Span]}."""
        return []


class Hogs(Workload):
    name, title, gantt = "hogs", "CPU hogs with weights", ("main",)
    text = ("Four threads compute, of weights 1 : 2 : 3 : 4. Policies that share in proportion give CPU time as the "
            "weights are; the fairness index (Jain) of CPU time over weight is 1 then. Others give the same to all, "
            "or everything to the first.")

    def figures(self, samples):
        cpu, weight = by_subject(samples, measure="cpu"), by_subject(samples, measure="weight")
        elapsed, = values(samples, measure="elapsed")
        return [same(samples, "work done", 100 * sum(values(samples, measure="work")) / elapsed, "%", 1),
                same(samples, "fairness by weight", jain([cpu[t] / weight[t] for t in cpu]), "index", 1),
                same(samples, "fairness, equal shares", jain(list(cpu.values())), "index", 0),
                same(samples, "switches", values(samples, measure="switches")[0], "switches", 0)]

    def plots(self, samples):
        shares = {}
        for variant, run in samples.items():
            cpu = by_subject(run, measure="cpu")
            shares[variant] = {f"{t} (weight {i + 1})": 100 * ns / sum(cpu.values()) for i, (t, ns) in enumerate(cpu.items())}
        return [plots.grouped("hogs-shares", "CPU time of each hog", "As the weights are: 10, 20, 30, 40 %.", "% of all", shares)]

    def traced(self, samples, spans):
        curves = {}
        for variant, run in spans.items():
            weights = by_subject(samples[variant], measure="weight")
            curves[variant] = [(at / 1e6, max(error / 1e6, 0.1)) for at, error in gantt.share_error(run, weights)]
        note = ("The furthest that a hog is from its share by weight of what all got so far: bounded for stride and EEVDF, "
                "growing as a root for lottery, without bound where weights do not count.")
        return [plots.lines("hogs-error", "Share error over time", note, "ms", "ms of CPU time", curves, "y", "lines")]


class Interactive(Workload):
    name, title, gantt = "interactive", "Interactive threads beside hogs", ("main",)
    text = ("Four threads wake every 5 ms for 0.2 ms of work, beside three hogs that never wait. How late do they "
            "begin? They have a higher priority, and under edf they join with 0.4 ms in 5 ms; mlfq finds out by "
            "itself.")

    def figures(self, samples):
        late, elapsed = values(samples, measure="latency"), values(samples, measure="elapsed")[0]
        found = [same(samples, f"wake-up latency p{p}", percentile(late, p), "ns", -1) for p in PERCENTILES]
        return found + [
            same(samples, "hogs' work", 100 * sum(values(samples, measure="work")) / elapsed, "%", 1),
            same(samples, "switches", values(samples, measure="switches")[0], "switches", 0)]

    def plots(self, samples):
        late = {variant: values(run, measure="latency") for variant, run in samples.items()}
        rows = {v: {f"p{p}": percentile(x, p) / 1000 for p in PERCENTILES} for v, x in late.items()}
        return [plots.grouped("interactive-latency", "Wake-up latency", "How late an interactive thread begins; logarithmic.",
                              "us", rows, log=True),
                plots.steps("interactive-distribution", "Wake-up latency, distribution", "Which part began no later than that.",
                            "us", {v: [x / 1000 for x in xs] for v, xs in late.items()})]


class Periodic(Workload):
    name, title = "periodic", "Periodic tasks with deadlines"
    text = ("Three tasks with periods of 8, 12 and 20 ms ask for 50 to 110 % of the CPU; each job is to be done by "
            "the next. Fixed priorities are rate monotonic. edf lets in what can be served: at 100 % and more it "
            "refuses a task, which then runs when nothing else does, and the others miss nothing.")

    def figures(self, samples):
        jobs, missed = by_subject(samples, measure="jobs"), by_subject(samples, measure="missed")
        loads = ("80", "90", "100", "110")
        found = [same(samples, f"missed at {load} %", 100 * missed[load] / jobs[load], "%", -1) for load in loads]
        return found + [same(samples, "refused at 110 %", by_subject(samples, measure="refused")["110"], "tasks", 0)]

    def plots(self, samples):
        curves = {}
        for variant, run in samples.items():
            jobs, missed = by_subject(run, measure="jobs"), by_subject(run, measure="missed")
            curves[variant] = [(int(load), 100 * missed[load] / jobs[load]) for load in jobs]
        note = "Part of all jobs that were late."
        return [plots.lines("periodic-missed", "Deadlines missed", note, "load, %", "% of jobs", curves)]


class Batch(Workload):
    name, title, gantt = "batch", "A batch of unequal jobs", ("main",)
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
    name, title, gantt = "inversion", "Priority inversion", ("main",)
    text = ("A low thread holds a mutex for 4 ms of work; a high one wants it; two middle ones compute 15 ms each. "
            "How long is the high one blocked, with a mutex of each protocol? With none, under fixed priorities, "
            "until the middle ones are done; with inheritance or a ceiling, no longer than the low one needs.")

    def figures(self, samples):
        blocked = by_subject(samples, measure="blocked")
        return [same(samples, f"blocked, {protocol}", ns, "ns", -1) for protocol, ns in blocked.items()]

    def plots(self, samples):
        rows = {v: {p: ns / 1e6 for p, ns in by_subject(run, measure="blocked").items()} for v, run in samples.items()}
        title = "How long the high thread waits for the mutex"
        return [plots.grouped("inversion-blocked", title, "By protocol of the mutex.", "ms", rows)]


class Locks(Workload):
    name, title = "locks", "A mutex that all want"
    text = ("Four threads hold one mutex for 20 us of each 25 us. How often does each get it? The mutex is not handed"
            " over: who runs when it is free takes it, so a thread whose slice goes on wins.")

    def figures(self, samples):
        got = values(samples, measure="sections")
        elapsed, = values(samples, measure="elapsed")
        return [same(samples, "sections a second", sum(got) * 1e9 / elapsed, "1/s", 1),
                same(samples, "fairness", jain(got), "index", 1),
                same(samples, "switches", values(samples, measure="switches")[0], "switches", 0)]


class ForkJoin(Workload):
    name, title, cpus, gantt = "forkjoin", "Fork and join", (2, 1, 4), ("main",)
    text = ("A tree of 63 threads, each of which makes two and waits for them; the leaves compute 0.15 to 1.05 ms. "
            "Where instructions are counted, QEMU lets CPUs take turns for as long as it likes, so what is shown is "
            "the cost beside the leaves' work, in instructions for each thread: making it, switching, telling other "
            "CPUs. For speed-up look at wall time (--wall).")

    def figures(self, samples):
        trees, work = values(samples, measure="tree"), values(samples, measure="work")[0]
        found = [same(samples, "instructions a thread", (mean(trees) - work) / 63, "instructions", -1)]
        if samples[0].clock == "wall":
            found = [same(samples, "time", min(trees), "ns", -1), same(samples, "speed-up", work / min(trees), "times", 1)]
        return found


class Switches(Workload):
    name, title = "switches", "What a switch costs"
    text = ("Instructions from thread to thread: by sched_yield with 2, 8 and 32 threads (a policy that looks at all "
            "threads costs more with more), and by a condition variable to one that waits.")

    def figures(self, samples):
        yields = select(samples, measure="yield")
        found = [same(samples, f"yield, {s.subject.replace('-', ' ')}", s.value, s.unit, -1) for s in yields]
        return found + [same(samples, "condition variable", values(samples, measure="handover")[0], "instructions", -1)]

    def plots(self, samples):
        rows = {v: by_subject(run, measure="yield") for v, run in samples.items()}
        return [plots.grouped("switches-yield", "A switch by sched_yield", "By the number of threads.", "instructions", rows)]


WORKLOADS = [w() for w in (Hogs, Interactive, Periodic, Batch, Inversion, Locks, ForkJoin, Switches)]


class Program(Workload):
    """Any program: its samples as they are, and what its trace says."""

    gantt = ("main",)

    def __init__(self, name, cpus):
        self.name, self.title, self.cpus = name, name, (cpus,)
        self.text = "Samples that it printed (the mean of each measure), and what its threads did, from a traced run."

    def figures(self, samples):
        measures = dict.fromkeys((s.measure, s.unit) for s in samples)
        return [same(samples, m, mean(values(samples, measure=m)), unit, 0) for m, unit in measures]
