# SPDX-License-Identifier: MIT
"""From a command line to an exit status."""
import ctypes
import difflib
import errno
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile

from . import image as images
from . import options as command_line
from . import qemu, relay
from .iso import make_iso
from .options import UsageError
from .tracer import Tracer

# build/bin/exonrun/main.py lies in the build folder; everything else is found from there.
BUILD = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
FAILED = 125
TIMED_OUT = 124
LOG_LINES = 25
ISO_MAGIC_AT = 0x8001  # ECMA-119 §8.1.2
PANIC = re.compile(r"\[[ .\d]+\] panic +panic: PANIC: ")
# Kept in the archive by --bare: the terminal cannot do without.
NEEDED = ("bin/console",)


def say(text):
    print(f"exon-run: {text}", file=sys.stderr, flush=True)


def built(name):
    """Path of something that the build makes; a UsageError if it is not there."""
    path = os.path.join(BUILD, name)
    if not os.path.exists(path):
        raise UsageError(f"{path} is missing: run make in the source tree")
    return path


def find_program(name):
    """Host path of PROGRAM: a file, or the name of one of ours."""
    ours = os.path.join(BUILD, "apps", name)
    if os.path.isfile(name) and name.endswith(".c"):
        raise UsageError(f"{name}: a source file; `exon-cc -O2 -o {name[:-2]} {name}` makes a program of it")
    if os.path.isfile(name):
        return name
    if "/" not in name and os.path.isfile(ours):
        return ours
    if "/" in name:
        raise UsageError(f"{name}: no such file")
    near = difflib.get_close_matches(name, os.listdir(built("apps")), n=1)
    raise UsageError(f"{name}: neither a file here nor a program in {BUILD}/apps" + (f"; did you mean {near[0]}?" if near else ""))


def console_mode(options):
    """tty or bytes."""
    return options.console or ("tty" if os.isatty(0) and os.isatty(1) else "bytes")


def environment(options, mode):
    """Environment strings of the programs."""
    strings = list(options.env)
    if options.trace and not any(s.startswith("EXON_SCHED_TRACE=") for s in strings):
        strings.append("EXON_SCHED_TRACE=1")
    if mode == "tty" and os.isatty(1):
        size = os.get_terminal_size(1)
        given = {s.partition("=")[0] for s in strings}
        known = {"TERM": os.environ.get("TERM", "vt100"), "LINES": size.lines, "COLUMNS": size.columns}
        strings += [f"{k}={v}" for k, v in known.items() if k not in given]
    return strings


def known(option, name, listed, what):
    """The name, if it is one of those that the build has listed, or None."""
    with open(built(f"share/{listed}"), encoding="utf-8") as file:
        names = file.read().split()
    if name and name not in names:
        raise UsageError(f"{option} {name}: no such {what}; there are {', '.join(names)}")
    return name


def chosen(option, name, listed, what, variable):
    """The environment string that chooses something of the library's by its name."""
    return [f"{variable}={name}"] if known(option, name, listed, what) else []


def choices(wanted, program):
    """The environment strings of what is chosen for a program; wanted: {option: name}."""
    heap = wanted.get("--heap")
    strings = chosen("--sched", wanted.get("--sched"), "schedulers", "scheduling policy", "EXON_SCHED")
    strings += chosen("--heap", heap, "heaps", "heap", "EXON_HEAP")
    if heap and b"\0heap_by_name\0" not in images.read_file(program, "program"):
        raise UsageError(f"--heap {heap}: {program} was not linked with -lheap, and has newlib's (exon-cc ... -lheap)")
    if wanted.get("--share"):
        strings.append(f"EXON_SHARE={wanted['--share']}")
    return strings


def split_file_option(text):
    """(host path, guest path) of --file HOST[:GUEST]."""
    host, colon, guest = text.rpartition(":")
    if not colon or not guest.startswith("/"):
        host, guest = text, "/"
    if not os.path.exists(host):
        raise UsageError(f"--file {host}: no such file; the form is HOST[:/GUEST]")
    if guest.endswith("/") and not os.path.isdir(host):
        guest += os.path.basename(host)
    return host, guest


def make_boot_image(options, mode):
    """The bytes of the boot image: the built one's, with what the options add."""
    with open(built("boot.img"), "rb") as file:
        init, archive = images.split_image(file.read())
    files = images.cpio.read(archive)
    if options.bare:
        files = {p: e for p, e in files.items() if not p.startswith("bin/") or p in NEEDED}
    for text in options.files:
        files.update(images.host_files(*split_file_option(text)))
    programs = list(options.programs)
    if not programs and (mode == "bytes" or options.env or options.bare or options.sched or options.heap or options.share
                         or options.slices):
        programs = [("sh", [])]
    entries = []
    wanted = [{"--sched": options.sched, "--heap": options.heap, "--share": options.share}] + options.choices
    policy = known("--slices", options.slices, "slices", "policy of CPU time") or (
        "shares" if any(choice.get("--share") for choice in wanted) else None)
    for (name, arguments), choice in zip(programs, wanted):
        host = find_program(name)
        path = "/bin/" + os.path.basename(host)
        files[images.guest_path(path)] = (0o100755, images.read_file(host, "program"))
        entries.append((path, [os.path.basename(host)] + arguments, environment(options, mode) + choices(choice, host)))
    if entries:
        files[images.MANIFEST] = (0o100644, images.make_manifest(mode, entries, policy))
    return images.make_image(init, files)


def prepare(options, scratch):
    """Returns (kernel, boot image, ISO) as paths; those not needed are None."""
    if options.iso:
        if images.read_file(options.iso, "--iso")[ISO_MAGIC_AT:][:5] != b"CD001" and not options.dry_run:
            raise UsageError(f"--iso {options.iso}: no ISO image; make iso makes one, build/exon.iso")
        return None, None, options.iso
    kernel = options.kernel or built("exon.elf")
    if not options.dry_run and not images.read_file(kernel, "--kernel").startswith(b"\x7fELF"):
        raise UsageError(f"--kernel {kernel}: no ELF file; make builds one, build/exon.elf")
    image = options.image
    if image:
        images.read_file(image, "--image")
    else:
        image = os.path.join(scratch, "boot.img")
        with open(image, "wb") as file:
            file.write(make_boot_image(options, console_mode(options)))
    if options.boot == "direct":
        return kernel, image, None
    iso = os.path.join(scratch, "exon.iso")
    make_iso(iso, kernel, image, built("share/grub.cfg"), qemu.kernel_words(options), scratch)
    return kernel, image, iso


def die_with_parent():
    """In the child: ends QEMU when this process is killed, so that no machine is left behind."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG


def start(options, paths, scratch, memory_fd):
    """Starts QEMU. Returns (process, console socket, log socket)."""
    console, console_guest = socket.socketpair()
    log, log_guest = socket.socketpair()
    words = qemu.command(options, *paths, f"socket,fd={console_guest.fileno()}", f"socket,fd={log_guest.fileno()}", scratch,
                         memory_fd)
    inherited = [console_guest.fileno(), log_guest.fileno()] + ([memory_fd] if memory_fd is not None else [])
    try:
        with open(os.path.join(scratch, "stderr"), "wb") as errors:
            process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, start_new_session=True,
                pass_fds=inherited, preexec_fn=die_with_parent)
    except FileNotFoundError:
        raise UsageError(f"{qemu.QEMU} is missing: install the package qemu-system-x86") from None
    finally:
        console_guest.close()
        log_guest.close()
    console.setblocking(False)
    return process, console, log


def end(process):
    """Ends our QEMU if it still runs."""
    if process.poll() is None:
        process.kill()
    return process.wait()


def log_tail(log):
    """The last lines of the log; of a panic all."""
    lines = log.decode(errors="replace").splitlines()
    panic = next((n for n, line in enumerate(lines) if PANIC.match(line)), len(lines))
    return "".join(f"  {line}\n" for line in lines[min(panic, max(0, len(lines) - LOG_LINES)):]) or "  (the kernel wrote nothing)\n"


def log_errors(log):
    """The lines of the log that are errors: what the first environment says when it cannot bring the machine up."""
    return re.findall(r"^\[[ .\d]+\] error +(.*?)\r?$", log.decode(errors="replace"), re.M)


def report(options, run, scratch):
    """The exit status, with a message where there is none from the guest."""
    if run.ended == relay.TIMEOUT:
        say(f"timeout: no end after {options.timeout:g} seconds; the end of the kernel's log:\n{log_tail(run.log)}"
            + ("" if run.log or options.boot == "direct" else
               f"The kernel was not reached. Is --memory {options.memory} too little for firmware and boot loader?"))
        return TIMED_OUT
    if run.ended == relay.ESCAPED:
        say("ended by Ctrl-]")
        return 130
    if run.ended == relay.CLOSED:
        if run.output_error.errno == errno.EPIPE:
            return 141
        say(f"standard output cannot be written: {run.output_error.strerror}; the machine was ended")
        return FAILED
    if run.ended == relay.STUCK:
        say(f"the machine gave its status {run.status()} but did not switch off; the end of the kernel's log:\n"
            f"{log_tail(run.log)}")
        return FAILED
    if run.ended == relay.HALTED:
        say(f"the machine halted. {run.log.decode(errors='replace')}; try another --cpu")
        return FAILED
    status = run.status()
    if status is None:
        with open(os.path.join(scratch, "stderr"), errors="replace") as file:
            complaint = file.read().strip()
        if complaint and not run.log:
            say(f"QEMU failed: {complaint}\n{qemu.explain_failure(complaint, options)}")
        else:
            say(f"the machine stopped without an exit status; the end of the kernel's log:\n{log_tail(run.log)}"
                + (f"QEMU said: {complaint}" if complaint else "")
                + ("" if run.log else f"Is --memory {options.memory} too little for this kernel?"))
        return FAILED
    if status == FAILED:
        for line in log_errors(run.log):
            say(line)
    return status


def check_outputs(options):
    """What is written during or after the run can be written: said now, and not when the run is over."""
    for option in ("log", "serial", "trace", "qmp"):
        path = getattr(options, option)
        if not path:
            continue
        folder = os.path.dirname(path) or "."
        if not os.path.isdir(folder):
            raise UsageError(f"--{option} {path}: no such file, and no folder {folder} for it; make that first")
        if os.path.isdir(path) or not os.access(path if os.path.exists(path) else folder, os.W_OK):
            raise UsageError(f"--{option} {path}: it cannot be written; name a file that can")


def run_machine(options, scratch):
    """Boots and relays. Returns the exit status."""
    if not options.dry_run:
        check_outputs(options)
    paths = prepare(options, scratch)
    if options.dry_run:
        log = f"file,path={options.log}" if options.log else "null"
        print(shlex.join(qemu.command(options, *paths, "stdio,signal=off", log, scratch)))
        return 0
    mode = console_mode(options)
    tracer = None
    if options.trace or options.strace is not None:
        tracer = Tracer(options, built("share/abi.json"), say)
    process, console, log = start(options, paths, scratch, tracer.memory_fd if tracer else None)
    if options.gdb:
        say(f"waiting for a debugger: gdb {BUILD}/exon.elf -ex 'target remote :{options.gdb}'")
    run = relay.Relay(options, console, log, framed=mode == "bytes", tracer=tracer)
    try:
        run.run()
        if run.ended is None:
            try:
                process.wait(relay.POWER_OFF_SECONDS)
            except subprocess.TimeoutExpired:
                run.ended = relay.STUCK
    except relay.Stopped as stopped:
        return 128 + stopped.number
    finally:
        end(process)
        if tracer:
            tracer.finish(run.log)
    return report(options, run, scratch)


def check_standard_files():
    """Input and messages have a file from here on, so that nothing else is opened in their place; an output there must be."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
            if number == 1:
                raise UsageError("standard output is closed; redirect it to a file, or to /dev/null") from None


def main(words):
    """The whole program; returns its exit status."""
    try:
        check_standard_files()
        options = command_line.parse(words)
        if options.help:
            print(command_line.HELP)
            return 0
        if options.dry_run:
            # The image stays, so that the line printed can be run.
            scratch = os.path.join(BUILD, "dry-run")
            os.makedirs(scratch, exist_ok=True)
            return run_machine(options, scratch)
        with tempfile.TemporaryDirectory(prefix="exon-run.") as scratch:
            return run_machine(options, scratch)
    except UsageError as error:
        say(error)
    except OSError as error:
        say(f"{error.filename}: {error.strerror}" if error.filename else error)
    except ValueError as error:
        say(error)
    except KeyboardInterrupt:
        return 130
    return FAILED
