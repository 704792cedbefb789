# SPDX-License-Identifier: MIT
"""Reads the kernel's trace rings out of the machine's memory while it runs, and after it has ended.

The guest's RAM is a memory file that exon-run makes and QEMU maps, so that reading costs the guest nothing and what a
panic left behind is still there. Where the rings lie the kernel says in its log (`trace: rings frame=...`). A ring is
published with the same rules for everybody: record n stands at index n % records and is valid if its seq is n before and
after it was read. What the machine overwrote before it was read is counted in `lost`, by CPU.
"""
import collections
import mmap
import os
import re
import struct

from .options import UsageError

RINGS = re.compile(rb"trace: rings frame=(\d+) records=(\d+) cpus=(\d+)")
PAGE = 4096
RECORD = struct.Struct("<QQQBBHI6Q")  # struct exo_trace
SEQ = struct.Struct("<Q")
MEMORY_MAX_MB = 2048   # beyond it, RAM has a hole, and a file offset is no physical address
RECORDS_MAX = 1 << 16  # of a CPU's ring
POLL_SECONDS = 0.01

Event = collections.namedtuple("Event", "time cpu seq env act kind code arg")


def ring_records(options):
    """How long the rings of a machine are made: as long as an eighth of its memory allows."""
    records = 1024
    while records < RECORDS_MAX and 2 * records * RECORD.size * options.cpus <= options.memory << 17:
        records *= 2
    return records


class Rings:
    """The rings of one machine."""

    def __init__(self, memory_mb):
        if memory_mb > MEMORY_MAX_MB:
            raise UsageError(f"--trace and --strace need a machine of at most {MEMORY_MAX_MB} MB")
        self.fd = os.memfd_create("exon-ram")
        os.ftruncate(self.fd, memory_mb << 20)
        self.memory = mmap.mmap(self.fd, memory_mb << 20, mmap.MAP_SHARED, mmap.PROT_READ)
        self.base = self.records = 0
        self.following = []  # by CPU: the number of the record to be read next
        self.lost = []
        self.raw = []        # (CPU, number of the first, bytes)

    def close(self):
        self.memory.close()
        os.close(self.fd)

    def locate(self, log):
        """Looks for the kernel's line in its log so far."""
        found = None if self.records else RINGS.search(log)
        if not found:
            return
        frame, records, cpus = map(int, found.groups())
        if (frame * PAGE + records * cpus * RECORD.size) <= len(self.memory) and cpus and records & (records - 1) == 0:
            self.base, self.records = frame * PAGE, records
            self.following, self.lost = [1] * cpus, [0] * cpus

    def _at(self, cpu, number):
        return self.base + (cpu * self.records + number % self.records) * RECORD.size

    def _seq(self, cpu, number):
        return SEQ.unpack_from(self.memory, self._at(cpu, number))[0]

    def _available(self, cpu, first):
        """How many records from `first` on are there: they come in order, so the last one tells."""
        low, high = 0, 1
        while high <= self.records and self._seq(cpu, first + high - 1) == first + high - 1:
            low, high = high, 2 * high
        high = min(high, self.records + 1)
        while low + 1 < high:
            middle = (low + high) // 2
            if self._seq(cpu, first + middle - 1) == first + middle - 1:
                low = middle
            else:
                high = middle
        return low

    def _skip(self, cpu):
        """Where the ring has overtaken the reader: goes on at what will not be overwritten at once."""
        while (seq := self._seq(cpu, self.following[cpu])) > self.following[cpu]:
            number = self.following[cpu]
            resume = seq - self.records + 1 + self.records // 4
            self.lost[cpu] += resume - number
            self.following[cpu] = resume

    def _read(self, cpu):
        self._skip(cpu)
        first = self.following[cpu]
        n = self._available(cpu, first)
        for start, count in self._parts(first, n):
            at = self._at(cpu, start)
            self.raw.append((cpu, start, self.memory[at:at + count * RECORD.size]))
        self.following[cpu] = first + n

    def _parts(self, first, n):
        """The run of n records from `first` as one or two (first, count), as the ring goes round."""
        straight = min(n, self.records - first % self.records)
        return [part for part in ((first, straight), (first + straight, n - straight)) if part[1]]

    def poll(self):
        """Copies what has come."""
        for cpu in range(len(self.following)):
            self._read(cpu)

    def take(self):
        """The events copied since the last call, each CPU's in order. A record overwritten while it was copied is lost."""
        events, raw, self.raw = [], self.raw, []
        for cpu, first, data in raw:
            for number, record in enumerate(RECORD.iter_unpack(data), first):
                seq, time, env, kind, act, _, code, *arg = record
                if seq == number:
                    events.append(Event(time, cpu, seq, env, act, kind, code, arg))
                else:
                    self.lost[cpu] += 1
        return events
