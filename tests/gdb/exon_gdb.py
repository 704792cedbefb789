# SPDX-License-Identifier: MIT
"""GDB commands that show what the kernel and the libraries of its environments hold. Read by gdbinit, in GDB's Python.

    exon-envs                 environments: state, activations, and which CPU has whose page tables loaded
    exon-caps [ENV]           capability slots
    exon-pt [ENV [ADDRESS]]   what is mapped where, or the entries that translate one address
    exon-threads [ENV]        threads of a program under any scheduler, with what each waits for

ENV is a name or an id; without it, whoever's page tables the selected CPU has loaded. Memory of environments that do not run is
read through the kernel's direct map. Structures are known by the debugging information of exon.elf and of build/debug/NAME, or
of the file that exon-app was given.
Layer: tests.
"""
import os

import gdb

ENVS, ACTS, SLOTS = 1024, 8, 16
NAME_MAX = 15  # of an environment's name
DIRECT_BASE = 0xffff880000000000  # exokernel/x86/layout.h
PAGE = 4096
PRESENT, WRITE, USER, LARGE, NX = 1, 2, 4, 1 << 7, 1 << 63
FRAME_BITS = 0x000ffffffffff000
RIGHTS = ((1, "r"), (2, "w"), (4, "c"), (8, "g"))
ENV_STATES = ("free", "live", "ending")
ACT_STATES = ("none", "ready", "running", "waiting", "stopped", "calling", "idle")
FRAME_TYPES = ("device", "free", "owned", "dying", "table", "activation", "kernel")


def memory(address, bytes_):
    return bytes(gdb.selected_inferior().read_memory(address, bytes_))


def word(address):
    return int.from_bytes(memory(address, 8), "little")


def physical(address, bytes_):
    """Memory by physical address."""
    return memory(DIRECT_BASE + address, bytes_)


def name_of(bits, length):
    """A capability's name as the tools write it: its bits in hexadecimal, and how many count."""
    if length == 0:
        return "root"
    digits = f"{int(bits):016x}"[:(int(length) + 3) // 4]
    return f"{digits}/{int(length)}"


def rights_of(rights):
    return "".join(letter if rights & bit else "-" for bit, letter in RIGHTS)


def environments():
    """The kernel's published entries of all environments that are not free."""
    table = gdb.parse_and_eval("published_envs")
    return [table[i] for i in range(ENVS) if int(table[i]["state"]) != 0]


def loaded(cpu):
    """Published entry of the environment whose page tables a CPU has loaded, or None."""
    env = gdb.parse_and_eval(f"cpus[{cpu}]->env")
    return env["pub"].dereference() if env else None


def chosen(argument):
    """The environment that a command is about, by name or id."""
    if not argument:
        entry = loaded(gdb.selected_thread().num - 1)
        if entry is None:
            raise gdb.GdbError("this CPU has no environment loaded; name one (exon-envs lists them)")
        return entry
    for entry in environments():
        if argument in (entry["name"].string(), str(int(entry["id"]))):
            return entry
    raise gdb.GdbError(f"no environment {argument}: exon-envs lists them")


class Space:
    """The address space of an environment."""

    def __init__(self, entry):
        self.root = int(entry["pml4_frame"]) * PAGE

    def entries(self, address):
        """[(level, entry)] from the PML4 down, as far as there are tables."""
        found, table = [], self.root
        for level in (4, 3, 2, 1):
            index = address >> (12 + 9 * (level - 1)) & 511
            entry = int.from_bytes(physical(table + index * 8, 8), "little")
            found.append((level, entry))
            if not entry & PRESENT or (entry & LARGE and level < 4):
                break
            table = entry & FRAME_BITS
        return found

    def read(self, address, bytes_):
        """User memory, page by page. gdb.MemoryError where nothing is mapped."""
        result = b""
        while bytes_:
            level, entry = self.entries(address)[-1]
            if not entry & PRESENT:
                raise gdb.MemoryError(f"nothing is mapped at {address:#x}")
            size = 1 << (12 + 9 * (level - 1))
            piece = min(bytes_, size - address % size)
            result += physical((entry & FRAME_BITS & -size) + address % size, piece)
            address, bytes_ = address + piece, bytes_ - piece
        return result

    def mappings(self):
        """(address, bytes, entry) of each mapped page, in order, but for the window and the kernel half."""
        def walk(table, level, base):
            raw = physical(table, PAGE)
            for index in range(512):
                entry = int.from_bytes(raw[index * 8:index * 8 + 8], "little")
                if not entry & PRESENT or (level == 4 and index > 255) or (level == 4 and index == 254):
                    continue
                size = 1 << (12 + 9 * (level - 1))
                address = base + index * size
                if level == 1 or entry & LARGE:
                    yield address, size, entry
                else:
                    yield from walk(entry & FRAME_BITS, level - 1, address)
        return walk(self.root, 4, 0)


def access(entry):
    return ("r" if entry & USER else "-") + ("w" if entry & WRITE else "-") + ("-" if entry & NX else "x")


def frame_line(number):
    """Whose a frame is."""
    if number >= int(gdb.parse_and_eval("frame_count")):
        return "device memory"
    frame = gdb.parse_and_eval(f"frames[{number}]")
    kind = FRAME_TYPES[min(int(frame["type"]), len(FRAME_TYPES) - 1)]
    return f"{kind} {name_of(frame['guard_bits'], frame['guard_len'])} maps={int(frame['maps'])}"


class Command(gdb.Command):
    """One that reads the kernel's memory: says so when there is none to read. show() is the command."""

    def invoke(self, argument, from_tty):
        try:
            if gdb.selected_thread() is None:
                raise gdb.GdbError("no machine is attached, or it has ended; `make gdb` starts one")
            self.show(argument)
        except gdb.MemoryError as error:
            raise gdb.GdbError(f"{error}; are these the symbols of the kernel that runs, and has it begun (tbreak "
                               "first_env_start)?") from None


class Envs(Command):
    """exon-envs: environments with state and activations; which environment's page tables each CPU has loaded."""

    def __init__(self):
        super().__init__("exon-envs", gdb.COMMAND_STATUS)

    def show(self, argument):
        print(f"{'ID':>8} {'NAME':16}{'GUARD':14}{'STATE':8}ACTIVATIONS")
        for entry in environments():
            acts = [f"{i}:{ACT_STATES[int(entry['act'][i]['state'])]}@{int(entry['act'][i]['cpu'])}"
                    for i in range(ACTS) if int(entry["act"][i]["state"])]
            print(f"{int(entry['id']):8} {entry['name'].string():16}"
                  f"{name_of(entry['guard_bits'], entry['guard_len']):14}{ENV_STATES[int(entry['state'])]:8}{' '.join(acts)}")
        for cpu in range(int(gdb.parse_and_eval("cpu_count"))):
            entry = loaded(cpu)
            print(f"CPU {cpu}: " + (f"{int(entry['id'])} {entry['name'].string()}" if entry is not None else "none"))


class Caps(Command):
    """exon-caps [ENV]: the capabilities that an environment holds; r map, w map writable, c control, g grant."""

    def __init__(self):
        super().__init__("exon-caps", gdb.COMMAND_STATUS)

    def show(self, argument):
        entry = chosen(argument)
        print(f"{int(entry['id'])} {entry['name'].string()}, guarded by {name_of(entry['guard_bits'], entry['guard_len'])}")
        for slot in range(SLOTS):
            cap = entry["caps"][slot]
            if int(cap["rights"]):
                print(f"  slot {slot:2}  {rights_of(int(cap['rights']))}  {name_of(cap['bits'], cap['len'])}")


class PageTables(Command):
    """exon-pt [ENV [ADDRESS]]: mapped ranges with access and frames; or the entries that translate ADDRESS."""

    def __init__(self):
        super().__init__("exon-pt", gdb.COMMAND_STATUS)

    def show(self, argument):
        words = gdb.string_to_argv(argument)
        space = Space(chosen(words[0] if words else ""))
        if len(words) > 1:
            self.translate(space, int(gdb.parse_and_eval(words[1])))
        else:
            self.ranges(space)

    @staticmethod
    def translate(space, address):
        for level, entry in space.entries(address):
            marks = [word for bit, word in ((0x20, "accessed"), (0x40, "dirty")) if entry & bit]
            if entry & LARGE and level > 1:
                marks.append("large")
            print(f"  level {level}: {entry:#018x}", access(entry) if entry & PRESENT else "not present", *marks)
        if entry & PRESENT:
            print(f"  frame {(entry & FRAME_BITS) // PAGE}: {frame_line((entry & FRAME_BITS) // PAGE)}")

    @staticmethod
    def ranges(space):
        """Neighbours with the same access are one line."""
        run = None
        for address, size, entry in list(space.mappings()) + [(None, 0, 0)]:
            if run and (address != run[0] + run[1] or access(entry) != run[2]):
                print(f"  {run[0]:#018x} {run[1] // 1024:8} KiB {run[2]}  from frame {run[3]}: {frame_line(run[3])}")
                run = None
            if address is not None:
                first = run if run else (address, 0, access(entry), (entry & FRAME_BITS) // PAGE)
                run = (first[0], first[1] + size, first[2], first[3])


def program_file(name):
    """Debugging information of a program: of the file that exon-app was given, or of ours of that name, loaded when first asked
    for. Returns GDB's object for the file."""
    for objfile in gdb.objfiles():
        if os.path.basename(objfile.filename)[:NAME_MAX] == name:
            return objfile
    path = os.path.abspath(os.path.join(os.environ.get("EXON_BUILD", "build"), "debug", name))
    if not os.path.exists(path):
        raise gdb.GdbError(f"{path}: no such file; for a program of your own, `exon-app FILE` first (made by exon-cc -g)")
    gdb.execute(f"add-symbol-file {path}", to_string=True)
    return next(objfile for objfile in gdb.objfiles() if os.path.abspath(objfile.filename) == path)


class Threads(Command):
    """exon-threads [ENV]: the threads of a program: name, state, priority, CPU time, and what each waits for."""

    def __init__(self):
        super().__init__("exon-threads", gdb.COMMAND_STATUS)

    def show(self, argument):
        entry = chosen(argument)
        space, name = Space(entry), entry["name"].string()
        objfile = program_file(name)
        list_ = next((s for s in gdb.lookup_static_symbols("all")
                      if s.symtab.objfile == objfile and s.symtab.filename.endswith("sched/thread.c")), None)
        if list_ is None:
            raise gdb.GdbError(f"{name} has no thread core of ours")
        thread_type = list_.type.target()
        address = int.from_bytes(space.read(int(list_.value().address), 8), "little")
        print(f"{int(entry['id'])} {name}")
        while address:
            raw = space.read(address, thread_type.sizeof)
            thread = gdb.Value(raw, thread_type)
            print("  " + self.line(thread, address))
            address = int(thread["created_next"])

    @staticmethod
    def line(thread, address):
        state = str(thread["state"]).replace("THREAD_", "").lower()
        text = (f"{address:#x} {thread['name'].string():16} {state:8} priority {int(thread['priority'])} "
                f"ran {int(thread['run_ns']) // 1000} us")
        if state == "blocked":
            on = int(thread["wait_word"])
            text += f" on {str(thread['wait_why']).replace('WAIT_', '').lower()}"
            name = gdb.execute(f"info symbol {on:#x}", to_string=True).split(" in ")[0].strip() if on else ""
            text += f" {on:#x}" if name.startswith("No symbol") else f" {name}"
        return text


Envs()
Caps()
PageTables()
Threads()
