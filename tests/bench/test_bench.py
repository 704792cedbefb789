# SPDX-License-Identifier: MIT
# seconds: 120
"""No row's instruction count grew by more than 5 % over the baseline; and the comparison notices what it should."""
import csv
import json
import os
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tools")]
import baseline  # noqa: E402
import harness  # noqa: E402
import machines  # noqa: E402
import paper  # noqa: E402
import report  # noqa: E402
import rowtable  # noqa: E402
from harness import check, contains, equal  # noqa: E402


def test_no_row_grew():
    status, output, errors = harness.shell([HERE / "bench", "--build", harness.BUILD, "check"], seconds=100)
    check(status == 0, output.decode() + errors)


def test_rounds_on_two_cpus():
    """Each CPU does its part: two need neither less for an operation than one, nor much more."""
    exon = machines.Exon(str(harness.BUILD))
    rows = [exon.rows(["-c", n, "null_call", "pct"], options=("--icount", "--cpus", n), limit=60) for n in ("1", "2")]
    for name in ("null_call", "pct"):
        check(rows[0][name] <= rows[1][name] <= 1.1 * rows[0][name], f"{name}: {rows[0][name]} alone, {rows[1][name]} on two")


def test_growth_is_noticed():
    worse, other = baseline.compare({"a": 100.0, "b": 100.0, "c": 100.0, "gone": 1.0}, {"a": 105.0, "b": 106.0, "c": 90.0, "n": 1})
    equal([line.split(":")[0] for line in worse], ["b", "gone"])
    equal([line.split(":")[0] for line in other], ["c", "n"])
    contains(worse[0], "100.0 before, 106.0 now (+6 %)")


def test_every_row_has_a_line_in_the_table():
    """Rows that programs register and rows of the table agree, so that none is measured in vain or shown empty."""
    sources = "".join(p.read_text() for p in HERE.glob("*.c"))
    sources = sources.replace("BENCH_OWN(", "BENCH(")
    shared = (HERE.parents[1] / "apps" / "appel" / "primitives.c").read_text()
    for name in re.findall(r'^    \{ "(\w+)", "', shared, re.M):
        sources += f"BENCH({name}, by primitives.c)\n"
    for row in rowtable.ROWS:
        if row.unit == rowtable.INSTRUCTIONS:
            check(f"BENCH({row.name}," in sources or f"BENCH_OWN({row.name}," in sources, f"no program measures {row.name}")
            check(row.linux is None or f"BENCH({row.linux_name()}," in sources, f"{row.name}: no row {row.linux_name()}")
    names = set(re.findall(r"^BENCH(?:_OWN)?\((\w+),", sources, re.M))
    equal(names - set(rowtable.BY_NAME), set())


def test_runs_are_judged():
    equal(machines.judged("x", (0, "row a 1.5 ns\nend\n", "", 0)), {"a": 1.5})
    for result in ((0, "row a 1.5 ns\n", "", 0), (None, "end\n", "", 0)):
        try:
            machines.judged("x", result)
        except machines.BenchError:
            continue
        raise harness.Failed(f"{result} is taken for a run that ended")


def test_time_of_the_virtual_cpu():
    """Of rows that the program prints: what the thread had since the line before; None of a process that is gone."""
    script = "import time\nfor n in ('start', 'row a 1.5 ns', 'row b 2.0 ns', 'end'): print(n, flush=True); time.sleep(0.05)"
    status, output, _, seconds = machines.watch([sys.executable, "-c", script], 20)
    equal((status, machines.rows_of(output), machines.finished(output), seconds), (0, {"a": 1.5, "b": 2.0}, True, {}))
    equal(machines.virtual_cpu_seconds(1 << 30), None)
    result = report.Result({"stat": 1.0, "fault": 1.0}, exon_virtual={"stat": 2.5, "fault": 1.0}, linux_virtual={"stat": 9.0})
    equal(result.virtual(rowtable.BY_NAME["stat"]), (2.5, 9.0))
    equal(result.virtual(rowtable.BY_NAME["fault"]), (None, None), "another program on the other system")


def test_smallest():
    equal(machines.smallest(lambda n: n >= 7, 1, 32), 7)
    equal(machines.smallest(lambda n: True, 1, 32), 1)
    equal(machines.smallest(lambda n: False, 1, 32), None)


def test_verdicts():
    result = report.Result({"null_call": 51.0, "fault": 120.0}, {"getppid": 102.0})
    equal([r.name for r in result.missed()], ["null_call"])
    equal(result.figures(rowtable.BY_NAME["null_call"])[2], 2.0)
    equal(result.figures(rowtable.BY_NAME["fault"])[3], "ok")


def test_data_files():
    """CSV and JSON have the rows that were measured, with wall times in ns of counted ones alone."""
    result = report.Result({"null_call": 37.0, "boot": 9.6}, {"getppid": 325.0, "boot": 1711.0, "stat": 1.0}, {"null_call": 150.5},
                           {"getppid": 1062.0, "boot": 5615.0}, {"cpus": {1: {"pct": 143.0}}}, {"null_call": 1.0, "stat": 2.5})
    with harness.scratch() as folder:
        report.write_data(result, {"commit": "x"}, folder)
        data = json.loads((pathlib.Path(folder) / "results.json").read_text())
        with open(pathlib.Path(folder) / "results.csv", encoding="utf-8", newline="") as file:
            table = list(csv.DictReader(file))
    equal([(r["row"], r["exon"], r["linux"], r["exon_wall_ns"], r["linux_wall_ns"], r["verdict"]) for r in table],
          [("null_call", "37.0", "325.0", "150.5", "1062.0", "ok"), ("boot", "9.6", "1711.0", "", "", "ok")])
    equal([r["row"] for r in data["rows"]], ["null_call", "boot"])
    equal((data["facts"], data["scaling"]), ({"commit": "x"}, {"cpus": {"1": {"pct": 143.0}}}))


def test_the_paper_stands_beside():
    """Rows that it is compared with exist; ratios are computed from the pairs; what was not measured says so."""
    for entry in paper.ENTRIES:
        check(set(entry.rows) <= set(rowtable.BY_NAME) and bool(entry.pairs) != bool(entry.said), entry.what)
    text = "\n".join(paper.lines(lambda name: 44.76 if name == "fault" else None))
    for part in ("103 (154.0 by 1.5 µs, DEC5000/125)", "44.8 (`fault`), with the way back", "not measured (`appel2`)"):
        contains(text, part)


if __name__ == "__main__":
    os.chdir(HERE.parent.parent)
    harness.run(globals())
