# SPDX-License-Identifier: MIT
"""The rows of the table: what is measured, where it comes from, what it should be.

Layer: tests. NAME is what a program prints as `row NAME VALUE UNIT`, or a key that bench.py fills in. A row of Exon alone
may name the row of Linux that does the same for its user.
"""
from dataclasses import dataclass
from typing import Optional

INSTRUCTIONS = "instructions"


@dataclass
class Row:
    """One line. goal: at most this (None: no goal was set). linux: name of Linux's row, None if it has none."""
    name: str
    title: str
    does: str
    goal: Optional[float] = None
    linux: Optional[str] = "same"
    unit: str = INSTRUCTIONS

    def linux_name(self):
        return self.name if self.linux == "same" else self.linux


CALLS = "Kernel and library calls"
MEMORY = "Virtual memory through POSIX"
OWN = "What an exokernel's program does itself"
FILES = "Files, devices, pipes"
SIGNALS = "Signals"
THREADS = "Threads"
LIBRARY = "C library"
SYSTEM = "Boot and size"

GROUPS = {
    CALLS: [
        Row("null_call", "null system call", "Exon: exo_null with its stub. Linux: getppid", 50, "getppid"),
        Row("getppid", "getppid", "getppid()"),
        Row("clock_gettime", "clock_gettime", "clock_gettime(CLOCK_MONOTONIC), on both without entering the kernel"),
    ],
    OWN: [
        Row("fault", "page fault to handler and back", "Exon: the program's fault hook steps over the load. Linux: a SIGSEGV "
            "handler that does", 120, "fault_signal"),
        Row("trap", "write fault, unprotect in the handler, back", "Exon: fault hook and one call. Linux: SIGSEGV and "
            "mprotect; pages in ascending order", 350, "posix_trap"),
        Row("prot1", "prot1: protect a page", "Exon: one range call of one page. Linux: mprotect of one page", 250,
            "mprotect_1"),
        Row("prot100", "prot100: protect 100 pages", "Exon: one range call. Linux: mprotect", 5000, "mprotect_100"),
        Row("unprot100", "unprot100: unprotect 100 pages", "Exon: one range call. Linux: mprotect", 5000, "mprotect_100"),
        Row("appel1", "appel1", "write to a random protected page; the handler protects another and unprotects it. Exon: "
            "one call for both", 600, "posix_appel1"),
        Row("appel2", "appel2, a page", "protect 100 pages, write to each in random order, unprotect it in the handler",
            None, "posix_appel2"),
        Row("dirty", "read a dirty bit", "a load from one's own page table; Linux tells no program", 10, None),
        Row("frame_map", "frame: allocate, map, touch", "Exon: one call, zeroed. Linux: a page fault on anonymous memory",
            1000, "page_fault"),
        Row("frame_map_50", "frame: allocate, map, touch, 50 a call", "the same, 50 frames in one call; a frame", None,
            "page_fault"),
        Row("frame_alloc_map", "frame: allocate by name, map, touch", "two calls, zeroed", None, None),
        Row("yield", "directed yield", "Exon: to an environment without slices, one way. Linux has none", 250, None),
        Row("pct", "protected control transfer", "call and reply of an environment that does nothing, one way. Linux has none",
            160, None),
        Row("pct_library", "control transfer by the library", "call and reply of another process, whose handler, a thread's, adds "
            "two words; one way. Linux has none", None, None),
    ],
    MEMORY: [
        Row("page_fault", "page fault, ascending", "touch 64 pages of fresh anonymous memory in order; a page. Exon's "
            "library fills 8 pages ahead"),
        Row("page_fault_scattered", "page fault, scattered", "the same in an order in which nothing is filled ahead"),
        Row("mmap_munmap", "mmap and munmap", "one anonymous page, not touched"),
        Row("mmap_touch_munmap", "mmap, touch, munmap", "one anonymous page"),
        Row("mprotect_1", "mprotect, 1 page", "one present page, read-only and writable by turns"),
        Row("mprotect_100", "mprotect, 100 pages", "100 present pages, read-only and writable by turns"),
    ],
    SIGNALS: [
        Row("raise", "signal to oneself", "raise(SIGUSR1) with a handler that counts"),
        Row("fault_signal", "SIGSEGV and back", "a handler that steps over the load"),
        Row("posix_trap", "SIGSEGV, mprotect, back", "write fault; the handler makes the page writable"),
        Row("posix_appel1", "appel1 with mprotect", "the handler protects one page and unprotects another: two calls"),
        Row("posix_appel2", "appel2 with mprotect, a page", "as appel2"),
    ],
    FILES: [
        Row("read_zero", "read 1 byte of /dev/zero", "read()"),
        Row("write_null", "write 1 byte to /dev/null", "write()"),
        Row("stat", "stat", "of a file in /tmp: RAM file system, tmpfs"),
        Row("fstat", "fstat", "of the same file"),
        Row("open_close", "open and close", "of the same file"),
        Row("pread_4k", "pread 4 KiB", "of the same file"),
        Row("create_1k", "create, write 1 KiB, close, unlink", "in /tmp"),
        Row("pipe_1", "pipe, 1 byte", "write and read by one process"),
    ],
    THREADS: [
        Row("thread_create_join", "thread create and join", "of a thread that returns at once", 3000),
        Row("mutex", "mutex lock and unlock", "nobody else wants it", 40),
        Row("cond_one_way", "condition variable, one way", "two threads wake each other by turns", 600),
        Row("exo_thread_create_join", "library thread create and join", "libos/sched without pthread.h; Exon alone", 3000, None),
        Row("exo_mutex", "library mutex lock and unlock", "libos/sync; Exon alone", 40, None),
        Row("exo_cond_one_way", "library condition, one way", "libos/sync; Exon alone", 600, None),
        Row("exo_thread_yield", "library yield, two threads", "libos/sched, round robin; Exon alone", 200, None),
        Row("exo_preemption", "preemption of a thread", "its slice ends: interrupt, kernel, run upcall, the next thread runs; Exon "
            "alone", 600, None),
        Row("async_switch", "async task switch", "libos/async: two tasks that yield to each other, one way; Exon alone", 60, None),
        Row("async_wake", "async task wakes another", "libos/async: and awaits being woken, one way; Exon alone", None, None),
        Row("sched_yield", "sched_yield, alone", "no other thread"),
        Row("sched_yield_two", "sched_yield, two threads", "two threads that do nothing else; one call, whomever the system "
            "then runs", 200),
    ],
    LIBRARY: [
        Row("malloc_free", "malloc and free, 64 bytes", "newlib on Exon, musl on Linux"),
        Row("malloc_mixed", "malloc and free, mixed", "100 live blocks of 16 to 1,600 bytes, freed in another order"),
        Row("memcpy_4k", "memcpy 4 KiB", "each iteration of a rep string instruction counts"),
    ],
    SYSTEM: [
        Row("boot", "boot: kernel entry to main", "direct boot, guest time with one instruction a nanosecond. Linux: from "
            "the start of its clock, which is after it has unpacked itself", 20, "boot", "ms"),
        Row("memory", "smallest memory that works", "hello runs to its end; whole MiB. Linux: the static program as /init", 16,
            "memory", "MiB"),
        Row("boot_vcpu", "processor time of a whole boot", "the QEMU process, from power-on to power-off after main, least "
            "of three, not counting instructions", None, "boot_vcpu", "ms"),
        Row("hello_size", "hello on disk", "with newlib's printf", 128 * 1024, None, "bytes"),
        Row("kernel_size", "kernel on disk", "exon.elf, symbols included; Linux: vmlinuz, compressed", None, "kernel_size",
            "bytes"),
        Row("kernel_text", "kernel text and data", "objects of exokernel/ by size, drivers and symbols left out", 96 * 1024,
            None, "bytes"),
        Row("clone", "fresh clone to prompt", "git clone, make, boot, first output of sh; packages are installed; wall time", 300,
            None, "s"),
        Row("rebuild", "rebuild of one kernel file to prompt", "make, boot, first output of sh; wall time", 10, None, "s"),
    ],
}

ROWS = [row for rows in GROUPS.values() for row in rows]
BY_NAME = {row.name: row for row in ROWS}
