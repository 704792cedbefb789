# SPDX-License-Identifier: MIT
"""Draws who ran when on each CPU as an SVG picture, from the file that exon-run --trace wrote.

A lane a CPU; a box is an environment that runs there, in the environment's colour, with its name where there is room. What
is narrower than a pixel is summed up: the column is filled from below as far as each environment used its time. Marks below
a lane are interrupts (red) and page faults and other exceptions (grey) of whoever ran there. What is not filled was idle.
With --threads NAME: a lane a thread of that program instead (lanes.py).
"""
import colorsys
import json
import sys
from xml.sax.saxutils import escape

HELP = """usage: exon-timeline TRACE.json PICTURE.svg [--threads NAME] [--from MS] [--to MS] [--width PIXELS]

Draws who ran when on each CPU from what `exon-run --trace TRACE.json` recorded; --from and --to cut a part of the time
since boot out of it. --threads NAME draws the threads of the program of that name instead: when each ran, was ready, or
was blocked, and why."""

LEFT, RIGHT, TOP, LANE, GAP, MARKS, CHARACTER = 70, 40, 64, 44, 12, 8, 7
STEPS = (1, 2, 5)
LEGEND_COLUMN = 250


class TimelineError(Exception):
    """The input is not what exon-run writes, or an option is wrong."""


class Trace:
    """What of the file is drawn. runs: (cpu, name, start, end) in microseconds; marks: (cpu, time, kind)."""

    def __init__(self, data, start=None, end=None):
        try:
            events = [e for e in data["traceEvents"] if e["ph"] != "M"]
            events = [e for e in events if e.get("cat") != "thread"]
            runs = [(e["tid"], e["name"], e["ts"], e["ts"] + e["dur"]) for e in events if e["ph"] == "X"]
            marks = [(e["tid"], e["ts"], "irq") for e in events if e.get("cat") == "irq"]
            faults = [((e["pid"], e["tid"]), e["ts"]) for e in events if e.get("cat") == "fault"]
            where = [((e["args"]["env"], e["args"]["activation"]), e["ts"], e["ts"] + e["dur"], e["tid"])
                     for e in events if e["ph"] == "X"]
            self.lost = data["otherData"]["lost"]
        except (KeyError, TypeError) as error:
            raise TimelineError(f"not a trace of exon-run: {error} is missing") from None
        if not runs:
            raise TimelineError("nothing ran in this trace")
        self.start = min(r[2] for r in runs) if start is None else start
        self.end = max(r[3] for r in runs) if end is None else end
        if self.end <= self.start:
            raise TimelineError("the part to be drawn is empty")
        self.cpus = max(r[0] for r in runs) + 1
        self.runs = [(cpu, name, max(a, self.start), min(b, self.end)) for cpu, name, a, b in join(runs)
                     if b > self.start and a < self.end]
        marks += [(cpu, time, "fault") for time, cpu in place(faults, where)]
        self.marks = [m for m in marks if self.start <= m[1] <= self.end]
        self.used = {}
        for _, name, a, b in self.runs:
            self.used[name] = self.used.get(name, 0) + b - a


def join(runs):
    """One run of those that follow each other at once: an environment that got slice after slice."""
    joined = []
    for cpu, name, start, end in sorted(runs):
        if joined and joined[-1][:2] == (cpu, name) and start - joined[-1][3] < 0.0015:  # times are rounded to a nanosecond
            start = joined.pop()[2]
        joined.append((cpu, name, start, end))
    return joined


def place(points, runs):
    """(time, CPU) of points (activation, time), given the runs (activation, start, end, CPU)."""
    by_activation = {}
    for activation, start, end, cpu in runs:
        by_activation.setdefault(activation, []).append((start, end, cpu))
    found = []
    for activation, time in points:
        for start, end, cpu in by_activation.get(activation, []):
            if start <= time <= end:
                found.append((time, cpu))
                break
    return found


def palette(names):
    """A colour a name, far from its neighbours' on the wheel."""
    colours = {}
    for i, name in enumerate(names):
        red, green, blue = colorsys.hls_to_rgb((0.58 + i * 0.381966) % 1, 0.5 + 0.14 * (i % 3 - 1), 0.62)
        colours[name] = f"#{int(red * 255):02x}{int(green * 255):02x}{int(blue * 255):02x}"
    return colours


def duration(us):
    """A time in words."""
    for unit, name in ((1e6, "s"), (1e3, "ms"), (1, "us")):
        if us >= unit:
            return f"{us / unit:.3g} {name}"
    return f"{us * 1000:.0f} ns"


class Picture:
    """The SVG under way."""

    def __init__(self, trace, width):
        self.trace, self.width = trace, width
        self.scale = (width - LEFT - RIGHT) / (trace.end - trace.start)
        self.names = sorted(trace.used, key=lambda name: -trace.used[name])
        self.colours = palette(self.names)
        self.bottom = TOP + trace.cpus * (LANE + GAP)
        self.columns = max(1, (width - LEFT) // LEGEND_COLUMN)
        self.height = self.bottom + 34 + 20 * -(-len(self.names) // self.columns) + 10
        self.parts = []

    def x(self, time):
        return LEFT + (time - self.trace.start) * self.scale

    def lane(self, cpu):
        return TOP + cpu * (LANE + GAP)

    def box(self, x, y, width, height, colour, title=""):
        self.parts.append(f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}" fill="{colour}">'
                          + (f"<title>{escape(title)}</title>" if title else "") + "</rect>")

    def text(self, x, y, text, size=12, colour="#222", anchor="start"):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}">'
                          f"{escape(text)}</text>")

    def line(self, x, top, bottom, colour):
        self.parts.append(f'<line x1="{x:.2f}" y1="{top}" x2="{x:.2f}" y2="{bottom}" stroke="{colour}" stroke-width="1"/>')

    def page(self):
        """The SVG, from its parts."""
        return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" '
                f'font-family="sans-serif">\n' + "\n".join(self.parts) + "\n</svg>\n")

    def axis(self):
        """The times, at round numbers, not closer than their labels need."""
        span, step = self.trace.end - self.trace.start, 0.001
        while step * self.scale < 80:
            step *= 10
        step = next((step / 10 * s for s in STEPS if step / 10 * s * self.scale >= 80), step)
        unit, name = (1e6, "s") if span >= 2e6 else (1e3, "ms") if span >= 2e3 else (1, "us")
        time = -(-self.trace.start // step) * step
        while time <= self.trace.end:
            self.line(self.x(time), TOP - 6, self.bottom - GAP, "#ddd")
            self.text(self.x(time), TOP - 12, f"{time / unit:.6g} {name}", 11, "#555", "middle")
            time += step

    def lanes(self):
        for cpu in range(self.trace.cpus):
            busy = sum(b - a for c, _, a, b in self.trace.runs if c == cpu) / (self.trace.end - self.trace.start)
            self.box(LEFT, self.lane(cpu), self.width - LEFT - RIGHT, LANE - MARKS, "#f2f2f2")
            self.text(8, self.lane(cpu) + 16, f"CPU {cpu}", 13)
            self.text(8, self.lane(cpu) + 31, f"{busy:.0%} busy", 11, "#555")

    def runs(self):
        narrow = {}
        for cpu, name, start, end in self.trace.runs:
            x, width = self.x(start), (end - start) * self.scale
            if width < 1:
                column = narrow.setdefault((cpu, int(x)), {})
                column[name] = column.get(name, 0) + width
                continue
            self.box(x, self.lane(cpu), width, LANE - MARKS, self.colours[name],
                     f"{name}: {start / 1000:.6f} ms, for {duration(end - start)}")
            if width > CHARACTER * len(name) + 6:
                self.text(x + width / 2, self.lane(cpu) + 22, name, 12, "#fff", "middle")
        for (cpu, column), shares in narrow.items():
            y = self.lane(cpu) + LANE - MARKS
            for name, share in sorted(shares.items()):
                height = max(share, 0.04) * (LANE - MARKS)
                y = max(y - height, self.lane(cpu))
                self.box(column, y, 1, height, self.colours[name])

    def marks(self):
        for cpu, column, kind in sorted({(cpu, round(self.x(time)), kind) for cpu, time, kind in self.trace.marks}):
            top = self.lane(cpu) + LANE - MARKS + 1
            self.line(column, top, top + MARKS - 2, "#d22" if kind == "irq" else "#888")

    def legend(self):
        for i, name in enumerate(self.names):
            x, y = LEFT + i % self.columns * LEGEND_COLUMN, self.bottom + 30 + 20 * (i // self.columns)
            self.box(x, y - 10, 12, 12, self.colours[name])
            self.text(x + 18, y, f"{name}  {duration(self.trace.used[name])}")

    def svg(self):
        span = self.trace.end - self.trace.start
        self.parts = []
        self.box(0, 0, self.width, self.height, "#fff")
        self.text(LEFT, 22, f"Who ran when: {duration(span)} on {self.trace.cpus} CPU" + "s" * (self.trace.cpus > 1), 15)
        if self.trace.lost:
            self.text(self.width - RIGHT, 22, f"{self.trace.lost} records lost", 13, "#d22", "end")
        self.lanes()
        self.axis()
        self.runs()
        self.marks()
        self.legend()
        return self.page()


def number(word, values, low):
    try:
        value = float(values.pop(0))
    except (IndexError, ValueError):
        raise TimelineError(f"{word} needs a number") from None
    if not value >= low:
        raise TimelineError(f"{word} must be at least {low}")
    return value


def parse(words):
    """Returns (input, output, program or None, start or None, end or None in microseconds, width)."""
    paths, program, start, end, width, words = [], None, None, None, 1400, list(words)
    while words:
        word = words.pop(0)
        if word == "--from":
            start = number(word, words, 0) * 1000
        elif word == "--to":
            end = number(word, words, 0) * 1000
        elif word == "--threads":
            if not words:
                raise TimelineError("--threads needs the name of a program")
            program = words.pop(0)
        elif word == "--width":
            width = int(number(word, words, 300))
        elif word.startswith("-"):
            raise TimelineError(f"{word}: no such option; see exon-timeline --help")
        else:
            paths.append(word)
    if len(paths) != 2:
        raise TimelineError("the form is exon-timeline TRACE.json PICTURE.svg")
    return (*paths, program, start, end, width)


def load(path):
    """What exon-run --trace wrote."""
    try:
        with open(path, encoding="utf-8") as file:
            data = json.load(file)
        if isinstance(data, dict) and "traceEvents" in data:
            return data
        problem = "no trace"
    except FileNotFoundError:
        problem = "no such file"
    except ValueError:
        problem = "no trace"
    raise TimelineError(f"{path}: {problem}; `exon-run --trace FILE PROGRAM` makes one")


def main(words):
    """The whole program; returns its exit status."""
    if "--help" in words or "-h" in words:
        print(HELP)
        return 0
    try:
        source, target, program, start, end, width = parse(words)
        data = load(source)
        if program is None:
            picture = Picture(Trace(data, start, end), width).svg()
        else:
            from .lanes import Lanes, ThreadTrace  # it is built on this module
            picture = Lanes(ThreadTrace(data, program, start, end), width).svg()
        with open(target, "w", encoding="utf-8") as file:
            file.write(picture)
    except TimelineError as error:
        print(f"exon-timeline: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"exon-timeline: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return 0
