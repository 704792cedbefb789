# SPDX-License-Identifier: MIT
"""Which room may include what of which room: the arrows of docs/architecture.md, "Rooms".

Layer: tests. An include in quotes is looked for as the compiler does; what it finds must lie in a room that the including
file's room may see. Kernel rooms include in <> what a freestanding compiler brings, and nothing else. The first of ROOMS
that fits a path is its room. Left out: assembly, whose include paths do the same.
"""
import re

from tree import RING0_DRIVERS

# Room, how its paths begin (or are), folders searched for its quoted includes, rooms that it may see beside itself.
ROOMS = [
    ("abi", "exokernel/abi/", ["exokernel/abi"], []),
    ("kernel", "exokernel/", ["exokernel", "exokernel/abi", "boot", "drivers"], ["abi", "boot", "ring 0 drivers"]),
    ("boot", "boot/", ["exokernel", "exokernel/abi", "boot"], ["abi", "kernel"]),
    ("ring 0 drivers", RING0_DRIVERS, ["drivers", "exokernel", "exokernel/abi"], ["abi", "kernel", "boot"]),
    ("ring 3 drivers", "drivers/", ["drivers"], ["abi"]),
    ("libos", "libos/", ["libos", "libos/include", "exokernel"], ["abi", "ring 3 drivers"]),
    ("newlib-port", "newlib-port/", ["newlib-port", "libos", "libos/include", "exokernel"],
     ["abi", "libos", "ring 3 drivers"]),
    ("apps", "apps/", ["apps", ".", "libos", "libos/include", "exokernel"], ["abi", "libos", "ring 3 drivers"]),
]
KERNEL_ROOMS = ("abi", "kernel", "boot", "ring 0 drivers")
# Tests look everywhere.
FREE = ("tests/",)
FREESTANDING = {"stddef.h", "stdint.h", "stdbool.h", "stdarg.h", "limits.h", "stdalign.h", "stdnoreturn.h", "cpuid.h"}
# Headers that lie over newlib's may name newlib's.
OVERLAY = "newlib-port/include/"
# What the build makes of the ABI's tables and a font, by name: kernel side, ring-3 side.
GENERATED_KERNEL = {"exo_calls.h", "exo_dispatch.h"}
GENERATED_USER = {"exo_calls.h", "exo_stubs.h", "abi/exo_calls.h", "abi/exo_stubs.h", "font.h"}
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)')


def room_of(path):
    """(name, folders, rooms seen) of a path, or None for what has no room."""
    if path.startswith(FREE):
        return None
    for name, where, folders, seen in ROOMS:
        if path in where if isinstance(where, frozenset) else path.startswith(where):
            return name, folders, seen
    return None


def normal(path):
    """a/b/../c as a/c."""
    parts = []
    for part in path.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in (".", ""):
            parts.append(part)
    return "/".join(parts)


def resolve(path, name, folders, files):
    """The file that an include in quotes means, or None."""
    here = path.rpartition("/")[0]
    for folder in [here] + folders:
        candidate = normal(f"{folder}/{name}")
        if candidate in files:
            return candidate
    return None


def problem_of(path, quoted, system, files):
    """What is wrong with one include, or None."""
    name, folders, seen = room_of(path)
    kernel = name in KERNEL_ROOMS
    if system:
        wrong = kernel and system not in FREESTANDING
        return f"<{system}> is no header of a freestanding compiler" if wrong else None
    target = resolve(path, quoted, folders, files)
    if not target and path.startswith(OVERLAY):
        return None
    if not target:
        made = GENERATED_KERNEL if kernel else GENERATED_USER
        return None if quoted in made else f'"{quoted}" is not found from here'
    room = room_of(target)
    if not room or (room[0] != name and room[0] not in seen):
        return f'{name} may not see "{target}"' + (f" of {room[0]}" if room else "")
    return None


def check(files):
    """files: {path: text}. Yields (path, line number, problem)."""
    for path, text in files.items():
        if not path.endswith((".c", ".h")) or not room_of(path):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            found = INCLUDE.match(line)
            wrong = found and problem_of(path, found.group(1), found.group(2), files)
            if wrong:
                yield path, number, wrong
