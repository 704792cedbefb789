# SPDX-License-Identifier: MIT
"""A machine whose memory is a file that this program maps, and which it stops and lets go on through QMP. Layer: tests."""
import json
import mmap
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent.parent
BUILD = pathlib.Path(os.environ.get("EXON_BUILD", ROOT / "build"))
# Memory that is written all the time does not belong on a disk.
SHARED = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


class Ended(Exception):
    """The machine switched itself off, or died."""


class Machine:
    """exon-run with a suite's image and `words` on the kernel's command line. .memory: its RAM, from physical address 0."""

    def __init__(self, image, cpus, mebibytes, words, seconds):
        self.scratch = tempfile.TemporaryDirectory(prefix="exon-oracle.")
        self.folder = tempfile.TemporaryDirectory(prefix="exon-oracle.", dir=SHARED)
        path = os.path.join(self.folder.name, "ram")
        with open(path, "wb") as file:
            file.truncate(mebibytes << 20)
        control, self.log_path = os.path.join(self.scratch.name, "qmp"), os.path.join(self.scratch.name, "log")
        more = f"-object memory-backend-file,id=ram0,size={mebibytes}M,mem-path={path},share=on -machine memory-backend=ram0"
        command = [str(BUILD / "bin" / "exon-run"), "--console", "bytes", "--timeout", str(seconds), "--log", self.log_path,
                   "--image", str(BUILD / "tests" / image), "--cpus", str(cpus), "--memory", str(mebibytes), "--qmp", control,
                   "--qemu", more]
        for word in words:
            command += ["--append", word]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 0)
        self.control = self._connect(control)
        self.answers = self.control.makefile("r")
        self.answers.readline()
        self.command("qmp_capabilities")

    def _connect(self, path):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                control = socket.socket(socket.AF_UNIX)
                control.settimeout(60)
                control.connect(path)
                return control
            except OSError:
                control.close()
                if self.process.poll() is not None:
                    raise Ended from None
                time.sleep(0.01)
        raise Ended

    def command(self, name, **arguments):
        """Sends one QMP command; returns its answer, past events."""
        try:
            self.control.sendall(json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n")
            while True:
                line = self.answers.readline()
                if not line:
                    raise Ended
                answer = json.loads(line)
                if "return" in answer:
                    return answer["return"]
                if "error" in answer:
                    raise Ended
        except OSError:
            raise Ended from None

    def stop(self):
        self.command("stop")

    def go_on(self):
        self.command("cont")

    def page_tables(self):
        """Physical address of the PML4 that the first CPU has loaded. Stopped machines only."""
        text = self.command("human-monitor-command", **{"command-line": "info registers"})
        return int(re.search(r"CR3=([0-9a-f]+)", text).group(1), 16) & ~0xfff

    def log(self):
        try:
            return pathlib.Path(self.log_path).read_text(errors="replace")
        except OSError:
            return ""

    def wait(self):
        """Waits for the end. Returns (exit status, what exon-run said)."""
        said = self.process.communicate()[0].decode(errors="replace")
        return self.process.returncode, said

    def close(self):
        """Ends the machine if it still runs."""
        self.control.close()
        if not self.process.stdout.closed:
            self.process.terminate()
            self.process.communicate()
        self.folder.cleanup()
        self.scratch.cleanup()
