# SPDX-License-Identifier: MIT
"""What --trace and --strace do with the kernel's rings during a run and at its end."""
import sys

from .abi import Abi
from .chrome import ChromeTrace
from .story import Story
from .strace import Strace
from .trace import POLL_SECONDS, Rings

QUIET = ("init", "console")  # not shown by --strace without names


class Tracer:
    """One run's tracing. memory_fd is to be the machine's RAM."""

    poll_seconds = POLL_SECONDS

    def __init__(self, options, abi_path, say):
        self.abi, self.say = Abi(abi_path), say
        self.rings = Rings(options.memory)
        self.memory_fd = self.rings.fd
        self.path, self.kept = options.trace, []
        self.waiting, self.horizon, self.live = [], 0, None
        if options.strace is not None:
            self.live = self._story(Strace(self.abi, self._print, self._wanted(options.strace)))

    def _story(self, listener):
        listener.story = Story(self.abi, listener)
        return listener.story

    @staticmethod
    def _wanted(names):
        if "all" in names:
            return lambda name: True
        return (lambda name: name in names) if names else (lambda name: name not in QUIET)

    @staticmethod
    def _print(line):
        print(line, file=sys.stderr)

    def poll(self, log):
        """Called every poll_seconds or more often."""
        self.rings.locate(log)
        self.rings.poll()
        if self.live:
            self._tell()

    def _tell(self):
        """Feeds what is older than what the poll before this one saw: no CPU writes anything older any more."""
        events = self.rings.take()
        if self.path:
            self.kept += events
        self.waiting = sorted(self.waiting + events)
        ready = [e for e in self.waiting if e.time <= self.horizon]
        del self.waiting[:len(ready)]
        for event in ready:
            self.live.feed(event)
        if self.waiting:
            self.horizon = self.waiting[-1].time
        sys.stderr.flush()

    def finish(self, log):
        """After the machine has ended: what is left in the rings, and the file."""
        self.poll(log)
        events = self.kept + self.rings.take()
        if self.live:
            for event in self.waiting:
                self.live.feed(event)
            self.live.finish()
        if self.path:
            chrome = ChromeTrace(self.abi)
            story = self._story(chrome)
            for event in sorted(events):
                story.feed(event)
            story.finish()
            chrome.write(self.path, self.rings.lost)
        if not self.rings.records:
            self.say("the kernel did not say where its trace is: nothing was recorded")
        if sum(self.rings.lost):
            self.say(f"trace: {sum(self.rings.lost)} records were overwritten before they were read")
        self.rings.close()
