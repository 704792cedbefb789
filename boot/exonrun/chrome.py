# SPDX-License-Identifier: MIT
"""The trace event format of Chrome, which Perfetto and chrome://tracing open.

Process 0 is the machine: a thread a CPU, with who runs on it and the interrupts that it took. Every environment is a
process, by its id, and every activation a thread of it, with its system calls, faults and upcalls; so is each thread of the
library that told what it does (threads.py), with its states one after another. Arrows lead from who wakes to who is woken.
Times are in microseconds since boot.
"""
import json

from . import threads
from .abi import exception_name, signed

MACHINE = 0
FIRST_THREAD = 1000  # tid of the first thread of the library; lower ones are activations


class ChromeTrace:
    """A listener of Story."""

    def __init__(self, abi):
        self.abi, self.story = abi, None
        self.events, self.threads, self.arrows = [], set(), {}
        self.library = threads.Threads()
        self.kind = {abi.constants["EXO_TRACE_" + name]: name for name in (
            "UPCALL", "FAULT", "SWITCH", "WAKE", "IRQ", "TRANSFER", "ENV", "STOP")}

    def _add(self, phase, time, pid, tid, name=None, **more):
        self.threads.add((pid, tid))
        event = {"ph": phase, "ts": time / 1000, "pid": pid, "tid": tid}
        if name is not None:
            event["name"] = name
        event.update(more)
        self.events.append(event)

    def run(self, run):
        self._add("X", run.start, MACHINE, run.cpu, self.story.name(run.env), dur=(run.end - run.start) / 1000, cat="run",
                  args={"env": run.env, "activation": run.act})

    def call(self, call):
        name, parameters = self.abi.calls[call.number] if call.number < len(self.abi.calls) else ("call", [])
        arguments = {parameter: f"{value:#x}" for (_, parameter), value in zip(parameters, call.arg)}
        self._add("B", call.start, call.env, call.act, name, cat="call", args=arguments)
        if not call.returned:
            result = "none"
        else:
            result = self.abi.error_name(call.result) if call.result < 0 else call.result
        self._add("E", call.end, call.env, call.act, args={"result": result})

    def thread(self, change):
        self.library.feed(change)

    def _spans(self):
        """The states of the library's threads."""
        self.library.finish(self.story.last)
        for span in sorted(self.library.spans, key=lambda s: s.start):
            tid = FIRST_THREAD + span.thread
            more = {"cpu": span.cpu} if span.state == threads.RUNNING else {}
            more.update({"word": f"{span.word:#x}"} if span.word else {})
            self._add("X", span.start, span.env, tid, threads.said(span.state, span.why), cat="thread",
                      dur=(span.end - span.start) / 1000, args={"thread": self.library.names[span.thread], **more})

    def point(self, event):
        kind = self.kind.get(event.kind)
        if kind:
            getattr(self, "_" + kind.lower())(event)

    def _instant(self, event, name, cat, on_cpu=False, **arguments):
        where = (MACHINE, event.cpu) if on_cpu or not event.env else (event.env, event.act)
        self._add("i", event.time, *where, name, s="t", cat=cat, args=arguments)

    def _upcall(self, event):
        self._instant(event, f"upcall {self.abi.name_of('UPCALL_', event.code).lower()}", "upcall",
                      pending=event.arg[0], slot=event.arg[1], entry=f"{event.arg[2]:#x}")

    def _fault(self, event):
        self._instant(event, exception_name(event.code), "fault", address=f"{event.arg[0]:#x}", rip=f"{event.arg[1]:#x}",
                      error=event.arg[2])

    def _switch(self, event):
        arrow = self.arrows.pop((event.env, event.act), None)
        if arrow:
            self._add("f", event.time, MACHINE, event.cpu, "wake", cat="wake", id=arrow, bp="e")

    def _wake(self, event):
        target = (event.arg[0], event.code)
        self._instant(event, f"wakes {self.story.name(event.arg[0])}", "wake", env=event.arg[0], activation=event.code,
                      result=signed(event.arg[1]))
        if event.env and target not in self.arrows:
            number = (event.seq << 8) + event.cpu
            self.arrows[target] = number
            self._add("s", event.time, event.env, event.act, "wake", cat="wake", id=number)

    def _irq(self, event):
        self._instant(event, f"IRQ {event.code}", "irq", on_cpu=True, line=event.code)

    def _transfer(self, event):
        self._instant(event, f"transfer to {self.story.name(event.arg[0])}", "transfer", env=event.arg[0],
                      activation=event.code, call=self.abi.call_name(event.arg[1]))

    def _env(self, event):
        verb = "made" if event.code else "ended"
        if not event.code:
            self.library.env_ended(event.arg[0], event.time)
        self._instant(event, f"{self.story.name(event.arg[0])} {verb}", "env", env=event.arg[0])

    def _stop(self, event):
        self._instant(event, f"{self.story.name(event.arg[0])} stopped", "fault", activation=event.code, vector=event.arg[1])

    def _metadata(self):
        """What the viewer calls processes and threads, and their order: the machine first."""
        out = []
        for pid in sorted({pid for pid, _ in self.threads}):
            name = "CPUs" if pid == MACHINE else f"{self.story.name(pid)} ({pid})"
            out.append({"ph": "M", "pid": pid, "tid": 0, "name": "process_name", "args": {"name": name}})
            out.append({"ph": "M", "pid": pid, "tid": 0, "name": "process_sort_index", "args": {"sort_index": pid}})
        names = {FIRST_THREAD + number: f"thread {name}" for number, name in self.library.names.items()}
        for pid, tid in sorted(self.threads):
            name = f"CPU {tid}" if pid == MACHINE else names.get(tid, f"activation {tid}")
            out.append({"ph": "M", "pid": pid, "tid": tid, "name": "thread_name", "args": {"name": name}})
        return out

    def write(self, path, lost):
        """Writes the file. lost: records that were overwritten before they were read, by CPU."""
        self._spans()
        for cpu, n in enumerate(lost):
            if n:
                self._add("i", self.story.last, MACHINE, cpu, f"{n} records lost", s="t", cat="lost", args={"records": n})
        starts = {e["id"] for e in self.events if e["ph"] == "f"}  # an arrow needs both ends
        events = [e for e in self.events if e["ph"] != "s" or e["id"] in starts]
        events.sort(key=lambda e: e["ts"])
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"displayTimeUnit": "ns", "otherData": {"lost": sum(lost)},
                       "traceEvents": self._metadata() + events}, file, separators=(",", ":"))
            file.write("\n")
