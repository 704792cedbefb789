#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 3600
"""Stops a busy machine at random moments and judges its page tables from outside (tests/guest/oracle).

usage: test_oracle.py [SEED [STOPS]]

The machine has two processors; on it canaries run, and attackers, or the fuzzer without end. 50 stops, and 10,000 for --all.
Moments are chosen by SEED (1). Last, a picture of its memory is falsified in the ways that the oracle looks for, which it must
notice.
"""
import os
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "oracle"))

from machine import Ended, Machine  # noqa: E402
from oracle import FRAME, Oracle, check_published  # noqa: E402
from tables import ADDRESS, NX, PRESENT, WRITE, Picture, Places, environments, layout  # noqa: E402

CPUS, MEBIBYTES = 2, 64
EXACT = 10  # one stop in so many, at least, is between calls
BOOT_SECONDS = 60
ALL = bool(os.environ.get("EXON_TEST_ALL"))


class Judge:
    """A machine under the oracle's eyes."""

    def __init__(self, words, seconds):
        self.machine = Machine("adversary.elf", CPUS, MEBIBYTES, words, seconds)
        self.places = None
        self.problems, self.stops, self.exact, self.checked, self.excused = [], 0, 0, 0, 0

    def look(self):
        """Stops, judges, and lets it go on. Returns the picture of a stop without a problem, or None."""
        self.machine.stop()
        if not self.places:
            picture = Picture(self.machine.memory, self.machine.page_tables())
            self.places, self.pml4 = Places(picture), picture.pml4
            self.problems += check_published(picture)
        verdict = Oracle(Picture(self.machine.memory, self.pml4), self.places, CPUS).run()
        self.stops += 1
        self.exact += verdict.exact
        self.checked += verdict.checked
        self.excused += verdict.excused
        self.problems += [f"stop {self.stops}: {text}" for text in verdict.problems]
        return verdict

    def stops_at(self, dice, count, exact):
        """So many stops, and more if too few of them are between calls."""
        while self.stops < count or (self.exact < exact and self.stops < 10 * count):
            self.look()
            if self.problems:
                return
            self.machine.go_on()
            time.sleep(dice.uniform(0.0005, 0.02))

    def await_start(self):
        """Waits until the first test is over: stops before the kernel is up say nothing."""
        deadline = time.monotonic() + BOOT_SECONDS
        while "notice init: ok " not in self.machine.log() and time.monotonic() < deadline:
            time.sleep(0.02)


def report(name, judge, wanted):
    """Prints the result of a run. Returns whether it was good."""
    figures = (f"{judge.stops} stops, {judge.exact} between calls, {judge.checked} mappings held against capabilities, "
               f"{judge.excused} excused")
    good = not judge.problems and judge.stops >= wanted and judge.exact >= wanted // EXACT and judge.checked > 10 * wanted
    print(f"{'ok  ' if good else 'FAIL'} {name}: {figures}")
    for line in judge.problems[:20]:
        print(f"     {line}")
    if not good:
        print("\n".join(f"     | {line}" for line in judge.machine.log().splitlines()[-10:]))
    return good


def watch(name, words, seed, stops):
    """One machine from boot to end. Returns (good, judge)."""
    judge = Judge(words, 120 + stops)
    try:
        judge.await_start()
        judge.stops_at(random.Random(seed), stops, stops // EXACT)
    except Ended:
        pass  # the attackers are through: the stops are counted below
    return report(name, judge, stops), judge


def frame_field(places, frame, field):
    size, fields = layout("exo_frame")
    return places.frames + frame * size + fields[field]


def a_leaf(picture, places, wanted):
    """(address of the entry, the entry) of some user page that an environment maps and that is wanted(entry, frame type)."""
    verdict = Oracle(picture, places, CPUS)
    for env in environments(picture, places):
        if env.sweeping or not env.caps or not all(length for _, length, _ in env.caps):
            continue  # nothing is asked of it, or it may have everything
        stack = [(env.pml4_frame << 12, 39)]
        while stack:
            table, shift = stack.pop()
            for index, entry in enumerate(picture.table(table)[:254 if shift == 39 else 512]):
                if not entry & PRESENT:
                    continue
                if shift > 12:
                    stack.append((entry & ADDRESS, shift - 9))
                elif wanted(entry, verdict.frame_type((entry & ADDRESS) >> 12)):
                    return table + 8 * index, entry
    raise LookupError("no such page")


def falsifications(picture, places):
    """Yields (name, {address of a word: its new value}) of changes that no working kernel makes."""
    def first(kind):
        frames = Oracle(picture, places, CPUS).frames.type
        return frames.index(FRAME[kind]) << 12

    at, entry = a_leaf(picture, places, lambda e, t: t == FRAME["USER"] and e & WRITE)
    for kind in ("KERNEL", "TABLE", "PINNED", "FREE", "RESERVED"):
        yield f"maps a {kind} frame", {at: entry & ~ADDRESS | first(kind)}
    yield "writable and executable", {at: entry & ~(NX | 0xe00)}
    yield "a frame of nobody's", {frame_field(places, (entry & ADDRESS) >> 12, "guard_bits"): 0x123456789abcdef0}
    maps = frame_field(places, (entry & ADDRESS) >> 12, "maps")
    yield "one mapping too few", {maps: picture.words[maps // 8] - 1}
    yield "one mapping too many", {maps: picture.words[maps // 8] + 1}
    yield "one write too many", {maps: picture.words[maps // 8] + (1 << 32)}
    top = next(env for env in environments(picture, places) if env.caps).pml4_frame << 12
    yield "window that can be written", {top + 8 * 254: picture.words[top // 8 + 254] | WRITE}
    yield "window on another table", {top + 8 * 254: picture.words[top // 8 + 254] ^ 0x1000}
    yield "another kernel half", {top + 8 * 300: 0x1007}
    yield "not present, with an address", {top + 8 * 5: 0, at: entry & ~PRESENT}
    info = places.free_frames // 8 * 8
    yield "one free frame too many", {info: picture.words[info // 8] ^ 1 << (32 if places.free_frames % 8 else 0)}


def test_falsified(judge):
    """The oracle must complain of each. Returns (passed, failed)."""
    for _ in range(200):  # a moment between calls, as some of it is exact only then
        verdict = judge.look()
        if verdict.exact and not verdict.problems:
            break
        judge.machine.go_on()
        time.sleep(0.003)
    original = bytes(judge.machine.memory)
    picture = Picture(bytearray(original), judge.pml4)
    passed = failed = 0
    for name, changes in list(falsifications(picture, judge.places)):
        words = Picture(bytearray(original), judge.pml4)
        for address, value in changes.items():
            words.words[address // 8] = value & (1 << 64) - 1
        seen = Oracle(words, judge.places, CPUS).run().problems
        print(f"ok   notices: {name}" if seen else f"FAIL does not notice: {name}")
        passed, failed = passed + bool(seen), failed + (not seen)
    return passed, failed


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    stops = int(sys.argv[2]) if len(sys.argv) > 2 else 10000 if ALL else 50
    passed = failed = 0
    runs = [("attackers", [], 20 if not ALL else 200), ("fuzzer", [f"fuzz={seed}", "fuzz-endless=1"], stops)]
    for name, words, count in runs:
        good, judge = watch(name, words, seed, count)
        if good and name == "fuzzer":
            more = test_falsified(judge)
            passed, failed = passed + more[0], failed + more[1]
        judge.machine.close()
        passed, failed = passed + good, failed + (not good)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
