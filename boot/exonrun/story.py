# SPDX-License-Identifier: MIT
"""Makes a story of the kernel's trace events, which are fed in the order of time: who ran where from when to when, each
system call with its end, what threads told (threads.py), and what else happened. Whoever wants it passes an object with methods
run(), call(), thread(), point()."""
import collections

from . import threads
from .abi import signed

Run = collections.namedtuple("Run", "cpu env act start end")


class Call:
    """A system call. result: None if it has none (it did not return, or was under way at the end)."""

    def __init__(self, event):
        self.env, self.act, self.number, self.arg, self.start = event.env, event.act, event.code, event.arg, event.time
        self.end, self.result, self.returned = None, None, False
        self.read, self.wrote = {}, {}  # address: bytes that it copied


class Story:
    """Feeds a listener. names: {environment id: name}."""

    def __init__(self, abi, listener):
        self.listener = listener
        self.names, self.last = {}, 0
        self.running = {}  # CPU: (env, act, start)
        self.open = {}     # (env, act): Call
        kind = {name: abi.constants["EXO_TRACE_" + name] for name in (
            "CALL", "CALL_END", "SWITCH", "WAKE", "ENV", "STOP", "FAULT", "UPCALL", "COPY_IN", "COPY_OUT")}
        self.actions = {
            kind["CALL"]: self._call, kind["CALL_END"]: self._call_end, kind["SWITCH"]: self._switch,
            kind["WAKE"]: self._wake, kind["ENV"]: self._env, kind["STOP"]: self._stop, kind["FAULT"]: self._fault,
            kind["UPCALL"]: self._fault, kind["COPY_IN"]: self._copy, kind["COPY_OUT"]: self._copy}
        self.copy_out, self.null = kind["COPY_OUT"], [name for name, _ in abi.calls].index("null")

    def feed(self, event):
        self.last = event.time
        self.actions.get(event.kind, self.listener.point)(event)

    def finish(self):
        """The trace is over: what is under way ends with it."""
        for cpu in list(self.running):
            self._run_ends(cpu, self.last)
        for call in list(self.open.values()):
            self._close(call, self.last)

    def name(self, env):
        return self.names.get(env, f"env {env}")

    def _close(self, call, time, result=None):
        del self.open[call.env, call.act]
        call.end = time
        if call.result is None and result is not None:
            call.result = signed(result)
        call.returned = call.result is not None
        self.listener.call(call)

    def _leave_open(self, event):
        """The activation does something else although its call has not returned: it went on elsewhere, as `resume` does."""
        call = self.open.get((event.env, event.act))
        if call:
            self._close(call, call.start)

    def _call(self, event):
        self._leave_open(event)
        change = threads.change_of(event) if event.code == self.null else None
        if change:
            self.listener.thread(change)
        else:
            self.open[event.env, event.act] = Call(event)

    def _call_end(self, event):
        call = self.open.get((event.env, event.act))
        if call and call.number == event.code:
            self._close(call, event.time, event.arg[0])

    def _copy(self, event):
        call = self.open.get((event.env, event.act))
        if call:
            data = b"".join(word.to_bytes(8, "little") for word in event.arg[1:])
            (call.wrote if event.kind == self.copy_out else call.read)[event.arg[0]] = data[:event.code]

    def _run_ends(self, cpu, time):
        env, act, start = self.running.pop(cpu)
        self.listener.run(Run(cpu, env, act, start, time))

    def _switch(self, event):
        if event.cpu in self.running:
            self._run_ends(event.cpu, event.time)
        if event.env:
            self.running[event.cpu] = (event.env, event.act, event.time)
            call = self.open.get((event.env, event.act))
            if call:  # it gave the CPU up; here its caller goes on
                self._close(call, event.time, 0)
        self.listener.point(event)

    def _wake(self, event):
        call = self.open.get((event.arg[0], event.code))
        if call:
            call.result = signed(event.arg[1])
        self.listener.point(event)

    def _env(self, event):
        if event.code:
            name = b"".join(word.to_bytes(8, "little") for word in event.arg[1:3])
            self.names[event.arg[0]] = name.split(b"\0")[0].decode("latin-1") or "unnamed"
        else:
            for env, act in [key for key in self.open if key[0] == event.arg[0]]:
                self._close(self.open[env, act], event.time)
        self.listener.point(event)

    def _stop(self, event):
        call = self.open.get((event.arg[0], event.code))
        if call:
            self._close(call, event.time)
        self.listener.point(event)

    def _fault(self, event):
        self._leave_open(event)
        self.listener.point(event)
