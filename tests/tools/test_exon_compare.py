#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 600
"""The tools that compare: samples, figures, plots and page (boot/exoncompare), and exon-compare on small runs. Layer: tests."""
import csv
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import BUILD, ROOT, check, contains, equal, run, scratch, shell  # noqa: E402

sys.path.insert(0, str(ROOT / "boot"))
from exoncompare import figures, gantt, page, plots, samples  # noqa: E402

OUTPUT = "noise\nsample latency a 10 ns\nsample latency a 30 ns\nsample rate b 2.5 1/s\nsample bad line\n sample x y 1 ns\n"


def test_samples_are_lines_of_a_program():
    found = samples.parse(OUTPUT, "stride", "hogs", 2, "icount")
    equal([(s.measure, s.subject, s.value, s.unit) for s in found],
          [("latency", "a", 10, "ns"), ("latency", "a", 30, "ns"), ("rate", "b", 2.5, "1/s")])
    equal(samples.values(found, measure="latency"), [10, 30])
    equal(samples.by_subject(found), {"a": 30, "b": 2.5})
    with scratch() as folder:
        path = f"{folder}/samples.csv"
        samples.write(path, found)
        equal(samples.read(path), found)
        pathlib.Path(path).write_text("a,b\n1,2\n")
        try:
            samples.read(path)
            check(False, "read a table of something else")
        except ValueError as error:
            contains(str(error), "not a table of samples")


def test_percentiles_are_nearest_ranks():
    values = list(range(100, 0, -1))
    equal([figures.percentile(values, p) for p in (50, 95, 99, 100)], [50, 95, 99, 100])
    equal([figures.percentile([7], p) for p in (50, 99)], [7, 7])
    equal(figures.percentile([1, 2, 3], 50), 2)


def test_fairness():
    equal(figures.jain([5, 5, 5, 5]), 1.0)
    equal(figures.jain([8, 0, 0, 0]), 0.25)
    equal(figures.jain([0, 0]), 1.0)


def of(variant, value, better=-1):
    return figures.Figure(variant, "hogs", 1, "icount", "latency", value, "ns", better)


def test_best_of_a_column():
    columns, rows = figures.table([of("a", 3), of("b", 2), of("c", 2)])
    equal(figures.best(columns[0], rows), {"b", "c"})
    columns, rows = figures.table([of("a", 2), of("b", 2)])
    equal(figures.best(columns[0], rows), set())
    columns, rows = figures.table([of("a", 1, 0), of("b", 2, 0)])
    equal(figures.best(columns[0], rows), set())
    equal([figures.shown(v, "ns") for v in (0, 999, 1500, 2500000, 3e9)], ["0 ns", "999 ns", "1.5 us", "2.5 ms", "3 s"])


def some_plots():
    return [plots.grouped("bars", "It's bars", "see", "ns", {"a": {"x": 1, "y": 2}, "b": {"x": 3}}),
            plots.lines("lines", "Lines", "see", "t", "e", {"a": [(0, 1), (1, 2)], "b": [(0, 3), (2, 1)]}),
            plots.steps("steps", "Steps", "see", "ns", {"a": [5, 1, 3], "b": [0]}),
            plots.boxes("boxes", "Boxes", "see", "ms", ["t1", "t2"], [("t1", 0, 2, "runs"), ("t2", 2, 3, "runs")],
                        {"runs": "#2b6cb0", "ready": "#bbbbbb"}, [("t2", 1)])]


def test_plots_and_page():
    if plots.missing():
        return
    with scratch() as folder:
        drawn = some_plots()
        plots.draw(folder, drawn)
        for plot in drawn:
            path = pathlib.Path(folder, plot.name)
            contains(path.with_suffix(".svg").read_text(), "<svg")
            check(path.with_suffix(".png").read_bytes().startswith(b"\x89PNG"), f"{plot.name}.png")
        sections = [page.Section("A & B", "what", [of("a", 3000), of("b", 2)], drawn)]
        text = pathlib.Path(page.write(folder, "T <1>", "intro", [("QEMU", "7")], sections)).read_text()
        for part in ("T &lt;1&gt;", "A &amp; B", '<td class="best">2 ns</td>', "data:image/svg+xml;base64,"):
            contains(text, part)
        equal(text.count("<figure"), 4)
        equal(page.table_text(sections), "\nA & B\n   latency\na    3 us\nb    2 ns*\n")


def span(thread, state, start, end, cpu=0):
    return gantt.Span("v", "w", 1, thread, state, start, end, cpu)


def test_share_error_and_lanes():
    spans = [span("a", "running", 0, 2000000), span("b", "ready: woken", 0, 2000000), span("b", "running", 2000000, 4000000)]
    equal([e for _, e in gantt.share_error(spans, {"a": 1, "b": 1})], [500000, 1000000, 500000, 0])
    equal(gantt.waits_for_cpu(spans), [2000000])
    equal(gantt.cpu_time(spans), {"a": 2000000, "b": 2000000})
    events = [{"pid": 1, "tid": t, "ts": ts, "dur": 5, "args": {"thread": "x"}} for t, ts in ((1, 0), (2, 3), (3, 5))]
    equal(list(gantt.named(events).values()), ["x", "x#2", "x"])


COMPARE = BUILD / "bin" / "exon-compare"


def compared(folder, *words):
    status, output, errors = shell([COMPARE, "--out", folder, *words], seconds=200)
    equal(status, 0, errors)
    return output.decode()


def test_workloads_repeat_to_the_digit():
    with scratch() as folder:
        words = ("--policies", "stride,fifo", "--workloads", "hogs,forkjoin", "--scale", "10")
        table = compared(f"{folder}/1", *words)
        for wanted in ("CPU hogs with weights", "stride", "fairness by weight", "instructions a thread, 2 CPUs"):
            contains(table, wanted)
        compared(f"{folder}/2", *words)
        for name in ("samples.csv", "figures.csv", "spans.csv"):
            first, second = (pathlib.Path(folder, n, name).read_text() for n in "12")
            check(len(first.splitlines()) > 10, f"{name} is nearly empty")
            check(first == second, f"{name} of two runs differs")
        with open(f"{folder}/1/figures.csv", encoding="utf-8", newline="") as file:
            fair = {r["variant"]: float(r["value"]) for r in csv.DictReader(file) if r["name"] == "fairness by weight"}
        check(fair["stride"] > 0.98 and fair["fifo"] < 0.3, f"fairness {fair}")
        page_text = pathlib.Path(folder, "1", "index.html").read_text()
        equal(page_text.count("<figure"), 0 if plots.missing() else 6)


def test_any_program():
    with scratch() as folder:
        source = pathlib.Path(folder, "app.c")
        source.write_text("""#include <pthread.h>
#include <stdio.h>
static void *work(void *x) { for (volatile int i = 0; i < 3000000; i++); return x; }
int main(void)
{
    pthread_t t[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&t[i], 0, work, 0);
    for (int i = 0; i < 2; i++)
        pthread_join(t[i], 0);
    printf("sample answer all 42 things\\n");
    return 0;
}
""")
        status, _, errors = shell([BUILD / "bin" / "exon-cc", "-O2", "-o", f"{folder}/app", source])
        equal(status, 0, errors)
        table = compared(f"{folder}/out", "--policies", "fifo,round-robin", f"{folder}/app")
        for wanted in ("answer", "42", "elapsed", "switches", "fairness of CPU time"):
            contains(table, wanted)
        if not plots.missing():
            check(pathlib.Path(folder, "out", "app-gantt-fifo.png").exists(), "no Gantt chart")


def test_mistakes_are_told():
    for words, wanted in ((["--policies", "fair"], "no such policy: fair; there are cooperative"),
                          (["--workloads", "x"], "no such workload: x; there are hogs"), (["nosuch"], "nosuch: no such program"),
                          (["--out", "/nonexistent/x", "--policies", "fifo", "false"], "ended with status 1")):
        status, _, errors = shell([COMPARE, *words], seconds=100)
        equal(status, 1, words)
        contains(errors, wanted)


run(globals())
