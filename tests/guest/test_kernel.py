#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 900
"""Boots the kernel tests (tests/guest/kernel) on several machines.

usage: test_kernel.py [MACHINE [TEST]]    a machine's name below; tests whose names begin with TEST
"""
import sys

import suites

# A card with two serial ports on one level-triggered line.
CARD = "--qemu '-chardev null,id=card1 -chardev null,id=card2 -device pci-serial-2x,chardev1=card1,chardev2=card2'"
# Name: options of exon-run, seconds.
MACHINES = {
    "q35": (f"--machine q35 --cpu max {CARD}", 120),
    "noapic": (f"--machine q35 --cpu max --vga --append noapic {CARD}", 120),
    "microvm": ("--machine microvm --cpu max --rng", 120),
    "pc-qemu64-2": (f"--machine pc --cpu qemu64 --cpus 2 --rng {CARD}", 240),
    "q35-4": (f"--machine q35 --cpu max --cpus 4 --rng {CARD}", 300),
}

if __name__ == "__main__":
    sys.exit(suites.main("kernel-tests", "kernel.elf", MACHINES))
