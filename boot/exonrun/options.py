# SPDX-License-Identifier: MIT
"""The command line of exon-run. Options end at the first word that is none; what follows belongs to the program."""

HELP = """usage: exon-run [options] [--] [PROGRAM [ARGS...]] [--and PROGRAM [ARGS...]]...

Boots QEMU with PROGRAM (an ELF file made by exon-cc, or the name of one in build/apps) in its initial RAM disk, connects
standard input and output to it, and exits with its status. Without PROGRAM: the shell. If input and output are terminals,
the program has a terminal (Ctrl-] ends the machine); else the channel is byte-exact, end of input included.

the machine
  --cpus N            processors, 1 to 64 (1)
  --memory MB         RAM (256)
  --cpu MODEL         QEMU's processor model (max; host with --kvm)
  --machine TYPE      pc, q35 or microvm (q35)
  --boot HOW          direct (PVH), iso (GRUB, BIOS) or uefi (GRUB, OVMF) (direct)
  --icount            guest time is the count of guest instructions; processors take turns
  --kvm               use /dev/kvm
  --rng               a source of random numbers (virtio-rng), for processor models without RDRAND
  --vga               a screen (implied by --display gtk and sdl)
  --display WHERE     gtk, sdl or none (none)
  --qemu "ARGS"       further arguments for QEMU (repeatable)
  --qmp SOCKET        QEMU's control socket, for tests

the guest
  --file HOST[:GUEST] puts a file or folder into the RAM disk, at /NAME or GUEST (repeatable)
  --env K=V           environment variable of the programs (repeatable)
  --append "WORDS"    words for the kernel's command line (repeatable)
  --console MODE      tty or bytes, whatever input and output are
  --bare              no programs in the RAM disk but those named
  --sched NAME        scheduling policy of the program's threads (also right after --and, for that program)
  --heap NAME         heap allocator of a program that is linked with -lheap (likewise)
  --share N           share of CPU time of the program, with all that it starts, 1 to 4 (likewise); without any all get the same
  --slices NAME       how CPU time is divided among programs: equal, one-cpu, processes, shares (equal; shares with --share)
  --and PROGRAM...    a second program in the same boot; ends with --, which makes all after it arguments

this run
  --timeout SECONDS   end the machine then, with status 124
  --log FILE          write the kernel's log there
  --serial FILE       write what the first serial port sends there, too
  --trace FILE        write the kernel's events there, for Perfetto, chrome://tracing, and exon-timeline
  --strace[=NAME,...] print the system calls of these environments on standard error (all; without NAME: of all but init
                      and console)
  --gdb[=PORT]        wait for a debugger (1234)
  --dry-run           print the QEMU line instead
  --iso FILE          boot this image as it is
  --kernel FILE       another kernel;  --image FILE  another boot image, as it is
  --help              this text

exit status: the program's (128 + signal if it died of one); 124 after --timeout; 125 if exon-run cannot run it, or the
machine stopped without a status (the end of the kernel's log is shown); 130 after Ctrl-] or Ctrl-C."""


class UsageError(Exception):
    """Something the caller did; the message says what, and what to do."""


class Options:
    """What the command line says, with the defaults."""

    def __init__(self):
        self.cpus, self.memory, self.cpu, self.machine, self.boot = 1, 256, None, "q35", "direct"
        self.icount = self.kvm = self.rng = self.vga = self.bare = self.dry_run = self.help = False
        self.display, self.console, self.timeout, self.gdb = "none", None, None, None
        self.strace = None  # names of environments; empty: the default
        self.log = self.trace = self.serial = self.qmp = self.iso = self.kernel = self.image = None
        self.files, self.env, self.append, self.qemu = [], [], [], []
        self.programs = []  # (program, [arguments]) of each
        self.sched = self.heap = self.share = None  # policy, heap and share of the first program
        self.choices = []                           # {option: value} of each one after it
        self.slices = None


FLAGS = {"--icount", "--kvm", "--rng", "--vga", "--bare", "--dry-run", "--help"}
VALUES = {"--cpus", "--memory", "--cpu", "--machine", "--boot", "--display", "--console", "--timeout", "--log", "--serial",
          "--sched", "--heap", "--share", "--slices",
          "--trace", "--qmp", "--iso", "--kernel", "--image"}
LISTS = {"--file": "files", "--env": "env", "--append": "append", "--qemu": "qemu"}
CHOICES = {"machine": ("pc", "q35", "microvm"), "boot": ("direct", "iso", "uefi"), "display": ("gtk", "sdl", "none"),
           "console": ("tty", "bytes")}
RANGES = {"cpus": (1, 64), "memory": (2, 1 << 20), "share": (1, 4)}


def _number(name, text, kind, low, high):
    try:
        value = kind(text)
    except ValueError:
        value = None
    if value is None or not low <= value <= high:
        raise UsageError(f"--{name} {text}: must be a number from {low} to {high}")
    return value


def _set_value(options, name, text):
    """Checks and stores one option with a value."""
    if name in CHOICES and text not in CHOICES[name]:
        raise UsageError(f"--{name} {text}: must be one of {', '.join(CHOICES[name])}")
    if name in RANGES:
        text = _number(name, text, int, *RANGES[name])
    elif name == "timeout":
        text = _number(name, text, float, 0.001, 10**7)
    setattr(options, name, text)


def split_programs(words):
    """Splits `PROGRAM ARGS --and PROGRAM ARGS -- ...` into (program, arguments) of each, and what is chosen after --and."""
    programs, current = [], []
    for at, word in enumerate(words):
        if word == "--and":
            programs.append(current)
            current = []
        elif word == "--" and current:
            current += words[at + 1:]
            break
        else:
            current.append(word)
    programs.append(current)
    choices = [take_choices(p) for p in programs[1:]]
    if not all(programs):
        raise UsageError("--and: a program is missing before or after it")
    return [(p[0], p[1:]) for p in programs], choices


def take_choices(words):
    """Removes `--sched NAME`, `--heap NAME`, `--share N` from the beginning of a program's words. Returns {option: value}."""
    chosen = {}
    while words and words[0].partition("=")[0] in ("--sched", "--heap", "--share"):
        option, equals, name = words.pop(0).partition("=")
        if not equals and not words:
            raise UsageError(f"{option}: a value is missing")
        chosen[option] = name if equals else words.pop(0)
        if option == "--share":
            chosen[option] = _number("share", chosen[option], int, *RANGES["share"])
    return chosen


def _check(options):
    """Refuses what does not go together."""
    if options.icount and options.kvm:
        raise UsageError("--icount needs emulation: leave --kvm away")
    if options.machine == "microvm" and (options.boot != "direct" or options.iso):
        raise UsageError("--machine microvm has no disk and no firmware to boot from: use --boot direct")
    if options.machine == "microvm" and (options.vga or options.display != "none"):
        raise UsageError("--machine microvm has no screen: use --machine q35 or pc")
    if (options.trace or options.strace is not None) and options.iso:
        raise UsageError("--iso boots an image as it is: its kernel was not told to trace")
    for pair in options.env:
        if "=" not in pair or pair.startswith("="):
            raise UsageError(f"--env {pair}: must be NAME=VALUE")
    if options.iso and options.programs:
        raise UsageError("--iso boots an image as it is; it takes no program")
    if options.iso and options.boot == "direct":
        options.boot = "iso"


def parse(words):
    """Returns the Options of a command line."""
    options, at = Options(), 0
    while at < len(words) and words[at].startswith("-"):
        word, equals, value = words[at].partition("=")
        at += 1
        if word == "--":
            if at < len(words):
                options.programs = [(words[at], words[at + 1:])]
            _check(options)
            return options
        if word == "--and":
            raise UsageError("--and: a program is missing before it")
        if word == "-h":
            word = "--help"
        if word == "--gdb":
            options.gdb = _number("gdb", value, int, 1, 65535) if equals else 1234
        elif word == "--strace":
            options.strace = [name for name in value.split(",") if name]
        elif word in FLAGS and not equals:
            setattr(options, word[2:].replace("-", "_"), True)
        elif word in VALUES or word in LISTS:
            if not equals:
                if at == len(words):
                    raise UsageError(f"{word}: a value is missing")
                value, at = words[at], at + 1
            if word in LISTS:
                getattr(options, LISTS[word]).append(value)
            else:
                _set_value(options, word[2:], value)
        else:
            raise UsageError(f"{words[at - 1]}: no such option; see exon-run --help")
    if at < len(words):
        options.programs, options.choices = split_programs(words[at:])
    _check(options)
    return options
