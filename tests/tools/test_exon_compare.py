#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 600
"""The tools that compare: samples, figures, plots and page (boot/exoncompare), and exon-compare on small runs. Layer: tests."""
import csv
import html
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import BUILD, ROOT, check, contains, equal, run, scratch, shell  # noqa: E402

sys.path.insert(0, str(ROOT / "boot"))
from exoncompare import figures, gantt, machine, page, plots, samples, schedulers  # noqa: E402

OUTPUT = "noise\nsample latency a 10 ns\nsample latency a 30 ns\nsample rate b 2.5 1/s\nsample bad line\n sample x y 1 ns\n"


def test_samples_are_lines_of_a_program():
    found = samples.parse(OUTPUT, "stride", "hogs", 2, "icount")
    equal([(s.measure, s.subject, s.value, s.unit) for s in found],
          [("latency", "a", 10, "ns"), ("latency", "a", 30, "ns"), ("rate", "b", 2.5, "1/s")])
    equal(samples.values(found, measure="latency"), [10, 30])
    equal(samples.by_subject(found), {"a": 20, "b": 2.5})
    equal(samples.unread(OUTPUT), ["sample bad line"])
    as_printf = "sample m s 1.5e+06 u\nsample m s 1e-05 u\nsample m s -7 u\nsample m s 8. u\n"
    equal(samples.values(samples.parse(as_printf, "v", "w", 1, "icount")), [1500000.0, 0.00001, -7, 8.0])
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


def of(variant, value, better=-1, cpus=1, name="latency", unit="ns", clock="icount"):
    return figures.Figure(variant, "hogs", cpus, clock, name, value, unit, better)


def test_figures_of_several_runs_are_medians():
    runs = [[of("a", 5), of("a", 1, name="rate")], [of("a", 1), of("a", 9, name="rate")], [of("a", 2), of("a", 2, name="rate")]]
    equal([(f.name, f.value) for f in figures.median_of(runs)], [("latency", 2), ("rate", 2)])
    equal(figures.median_of([]), [])


def test_best_of_a_column():
    columns, rows = figures.table([of("a", 3), of("b", 2), of("c", 2)])
    equal(figures.best(columns[0], rows), {"b", "c"})
    columns, rows = figures.table([of("a", 2), of("b", 2)])
    equal(figures.best(columns[0], rows), set())
    columns, rows = figures.table([of("a", 1, 0), of("b", 2, 0)])
    equal(figures.best(columns[0], rows), set())
    mixed = [of("a", 1, cpus=cpus, name=name) for cpus in (2, 1) for name in ("x", "y")]
    equal([column[:2] for column in figures.table(mixed)[0]], [(1, "x"), (2, "x"), (1, "y"), (2, "y")])
    equal([figures.shown(v, "%") for v in (0, 100.0, 12.345, 1234.5)], ["0", "100", "12.35", "1,234"])
    equal([figures.shown(v, "ns") for v in (0, 999, 1500, 2500000, 3e9)], ["0 ns", "999 ns", "1.5 us", "2.5 ms", "3 s"])


def test_marks_of_a_logarithmic_axis():
    for values, wanted in (([150, 1000], (100, 2000, [100, 200, 500, 1000, 2000])), ([5], (2, 10, [2, 5, 10])),
                           ([24, 5600], (10, 10000, [10, 100, 1000, 10000])), ([0], (0.5, 2, [1, 2]))):
        equal(plots.scale(values), wanted, values)
    equal(plots.scale([20000, 70000], 2), (16384, 131072, [16384, 32768, 65536, 131072]))


def some_plots():
    many = [f"t{i}" for i in range(40)]
    return [plots.grouped("bars", "It's bars", "see", "ns", {"a": {"x": 1, "y": 2}, "b": {"x": 3}}),
            plots.lines("lines", "Lines", "see", "t", "e", {"a": [(0, 1), (1, 2)], "b": [(0, 3), (2, 1)], "c": [(0, 1), (1, 2)]}),
            plots.lines("logs", "Logs", "see", "t", "memory, B", {"a": [(0, 4096)]}, "y", "lines", 1, ("all", [(0, 5000)])),
            plots.steps("steps", "Steps", "see", "latency, s", {"a": [5e-6, 1e-9, 3], "b": [1e-9]}),
            plots.dots("dots", "Dots", "see", "latency, s", {"a": {"p50": 1e-6, "p99": 2e-3}, "b": {"p50": 1e-6}}),
            plots.boxes("boxes", "Boxes", "see", "ms", ["t1", "t2"], [("t1", 0, 2, "runs"), ("t2", 2, 3, "runs")],
                        {"runs": ("#2b6cb0", True), "ready": ("#bbbbbb", False)}, [("t2", 1)]),
            plots.boxes("lanes", "Lanes", "see", "ms", many, [(t, 0, 1, "runs") for t in many], {"runs": ("#2b6cb0", True)})]


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
        contains(pathlib.Path(folder, "lines.gp").read_text(), "title 'c (as a)'")
        contains(pathlib.Path(folder, "lines.gp").read_text(), "set title 'Lines'")
        sections = [page.Section("A & B", "what", [of("a", 3000), of("b", 2)], drawn)]
        text = pathlib.Path(page.write(folder, "T <1>", "intro", [("QEMU", "7")], sections)).read_text()
        for part in ("T &lt;1&gt;", "A &amp; B", '<td class="best">2 ns</td>', "data:image/svg+xml;base64,"):
            contains(text, part)
        equal(text.count("<figure"), len(drawn))
        equal(text.count('class="half"'), 2)
        equal(page.table_text(sections), "\nA & B\n   latency\na    3 us\nb    2 ns*\n")
        pathlib.Path(folder, "mine.png").write_text("not a plot of ours")
        page.clear(folder)
        equal(sorted(p.name for p in pathlib.Path(folder).iterdir()), ["index.html", "mine.png"])


def test_names_are_anybodys():
    if plots.missing():
        return
    lanes = ["DATA1", "it's", "a\nb", "b\tc", "%d\\n@^{x}", "<b>&\""]
    with scratch() as folder:
        plot = plots.boxes('a#b "c&%41', "DATA\n", "see", "ms", lanes, [(lane, 0, 1, "runs") for lane in lanes],
                           {"runs": ("#2b6cb0", True)})
        plots.draw(folder, [plot])
        drawn = html.unescape(pathlib.Path(folder, plot.name + ".svg").read_text(encoding="utf-8"))
        for wanted in ("DATA ", "DATA1", "it's", "a b", "b c", "%d\\n@^{x}", "<b>&\""):
            contains(drawn, f"<text>{wanted}</text>")
        text = pathlib.Path(page.write(folder, "T", "", [], [page.Section("S", "", [], [plot])])).read_text(encoding="utf-8")
        links = re.findall('<a href="([^"]*)">', text)
        equal([pathlib.Path(folder, urllib.parse.unquote(link)).exists() for link in links], [True] * 3)


def test_headings_are_wrapped_and_say_the_unit_and_the_clock():
    section = page.Section("S", "", [of("a", 70, name="later, a long name", cpus=2, unit="instructions", clock="wall")])
    equal(page.table_text([section]).split("\n")[1:-1],
          ["S (wall time)", "       later, a", "     long name,", "        2 CPUs,", "   instructions", "a           70"])


def test_units_are_told_where_cells_do_not():
    for name, unit, wanted in (("speed", "ops/s", "speed, ops/s"), ("took", "ns", "took"), ("switches", "switches", "switches"),
                               ("fairness", "index", "fairness"), ("speed-up", "times", "speed-up"), ("late, %", "%", "late, %")):
        equal(page.heading((1, name, unit)), wanted)


def span(thread, state, start, end, cpu=0):
    return gantt.Span("v", "w", 1, thread, state, start, end, cpu)


def test_a_chart_says_how_many_threads_it_leaves_out():
    for count, wanted in ((64, "note"), (65, "note 64 of 65 threads are shown.")):
        equal(gantt.picture([span(f"t{i}", "running", 0, 9) for i in range(count)], "n", "title", "note", 1).note, wanted)


def test_late_jobs_are_marked_at_their_deadlines():
    took = [samples.Sample("v", "periodic", 1, "icount", "response", "100%/every8ms", ns, "ns")
            for ns in (8000000, 8000001, 9000000)]
    periodic, = (w for w in schedulers.WORKLOADS if w.name == "periodic")
    equal(periodic.late(took), [("every8ms", 16000000), ("every8ms", 24000000)])


def test_share_error_and_lanes():
    spans = [span("a", "running", 0, 2000000), span("b", "ready: woken", 0, 2000000), span("b", "running", 2000000, 4000000)]
    equal([e for _, e in gantt.share_error(spans, {"a": 1, "b": 1})], [500000, 1000000, 500000, 0])
    equal(gantt.waits_for_cpu(spans), [2000000])
    equal(gantt.cpu_time(spans), {"a": 2000000, "b": 2000000})
    events = [{"pid": 1, "tid": t, "ts": ts, "dur": 5, "args": {"thread": "x"}} for t, ts in ((1, 0), (2, 3), (3, 5))]
    equal(list(gantt.named(events).values()), ["x", "x#2", "x"])
    again = [span("a", "running", 0, 1), span("a", "running", 2, 3), span("b", "running", 1, 2, 1), span("b", "running", 4, 5)]
    equal(gantt.switches(again), 1)
    equal(sorted(["job13ms", "job2ms", "node1.10", "node1.9"], key=gantt.natural), ["job2ms", "job13ms", "node1.9", "node1.10"])
    equal([gantt.kind_of(span("a", state, 0, 1, 3), cpus) for state, cpus in
           (("running", [0]), ("running", [0, 3]), ("blocked: mutex", [0]), ("blocked: sleep", [0]), ("ready: new", [0]))],
          ["runs", "CPU 3", "waits for a lock", "blocked", "ready"])


def test_times_of_threads_are_not_told_where_cpus_take_turns():
    spans = [span("a", "ready: woken", 0, 10), span("a", "running", 10, 90), span("b", "running", 20, 60, 1)]
    names = [[f.name for f in gantt.figures_of(spans, ("v", "w", *how))] for how in ((1, "icount"), (2, "wall"), (2, "icount"))]
    equal(names[:2], [["elapsed", "switches", "fairness of CPU time", *(f"woken to running, p{p}" for p in (50, 95, 99))]] * 2)
    equal(names[2], ["elapsed", "switches"])


def test_a_run_that_does_not_end_is_one_that_failed():
    with scratch() as folder:
        stuck = pathlib.Path(folder, "exon-run")
        stuck.write_text("#!/bin/sh\nexec sleep 60\n")
        stuck.chmod(0o755)
        slow = machine.Machine(stuck, timeout=1)
        slow.after_s = 0
        began = time.monotonic()
        try:
            slow.run("app")
            check(False, "it ended")
        except machine.RunError as error:
            contains(str(error), "exon-run took longer than 1 s")
        check(time.monotonic() - began < 20 and not slow.live, "it goes on")


COMPARE = BUILD / "bin" / "exon-compare"


def without_pictures(path):
    return re.sub("base64,[^\"]*", "", path.read_text(encoding="utf-8"))


def compared(folder, *words):
    status, output, errors = shell([COMPARE, "--out", folder, *words], seconds=200)
    equal(status, 0, errors)
    return output.decode()


def test_workloads_repeat_to_the_digit():
    with scratch() as folder:
        words = ("--policies", "stride,fifo", "--workloads", "hogs,periodic,forkjoin", "--scale", "10")
        table = compared(f"{folder}/1", *words)
        for wanted in ("CPU hogs with weights", "\nstride "):
            contains(table, wanted)
        compared(f"{folder}/2", *words)
        for name in ("samples.csv", "figures.csv", "spans.csv"):
            first, second = (pathlib.Path(folder, n, name).read_text() for n in "12")
            check(len(first.splitlines()) > 10, f"{name} is nearly empty")
            check(first == second, f"{name} of two runs differs")
        with open(f"{folder}/1/figures.csv", encoding="utf-8", newline="") as file:
            fair = {r["variant"]: float(r["value"]) for r in csv.DictReader(file) if r["name"] == "fairness by weight"}
        check(fair["stride"] > 0.98 and fair["fifo"] < 0.3, f"fairness {fair}")
        page_text = without_pictures(pathlib.Path(folder, "1", "index.html"))
        for wanted in ("fairness by weight", "largest share error", "instructions a thread, 2 CPUs"):
            contains(page_text, wanted)
        equal(page_text.count("<figure"), 0 if plots.missing() else 10)


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
        for wanted in ("answer", "42", "elapsed", "switches", "woken to"):
            contains(table, wanted)
        if not plots.missing():
            check(pathlib.Path(folder, "out", "app-gantt-fifo.png").exists(), "no Gantt chart")


ALONE = """#include <stdio.h>
int main(int argc, char **argv)
{
    char line[80] = "";
    FILE *file = fopen(argv[argc - 1], "r");
    if (!file || !fgets(line, sizeof line, file))
        return 1;
    fputs(line, stdout);
    return 0;
}
"""


def test_a_program_with_a_file_and_what_it_leaves_out_is_told():
    with scratch() as folder:
        pathlib.Path(folder, "app.c").write_text(ALONE)
        pathlib.Path(folder, "line").write_text("sample length my thread 5 ns\n")
        status, _, errors = shell([BUILD / "bin" / "exon-cc", "-O2", "-o", f"{folder}/app", f"{folder}/app.c"])
        equal(status, 0, errors)
        status, _, errors = shell([COMPARE, "--out", f"{folder}/out", "--policies", "fifo", "--cpus", "2", "--file",
                                   f"{folder}/line:/etc/line", f"{folder}/app", "/etc/line"], seconds=100)
        equal(status, 0, errors)
        page_text = pathlib.Path(folder, "out", "index.html").read_text(encoding="utf-8")
        for note in ("lines that begin with `sample` are no samples, as this one: sample length my thread 5 ns",
                     "app has printed no samples", "app makes no threads: no policy changes what it does",
                     "QEMU lets CPUs take turns"):
            contains(errors, note)
            contains(page_text, note)


def test_mistakes_are_told_before_anything_runs():
    for words, wanted in ((["--policies", "fair"], "no such policy: fair; there are cooperative"),
                          (["--workloads", "x"], "no such workload: x; there are hogs"), (["nosuch"], "nosuch: no such program"),
                          (["--policies", "own"], "no such policy: own"), (["--policies", ","], "no such policy: none given"),
                          (["--cpus", "9"], "--cpus from 1 to 8"), (["--scale", "0"], "--scale is from 1"),
                          (["--runs", "0"], "--runs is from 1"), (["--timeout", "0"], "--timeout from 1"),
                          (["--out", "x", "--heaps"], "required: REPLAY, FOLDER")):
        status, _, errors = shell([COMPARE, *words], seconds=20)
        equal(status, 2, words)
        contains(errors, wanted)
        check("[" not in errors.replace("[-h]", "").split("error:")[-1], f"something ran: {errors}")
    status, _, errors = shell([COMPARE, "--out", f"{COMPARE}/x"], seconds=20)
    equal((status, errors), (1, f"exon-compare: {COMPARE}/x: Not a directory; --out DIR names another folder\n"))


BROKEN = """#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include "sched/policy.h"
static void *nothing(void *x) { return x; }
int main(void)
{
    pthread_t t;
    pthread_create(&t, 0, nothing, 0);
    pthread_join(t, 0);
    printf("sample made it 1 times\\n");
    fflush(stdout);
    while (strcmp(sched_policy_now()->name, "stride") == 0)
        ;
    return strcmp(sched_policy_now()->name, "edf") == 0 ? 7 : 0;
}
"""


def test_a_run_that_hangs_or_fails_leaves_the_others():
    with scratch() as folder:
        pathlib.Path(folder, "app.c").write_text(BROKEN)
        status, _, errors = shell([BUILD / "bin" / "exon-cc", "-O2", "-o", f"{folder}/app", f"{folder}/app.c"])
        equal(status, 0, errors)
        status, output, errors = shell([COMPARE, "--out", f"{folder}/out", "--timeout", "10", "--policies", "stride,edf,fifo",
                                        f"{folder}/app"], seconds=100)
        equal(status, 1)
        for wanted in ("stride: app: took longer than 10 s\n  sample made it 1 times", "edf: app: ended with status 7",
                       "2 of 4 runs failed"):
            contains(errors, wanted)
        contains(output.decode(), "\nfifo")
        contains(pathlib.Path(folder, "out", "index.html").read_text(), "Failed: edf: app: ended with status 7")
        status, output, errors = shell([COMPARE, "--out", f"{folder}/out", "--policies", "edf", f"{folder}/app"], seconds=100)
        equal((status, output), (1, b""))
        contains(errors, "no run has succeeded")
        check(pathlib.Path(folder, "out", "samples.csv").exists(), "what was there is gone")


def test_an_interruption_ends_the_machine_and_keeps_what_was_there():
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        with scratch() as folder:
            kept = pathlib.Path(folder, "samples.csv")
            kept.write_text("old")
            # Who runs this in the background may have it ignored.
            with subprocess.Popen([COMPARE, "--out", folder, "--policies", "fifo"], stderr=subprocess.PIPE, text=True,
                                  preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)) as process:
                contains(process.stderr.readline(), "fifo: hogs")
                time.sleep(1)
                children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
                process.send_signal(signal_number)
                errors = process.communicate(timeout=30)[1]
            equal(process.returncode, 130, errors)
            contains(errors, "interrupted; nothing was written")
            equal([child for child in children if pathlib.Path("/proc", child).exists()], [])
            equal([p.name for p in pathlib.Path(folder).iterdir()], ["samples.csv"])


def test_wall_time_is_marked():
    with scratch() as folder:
        table = compared(folder, "--wall", "--runs", "2", "--no-trace", "--policies", "fifo,round-robin", "--workloads",
                         "forkjoin,switches", "--scale", "10")
        contains(table, "Fork and join (wall time)")
        found = samples.read(f"{folder}/samples.csv")
        equal({s.clock for s in found}, {"wall"})
        equal({s.run for s in found}, {1, 2})
        check(max(s.cpus for s in found) <= (os.cpu_count() or 1), "more CPUs than the host has")
        check("instructions" not in {s.unit for s in found}, "instructions by the wall clock")
        text = without_pictures(pathlib.Path(folder, "index.html"))
        for wanted in ("another run gives other figures", "speed-up, 2 CPUs" if (os.cpu_count() or 1) > 1 else "speed-up"):
            contains(text, wanted)


run(globals())
