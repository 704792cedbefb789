#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 1500
"""Boots the attackers (tests/guest/adversary) with one processor and two, and for --all with four and eight, too.
The machine with one has no entropy device: the attacks that need it are skipped there, and it says so.

usage: test_adversary.py [MACHINE [ATTACK]]    a machine's name below; attacks whose names begin with ATTACK
"""
import os
import sys

import suites

# Name: options of exon-run, seconds.
MACHINES = {
    "attackers-1": ("--cpus 1 --memory 64", 180),
    "attackers-2": ("--cpus 2 --memory 64 --rng", 240),
}
MORE_MACHINES = {
    "attackers-qemu64-2": ("--cpus 2 --memory 64 --machine pc --cpu qemu64 --rng", 240),
    "attackers-4": ("--cpus 4 --memory 64 --rng", 400),
    "attackers-8": ("--cpus 8 --memory 64", 600),
}

if __name__ == "__main__":
    more = MORE_MACHINES if os.environ.get("EXON_TEST_ALL") or len(sys.argv) > 1 else {}
    sys.exit(suites.main("adversary", "adversary.elf", MACHINES | more))
