# SPDX-License-Identifier: MIT
"""A machine that a test types at: through a pseudo-terminal (its serial line), and through QMP (keyboard, mouse, screen).

Layer: tests. Every machine has a time limit of its own and ends with the test.
"""
import json
import os
import pty
import select
import signal
import socket
import struct
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
from harness import BUILD, Failed  # noqa: E402

EXON_RUN = str(BUILD / "bin" / "exon-run")
PROMPT = b"\r/$ \x1b[K"  # with nothing typed yet; the line is drawn anew with each key
SLOW = float(os.environ.get("EXON_TEST_SLOW", "1"))
LIMIT = 60 * SLOW      # of a machine
PATIENCE = 20 * SLOW   # for one answer
CODES = {" ": "spc", "\n": "ret", "-": "minus", ".": "dot", "/": "slash", ",": "comma", ";": "semicolon", "=": "equal",
         "'": "apostrophe", "[": "bracket_left", "]": "bracket_right", "\\": "backslash", "`": "grave_accent"}
SHIFTED = dict(zip('|><":!@#$%^&*()_+?{}~', "\\.,';1234567890-=/[]`"))


class Terminal:
    """exon-run on a pseudo-terminal. With qmp=True also .keyboard."""

    def __init__(self, *options, qmp=False):
        self.scratch = tempfile.TemporaryDirectory(prefix="exon-test.")
        self.log_path = os.path.join(self.scratch.name, "log")
        words = [EXON_RUN, "--timeout", str(LIMIT), "--log", self.log_path]
        if qmp:
            words += ["--qmp", os.path.join(self.scratch.name, "qmp")]
        self.fresh, self.status, self.keyboard = b"", None, None
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.execv(EXON_RUN, words + list(options))
        if qmp:
            self.keyboard = Keyboard(os.path.join(self.scratch.name, "qmp"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.status is None:
            os.kill(self.pid, signal.SIGTERM)
            self.end()
        os.close(self.master)
        self.scratch.cleanup()

    def send(self, data):
        os.write(self.master, data)

    def read(self, seconds):
        if not select.select([self.master], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:
            data = b""
        self.fresh += data
        return bool(data)

    def expect(self, text, seconds=PATIENCE):
        """Reads until text; returns what came before it."""
        deadline = time.monotonic() + seconds
        while text not in self.fresh:
            if time.monotonic() > deadline or not self.read(0.1):
                raise Failed(f"{text!r} did not come; since the last answer: {self.fresh[-600:]!r}")
        before, _, self.fresh = self.fresh.partition(text)
        return before

    def run(self, line, seconds=PATIENCE):
        """Types a command at the prompt and returns its output, without the blanks that the shell puts before a prompt; the
        next prompt has been read."""
        self.send(line + b"\r")
        self.expect(b"\n", seconds)
        return self.expect(PROMPT, seconds).rstrip(b" ")

    def log(self):
        with open(self.log_path, "rb") as file:
            return file.read()

    def expect_log(self, text, seconds=PATIENCE):
        deadline = time.monotonic() + seconds
        while text not in self.log():
            self.read(0.05)
            if time.monotonic() > deadline:
                raise Failed(f"{text!r} is not in the log: {self.log()[-600:]!r}")

    def end(self, seconds=PATIENCE):
        """Waits for the end of the machine; returns exon-run's exit status."""
        deadline = time.monotonic() + seconds
        while self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
                self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
                raise Failed(f"the machine does not end: {self.fresh[-600:]!r}")
            else:
                self.read(0.05)
        return self.status


class Keyboard:
    """QEMU's control socket: keys, mouse, screen."""

    def __init__(self, path):
        deadline = time.monotonic() + PATIENCE
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE)
        while True:
            try:
                self.socket.connect(path)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise Failed("QEMU's control socket does not come") from None
                time.sleep(0.05)
        self.file = self.socket.makefile("rw")
        self.file.readline()
        self.command("qmp_capabilities")

    def command(self, name, **arguments):
        self.file.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.file.flush()
        while True:
            answer = json.loads(self.file.readline())
            if "error" in answer:
                raise Failed(f"QEMU: {name}: {answer['error']}")
            if "return" in answer:
                return answer["return"]

    def monitor(self, line):
        return self.command("human-monitor-command", **{"command-line": line})

    def event(self, kind, **data):
        self.command("input-send-event", events=[{"type": kind, "data": data}])

    def key(self, *codes):
        """Presses keys together, by QEMU's names."""
        for down in (True, False):
            for code in codes if down else reversed(codes):
                self.event("key", down=down, key={"type": "qcode", "data": code})
                time.sleep(0.005 * SLOW)

    def type(self, text):
        for char in text:
            if char in SHIFTED:
                self.key("shift", CODES.get(SHIFTED[char], SHIFTED[char]))
            elif char.isupper():
                self.key("shift", char.lower())
            else:
                self.key(CODES.get(char, char))

    def text_screen(self):
        """The 25 rows of the VGA text screen, and their attributes, as strings and bytes."""
        dump = self.monitor("xp /4000bx 0xb8000")
        cells = bytes(int(word, 16) for line in dump.splitlines() for word in line.partition(":")[2].split())
        rows = [cells[at:at + 160] for at in range(0, 4000, 160)]
        return [row[0::2].decode("cp437").rstrip() for row in rows], [row[1::2] for row in rows]

    def wait_screen(self, wanted, seconds=PATIENCE):
        """Until wanted(rows) holds of the text screen; returns (rows, attributes)."""
        deadline = time.monotonic() + seconds
        while True:
            rows, attributes = self.text_screen()
            if wanted(rows):
                return rows, attributes
            if time.monotonic() > deadline:
                raise Failed("the screen does not become as wanted:\n" + "\n".join(rows))
            time.sleep(0.1)

    def picture(self, path):
        """A picture of the screen: (width, height, bytes of RGB)."""
        self.command("screendump", filename=path)
        with open(path, "rb") as file:
            data = file.read()
        magic, width, height, _, pixels = data.split(maxsplit=4) if data.count(b"\n") else (b"",) * 5
        if magic != b"P6":
            raise Failed("the picture is no PPM file")
        start = len(data) - int(width) * int(height) * 3
        return int(width), int(height), data[start:] if pixels else b""


class Memory:
    """QEMU's GDB stub, for writing to the machine's physical memory."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(path)
        self.ask(b"Qqemu.PhyMemMode:1")

    def ask(self, text):
        self.socket.sendall(b"$" + text + b"#%02x" % (sum(text) & 255))
        answer = b""
        while answer.count(b"#") < 1 or len(answer.rpartition(b"#")[2]) < 2:
            part = self.socket.recv(4096)
            if not part:
                raise Failed("QEMU's GDB stub went away")
            answer += part
        self.socket.sendall(b"+")
        return answer.partition(b"$")[2].rpartition(b"#")[0]

    def write(self, address, data):
        answer = self.ask(b"M%x,%x:%s" % (address, len(data), data.hex().encode()))
        if answer != b"OK":
            raise Failed(f"the memory at {address:#x} cannot be written: {answer!r}")

    def detach(self):
        """The machine goes on."""
        self.ask(b"D")
        self.socket.close()


def symbol(path, name):
    """(file offset, virtual address) of a function in an ELF file with a symbol table."""
    with open(path, "rb") as file:
        data = file.read()
    sections = struct.unpack_from("<Q", data, 40)[0]
    count = struct.unpack_from("<H", data, 60)[0]
    headers = [struct.unpack_from("<IIQQQQIIQQ", data, sections + 64 * n) for n in range(count)]
    for _, kind, _, _, offset, size, link, _, _, _ in headers:
        if kind != 2:
            continue
        for at in range(offset, offset + size, 24):
            text, _, _, section, value, _ = struct.unpack_from("<IBBHQQ", data, at)
            start = headers[link][4] + text
            if data[start:data.index(b"\0", start)] == name.encode() and 0 < section < count:
                return headers[section][4] + value - headers[section][3], value
    raise Failed(f"{path} has no symbol {name}")
