# SPDX-License-Identifier: MIT
"""Pictures, drawn by gnuplot as SVG and PNG. Each leaves its data (NAME.tsv) and script (NAME.gp) beside it, to change by hand.

A plot is made by one of the functions bars, grouped, lines, steps, boxes; draw() writes all.
"""
import os
import shutil
import subprocess

COLOURS = ("#2b6cb0", "#c05621", "#2f855a", "#b83280", "#6b46c1", "#b7791f", "#0987a0", "#822727", "#4a5568", "#8db600",
           "#e53e3e", "#38b2ac")
TERMINALS = (("svg", "svg size {width},{height} noenhanced font 'sans,12' background '#ffffff'"),
             ("png", "pngcairo size {width},{height} noenhanced font 'sans,10'"))
HEAD = """set title {title}
set datafile separator '\\t'
set border 3 lc rgb '#555555'
set tics nomirror
set grid lc rgb '#dddddd'
set key outside right top noreverse
"""


class PlotError(Exception):
    """gnuplot is missing or refuses."""


class Plot:
    """One picture: name of its files, title, a sentence on what to see, rows of data, gnuplot commands."""

    def __init__(self, name, title, note, rows, script, width=900, height=420):
        self.name, self.title, self.note, self.rows, self.script = name, title, note, rows, script
        self.width, self.height = width, height


def quote(text):
    return "'" + str(text).replace("'", "''") + "'"


def colour(index):
    return COLOURS[index % len(COLOURS)]


def axis(letter, label, log=False, low=None):
    lines = [f"set {letter}label {quote(label)}"]
    if log:
        lines.append(f"set logscale {letter}")
    if low is not None:
        lines.append(f"set {letter}range [{low}:*]")
    return "\n".join(lines) + "\n"


def bars(name, title, note, label, values, log=False):
    """One bar a variant. values: {variant: value}."""
    return grouped(name, title, note, label, {variant: {"": value} for variant, value in values.items()}, log)


def grouped(name, title, note, label, values, log=False):
    """Bars side by side. values: {variant: {column: value}}; a value may be missing."""
    columns = list(dict.fromkeys(column for row in values.values() for column in row))
    rows = [["variant", *columns]] + [[v] + [row.get(c, "") for c in columns] for v, row in values.items()]
    script = axis("y", label, log, None if log else 0) + "set style data histograms\nset style histogram clustered gap 1\n"
    script += "set style fill solid 0.9 noborder\nset xtics rotate by 35 right\nset bmargin 6\nset grid noxtics\n"
    script += "" if len(columns) > 1 else "unset key\n"
    parts = [f"DATA every ::1 using {i + 2}:xtic(1) lc rgb '{colour(i)}' title {quote(c)}" for i, c in enumerate(columns)]
    return Plot(name, title, note, rows, script + "plot " + ", ".join(parts) + "\n")


def lines(name, title, note, xlabel, ylabel, curves, log="", style="linespoints pt 7 ps 0.5"):
    """Curves. curves: {variant: [(x, y)]}; log: `x`, `y` or both."""
    rows, parts = [], []
    for i, (variant, points) in enumerate(curves.items()):
        rows += [[variant]] + [list(point) for point in points] + [[], []]
        parts.append(f"DATA index {i} using 1:2 every ::1 with {style} lw 1.6 lc rgb '{colour(i)}' title {quote(variant)}")
    script = axis("x", xlabel, "x" in log) + axis("y", ylabel, "y" in log, None if "y" in log else 0)
    return Plot(name, title, note, rows, script + "plot " + ", ".join(parts) + "\n")


def steps(name, title, note, xlabel, curves, log="x"):
    """Distributions: which part of the values is not above x. curves: {variant: [value]}."""
    drawn = {}
    for variant, values in curves.items():
        ordered = sorted(values)
        drawn[variant] = [(max(ordered[0], 1), 0)]
        drawn[variant] += [(max(value, 1), 100 * (i + 1) / len(ordered)) for i, value in enumerate(ordered)]
    return lines(name, title, note, xlabel, "% of all", drawn, log, style="steps")


def boxes(name, title, note, xlabel, lanes, spans, kinds, marks=()):
    """Who did what when: a lane each from above. lanes: names; spans: [(lane, start, end, kind)]; kinds: {kind: colour}.
    marks: [(lane, x)]."""
    names = {lane: len(lanes) - i for i, lane in enumerate(lanes)}
    rows, parts = [], []
    used = [kind for kind in kinds if any(span[3] == kind for span in spans)]
    for i, kind in enumerate(used):
        half, shade = 0.36 if kind == next(iter(kinds)) else 0.12, kinds[kind]
        rows += [[kind]] + [[a, names[lane], a, b, names[lane] - half, names[lane] + half]
                            for lane, a, b, k in spans if k == kind] + [[], []]
        parts.append(f"DATA index {i} using 1:2:3:4:5:6 every ::1 with boxxyerror fs solid noborder lc rgb '{shade}' "
                     f"title {quote(kind)}")
    if marks:
        rows += [["marks"]] + [[x, names[lane] + 0.42] for lane, x in marks]
        parts.append(f"DATA index {len(used)} using 1:2 every ::1 with points pt 11 ps 0.7 lc rgb '#d22222' title 'late'")
    tics = ", ".join(f"{quote(lane)} {at}" for lane, at in names.items())
    script = axis("x", xlabel) + f"set ytics ({tics})\nset yrange [0.4:{len(lanes) + 0.6}]\nset grid noytics\n"
    return Plot(name, title, note, rows, script + "plot " + ", ".join(parts) + "\n", height=110 + 30 * len(lanes))


def missing():
    """What is wrong, if no plot can be drawn; None if all is there."""
    return None if shutil.which("gnuplot") else "gnuplot is missing: no plots (install gnuplot-nox)"


def draw(folder, plots):
    """Writes NAME.tsv, NAME.gp, NAME.svg and NAME.png for each."""
    for plot in plots:
        path = os.path.join(folder, plot.name)
        with open(path + ".tsv", "w", encoding="utf-8") as file:
            file.writelines("\t".join(map(str, row)) + "\n" for row in plot.rows)
        body = HEAD.format(title=quote(plot.title)) + plot.script.replace("DATA", quote(plot.name + ".tsv"))
        commands = "".join(
            f"set terminal {terminal.format(width=plot.width, height=plot.height)}\nset output {quote(plot.name + '.' + kind)}\n"
            f"{body}set output\nreset\n" for kind, terminal in TERMINALS)
        with open(path + ".gp", "w", encoding="utf-8") as file:
            file.write(commands)
        done = subprocess.run(["gnuplot", plot.name + ".gp"], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0 or done.stderr:
            raise PlotError(f"gnuplot {path}.gp: {done.stderr}")
