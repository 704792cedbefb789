# SPDX-License-Identifier: MIT
"""Judges a picture of a machine's memory (tables.py): walks the page tables of every environment in the published table.

Always, whatever the CPUs were doing when they were stopped:
  - a user mapping is of a USER or DYING frame; the kernel half, the window and the activations' pages are what they must be;
  - a page table belongs to one place in one environment; no leaf can be written and executed unless that was asked for (the
    fuzzer marks those with soft bits 7);
  - the environment holds a capability that dominates the frame's guard or a name in its access list, with the right to read,
    and to write what is writable. Not asked of one that is ending, that the table says is being swept, that holds a name below a
    prefix whose revocation is under way, or whose entry is just being written;
  - a frame is mapped no more often than it counts.
While no CPU is in the kernel's tables (the lock is free, and no count waits for other TLBs), also:
  - maps and writes of each frame, entries in use of each table, mapped and table_pages of each environment are exact;
  - what is charged to each quota is what frames say, and what is free is what the counter says.

Layer: tests.
"""
from collections import Counter

from tables import (ACCESSED, ADDRESS, CONSTANT, LARGE, NX, PRESENT, SOFT, USER, WRITE, Frames, Kernel, column, dominates,
                    environments)

TYPES = {CONSTANT[f"EXO_FRAME_{name}"]: name for name in ("RESERVED", "FREE", "USER", "DYING", "TABLE", "PINNED", "KERNEL")}
FRAME = {name: number for number, name in TYPES.items()}
READ_RIGHT, WRITE_RIGHT = CONSTANT["EXO_RIGHT_READ"], CONSTANT["EXO_RIGHT_WRITE"]
SLOT_WINDOW, SLOT_ACTIVATIONS, SLOT_PUBLISHED = 254, 255, 256


class Oracle:
    """One judgement. .problems: lines; .checked: how many mappings were held against capabilities, .excused: how many not."""

    def __init__(self, picture, places, cpus):
        self.picture, self.places = picture, places
        self.kernel = Kernel(picture, places, cpus)
        self.frames = Frames(picture, places)
        self.maps, self.writes, self.tables, self.pinned = Counter(), Counter(), Counter(), Counter()
        self.used = {}  # entries in use of each table
        self.found = []  # (environment, mappings, tables below its PML4)
        self.problems, self.checked, self.excused, self.exact = [], 0, 0, False

    def problem(self, text):
        if len(self.problems) < 20:
            self.problems.append(text)

    def run(self):
        for env in environments(self.picture, self.places):
            self.environment(env)
        for frame, n in self.tables.items():
            if n > 1:
                self.problem(f"page table {frame:#x} stands in {n} places")
        for frame, n in self.pinned.items():
            if n > 1:
                self.problem(f"activation page {frame:#x} is mapped {n} times")
        for frame, n in self.maps.items():
            if n > self.frames.maps[frame]:
                self.problem(f"frame {frame:#x} counts {self.frames.maps[frame]} mappings and has {n}")
        self.exact = not (self.kernel.locked or self.kernel.pending)
        if self.exact:
            self.counts()
        return self

    def frame_type(self, frame):
        return self.frames.type[frame] if frame < self.places.frame_count else FRAME["RESERVED"]

    # ---- one environment ----

    def environment(self, env):
        self.env, self.authority = env, {}
        name = f"environment {env.id:#x}"
        if self.frame_type(env.pml4_frame) != FRAME["TABLE"]:
            if env.state == CONSTANT["EXO_ENV_LIVE"]:
                self.problem(f"{name}: its PML4 is a {TYPES[self.frame_type(env.pml4_frame)]} frame")
            return
        self.leaves, self.table_count = 0, 0
        top = self.picture.table(env.pml4_frame << 12)
        self.tables[env.pml4_frame] += 1
        if [entry & ~ACCESSED for entry in top[256:]] != self.places.kernel_half:
            self.problem(f"{name}: another kernel half")
        window = top[SLOT_WINDOW]
        if window & (ADDRESS | WRITE | PRESENT) != env.pml4_frame << 12 | PRESENT:
            self.problem(f"{name}: its window is {window:#x}")
        for slot, entry in enumerate(top[:SLOT_WINDOW]):
            if entry & PRESENT:
                self.below(slot << 39, 39, entry, True)
        if top[SLOT_ACTIVATIONS] & PRESENT:
            self.below(SLOT_ACTIVATIONS << 39, 39, top[SLOT_ACTIVATIONS], False)
        self.used[env.pml4_frame] = sum(1 for entry in top[:SLOT_WINDOW] + top[SLOT_ACTIVATIONS:SLOT_PUBLISHED] if entry)
        self.found.append((env, self.leaves, self.table_count))

    def below(self, va, shift, entry, own):
        """The table that a present entry of a level names. own: the libOS's part of the address space."""
        frame = (entry & ADDRESS) >> 12
        kind = self.frame_type(frame)
        if kind != FRAME["TABLE"]:
            self.problem(f"environment {self.env.id:#x} at {va:#x}: a {TYPES[kind]} frame is used as a page table")
            return
        self.tables[frame] += 1
        self.table_count += 1
        entries = self.picture.table(frame << 12)
        self.used[frame] = 512 - entries.count(0)
        shift -= 9
        for index, lower in enumerate(entries):
            if not lower & PRESENT:
                if lower & ~SOFT:
                    self.problem(f"environment {self.env.id:#x}: an entry that is not present holds {lower:#x}")
                continue
            address = va + (index << shift)
            if shift == 12 or lower & LARGE:
                self.leaf(address, shift, lower, own)
            else:
                self.below(address, shift, lower, own)

    def leaf(self, va, shift, entry, own):
        first, count = (entry & ADDRESS) >> 12, 1 << (shift - 12)
        if shift > 21:
            self.problem(f"environment {self.env.id:#x} at {va:#x}: a page of {count} frames")
            return
        if not own:
            self.activation_page(va, first, entry)
            return
        self.leaves += count
        if entry & WRITE and not entry & NX and entry & SOFT != SOFT:
            self.problem(f"environment {self.env.id:#x} at {va:#x}: {entry:#x} can be written and executed")
        for frame in range(first, first + count):
            self.user_frame(va, frame, bool(entry & WRITE))

    def activation_page(self, va, frame, entry):
        if self.frame_type(frame) != FRAME["PINNED"] and self.env.state == CONSTANT["EXO_ENV_LIVE"]:
            self.problem(f"environment {self.env.id:#x} at {va:#x}: a {TYPES[self.frame_type(frame)]} frame as activation page")
        if not entry & NX:
            self.problem(f"environment {self.env.id:#x} at {va:#x}: an activation page that can be executed")
        # The tables of one that ends go last, when no CPU has them loaded: somebody else may own its pages by then.
        if self.frame_type(frame) == FRAME["PINNED"] and self.env.state == CONSTANT["EXO_ENV_LIVE"]:
            self.pinned[frame] += 1

    def user_frame(self, va, frame, writable):
        kind = self.frame_type(frame)
        if kind not in (FRAME["USER"], FRAME["DYING"]):
            self.problem(f"environment {self.env.id:#x} at {va:#x}: maps a {TYPES[kind]} frame, {frame:#x}")
            return
        self.maps[frame] += 1
        self.writes[frame] += writable
        if self.excuse(frame):
            self.excused += 1
        else:
            self.checked += 1
            if not self.justified(frame, writable):
                self.problem(f"environment {self.env.id:#x} at {va:#x}: no capability for frame {frame:#x}"
                             f"{', which it can write' if writable else ''}")

    def excuse(self, frame):
        env = self.env
        return (env.state != CONSTANT["EXO_ENV_LIVE"] or env.sweeping or env.seq & 1 or self.frames.seq[frame] & 1 or
                any(dominates(*prefix, cap[0], cap[1]) for prefix in self.kernel.revoked for cap in env.caps))

    def justified(self, frame, writable):
        guard = self.frames.guard_bits[frame], self.frames.guard_len[frame]
        if self.by_name(guard, writable):
            return True
        need = READ_RIGHT | (WRITE_RIGHT if writable else 0)
        return any(rights & need == need and self.by_name((bits, length), writable)
                   for bits, length, rights in self.frames.acl(frame))

    def by_name(self, name, writable):
        """Does a capability of the environment dominate the name, with the rights? Remembered: most frames have few guards."""
        key = name, writable
        if key not in self.authority:
            need = READ_RIGHT | (WRITE_RIGHT if writable else 0)
            self.authority[key] = any(rights & need == need and dominates(bits, length, *name)
                                      for bits, length, rights in self.env.caps)
        return self.authority[key]

    # ---- the machine, while nothing is under way ----

    def counts(self):
        frames = self.frames
        for frame, kind in enumerate(frames.type):
            if kind in (FRAME["USER"], FRAME["DYING"]):
                found = self.maps[frame], self.writes[frame]
                if found != (frames.maps[frame], frames.writes[frame]):
                    self.problem(f"frame {frame:#x} counts {frames.maps[frame]} maps, {frames.writes[frame]} writes; "
                                 f"there are {found[0]}, {found[1]}")
            elif kind == FRAME["TABLE"]:
                if self.tables[frame] != 1 or self.used.get(frame) != frames.maps[frame]:
                    self.problem(f"table {frame:#x} stands in {self.tables[frame]} places, counts {frames.maps[frame]} entries, "
                                 f"has {self.used.get(frame)}")
        for env, leaves, tables in self.found:
            if (leaves, tables) != (env.mapped, env.table_pages):
                self.problem(f"environment {env.id:#x} publishes {env.mapped} mappings, {env.table_pages} tables; "
                             f"there are {leaves}, {tables}")
        free = frames.type.count(FRAME["FREE"])
        if free != self.picture.dwords[self.places.free_frames // 4]:
            self.problem(f"{free} frames are free, {self.picture.dwords[self.places.free_frames // 4]} are published")
        self.quotas()

    def quotas(self):
        """Entry 0 has what the kernel took at boot, too."""
        kinds = CONSTANT["EXO_QUOTA_FRAMES"]
        in_use = column(self.picture, self.places.quotas, self.places.quota_count, "exo_quota", "used_entry", "B")
        charged = Counter(quota for quota, kind in zip(self.frames.quota, self.frames.type)
                          if kind not in (FRAME["RESERVED"], FRAME["FREE"]))
        used = column(self.picture, self.places.quotas, self.places.quota_count, "exo_quota", "used", "Q")
        for index, entry in enumerate(in_use):
            if index and entry and kinds == 0 and used[index] != charged[index]:
                self.problem(f"quota {index} is charged {used[index]} frames; there are {charged[index]}")


def check_published(picture):
    """What every environment may read of the kernel: read-only, never executable; and nothing else of the kernel half."""
    problems = []
    top = picture.table(picture.pml4)
    for slot in range(SLOT_PUBLISHED + 1, 512):
        if top[slot] & PRESENT and top[slot] & USER:
            problems.append(f"slot {slot} of the kernel half is open to ring 3")

    def walk(table, shift, va):
        for index, entry in enumerate(picture.table(table)):
            if not entry & PRESENT or not entry & USER:
                continue
            address = va + (index << shift)
            if shift == 12 or entry & LARGE:
                if entry & WRITE or not entry & NX:
                    problems.append(f"published page {address:#x} is {entry:#x}")
            else:
                walk(entry & ADDRESS, shift - 9, address)

    walk(top[SLOT_PUBLISHED] & ADDRESS, 30, 0xffff800000000000)
    return problems[:20]
