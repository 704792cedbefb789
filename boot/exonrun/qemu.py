# SPDX-License-Identifier: MIT
"""The command line of QEMU for a set of options.

-nodefaults: nothing is there that is not named here. The console is the first serial port, the kernel's log is isa-debugcon
(port 0xe9), the power switch isa-debug-exit (port 0xf4), which the kernel uses because its command line says debug-exit.
"""
import os
import shlex
import shutil

from . import trace
from .options import UsageError

QEMU = "qemu-system-x86_64"
FIRMWARE = "/usr/share/OVMF"
DEBUG_EXIT = "debug-exit=0xf4"


def kernel_words(options):
    """The kernel's command line."""
    traced = [f"trace={trace.ring_records(options)}"] if options.trace or options.strace is not None else []
    return " ".join([DEBUG_EXIT] + traced + options.append)


def _machine(options, memory_fd):
    """Machine, processors, memory (an open file, if there is one), accelerator."""
    cpu = options.cpu or ("host" if options.kvm else "max")
    machine = options.machine + (",memory-backend=ram" if memory_fd is not None else "")
    words = ["-M", machine, "-cpu", cpu, "-smp", str(options.cpus), "-m", f"{options.memory}M"]
    words += ["-accel", "kvm" if options.kvm else "tcg"]
    if memory_fd is not None:
        words += ["-object", f"memory-backend-file,id=ram,size={options.memory}M,share=on,mem-path=/proc/self/fd/{memory_fd}"]
    if options.icount:
        words += ["-icount", "shift=0,sleep=off"]
    return words


def _firmware(scratch):
    """UEFI: the code read-only, the variables in a copy that is thrown away."""
    code, variables = (os.path.join(FIRMWARE, f"OVMF_{part}_4M.fd") for part in ("CODE", "VARS"))
    if not (os.path.exists(code) and os.path.exists(variables)):
        raise UsageError(f"{code} is missing: install the package ovmf")
    copy = os.path.join(scratch, "vars.fd")
    shutil.copyfile(variables, copy)
    return ["-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={code}",
            "-drive", f"if=pflash,unit=1,format=raw,file={_escape(copy)}"]


def _escape(path):
    """A comma in an option's value is doubled."""
    return path.replace(",", ",,")


def _boot(options, kernel, image, iso, scratch):
    """What is booted, and by what."""
    if options.boot == "direct":
        return ["-kernel", kernel, "-initrd", image, "-append", kernel_words(options)]
    words = _firmware(scratch) if options.boot == "uefi" else []
    return words + ["-drive", f"if=none,id=cd0,media=cdrom,format=raw,readonly=on,file={_escape(iso)}",
                    "-device", "ide-cd,drive=cd0,bootindex=1"]


def command(options, kernel, image, iso, console, log, scratch, memory_fd=None):
    """Returns the list of words. console, log: QEMU chardev descriptions without their id. memory_fd: a file to be the RAM."""
    words = [QEMU, "-nodefaults", "-no-user-config", "-no-reboot", "-display", options.display] + _machine(options, memory_fd)
    words += _boot(options, kernel, image, iso, scratch)
    kind, _, rest = console.partition(",")
    words += ["-chardev", f"{kind},id=console" + (f",{rest}" if rest else ""), "-serial", "chardev:console"]
    kind, _, rest = log.partition(",")
    words += ["-chardev", f"{kind},id=log" + (f",{rest}" if rest else ""), "-device", "isa-debugcon,iobase=0xe9,chardev=log"]
    words += ["-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]
    if options.rng:
        words += ["-device", "virtio-rng-device" if options.machine == "microvm" else "virtio-rng-pci"]
    if options.vga or options.display != "none":
        words += ["-device", "VGA"]
    if options.gdb:
        words += ["-S", "-gdb", f"tcp:127.0.0.1:{options.gdb}"]
    if options.qmp:
        words += ["-qmp", f"unix:{_escape(options.qmp)},server=on,wait=off"]
    for more in options.qemu:
        words += shlex.split(more)
    return words


def explain_failure(text, options):
    """What to do about QEMU's own complaint."""
    lower = text.lower()
    if "kvm" in lower and options.kvm:
        return "is /dev/kvm there, and may you use it (group kvm)? Without --kvm the machine is emulated."
    if "cpu model" in lower or "unable to find cpu" in lower:
        return f"{QEMU} -cpu help lists the processor models."
    if "display" in lower and options.display != "none":
        return "install the package qemu-system-gui, or use --display none."
    if "address already in use" in lower and options.gdb:
        return f"another machine waits at port {options.gdb}: choose a port with --gdb=PORT."
    if "initrd is too large" in lower:
        return f"--memory {options.memory} is too little for the boot image; --bare leaves out all programs but those named."
    if "memory" in lower:
        return "try another --memory."
    return f"{QEMU} --version says which version this is; 7.2 or newer is expected."
