# SPDX-License-Identifier: MIT
"""What the documentation names exists: `boot/kernel.ld` between back quotes, and the targets of links. Layer: tests."""
import os
import re

ROOMS = "exokernel|libos|apps|drivers|newlib-port|boot|tests|docs"
NAMED = re.compile(rf"`((?:{ROOMS})/[\w./-]+)`|\]\(([\w./-]+)\)")


def folders(files):
    """Every folder of the tree."""
    found = set()
    for path in files:
        while path := os.path.dirname(path):
            found.add(path)
    return found


def check(files):
    """files: {path: text}. Yields (path, line number, problem)."""
    known = set(files) | folders(files)
    for path, text in files.items():
        if not path.endswith(".md"):
            continue
        for number, line in enumerate((text or "").split("\n"), 1):
            for room, link in NAMED.findall(line):
                target = room or os.path.normpath(os.path.join(os.path.dirname(path), link))
                # NAME stands for any name.
                if target.rstrip("/") not in known and "NAME" not in target:
                    yield path, number, f"there is no {target}"
