# SPDX-License-Identifier: MIT
"""A person at a terminal: starts a program on a pseudo terminal, types, and waits for what it shows.

Layer: tests. What was waited for is used up: the next expect() looks behind it. Nothing waits without a limit.
"""
import os
import pty
import select
import signal
import time

from harness import Failed


class Terminal:
    """One program on a terminal, for a with statement."""

    def __init__(self, words, seconds=90):
        self.seen, self.shown = b"", b""
        self.limit = seconds * float(os.environ.get("EXON_TEST_SLOW", "1"))
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.execvp(str(words[0]), [str(w) for w in words])
            finally:
                os._exit(127)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.pid:
            os.kill(self.pid, signal.SIGTERM)
            os.waitpid(self.pid, 0)
        os.close(self.fd)

    def _read(self, deadline):
        """Takes in what the program shows. False at its end."""
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self.fd], [], [], left)[0]:
            raise Failed(f"nothing more within {self.limit:g} s; shown was:\n{self.shown.decode(errors='replace')}")
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        self.seen, self.shown = self.seen + data, self.shown + data
        return bool(data)

    def expect(self, text):
        """Waits until the program has shown these bytes."""
        deadline = time.monotonic() + self.limit
        while text not in self.seen:
            if not self._read(deadline):
                raise Failed(f"it ended before {text!r}; shown was:\n{self.shown.decode(errors='replace')}")
        self.seen = self.seen.partition(text)[2]

    def type(self, text):
        os.write(self.fd, text)

    def end(self):
        """Waits for the program's end. Returns its exit status."""
        deadline = time.monotonic() + self.limit
        while self._read(deadline):
            pass
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)
