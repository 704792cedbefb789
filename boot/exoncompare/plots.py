# SPDX-License-Identifier: MIT
"""Pictures, drawn by gnuplot as SVG and PNG. Each leaves its data (NAME.tsv) and script (NAME.gp) beside it, to change by hand.

A plot is made by one of the functions grouped, dots, lines, steps, boxes; draw() writes all. An axis has a unit, which says how
its numbers are written: `s` (seconds) and `B` (bytes) get prefixes, others are as they are.
"""
import math
import os
import shutil
import subprocess

COLOURS = ("#2b6cb0", "#c05621", "#2f855a", "#b83280", "#6b46c1", "#b7791f", "#0987a0", "#822727", "#4a5568", "#8db600",
           "#e53e3e", "#38b2ac")
REFERENCE = "#222222"
DATA = "\0"  # in a script: the data file's name; no quoted text has it
TERMINALS = (("svg", "svg size {width},{height} noenhanced font 'sans,12' background '#ffffff'"),
             ("png", "pngcairo size {width},{height} noenhanced font 'sans,10'"))
HEAD = """set title {title}
set datafile separator '\\t'
set border 3 lc rgb '#555555'
set tics nomirror
set grid lt 1 lc rgb '#dddddd'
set key outside right top noreverse
"""
FORMATS = {"s": "%.0s %cs", "B": "%.0b %BB"}
LANES_HIGH = 16  # with more lanes they are lower


class PlotError(Exception):
    """gnuplot is missing or refuses."""


class Plot:
    """One picture: name of its files, title, a sentence on what to see, rows of data, gnuplot commands. half: two of them stand
    side by side on the page."""

    def __init__(self, name, title, note, rows, script, height=420, half=False):
        self.name, self.title, self.note, self.rows, self.script = name, title, note, rows, script
        self.width, self.height, self.half = 900, height, half


def quote(text):
    """A word of gnuplot. Names of threads and programs are anybody's: control characters would end a line."""
    return "'" + "".join(c if c.isprintable() else " " for c in str(text)).replace("'", "''") + "'"


def mark_of(text):
    """The same, of a mark of an axis, which is a format."""
    return quote(str(text).replace("%", "%%"))


def colour(index):
    return COLOURS[index % len(COLOURS)]


def scale(values, base=10):
    """Range and marks of a logarithmic axis: powers of the base, of 10 also their double and fivefold where there are few of them;
    (low, high, [mark])."""
    positive = [v for v in values if v > 0] or [1]
    low, high = math.floor(math.log(min(positive), base)), math.ceil(math.log(max(positive), base))
    between = (1, 2, 5) if base == 10 and high - low < 3 else (1,)
    marks = [step * float(base) ** power for power in range(low, high + 1) for step in between]
    low = max([m for m in marks if m < min(positive) * 0.98], default=marks[0] / 2)
    high = min([m for m in marks if m > max(positive) * 1.02], default=marks[-1] * 2)
    return low, high, [m for m in marks if low <= m <= high]


def axis(letter, label, values, log=False, marks=None):
    """An axis of these values; label: what, and unit. marks: the distance of its marks."""
    out = [f"set {letter}label {quote(label)}"]
    unit = label.rpartition(", ")[2]
    if unit in FORMATS:
        out = [f"set {letter}label {quote(label.rpartition(', ')[0])}", f"set format {letter} {quote(FORMATS[unit])}"]
    if log:
        low, high, at = scale(values, 2 if unit == "B" else 10)
        out += [f"set logscale {letter}", f"set {letter}range [{low * 0.999:.9g}:{high * 1.001:.9g}]",
                f"set {letter}tics ({', '.join(f'{mark:.9g}' for mark in at)})"]
    elif letter == "y":
        out.append("set yrange [0:*]")
    else:
        out.append("set autoscale xfix")
    if marks:
        out.append(f"set {letter}tics {marks}")
    return "\n".join(out) + "\n"


def table(values):
    """(columns, rows of a data file with one line a variant); values: {variant: {column: value}}; a value may be missing."""
    columns = list(dict.fromkeys(column for row in values.values() for column in row))
    return columns, [["variant", *columns]] + [[v] + [row.get(c, "") for c in columns] for v, row in values.items()]


BY_VARIANT = "set xtics rotate by 35 right\nset bmargin 6\nset grid noxtics\n"


def grouped(name, title, note, label, values):
    """Bars side by side. values: {variant: {column: value}}."""
    columns, rows = table(values)
    script = axis("y", label, [0]) + "set style data histograms\nset style histogram clustered gap 1\n"
    script += "set style fill solid 0.9 noborder\n" + BY_VARIANT
    script += "" if len(columns) > 1 else "unset key\n"
    parts = [f"{DATA} every ::1 using {i + 2}:xtic(1) lc rgb '{colour(i)}' title {quote(c)}" for i, c in enumerate(columns)]
    return Plot(name, title, note, rows, script + "plot " + ", ".join(parts) + "\n")


def dots(name, title, note, label, values):
    """Dots above each other, on a logarithmic scale, where a bar would have no honest foot. values: {variant: {column: value}}."""
    columns, rows = table(values)
    script = axis("y", label, [v for row in values.values() for v in row.values()], log=True)
    script += BY_VARIANT + f"set xrange [-0.6:{len(values) - 0.4}]\n"
    for row, own in zip(rows[1:], values.values()):
        row += [min(own.values()), max(own.values())]
    low, high = len(columns) + 2, len(columns) + 3
    parts = [f"{DATA} every ::1 using 0:{low}:{low}:{high} with yerrorbars pt 0 lw 4 lc rgb '#d5d9e0' notitle"]
    parts += [f"{DATA} every ::1 using 0:{i + 2}:xtic(1) with points pt 7 ps {max(1.6 - 0.4 * i, 0.6):.1f} lc rgb '{colour(i)}' "
              f"title {quote(c)}" for i, c in enumerate(columns)]
    rows[0] += ["least", "most"]
    return Plot(name, title, note, rows, script + "plot " + ", ".join(parts) + "\n")


def lines(name, title, note, xlabel, ylabel, curves, log="", style="linespoints pt 7 ps 0.5", marks=None, reference=None):
    """Curves. curves: {variant: [(x, y)]}; log: `x`, `y` or both; marks: distance of those of x; reference: (name, points), drawn
    apart. A curve that is the same as one before is named so in the key: it could not be seen."""
    rows, parts, seen = [], [], {}
    for i, (variant, points) in enumerate(curves.items()):
        first = seen.setdefault(tuple(points), (i, variant))
        rows += [[variant]] + [list(point) for point in points] + [[], []]
        dash = " dt (12,5)" if first[0] % 2 else ""
        data, called = f"{DATA} index {i} using 1:2 every ::1", variant
        if first[1] != variant:
            data, called = "NaN", f"{variant} (as {first[1]})"
        parts.append(f"{data} with {style} lw 1.6{dash} lc rgb '{colour(first[0])}' title {quote(called)}")
    if reference:
        rows += [[reference[0]]] + [list(point) for point in reference[1]]
        parts.append(f"{DATA} index {len(curves)} using 1:2 every ::1 with lines lw 2.5 dt 3 lc rgb '{REFERENCE}' "
                     f"title {quote(reference[0])}")
    every = [p for points in curves.values() for p in points] + list(reference[1] if reference else [])
    script = axis("x", xlabel, [x for x, _ in every], "x" in log, marks) + axis("y", ylabel, [y for _, y in every], "y" in log)
    return Plot(name, title, note, rows, script + "plot " + ", ".join(parts) + "\n")


def steps(name, title, note, xlabel, curves, log="x"):
    """Distributions: which part of the values is not above x. curves: {variant: [value]}."""
    drawn = {}
    for variant, values in curves.items():
        ordered = sorted(values)
        drawn[variant] = [(ordered[0], 0)]
        drawn[variant] += [(value, 100 * (i + 1) / len(ordered)) for i, value in enumerate(ordered)]
    return lines(name, title, note, xlabel, "% of all", drawn, log, style="steps")


def boxes(name, title, note, xlabel, lanes, spans, kinds, marks=()):
    """Who did what when: a lane each from above. lanes: names; spans: [(lane, start, end, kind)]; kinds: {kind: (colour, high)}.
    marks: [(lane, x)]."""
    names = {lane: len(lanes) - i for i, lane in enumerate(lanes)}
    rows, parts = [], []
    used = [kind for kind in kinds if any(span[3] == kind for span in spans)]
    for i, kind in enumerate(used):
        shade, high = kinds[kind]
        half = 0.36 if high else 0.12
        rows += [[kind]] + [[a, names[lane], a, b, names[lane] - half, names[lane] + half]
                            for lane, a, b, k in spans if k == kind] + [[], []]
        parts.append(f"{DATA} index {i} using 1:2:3:4:5:6 every ::1 with boxxyerror fs solid noborder lc rgb '{shade}' "
                     f"title {quote(kind)}")
    if marks:
        rows += [["marks"]] + [[x, names[lane] + 0.42] for lane, x in marks]
        parts.append(f"{DATA} index {len(used)} using 1:2 every ::1 with points pt 11 ps 0.9 lc rgb '#d22222' title 'late'")
    tics = ", ".join(f"{mark_of(lane)} {at}" for lane, at in names.items())
    many = len(lanes) > LANES_HIGH
    script = axis("x", xlabel, []) + f"set ytics ({tics})" + (" font ',7'" if many else "") + "\n"
    script += f"set yrange [0.4:{len(lanes) + 0.6}]\nset grid noytics\n"
    return Plot(name, title, note, rows, script + "plot " + ", ".join(parts) + "\n",
                height=110 + (11 if many else 30) * len(lanes), half=True)


def missing():
    """What is wrong, if no plot can be drawn; None if all is there."""
    return None if shutil.which("gnuplot") else "gnuplot is missing: no plots (install gnuplot-nox)"


def draw(folder, plots):
    """Writes NAME.tsv, NAME.gp, NAME.svg and NAME.png for each."""
    for plot in plots:
        path = os.path.join(folder, plot.name)
        with open(path + ".tsv", "w", encoding="utf-8") as file:
            file.writelines("\t".join(map(str, row)) + "\n" for row in plot.rows)
        body = HEAD.format(title=quote(plot.title)) + plot.script.replace(DATA, quote(plot.name + ".tsv"))
        commands = "".join(
            f"set terminal {terminal.format(width=plot.width, height=plot.height)}\nset output {quote(plot.name + '.' + kind)}\n"
            f"{body}set output\nreset\n" for kind, terminal in TERMINALS)
        with open(path + ".gp", "w", encoding="utf-8") as file:
            file.write(commands)
        done = subprocess.run(["gnuplot", plot.name + ".gp"], cwd=folder, capture_output=True, text=True, check=False)
        complaints = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("Warning: empty")]
        if done.returncode != 0 or complaints:
            raise PlotError(f"gnuplot {path}.gp: {done.stderr}")
