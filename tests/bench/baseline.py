# SPDX-License-Identifier: MIT
"""The stored instruction counts: written by `make bench-baseline`, compared by `make bench-check`.

Layer: tests. One set a compiler and configuration, as both change the counts. An entry: {"commit": ..., "rows": {NAME: N}}.
"""
import json
import os
import subprocess

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "baseline.json")
GROWTH = 1.05
# A tenth of an instruction is what is printed; half of one is nobody's fault.
SLACK = 0.5


def key(build):
    """What the counts depend on, beside the source: the compiler and its configuration."""
    with open(f"{build}/config", encoding="utf-8") as file:
        return ", ".join(line.strip() for line in file if line.strip() and "/" not in line)


def load(path=PATH):
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def commit():
    """The commit that is checked out, with + if the tree differs from it."""
    def git(*words):
        return subprocess.run(["git", *words], capture_output=True, text=True, check=False, cwd=os.path.dirname(PATH))
    head = git("rev-parse", "--short=12", "HEAD").stdout.strip()
    changed = git("status", "--porcelain", "--untracked-files=no").stdout.strip()
    return (head or "unknown") + ("+" if changed else "")


def store(build, rows):
    sets = load()
    sets[key(build)] = {"commit": commit(), "rows": dict(sorted(rows.items()))}
    with open(PATH, "w", encoding="utf-8") as file:
        json.dump(sets, file, indent=1, sort_keys=True)
        file.write("\n")


def compare(stored, rows):
    """Returns (lines about rows that grew or are gone, lines about rows that shrank by as much or are new)."""
    worse, other = [], []
    for name, old in stored.items():
        new = rows.get(name)
        if new is None:
            worse.append(f"{name}: {old:.1f} before, not measured now")
        elif new > old * GROWTH + SLACK:
            worse.append(f"{name}: {old:.1f} before, {new:.1f} now (+{100 * (new / old - 1) if old else 100:.0f} %)")
        elif new * GROWTH + SLACK < old:
            other.append(f"{name}: {old:.1f} before, {new:.1f} now ({100 * (new / old - 1):.0f} %)")
    other += [f"{name}: new, {new:.1f}" for name, new in rows.items() if name not in stored]
    return worse, other
