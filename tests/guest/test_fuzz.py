#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 3600
"""Random system calls from ring 3 on two processors at once (tests/guest/adversary/fuzz.h): 120,000, and ten million for --all.

usage: test_fuzz.py [SEED [CALLS [ROUND]]]    ROUND alone: a replay of what failed

On failure it prints seed, round, and for each activation the number of the call and the call; also when the kernel is dead, as it
finds them in the machine's memory. The replay is tested by a failure that is planted.
"""
import os
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "oracle"))

from machine import Ended, Machine  # noqa: E402
from tables import ABI  # noqa: E402

MAGIC = (0x7a7a75662d6e6f78).to_bytes(8, "little")
PAGE, MEBIBYTES = 4096, 64
LINE = re.compile(r"seed (\d+) round (\d+) activation 0 call (\d+): (\w+) digest ([0-9a-f]+)")


def from_memory(memory):
    """What the fuzzer's report in the machine's memory says (struct report, attacker.h): lines."""
    for at in range(0, len(memory), PAGE):
        found = memory.find(MAGIC, at, at + PAGE)
        if found < 0 or found % 8:
            continue
        words = memoryview(memory)[found:found + 8 * 21].cast("Q").tolist()
        seed, number, calls = words[1], words[2], words[3:5]
        if max(words[1:5]) >> 40:
            continue  # the number as it stands in the program
        lines = [f"seed {seed} round {number}"]
        for i in range(2):
            call = words[5 + 7 * i:12 + 7 * i]
            name = ABI["calls"][call[0]]["name"] if call[0] < len(ABI["calls"]) else "no such call"
            lines.append(f"activation {i}: call {calls[i]}, {name}({', '.join(f'{word:#x}' for word in call[1:])})")
        return lines
    return ["no report in memory: it failed before the first round"]


def run(words, seconds, cpus=2):
    """Returns (exit status, log, what memory says)."""
    machine = Machine("adversary.elf", cpus, MEBIBYTES, words, seconds)
    try:
        status, _ = machine.wait()
        return status, machine.log(), from_memory(machine.memory)
    except Ended:
        return None, machine.log(), from_memory(machine.memory)
    finally:
        machine.close()


def report(name, good, log, memory):
    total = re.search(r"fuzz: (\d+ calls, \d+ rounds)", log)
    print(f"{'ok  ' if good else 'FAIL'} {name}: {total.group(1) if total else 'no end'}")
    if not good:
        print("\n".join(f"     {line}" for line in memory))
        print("     replay: tests/guest/test_fuzz.py SEED 1 ROUND")
        lines = [line for line in log.splitlines() if "notice init: ok" not in line]
        print("\n".join(f"     | {line}" for line in lines[-25:]))
    return good


def fuzz(name, seed, calls, seconds, cpus=2, more=()):
    status, log, memory = run([f"fuzz={seed}", f"fuzz-calls={calls}"] + list(more), seconds, cpus)
    made = re.search(r"fuzz: (\d+) calls", log)
    return report(name, status == 0 and made is not None and (int(made.group(1)) >= calls or bool(more)), log, memory)


def replay():
    """A planted failure names its seed, round and call, and the round alone comes to the same call by the same choices."""
    first = LINE.search(run(["fuzz=7", "fuzz-plant=700"], 100)[1])
    again = first and LINE.search(run(["fuzz=7", f"fuzz-round={first.group(2)}", "fuzz-plant=700"], 100)[1])
    other = LINE.search(run(["fuzz=8", "fuzz-plant=700"], 100)[1])
    good = bool(first and again and other) and first.group(0) == again.group(0) and first.group(5) != other.group(5)
    print(f"{'ok  ' if good else 'FAIL'} replay: {first and first.group(0)}; {again and again.group(0)}")
    return good


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    if len(sys.argv) > 3:
        results = [fuzz("replay", seed, 1, 100, more=[f"fuzz-round={int(sys.argv[3])}"])]
    elif len(sys.argv) > 2:
        results = [fuzz("fuzz", seed, int(sys.argv[2]), 3000)]
    elif os.environ.get("EXON_TEST_ALL"):
        results = [replay(), fuzz("fuzz-long", seed, 10_000_000, 2700), fuzz("fuzz-4", seed + 1, 300_000, 300, 4)]
    else:
        results = [replay(), fuzz("fuzz", seed, 120_000, 120)]
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
