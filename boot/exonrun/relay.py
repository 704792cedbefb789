# SPDX-License-Identifier: MIT
"""What happens while QEMU runs: bytes between standard input and output and the console, and the kernel's log.

Console and log are socket pairs whose other ends QEMU inherits, so that both arrive at once and end when QEMU ends. Nothing
here blocks but select. Input that must be byte-exact is framed (0x10 0x04 is the end, 0x10 0x10 is 0x10), as a serial line
has no end of input; output is raw. Input waits until the guest's console says in the log that it listens: what comes
earlier would be swallowed by firmware, or by the reset of the UART.
"""
import os
import re
import select
import signal
import termios
import time
import tty

from .options import UsageError

STATUS = re.compile(rb"\bexit-status (\d{1,3})\b")
READY = b"console-ready"
HALT = b"Exon: "        # begins the only line of a kernel that halts because it cannot run on this processor
READY_SECONDS = 10      # input flows then even without that line: another libOS may have other words
POWER_OFF_SECONDS = 10  # from the status line to QEMU's end
HALT_SECONDS = 1        # for the rest of that line
CHUNK = 4096            # what a pipe takes without blocking once select says so
INPUT_LIMIT = 16384
PATIENCE_SECONDS = 2    # after so many a terminal is told that the machine is on its way
LOG_KEPT = 1 << 20
ESCAPE_KEY = 0x1D       # Ctrl-]

# Why a run ended before the machine did.
TIMEOUT, ESCAPED, CLOSED, STUCK, HALTED = "timeout", "escaped", "closed", "stuck", "halted"


class Stopped(Exception):
    """A signal to this process."""

    def __init__(self, number):
        super().__init__(number)
        self.number = number


def _raise_stopped(number, _frame):
    raise Stopped(number)


def create(option, path):
    """A file for writing, or None without a path."""
    try:
        return open(path, "wb", buffering=0) if path else None
    except OSError as error:
        raise UsageError(f"{option} {path}: {error.strerror}") from None


class Relay:
    """One run. After run(): log (bytes), ended (None or one of the reasons above), output_error (why, if CLOSED)."""

    def __init__(self, options, console, log, framed, tracer=None):
        self.console, self.log_socket, self.framed, self.tracer = console, log, framed, tracer
        self.terminal = not framed and os.isatty(0)
        self.log, self.ended, self.output_error = b"", None, None
        self.to_guest, self.to_output = bytearray(), bytearray()
        self.input_open, self.ready = True, False
        self.log_started = self.status_seen = None
        # Firmware and GRUB write to the serial port too: nothing is passed on before the kernel's first log line.
        self.gate = options.boot != "direct"
        self.began, self.told = time.monotonic(), 0
        self.deadline = time.monotonic() + options.timeout if options.timeout else None
        self.log_file = create("--log", options.log)
        self.copy = create("--serial", options.serial)

    def status(self):
        """The status in the log, or None."""
        found = STATUS.findall(self.log)
        return int(found[-1]) & 255 if found else None

    def run(self):
        """Relays until QEMU closes its ends, or something ends it earlier."""
        saved = termios.tcgetattr(0) if self.terminal else None
        handlers = {n: signal.signal(n, _raise_stopped) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        try:
            if saved:
                tty.setraw(0)
            while self.ended is None and (self.console or self.log_socket or self.to_output):
                self._step()
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
            if saved:
                termios.tcsetattr(0, termios.TCSADRAIN, saved)

    def _step(self):
        reads = [s for s in (self.console, self.log_socket) if s and len(self.to_output) < INPUT_LIMIT]
        if self.log_socket and self.log_socket not in reads:
            reads.append(self.log_socket)
        if self.input_open and len(self.to_guest) < INPUT_LIMIT and self.console:
            reads.append(0)
        writes = [1] if self.to_output else []
        if self.to_guest and self.console and self._may_send():
            writes.append(self.console)
        readable, writable, _ = select.select(reads, writes, [], self._wait_seconds())
        self._check_times()
        self._tell_waiting()
        if self.tracer:
            self.tracer.poll(self.log)
        # The log first: its first line opens the gate for what the console sends after it.
        for source, action in ((self.log_socket, self._read_log), (self.console, self._read_console),
                               (0, self._read_input)):
            if source is not None and source in readable:
                action()
        if self.console and self.console in writable:
            self._send()
        if 1 in writable:
            self._write_output()

    def _wait_seconds(self):
        now, times = time.monotonic(), [1.0]
        if self.tracer:
            times.append(self.tracer.poll_seconds)
        if self.deadline:
            times.append(self.deadline - now)
        return max(0.0, min(times))

    def _check_times(self):
        now = time.monotonic()
        if self.deadline and now >= self.deadline:
            self.ended = TIMEOUT
        elif self.status_seen and now >= self.status_seen + POWER_OFF_SECONDS:
            self.ended = STUCK
        elif self.log.startswith(HALT) and now >= self.log_started + HALT_SECONDS:
            self.ended = HALTED

    def _tell_waiting(self):
        """On a terminal, each second: that the kernel has not begun yet; taken away when it has, or when all is over."""
        waited = int(time.monotonic() - self.began)
        if self.log_started is not None or self.ended:
            if self.told:
                os.write(2, b"\r\x1b[K")
            self.told = 0
        elif waited >= PATIENCE_SECONDS and waited != self.told and os.isatty(2):
            self.told = waited
            os.write(2, f"\r{'firmware and boot loader run' if self.gate else 'QEMU starts'}: {waited} s".encode())

    def _may_send(self):
        if not self.ready and self.log_started and time.monotonic() >= self.log_started + READY_SECONDS:
            self.ready = True
        return self.ready

    def _read_log(self):
        try:
            data = self.log_socket.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            self.log_socket = None
            return
        if self.log_started is None:
            self.log_started = time.monotonic()
            self._open_gate()
        self.log = (self.log + data)[-LOG_KEPT:]
        if self.log_file:
            self.log_file.write(data)
        recent = self.log[-len(data) - 64:]
        self.ready = self.ready or READY in recent
        if self.status_seen is None and STATUS.search(recent):
            self.status_seen = time.monotonic()

    def _open_gate(self):
        """Drops what firmware has sent so far: it is all in the socket, as QEMU wrote it before the log's first byte."""
        while self.gate and self.console and select.select([self.console], [], [], 0)[0]:
            if not self.console.recv(65536):
                self.console = None
        self.gate = False

    def _read_console(self):
        if not self.console:
            return
        try:
            data = self.console.recv(CHUNK)
        except ConnectionError:
            data = b""
        if not data:
            self.console = None
            return
        if self.gate:
            return
        self.ready = True
        self.to_output += data
        if self.copy:
            self.copy.write(data)

    def _read_input(self):
        try:
            data = os.read(0, CHUNK)
        except OSError:
            data = b""
        if not data:
            self.input_open = False
            self.to_guest += b"\x10\x04" if self.framed else b""
        elif self.terminal and ESCAPE_KEY in data:
            self.ended = ESCAPED
        else:
            self.to_guest += data.replace(b"\x10", b"\x10\x10") if self.framed else data

    def _send(self):
        try:
            sent = self.console.send(self.to_guest[:CHUNK])
            del self.to_guest[:sent]
        except BlockingIOError:
            pass
        except ConnectionError:
            self.to_guest.clear()
            self.input_open = False

    def _write_output(self):
        try:
            del self.to_output[:os.write(1, self.to_output[:CHUNK])]
        except BlockingIOError:
            pass
        except OSError as error:
            self.ended, self.output_error = CLOSED, error
