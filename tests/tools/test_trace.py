#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 240
"""exon-run --trace and --strace, exon-timeline: on real machines, and against rings made up here."""
import json
import os
import pathlib
import re
import struct
import sys
import xml.etree.ElementTree

from harness import BUILD, ROOT, check, contains, equal, scratch, shell, succeed

sys.path.insert(0, str(ROOT / "boot"))
from exonrun import lanes, threads, timeline, trace  # noqa: E402
from exonrun.abi import Abi  # noqa: E402
from exonrun.story import Story  # noqa: E402
from exonrun.strace import Strace  # noqa: E402
from exonrun.options import UsageError  # noqa: E402

EXON_RUN, TIMELINE = BUILD / "bin/exon-run", BUILD / "bin/exon-timeline"
PROGRAMS = ["sh", "-c", "hello a & hello b; ls /bin | sort | wc; sleep 0.01; wait"]
PHASES = set("MXBEisf")


def abi():
    return Abi(BUILD / "share/abi.json")


def record(folder, *options):
    """Runs some programs. Returns the trace's path and contents."""
    path = os.path.join(folder, "trace.json")
    output = succeed([EXON_RUN, "--timeout", "100", "--trace", path, *options, *PROGRAMS], seconds=110)
    contains(output.decode(), "Hello, a!")
    with open(path, encoding="utf-8") as file:
        return path, json.load(file)


def check_pairs(events):
    """Every begin has its end, on its own track, and no call begins within another."""
    open_calls, pairs = {}, 0
    for event in events:
        track = event["pid"], event["tid"]
        if event["ph"] == "B":
            check(track not in open_calls, f"a call within {open_calls.get(track)}: {event}")
            open_calls[track] = event
        elif event["ph"] == "E":
            begin = open_calls.pop(track, None)
            check(begin is not None and begin["ts"] <= event["ts"], f"an end without its begin: {event}")
            pairs += 1
    check(not open_calls, f"begins without an end: {open_calls}")
    return pairs


def check_runs(events, cpus):
    """On a CPU one runs at a time, and an activation runs on one CPU at a time."""
    for key in (lambda e: e["tid"], lambda e: (e["args"]["env"], e["args"]["activation"])):
        ends = {}
        for event in (e for e in events if e.get("cat") == "run"):
            check(ends.get(key(event), 0) <= event["ts"] + 0.002, f"two at once: {event}")
            ends[key(event)] = event["ts"] + event["dur"]
    used = {e["tid"] for e in events if e.get("cat") == "run"}
    check(used <= set(range(cpus)) and (cpus == 1 or len(used) > 1), f"CPUs used: {used}")


def check_trace(data, cpus):
    """What a viewer needs, and what must hold of any trace."""
    events = [e for e in data["traceEvents"] if e["ph"] != "M"]
    named = {(e["pid"], e["tid"], e["name"]): e["args"] for e in data["traceEvents"] if e["ph"] == "M"}
    equal(data["otherData"]["lost"], 0, "records lost")
    check(all(e["ph"] in PHASES for e in events), "an unknown phase")
    times = [e["ts"] for e in events]
    check(times == sorted(times) and times[0] >= 0, "times go back")
    check(check_pairs(events) > 200, "hardly any calls")
    check_runs(events, cpus)
    calls = {name for name, _ in abi().calls}
    for event in events:
        track = event["pid"], event["tid"]
        check((*track, "thread_name") in named and (event["pid"], 0, "process_name") in named, f"a track without a name: {event}")
        if event.get("cat") == "call":
            check(event["name"] in calls, f"no such call: {event}")
        if event["ph"] == "X":
            check(not event["name"].startswith("env "), f"an environment without a name: {event}")
    starts, finishes = ({e["id"] for e in events if e["ph"] == p} for p in "sf")
    equal(starts, finishes, "arrows with one end")
    processes = {args["name"].split(" (")[0] for (_, _, kind), args in named.items() if kind == "process_name"}
    check({"CPUs", "init", "console", "sh", "hello", "ls", "sort", "wc", "sleep"} <= processes, f"processes: {processes}")
    kinds = {e.get("cat") for e in events}
    check({"run", "call", "fault", "upcall", "wake", "env"} <= kinds, f"kinds: {kinds}")


def test_trace_of_one_cpu():
    with scratch() as folder:
        check_trace(record(folder)[1], 1)


def test_trace_of_four_cpus_and_picture():
    with scratch() as folder:
        path, data = record(folder, "--cpus", "4")
        check_trace(data, 4)
        picture = os.path.join(folder, "picture.svg")
        succeed([TIMELINE, path, picture])
        tree = xml.etree.ElementTree.parse(picture).getroot()
        texts = [t.text for t in tree.iter("{http://www.w3.org/2000/svg}text")]
        for wanted in ("CPU 0", "CPU 3", "sh", "hello"):
            check(any(t.startswith(wanted) for t in texts), f"{wanted} is not in the picture: {texts}")
        check(len(list(tree.iter("{http://www.w3.org/2000/svg}rect"))) > 20, "an empty picture")
        status, _, errors = shell([TIMELINE, path, picture, "--from", "5", "--to", "4"])
        equal((status, "empty" in errors), (1, True))
        succeed([TIMELINE, path, picture, "--from", "100", "--to", "200", "--width", "600"])


def test_threads_of_a_program():
    with scratch() as folder:
        path, picture = os.path.join(folder, "trace.json"), os.path.join(folder, "picture.svg")
        succeed([EXON_RUN, "--timeout", "100", "--trace", path, "--sched", "stride", BUILD / "tests/guest/schedulers", "name"],
                seconds=110)
        with open(path, encoding="utf-8") as file:
            events = [e for e in json.load(file)["traceEvents"] if e.get("cat") == "thread"]
        equal({e["args"]["thread"] for e in events}, {"main", "victim"})
        states = {e["name"] for e in events}
        check({"running", "ready: new", "blocked: condition"} <= states, f"states: {states}")
        ends = {}
        for event in events:
            check(ends.get(event["tid"], 0) <= event["ts"] + 0.002, f"two states at once: {event}")
            ends[event["tid"]] = event["ts"] + event["dur"]
        succeed([TIMELINE, path, picture, "--threads", "schedulers"])
        tree = xml.etree.ElementTree.parse(picture).getroot()
        texts = [t.text for t in tree.iter("{http://www.w3.org/2000/svg}text")]
        for wanted in ("main", "victim", "runs on CPU 0", "blocked: condition"):
            check(wanted in texts, f"{wanted} is not in the picture: {texts}")
        status, _, errors = shell([TIMELINE, path, picture, "--threads", "nobody"])
        equal(status, 1)
        contains(errors, "there are threads of schedulers")


def test_spans_of_threads():
    story = threads.Threads()
    name = int.from_bytes(b"worker\0\0", "little")
    for time, state, why in ((1, threads.READY, 0), (5, threads.RUNNING, 0), (5, threads.READY, 2), (5, threads.RUNNING, 0),
                             (9, threads.BLOCKED, 9), (12, threads.READY, 77)):
        arg = [threads.MARK << 32 | state << 8 | why, 0x5000, name, 0, 0x6000, 4]
        story.feed(threads.change_of(trace.Event(time, 1, time, 1025, 0, 0, 0, arg)))
    story.finish(20)
    equal([(story.names[s.thread], threads.said(s.state, s.why), s.start, s.end, s.cpu) for s in story.spans],
          [("worker", "ready: new", 1, 5, 1), ("worker", "running", 5, 9, 1), ("worker", "blocked: mutex", 9, 12, 1),
           ("worker", "ready", 12, 20, 1)])
    equal(threads.change_of(trace.Event(1, 0, 1, 1025, 0, 0, 0, [0] * 6)), None)


def test_trace_on_other_machines():
    with scratch() as folder:
        for options in (["--machine", "microvm"], ["--machine", "pc", "--cpu", "qemu64", "--cpus", "2"]):
            equal(record(folder, *options)[1]["otherData"]["lost"], 0)


def test_strace():
    """Lines of the program alone, in order, with the calls that a program must make."""
    status, output, errors = shell([EXON_RUN, "--timeout", "60", "--strace", "hello", "you"])
    equal((status, output), (0, b"Hello, you!\n"), errors)
    lines = errors.splitlines()
    form = re.compile(r"\[ *(\d+\.\d{6})\] hello/0 (\w+)\((.*)\) = (-E_\w+|\d+|\?)$")
    matches = [form.match(line) for line in lines]
    check(all(matches), f"not in form: {[line for line, match in zip(lines, matches) if not match][:3]}")
    times = [float(match[1]) for match in matches]
    check(times == sorted(times), "times go back")
    contains(errors, "pt_update(env=0, ctl=NONE, ops=[{va=")
    contains(errors, "op=FRESH, prot=WRITE")
    equal(matches[-1][2], "env_destroy")
    status, _, errors = shell([EXON_RUN, "--timeout", "60", "--strace=init", "hello"])
    contains(errors, "init/0 cap_derive(slot=0, dst=2, name={bits=0x4000000000000000, len=8, rights=READ|WRITE|CONTROL|GRANT}) = 0")
    contains(errors, "quota_set(slot=0, prefix={")
    contains(errors, "frames=[ANY")
    contains(errors, "wait(terms=[{word=0x")
    contains(errors, "deadline_ns=FOREVER) = ")
    check("hello/0" not in errors, "an environment that was not asked for")


def test_options():
    for words in (["--trace", "/tmp/x", "--iso", "/dev/null"], ["--strace", "--memory", "4096", "hello"]):
        status, _, errors = shell([EXON_RUN, *words])
        equal(status, 125, errors)
    line = succeed([EXON_RUN, "--dry-run", "--kernel", "/k", "--image", "/dev/null", "--trace", "/x", "--append", "a"]).decode()
    contains(line, "trace=65536 a")


# ---- Against made-up rings ----

class FakeRings(trace.Rings):
    """Rings of 8 records on one CPU, in memory of this process."""

    def __init__(self):
        self.memory, self.base, self.records = bytearray(4096), 0, 8
        self.following, self.lost, self.raw = [1], [0], []

    def write(self, *numbers):
        for n in numbers:
            trace.RECORD.pack_into(self.memory, self._at(0, n), n, 100 * n, 1025, 0, 0, 0, 5, *range(6))


def test_rings_are_read_in_order():
    rings = FakeRings()
    rings.poll()
    equal(rings.take(), [])
    rings.write(1, 2, 3)
    rings.poll()
    rings.write(4, 5, 6, 7, 8, 9, 10)
    rings.poll()
    equal([e.seq for e in rings.take()], list(range(1, 11)))
    rings.write(*range(11, 19))
    rings.poll()
    rings.poll()
    equal([e.seq for e in rings.take()], list(range(11, 19)))
    equal(rings.lost, [0])


def test_overwritten_records_are_counted():
    rings = FakeRings()
    rings.write(*range(1, 21))
    rings.poll()
    seen = [e.seq for e in rings.take()]
    equal(seen, list(range(seen[0], 21)))
    equal(rings.lost, [seen[0] - 1])
    rings.write(21)
    rings.poll()
    rings.raw[-1] = (0, 21, bytes(trace.RECORD.size))  # overwritten while it was copied
    equal((rings.take(), rings.lost), ([], [seen[0]]))


def test_half_written_record_waits():
    rings = FakeRings()
    rings.write(1, 2, 3)
    struct.pack_into("<Q", rings.memory, rings._at(0, 3), 0)
    rings.poll()
    equal([e.seq for e in rings.take()], [1, 2])
    rings.write(3)
    rings.poll()
    equal([e.seq for e in rings.take()], [3])
    equal(rings.lost, [0])


def test_lines_that_make_no_sense_are_not_followed():
    for line in (b"trace: rings frame=999999999 records=1024 cpus=1", b"trace: rings frame=1 records=1000 cpus=1",
                 b"trace: rings frame=1 records=1024 cpus=0"):
        rings = trace.Rings(1)
        rings.locate(line)
        equal(rings.records, 0, line)
        rings.close()
    try:
        trace.Rings(4096)
        check(False, "a machine that is too large was not refused")
    except UsageError as error:
        contains(str(error), "2048")


def story(*events):
    """The calls that a story tells of events (time, kind, code, arguments), as strace shows them."""
    names, lines = abi(), []
    listener = Strace(names, lines.append, lambda name: True)
    listener.story = Story(names, listener)
    for seq, (time, kind, code, *arg) in enumerate(events, 1):
        kind = names.constants["EXO_TRACE_" + kind]
        listener.story.feed(trace.Event(time, 0, seq, 1025, 0, kind, code, arg + [0] * (6 - len(arg))))
    listener.story.finish()
    return [line.partition("] ")[2] for line in lines]


def test_calls_that_end_in_other_ways():
    number = {name: i for i, (name, _) in enumerate(abi().calls)}
    wait, forever = number["wait"], (1 << 64) - 1
    name = int.from_bytes(b"x" + bytes(7), "little")
    made = (1, "ENV", 1, 1025, name)
    equal(story(made, (2, "CALL", wait, 0, 0, forever), (3, "WAKE", 0, 1025, 64), (4, "SWITCH", 0)),
          ["x/0 wait(terms=NULL, n=0, deadline_ns=FOREVER) = 64"])
    equal(story(made, (2, "CALL", number["yield"], 0, 0xffffffff), (4, "SWITCH", 0)), ["x/0 yield(env=0, act=ANY) = 0"])
    equal(story(made, (2, "CALL", number["resume"], 1), (3, "CALL", number["null"]), (4, "CALL_END", number["null"], 0)),
          ["x/0 resume(slot=1) = ?", "x/0 null() = 0"])
    equal(story(made, (2, "CALL", number["null"]), (4, "CALL_END", number["null"], (1 << 64) - 5)), ["x/0 null() = -E_RIGHTS"])
    equal(story(made, (2, "CALL", wait, 0, 0, 7), (3, "ENV", 0, 1025)), ["x/0 wait(terms=NULL, n=0, deadline_ns=7) = ?"])
    equal(story(made, (2, "CALL", wait, 0, 0, 7)), ["x/0 wait(terms=NULL, n=0, deadline_ns=7) = ?"])
    equal(story(made, (2, "CALL", number["pt_one"], 0x1000, 7, 1, 0xff000101), (3, "CALL_END", number["pt_one"], 1)),
          ["x/0 pt_one(va=0x1000, frame=7, count=1, what={op=UNMAP, prot=WRITE, soft=0, cap=ACL}) = 1"])
    text = [int.from_bytes(part, "little") for part in (b"hello wo", b"rld\0\0\0\0\0")]
    equal(story(made, (2, "CALL", number["log_write"], 0, 2, 0x1000, 11), (3, "COPY_IN", 11, 0x1000, *text),
                (4, "CALL_END", number["log_write"], 0)), ['x/0 log_write(slot=0, level=WARN, text="hello world", n=11) = 0'])


def test_timeline_refuses_other_files():
    for data in ({}, {"traceEvents": [], "otherData": {"lost": 0}}, {"traceEvents": [{"ph": "X"}]}):
        try:
            timeline.Trace(data)
            check(False, f"{data} was not refused")
        except timeline.TimelineError:
            pass
        try:
            lanes.ThreadTrace(data, "x")
            check(False, f"{data} was not refused")
        except timeline.TimelineError:
            pass


def test_timeline_says_what_is_wrong():
    with scratch() as folder:
        other = pathlib.Path(folder) / "other.json"
        for text, problem in ((None, "no such file"), ("root:x:0", "no trace"), ("[]", "no trace")):
            if text:
                other.write_text(text)
            status, _, errors = shell([TIMELINE, other, other.with_suffix(".svg")])
            equal((status, errors), (1, f"exon-timeline: {other}: {problem}; `exon-run --trace FILE PROGRAM` makes one\n"))
        other.write_text('{"traceEvents": [], "otherData": {"lost": 0, "cpus": 1}}')
        status, _, errors = shell([TIMELINE, other, "/nowhere/picture.svg"])
        equal(status, 1)
        contains(errors, "exon-timeline: ")


if __name__ == "__main__":
    from harness import run
    run(globals())
