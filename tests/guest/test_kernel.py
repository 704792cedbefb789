#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 900
"""Boots the kernel tests (tests/guest/kernel) on several machines.

usage: test_kernel.py [MACHINE [TEST]]    a machine's name below; tests whose names begin with TEST
"""
import sys

import suites

# Name: options of exon-run, seconds.
MACHINES = {
    "q35": ("--machine q35 --cpu max", 120),
    "noapic": ("--machine q35 --cpu max --append noapic", 120),
    "microvm": ("--machine microvm --cpu max", 120),
    "pc-qemu64-2": ("--machine pc --cpu qemu64 --cpus 2", 240),
    "q35-4": ("--machine q35 --cpu max --cpus 4", 300),
}

if __name__ == "__main__":
    sys.exit(suites.main("kernel-tests", "kernel.elf", MACHINES))
