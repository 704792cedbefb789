# SPDX-License-Identifier: MIT
"""Who ran when: the spans of a program's threads out of a trace of exon-run, what follows from them, and their picture."""
import collections
import json
import re

from . import figures, plots

Span = collections.namedtuple("Span", "variant workload cpus thread state start_ns end_ns cpu")
RUNS = "#2b6cb0"
WAITS = {"ready": ("#e0a458", False), "waits for a lock": ("#d64545", False), "blocked": ("#c9ced6", False)}
CPU_SHADES = (RUNS, "#2f855a", "#b83280", "#6b46c1")
LANES_MAX = 64
LOCKS = ("blocked: mutex", "blocked: rwlock")


def read(path, program, variant, workload, cpus):
    """(spans of one run in order, records lost). Times count from the first; threads of one name that live at once are numbered.
    What main does last is left out: it prints, and waits for whoever reads, at the host's pace."""
    with open(path, encoding="utf-8") as file:
        data = json.load(file)
    pids = {e["pid"] for e in data["traceEvents"]
            if e["ph"] == "M" and e["name"] == "process_name" and e["args"]["name"].rpartition(" (")[0] == program[:15]}
    events = sorted((e for e in data["traceEvents"] if e.get("cat") == "thread" and e["pid"] in pids), key=lambda e: e["ts"])
    if not events:
        return [], data["otherData"]["lost"]
    names = named(events)
    last = max(events, key=lambda e: e["ts"] + e["dur"])
    if last["args"]["thread"] == "main" and len(names) > 1:
        end = max(e["ts"] for e in events if e["args"]["thread"] == "main" and e["name"] != "running")
        events = [e for e in events if e["args"]["thread"] != "main" or e["ts"] <= end]
    begin = events[0]["ts"]
    spans = [Span(variant, workload, cpus, names[e["pid"], e["tid"]], e["name"], round(1000 * (e["ts"] - begin)),
                  round(1000 * (e["ts"] - begin + e["dur"])), e["args"].get("cpu", 0)) for e in events]
    return spans, data["otherData"]["lost"]


def named(events):
    """{(pid, tid): name}: a name is used again, if the thread that had it has ended."""
    lives = {}
    for event in events:
        key = (event["pid"], event["tid"])
        begin, _, name = lives.get(key, (event["ts"], 0, event["args"]["thread"]))
        lives[key] = (begin, event["ts"] + event["dur"], name)
    names, free = {}, {}  # free: {name: [end of the last thread that had NAME, NAME#2, ...]}
    for key, (begin, end, name) in sorted(lives.items(), key=lambda item: item[1][0]):
        ends = free.setdefault(name, [])
        at = next((i for i, last in enumerate(ends) if last <= begin), len(ends))
        ends[at:at + 1] = [end]
        names[key] = name if at == 0 else f"{name}#{at + 1}"
    return names


def running(spans):
    return [s for s in spans if s.state == "running"]


def switches(spans):
    """How often a CPU went from one thread to another."""
    last, count = {}, 0
    for span in sorted(running(spans), key=lambda s: s.start_ns):
        count += last.get(span.cpu, span.thread) != span.thread
        last[span.cpu] = span.thread
    return count


def cpu_time(spans):
    """{thread: ns}, in order of appearance."""
    sums = {s.thread: 0 for s in spans}
    for span in running(spans):
        sums[span.thread] += span.end_ns - span.start_ns
    return sums


def waits_for_cpu(spans):
    """How long threads that woke were ready before they ran, ns each."""
    return [s.end_ns - s.start_ns for s in spans if s.state == "ready: woken"]


def share_error(spans, weights, step_ns=1000000):
    """[(ns, ns)]: over time, the furthest that any of the threads was from its share of what they got together."""
    total, got, error = sum(weights.values()), dict.fromkeys(weights, 0), []
    for span in sorted(running(spans), key=lambda s: s.start_ns):
        at = span.start_ns
        while span.thread in got and at < span.end_ns:
            part = min(step_ns, span.end_ns - at)
            at += part
            got[span.thread] += part
            together = sum(got.values())
            error.append((at, max(abs(got[t] - together * weights[t] / total) for t in got)))
    return error


def began(spans, gate):
    """When the work began, ns: when the first thread runs; gate: they sleep first, until all begin together."""
    first = min((s.start_ns for s in running(spans)), default=0)
    return next((s.end_ns for s in spans if gate and s.state == "blocked: sleep"), first)


def kind_of(span, cpus):
    """How a span is drawn; who runs on one of several CPUs is drawn by which."""
    if span.state == "running":
        return f"CPU {span.cpu}" if len(cpus) > 1 else "runs"
    return "waits for a lock" if span.state in LOCKS else span.state.partition(":")[0]


def picture(spans, name, title, note, window_ms, gate=False, late=()):
    """A lane a thread; the first part of the run. late: [(thread, ns since the work began)], marked."""
    shown = [s for s in spans if s.thread != "main"] or spans
    work = began(shown, gate)
    begin = max(work - 500000, 0)
    end = min(begin + window_ms * 1000000, max(s.end_ns for s in shown))
    part = [s for s in shown if s.end_ns > begin and s.start_ns < end]
    threads = sorted({s.thread for s in part}, key=natural)
    lanes = threads[:LANES_MAX]
    note += f" {LANES_MAX} of {len(threads)} threads are shown." if len(threads) > LANES_MAX else ""
    cpus = sorted({s.cpu for s in running(part)})
    kinds = {f"CPU {cpu}": (CPU_SHADES[cpu % len(CPU_SHADES)], True) for cpu in cpus} if len(cpus) > 1 else {"runs": (RUNS, True)}
    boxes = [(span.thread, (max(span.start_ns, begin) - work) / 1e6, (min(span.end_ns, end) - work) / 1e6, kind_of(span, cpus))
             for span in part if span.thread in lanes]
    marks = [(lane, at / 1e6) for lane, at in late if lane in lanes and work + at < end]
    return plots.boxes(name, title, note, "ms", lanes, boxes, {**kinds, **WAITS}, marks)


def natural(name):
    """Orders hog2 before hog10."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", name) if part]


def figures_of(spans, like):
    """What a trace says of any program. like: (variant, workload, cpus, clock). Where QEMU lets CPUs take turns, a thread seems to
    run while its CPU waits for its turn: what it had of the CPU, and when it got it, cannot be told then."""
    if not spans:
        return []
    _, _, cpus, clock = like
    elapsed, changes = ("elapsed", max(s.end_ns for s in spans), "ns", -1), ("switches", switches(spans), "switches", 0)
    if cpus > 1 and clock == "icount":
        return [figures.Figure(*like, *row) for row in (elapsed, changes)]
    ran = {t: ns for t, ns in cpu_time(spans).items() if t != "main"} or cpu_time(spans)
    waits = waits_for_cpu(spans)
    rows = [elapsed, changes, ("fairness of CPU time", figures.jain(list(ran.values())), "index", 1)]
    rows += [(f"woken to running, p{p}", figures.percentile(waits, p), "ns", -1) for p in figures.PERCENTILES if waits]
    return [figures.Figure(*like, *row) for row in rows]
