# SPDX-License-Identifier: MIT
"""Draws the threads of one program from a trace: a lane a thread, by name. Filled: it runs, in the CPU's colour; half as high
and grey: it is ready; a line: it is blocked, in a colour that says on what. Below the name: the part of the time that it ran."""
from .timeline import GAP, LANE, LEFT, MARKS, RIGHT, TOP, Picture, TimelineError, duration, palette

READY = "#c8c8c8"
WAITS = {"mutex": "#d22222", "condition": "#b7791f", "semaphore": "#b7791f", "rwlock": "#d22222", "barrier": "#6b46c1",
         "join": "#6b46c1", "sleep": "#7fb2d9"}
LABEL = 110  # beside LEFT, for names


class ThreadTrace:
    """What of the file is drawn. spans: (lane, state, start, end, CPU) in microseconds; lanes: names, in order of appearance."""

    def __init__(self, data, program, start=None, end=None):
        try:
            metadata = [e for e in data["traceEvents"] if e["ph"] == "M"]
            events = [e for e in data["traceEvents"] if e.get("cat") == "thread"]
            names = {e["pid"]: e["args"]["name"].rpartition(" (")[0] for e in metadata if e["name"] == "process_name"}
            self.lost = data["otherData"]["lost"]
        except (KeyError, TypeError) as error:
            raise TimelineError(f"not a trace of exon-run: {error} is missing") from None
        with_threads = sorted({names.get(e["pid"], "?") for e in events})
        events = [e for e in events if names.get(e["pid"]) == program]
        if not events:
            there = f"there are threads of {', '.join(with_threads)}" if with_threads else "no program of it made threads"
            raise TimelineError(f"no threads of {program} in this trace: {there}")
        several = len({e["pid"] for e in events}) > 1
        all_spans = [((e["pid"], e["tid"]), e["args"]["thread"] + (f" ({e['pid']})" if several else ""), e["name"], e["ts"],
                      e["ts"] + e["dur"], e["args"].get("cpu", 0)) for e in events]
        self.start = min(s[3] for s in all_spans) if start is None else start
        self.end = max(s[4] for s in all_spans) if end is None else end
        if self.end <= self.start:
            raise TimelineError("the part to be drawn is empty")
        self.program = program
        self.lanes = dict((s[0], s[1]) for s in sorted(all_spans, key=lambda s: s[3]))
        order = {key: i for i, key in enumerate(self.lanes)}
        self.spans = [(order[key], state, max(a, self.start), min(b, self.end), cpu) for key, _, state, a, b, cpu in all_spans
                      if b > self.start and a < self.end]
        self.cpus = max(s[5] for s in all_spans) + 1


class Lanes(Picture):
    """The SVG under way."""

    def __init__(self, trace, width):
        self.trace, self.width = trace, width
        self.left = LEFT + LABEL
        self.scale = (width - self.left - RIGHT) / (trace.end - trace.start)
        self.colours = palette([f"CPU {cpu}" for cpu in range(trace.cpus)])
        self.bottom = TOP + len(trace.lanes) * (LANE + GAP)
        self.height = self.bottom + 44
        self.parts = []

    def x(self, time):
        return self.left + (time - self.trace.start) * self.scale

    def style(self, state, cpu):
        """(colour, height) of a state."""
        if state == "running":
            return self.colours[f"CPU {cpu}"], LANE - MARKS
        kind, _, why = state.partition(": ")
        return (READY, (LANE - MARKS) / 2) if kind == "ready" else (WAITS.get(why, "#555555"), 3)

    def thread_lanes(self):
        for i, name in enumerate(self.trace.lanes.values()):
            ran = sum(b - a for lane, state, a, b, _ in self.trace.spans if lane == i and state == "running")
            self.box(self.left, self.lane(i), self.width - self.left - RIGHT, LANE - MARKS, "#f6f6f6")
            self.text(8, self.lane(i) + 16, name, 13)
            self.text(8, self.lane(i) + 31, f"ran {ran / (self.trace.end - self.trace.start):.1%}", 11, "#555")

    def spans(self):
        """Short ones are at least half a pixel wide, and drawn first, so that they do not hide longer ones."""
        for lane, state, start, end, cpu in sorted(self.trace.spans, key=lambda s: s[3] - s[2]):
            colour, height = self.style(state, cpu)
            self.box(self.x(start), self.lane(lane) + LANE - MARKS - height, max((end - start) * self.scale, 0.5), height, colour,
                     f"{state}: {start / 1000:.6f} ms, for {duration(end - start)}" + (f", CPU {cpu}" * (state == "running")))

    def key(self):
        states = {state for _, state, *_ in self.trace.spans}
        shown = [(f"runs on {name}", colour) for name, colour in self.colours.items()]
        shown += [("ready", READY)] * any(s.startswith("ready") for s in states)
        shown += [(s, self.style(s, 0)[0]) for s in sorted(states) if s.startswith("blocked")]
        x = self.left
        for text, colour in shown:
            self.box(x, self.bottom + 16, 12, 12, colour)
            self.text(x + 18, self.bottom + 26, text)
            x += 34 + 7 * len(text)

    def svg(self):
        self.parts = []
        self.box(0, 0, self.width, self.height, "#fff")
        self.text(self.left, 22, f"Threads of {self.trace.program}: {duration(self.trace.end - self.trace.start)}", 15)
        if self.trace.lost:
            self.text(self.width - RIGHT, 22, f"{self.trace.lost} records lost", 13, "#d22", "end")
        self.thread_lanes()
        self.axis()
        self.spans()
        self.key()
        return self.page()
