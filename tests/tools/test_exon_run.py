#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 240
"""exon-run: its command line, the QEMU line it makes, and the relay against a guest of 60 instructions (echo_kernel.asm)."""
import os
import pathlib
import pty
import random
import re
import select
import signal
import socket
import subprocess
import sys
import time

from harness import BUILD, ROOT, Failed, check, contains, equal, run, scratch, shell, succeed
from terminal import Terminal

sys.path.insert(0, str(ROOT / "boot"))
from exonrun import options as command_line  # noqa: E402
from exonrun.options import UsageError  # noqa: E402

EXON_RUN = BUILD / "bin/exon-run"
IMAGE = __file__  # a boot image that the echoing kernel does not look at


def guest(*defines):
    """Builds the echoing kernel. Returns its path."""
    name = BUILD / "tests" / ("echo_kernel" + "".join(d.lower() for d in defines))
    name.parent.mkdir(parents=True, exist_ok=True)
    draft = f"{name}.{os.getpid()}"
    succeed(["nasm", "-f", "elf32", "-Werror", *[f"-D{d}" for d in defines], "-o", f"{draft}.o",
             ROOT / "tests/tools/echo_kernel.asm"])
    succeed(["x86_64-linux-gnu-ld", "-m", "elf_i386", "-Ttext", "0x100000", "-e", "0x100000", "-o", draft, f"{draft}.o"])
    os.unlink(f"{draft}.o")
    os.replace(draft, f"{name}.elf")
    return f"{name}.elf"


def boot(*words, defines=(), stdin=b"", seconds=60):
    return shell([EXON_RUN, "--kernel", guest(*defines), "--image", IMAGE, "--timeout", "50", *words], stdin=stdin,
                 seconds=seconds)


def refused(*words):
    try:
        command_line.parse(list(words))
    except UsageError as error:
        return str(error)
    raise Failed(f"{words} was not refused")


def dry(*words):
    """The QEMU line of options for the ISO /dev/null (no build needed), or of the image /dev/null."""
    return succeed([EXON_RUN, "--dry-run", "--kernel", "/k", "--image", "/dev/null", *words]).decode()


# ---- Command line ----

def test_program_arguments_are_the_programs():
    parsed = command_line.parse(["--cpus", "4", "hello", "--cpus", "5", "--and", "b", "-x", "--", "--and", "c"])
    equal(parsed.cpus, 4)
    equal(parsed.programs, [("hello", ["--cpus", "5"]), ("b", ["-x", "--and", "c"])])
    parsed = command_line.parse(["--", "hello", "--and", "x"])
    equal(parsed.programs, [("hello", ["--and", "x"])])


def test_wrong_options_are_named():
    contains(refused("--cpus", "0"), "1 to 64")
    contains(refused("--cpus"), "value is missing")
    contains(refused("--machine", "vax"), "pc, q35, microvm")
    contains(refused("--frobnicate"), "--frobnicate")
    contains(refused("--icount", "--kvm"), "--kvm")
    contains(refused("--machine", "microvm", "--boot", "uefi"), "direct")
    contains(refused("--env", "novalue"), "NAME=VALUE")
    contains(refused("a", "--and"), "missing")


def test_help_has_every_option():
    status, output, _ = shell([EXON_RUN, "--help"])
    equal(status, 0)
    told = set(re.findall(r"--[a-z-]+", output.decode()))
    taken = command_line.FLAGS | command_line.VALUES | set(command_line.LISTS) | {"--gdb", "--strace", "--and"}
    equal(taken - told, set(), "options that the help leaves out")
    for option in sorted(told - taken - {"--"}):
        refused(option)  # --timeout of a text about it would be found here
    equal(told - taken, set(), "options of the help that there are not")


def test_errors_exit_125_with_a_remedy():
    status, _, errors = shell([EXON_RUN, "--nonsense"])
    equal((status, "--help" in errors), (125, True))
    status, _, errors = shell([EXON_RUN, "--image", "/nowhere"])
    equal((status, "/nowhere" in errors), (125, True))
    for option, what in (("--kernel", "no ELF file"), ("--iso", "no ISO image")):
        status, _, errors = shell([EXON_RUN, option, "/etc/passwd"])
        equal((status, errors.partition(";")[0]), (125, f"exon-run: {option} /etc/passwd: {what}"))
    for option in ("--kernel", "--log", "--serial", "--trace", "--qmp", "--file", "--iso"):
        status, _, errors = shell([EXON_RUN, option, "/nowhere/x"] + ([] if option == "--iso" else ["hello"]))
        equal((status, errors.partition("/x: ")[0]), (125, f"exon-run: {option} /nowhere"))
        contains(errors.lower(), "no such file")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        status, _, errors = shell([EXON_RUN, f"--gdb={taken.getsockname()[1]}", "hello"])
        equal((status, "--gdb=PORT" in errors), (125, True), errors)


def test_programs_that_are_none():
    """A name that is nearly one of ours, and a source that nobody has compiled, each with what to do."""
    status, _, errors = shell([EXON_RUN, "helo"])
    equal((status, errors.partition("; ")[2]), (125, "did you mean hello?\n"))
    with scratch() as folder:
        source = os.path.join(folder, "mine.c")
        pathlib.Path(source).write_text("int main(void) { return 0; }\n")
        status, _, errors = shell([EXON_RUN, source])
    equal((status, f"exon-cc -O2 -o {source[:-2]} {source}" in errors), (125, True), errors)


def test_outputs_that_take_nothing():
    status, _, errors = shell(["sh", "-c", f"'{EXON_RUN}' hello >&-"])
    equal((status, errors), (125, "exon-run: standard output is closed; redirect it to a file, or to /dev/null\n"))
    status, _, errors = shell(["sh", "-c", f"'{EXON_RUN}' hello > /dev/full"])
    equal(status, 125)
    contains(errors, "No space left on device")
    equal(shell(["sh", "-c", f"'{EXON_RUN}' hello <&- 2>&-"])[:2], (0, b"Hello, world!\n"))


def test_dry_run_lines():
    line = dry("--cpus", "4", "--memory", "64", "--machine", "pc", "--cpu", "qemu64")
    for part in ("-nodefaults", "-M pc", "-cpu qemu64", "-smp 4", "-m 64M", "-accel tcg", "-initrd /dev/null", "debug-exit=0xf4"):
        contains(line, part)
    line = dry("--kvm")
    contains(line, "-accel kvm")
    contains(line, "-cpu host")
    contains(dry("--icount"), "-icount shift=0,sleep=off")
    contains(dry("--gdb=4321"), "-S -gdb tcp:127.0.0.1:4321")
    contains(dry("--append", "noapic"), "debug-exit=0xf4 noapic")
    contains(dry("--display", "gtk"), "-display gtk")
    contains(dry("--display", "sdl"), "-device VGA")
    contains(dry("--machine", "microvm"), "-M microvm")
    check("VGA" not in dry(), "a screen without need")
    line = succeed([EXON_RUN, "--dry-run", "--iso", "/dev/null", "--boot", "uefi"]).decode()
    contains(line, "pflash")
    contains(line, "media=cdrom")


# ---- Relay ----

def test_every_byte_both_ways():
    data = bytes(range(256)) * 8 + b"\x10\x04\x10\x10\x1d" + random.Random(1).randbytes(4000) + b"\x2a"
    status, output, errors = boot(stdin=data)
    check(output == data, f"{len(output)} of {len(data)} bytes came back, or others")
    equal((status, errors), (0x2A, ""))


def test_all_statuses_arrive():
    for wanted in (0, 1, 127, 128, 139, 255):
        equal(boot(stdin=bytes([wanted]))[0], wanted)


def test_end_of_input_at_once():
    equal(boot()[:2], (0, b""))


def test_machine_types():
    for machine in ("pc", "microvm"):
        equal(boot("--machine", machine, stdin=b"abc\x07")[:2], (7, b"abc\x07"), machine)


def test_silent_stop_is_125_with_the_log():
    status, _, errors = boot(defines=["SILENT"])
    equal(status, 125)
    contains(errors, "console-ready")


def test_timeout_is_124_with_a_message():
    began = time.monotonic()
    status, _, errors = boot("--timeout", "2", defines=["HANG"])
    equal(status, 124)
    contains(errors, "timeout")
    check(time.monotonic() - began < 20, "the timeout came late")


def test_log_and_serial_files():
    with scratch() as folder:
        log, serial = f"{folder}/log", f"{folder}/serial"
        boot("--log", log, "--serial", serial, stdin=b"seen")
        with open(log) as file:
            equal(file.read(), "console-ready\nexit-status 110\n")
        with open(serial) as file:
            equal(file.read(), "seen")


def test_qemu_complaints_are_passed_on():
    status, _, errors = boot("--cpu", "nonsense")
    equal(status, 125)
    contains(errors, "-cpu help")


def test_a_processor_that_is_too_old():
    """The real kernel says so and halts; exon-run does not wait for more."""
    status, output, errors = shell([EXON_RUN, "--cpu", "qemu32", "--timeout", "50", "hello"], seconds=60)
    equal(status, 125, errors)
    contains(errors, "no 64-bit mode")
    contains(errors, "--cpu")
    contains(output.decode(), "no 64-bit mode")


def test_reader_that_goes_away():
    process = subprocess.Popen([EXON_RUN, "--kernel", guest(), "--image", IMAGE, "--timeout", "50"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    process.stdout.close()
    try:
        process.stdin.write(b"x" * 100)
        process.stdin.flush()
        equal(process.wait(30), 141)
    finally:
        process.kill()
        process.stdin.close()


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(p) for p in file.read().split()]


def test_no_machine_is_left_behind():
    process = subprocess.Popen([EXON_RUN, "--kernel", guest("HANG"), "--image", IMAGE], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while not children(process.pid):
            check(time.monotonic() < deadline, "QEMU did not start")
            time.sleep(0.05)
        machine = children(process.pid)[0]
        time.sleep(0.5)
        check(children(process.pid) == [machine], "QEMU ended by itself")
        process.send_signal(signal.SIGKILL)
        process.wait()
        while os.path.exists(f"/proc/{machine}") and open(f"/proc/{machine}/stat").read().split()[2] != "Z":
            check(time.monotonic() < deadline, f"QEMU {machine} outlives exon-run")
            time.sleep(0.05)
    finally:
        process.kill()


def test_a_long_start_is_told_on_a_terminal_alone():
    with Terminal([EXON_RUN, "--timeout", "60", "--boot", "uefi", "hello"]) as terminal:
        terminal.expect(b"\rfirmware and boot loader run: 2 s")
        terminal.expect(b"\r\x1b[K")
        terminal.expect(b"Hello, world!\r\n")
        equal(terminal.end(), 0)
    status, output, errors = shell([EXON_RUN, "--timeout", "60", "--boot", "iso", "hello"], seconds=90)
    equal((status, output, errors), (0, b"Hello, world!\n", ""))


def test_terminal_is_raw_and_restored():
    """On a terminal bytes are not framed, Ctrl-] ends the machine, and the terminal is as it was."""
    import termios
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    process = subprocess.Popen([EXON_RUN, "--kernel", guest(), "--image", IMAGE, "--timeout", "50"], stdin=slave,
                               stdout=slave, stderr=subprocess.PIPE)
    try:
        seen, deadline = b"", time.monotonic() + 30
        while termios.tcgetattr(slave)[3] & termios.ICANON:
            check(time.monotonic() < deadline, "the terminal did not become raw")
            time.sleep(0.02)
        os.write(master, b"a\x03b\r")
        while b"a\x03b\r" not in seen:
            check(time.monotonic() < deadline, f"the echo is {seen!r}")
            if select.select([master], [], [], 1)[0]:
                seen += os.read(master, 100)
        os.write(master, b"\x1d")
        equal(process.wait(30), 130)
        equal(termios.tcgetattr(slave), before, "terminal settings")
        contains(process.stderr.read().decode(), "Ctrl-]")
    finally:
        process.kill()
        process.stderr.close()
        os.close(master)
        os.close(slave)


run(globals())
