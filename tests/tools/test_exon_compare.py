#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 120
"""The tools that compare: samples, figures, plots and page (boot/exoncompare). Layer: tests."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import ROOT, check, contains, equal, run, scratch  # noqa: E402

sys.path.insert(0, str(ROOT / "boot"))
from exoncompare import figures, page, plots, samples  # noqa: E402

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


run(globals())
