# SPDX-License-Identifier: MIT
"""The results as a table on the terminal, CSV, JSON, docs/measurements.md and plots.

Layer: tests. A result is {name: value} for each of exon, linux, exon_wall, linux_wall; rowtable.py says what a row means.
"""
import csv
import json
import os
import shutil
import subprocess
import sys

import paper
from rowtable import BY_NAME, GROUPS, INSTRUCTIONS, ROWS


def number(value):
    """A figure as people read it."""
    if value is None:
        return "-"
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}"


def verdict(row, value):
    if row.goal is None or value is None:
        return ""
    return "ok" if value <= row.goal else "over"


class Result:
    """What was measured; wall figures may be missing."""

    def __init__(self, exon, linux=None, exon_wall=None, linux_wall=None, scaling=None, exon_virtual=None, linux_virtual=None):
        self.exon, self.linux = exon, linux or {}
        self.exon_wall, self.linux_wall = exon_wall or {}, linux_wall or {}
        self.exon_virtual, self.linux_virtual = exon_virtual or {}, linux_virtual or {}
        self.scaling = scaling or {}

    def figures(self, row):
        """(Exon, Linux, ratio, verdict) of a row."""
        exon, linux = self.exon.get(row.name), self.linux.get(row.linux_name())
        ratio = linux / exon if exon and linux else None
        return exon, linux, ratio, verdict(row, exon)

    def walls(self, row):
        """Wall time of a counted row in ns, on Exon and on Linux; None where it was not measured."""
        if row.unit != INSTRUCTIONS:
            return None, None
        return self.exon_wall.get(row.name), self.linux_wall.get(row.linux_name())

    def virtual(self, row):
        """Milliseconds of the virtual CPU for all rounds of a row that is the same program on both; None where it is not."""
        if row.unit != INSTRUCTIONS or row.linux != "same":
            return None, None
        return self.exon_virtual.get(row.name), self.linux_virtual.get(row.name)

    def shown(self):
        """Rows that were measured, by group."""
        for group, rows in GROUPS.items():
            present = [r for r in rows if r.name in self.exon]
            if present:
                yield group, present

    def missed(self):
        return [r for r in ROWS if self.figures(r)[3] == "over"]


def print_table(result):
    colour = sys.stdout.isatty()
    print(f"{'row':44} {'unit':>12} {'Exon':>10} {'Linux':>10} {'ratio':>7} {'goal':>9}")
    for group, rows in result.shown():
        print(f"-- {group}")
        for row in rows:
            exon, linux, ratio, judged = result.figures(row)
            mark = f"\033[31m{judged}\033[0m" if colour and judged == "over" else judged
            print(f"{row.title:44} {row.unit:>12} {number(exon):>10} {number(linux):>10} "
                  f"{f'{ratio:.1f}x' if ratio else '-':>7} {number(row.goal):>9} {mark}")
    missed = result.missed()
    print(f"{len(missed)} over their goal" + (": " + ", ".join(r.name for r in missed) if missed else ""))


def write_data(result, facts, folder):
    """results.csv and results.json."""
    table = []
    for group, rows in result.shown():
        for row in rows:
            exon, linux, ratio, judged = result.figures(row)
            walls, virtual = result.walls(row), result.virtual(row)
            table.append({"group": group, "row": row.name, "title": row.title, "unit": row.unit, "exon": exon,
                          "linux": linux, "ratio": ratio, "goal": row.goal, "verdict": judged,
                          "exon_wall_ns": walls[0], "linux_wall_ns": walls[1],
                          "exon_vcpu_ms": virtual[0], "linux_vcpu_ms": virtual[1], "does": row.does})
    with open(f"{folder}/results.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, table[0].keys())
        writer.writeheader()
        writer.writerows(table)
    with open(f"{folder}/results.json", "w", encoding="utf-8") as file:
        json.dump({"facts": facts, "rows": table, "scaling": result.scaling}, file, indent=1)
        file.write("\n")


# ---- docs/measurements.md ----

HEAD = """<!-- SPDX-License-Identifier: MIT -->
<!-- Written by `make bench`; do not edit. -->
# Measurements

`make bench` makes this page: it boots Exon and a Linux guest in the same QEMU on the same virtual machine and runs the
same C programs (`tests/bench/posix_*.c`, compiled unchanged with `exon-cc` and with `musl-gcc -static`) on both; rows that
only an exokernel can have come from `tests/bench/exo_*.c`.

- *Instructions* are guest instructions under `-icount shift=0,sleep=off`: Exon's are the same every run, whatever the
  host does; Linux's differ by some per cent, more so with other rows before them. Each iteration of a `rep` string
  instruction counts; XSAVE counts as one. They are not cycles.
- Each figure is the best of several rounds, the empty loop subtracted. Rounds are short, so a timer interrupt falls into
  the best round on neither side.
- *Ratio* is Linux by Exon: above 1, Exon needs less. Rows that fall behind are shown like the others.
- Linux runs with `mitigations=off norandmaps`, no modules, and the program as the only process but for the first one.
- The watch over scheduling policies, which is there to find mistakes, is off on Exon (`sched_check`); it is on otherwise.
- *Wall* is nanoseconds by the guest's clock without counting, best of more rounds, on emulation (TCG) and a host that
  others use too: an impression, not a result.
- *vCPU* is the processor time that the thread of QEMU's virtual CPU had in the same run for a whole row: 60 rounds, with what
  prepares and ends each and as many empty loops; good to some milliseconds. It stands where both run the same program.
"""

ENGLER = """
## Beside the first exokernel

Engler, Kaashoek and O'Toole, *Exokernel: An Operating System Architecture for Application-Level Resource Management*,
SOSP 1995, compares Aegis and ExOS with Ultrix on MIPS DECstations: another time, another machine, another peer, and
microseconds where this page has instructions. So the table sets ratios side by side, each to its own peer, and no time.

| in the paper | operation | peer by Aegis or ExOS, 1995 | Linux by Exon, this run |
| --- | --- | --- | --- |
{rows}

{left_out}
"""


def markdown_rows(result, rows):
    lines = ["| row | unit | Exon | Linux | ratio | goal | | wall Exon | wall Linux | vCPU Exon | vCPU Linux |",
             "| --- | --- | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: |"]
    for row in rows:
        exon, linux, ratio, judged = result.figures(row)
        wall = [f"{number(w)} ns" if w is not None else "-" for w in result.walls(row)]
        wall += [f"{v:.1f} ms" if v is not None else "-" for v in result.virtual(row)]
        lines.append(f"| {row.title} | {row.unit} | {number(exon)} | {number(linux)} | {f'{ratio:.1f}' if ratio else '-'} "
                     f"| {number(row.goal)} | {'**over**' if judged == 'over' else judged} | {' | '.join(wall)} |")
    lines.append("")
    lines += [f"- {row.title}: {row.does}." for row in rows]
    return lines


GROWTH = (
    ("environments", "With more environments",
     "Instructions by how many further environments (one activation and four mapped pages each, none running) the system "
     "holds."),
    ("cpus", "On more CPUs at once",
     "Instructions of one operation while so many CPUs do the same, each for itself, in one environment: the sum over all "
     "CPUs by the operations of all. QEMU runs them by turns under `-icount`, and a CPU that waits for a lock gives up its "
     "turn, so this shows what other CPUs add to the path (shootdowns, searching), not how long they wait for each other."),
    ("wall", "The same in wall time",
     "Nanoseconds of an operation on each CPU, without counting, while all do the same: waiting for the kernel's lock is in "
     "it, and so is the host, which ran this with {processors} processors for all."),
)


def scaling_lines(scaling):
    lines = []
    for axis, title, text in GROWTH:
        counts = scaling.get(axis)
        if not counts:
            continue
        names = list(next(iter(counts.values())))
        lines += ["", f"## {title}", "", text.format(processors=os.cpu_count()), "",
                  f"| {'environments' if axis == 'environments' else 'CPUs'} | " + " | ".join(names) + " |",
                  "| ---: |" + " ---: |" * len(names)]
        lines += [f"| {count} | " + " | ".join(number(values.get(n)) for n in names) + " |" for count, values in counts.items()]
    return lines


def write_markdown(result, facts, path):
    lines = [HEAD, "| | |", "| --- | --- |"] + [f"| {name} | {value} |" for name, value in facts.items()]
    for group, rows in result.shown():
        lines += ["", f"## {group}", ""] + markdown_rows(result, rows)
    lines += scaling_lines(result.scaling)
    rows = paper.lines(lambda name: result.figures(BY_NAME[name])[2])
    text = "\n".join(lines) + "\n" + ENGLER.format(rows="\n".join(rows), left_out=paper.LEFT_OUT)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


# ---- Plots ----

BARS = """set terminal {terminal}
set output '{folder}/{name}.{kind}'
set datafile separator '\\t'
set title 'Exon and Linux in the same QEMU: guest instructions, less is better'
set logscale x 10
set xrange [1:200000]
set yrange [{rows}-0.3:-0.7]
set ytics nomirror
set xlabel 'instructions (logarithmic)' offset 0,0.3
set grid xtics
set key at screen 0.3,0.99 right top horizontal
set rmargin 5
set lmargin 44
plot '{folder}/{name}.tsv' using (1):($0-0.18):(1):($2):($0-0.34):($0-0.02):ytic(1) \\
     with boxxyerror fs solid 0.9 lc rgb '#2b6cb0' title 'Exon', \\
     '' using (1):($0+0.18):(1):($3):($0+0.02):($0+0.34) \\
     with boxxyerror fs solid 0.9 lc rgb '#c05621' title 'Linux'
"""

LINES = """set terminal {terminal}
set output '{folder}/{name}.{kind}'
set datafile separator '\\t'
set title '{title}'
{axis}
set xlabel '{xlabel}'
set ylabel '{ylabel}'
set grid
set key outside right
plot for [i=2:{columns}] '{folder}/{name}.tsv' using {x}:i with linespoints lw 2 pt 7 title columnheader(i)
"""

# name of the plot: its title and axes; x is gnuplot's word for a column.
GROWTH_PLOTS = {
    "environments": {"title": "Exon: cost by the number of environments", "axis": "set logscale x 10; set yrange [0:*]",
                     "x": "($1+1)", "xlabel": "environments, beside the console and the first one", "ylabel": "guest instructions"},
    "cpus": {"title": "Exon: cost of an operation while 1 to 4 CPUs do the same", "axis": "set xtics 1; set yrange [0:*]", "x": "1",
             "xlabel": "CPUs", "ylabel": "guest instructions"},
    "wall": {"title": "Exon: wall time of an operation on each CPU while 1 to 4 CPUs do the same (emulated)",
             "axis": "set xtics 1; set logscale y 10; set yrange [10:*]", "x": "1", "xlabel": "CPUs", "ylabel": "ns"},
}


# What the lines are called, where the row's name says it too shortly.
LEGEND = {"pct": "transfer", "yield": "directed yield", "frame_map": "frame allocation"}


def gnuplot(script, folder, name, height, **values):
    for kind, terminal in (("svg", f"svg size 900,{height} noenhanced font 'sans,11' background '#ffffff'"),
                           ("png", f"pngcairo size 900,{height} noenhanced font 'sans,10'")):
        text = script.format(terminal=terminal, folder=folder, name=name, kind=kind, **values)
        done = subprocess.run(["gnuplot"], input=text, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"gnuplot: {done.stderr}")


def write_growth(counts, folder, name):
    columns = list(next(iter(counts.values())))
    with open(f"{folder}/{name}.tsv", "w", encoding="utf-8") as file:
        file.write("\t".join([name] + [LEGEND.get(c, c.replace("_", " ")) for c in columns]) + "\n")
        for count, values in counts.items():
            file.write("\t".join([str(count)] + [str(values[c]) for c in columns]) + "\n")
    gnuplot(LINES, folder, name, 480, columns=len(columns) + 1, **GROWTH_PLOTS[name])


def write_plots(result, folder):
    """Bars of all rows that both have; lines over the numbers of environments and CPUs. Returns the names of the files."""
    if not shutil.which("gnuplot"):
        raise RuntimeError("gnuplot is missing; newlib-port/setup bench installs it")
    names = []
    both = [r for r in ROWS if r.unit == INSTRUCTIONS and result.figures(r)[2]]
    if both:
        with open(f"{folder}/comparison.tsv", "w", encoding="utf-8") as file:
            for row in both:
                exon, linux, _, _ = result.figures(row)
                file.write(f"{row.title}\t{exon}\t{linux}\n")
        gnuplot(BARS, folder, "comparison", 120 + 26 * len(both), rows=len(both))
        names.append("comparison")
    for name, counts in result.scaling.items():
        write_growth(counts, folder, name)
        names.append(name)
    return [f"{folder}/{name}.{kind}" for name in names for kind in ("svg", "png")] if os.path.isdir(folder) else []
