# SPDX-License-Identifier: MIT
"""What the threads of programs do, out of a trace: the records of libos/sched/trace.c, which says how they are made."""
import collections

MARK = 0x7468726C  # SCHED_TRACE_MARK
NEW, READY, RUNNING, BLOCKED, DEAD = range(5)  # enum thread_state
WHY_READY = ("new", "woken", "yielded", "preempted", "moved")  # enum sched_why
# enum thread_wait (libos/sched/wait_reason.h)
WHY_BLOCKED = ("word", "sleep", "signal", "read", "write", "poll", "child", "foreground", "session", "mutex", "condition",
               "semaphore", "rwlock", "barrier", "join")

Change = collections.namedtuple("Change", "time cpu env thread name state why word run_ns")
Span = collections.namedtuple("Span", "env thread state why word start end cpu")


def change_of(event):
    """The Change that a record of the call `null` tells, or None if it is just a call."""
    first = event.arg[0]
    if first >> 32 != MARK:
        return None
    name = b"".join(word.to_bytes(8, "little") for word in event.arg[2:4]).split(b"\0")[0].decode("latin-1")
    return Change(event.time, event.cpu, event.env, event.arg[1], name, first >> 8 & 0xFF, first & 0xFF, event.arg[4],
                  event.arg[5])


def said(state, why):
    """A state in words: `running`, `ready: woken`, `blocked: mutex`."""
    if state == READY:
        return f"ready: {WHY_READY[why]}" if why < len(WHY_READY) else "ready"
    if state == BLOCKED:
        return f"blocked: {WHY_BLOCKED[why]}" if why < len(WHY_BLOCKED) else "blocked"
    return {NEW: "new", RUNNING: "running", DEAD: "ended"}.get(state, "?")


class Threads:
    """Makes spans of changes, which are fed in the order of time. spans: those that have ended; names: {thread: last name}, where
    a thread is a number of its own, as memory of one that ended becomes another's."""

    def __init__(self):
        self.now, self.spans, self.names = {}, [], {}

    def feed(self, change):
        """Takes a change. Of a thread that yields and is picked at once, the moment between is no span."""
        key = (change.env, change.thread)
        number, before = self.now.pop(key, (None, None))
        if before:
            self._end(number, before, change.time)
        if number is None:
            number = len(self.names)
        self.names[number] = change.name
        if change.state != DEAD:
            self.now[key] = number, change

    def finish(self, time):
        """The trace is over."""
        for number, change in self.now.values():
            self._end(number, change, time)
        self.now = {}

    def env_ended(self, env, time):
        for key in [key for key in self.now if key[0] == env]:
            self._end(*self.now.pop(key), time)

    def _end(self, number, change, time):
        if time > change.time:
            self.spans.append(Span(change.env, number, change.state, change.why, change.word, change.time, time, change.cpu))
