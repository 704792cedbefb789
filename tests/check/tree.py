# SPDX-License-Identifier: MIT
"""The files of the tree, as the checks see them. Layer: tests."""
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def paths(root=ROOT):
    """Paths of all files of the project, relative to its root: what git knows, or would add to a folder that it knows (what
    somebody tries at the top is his own); without git, what is there."""
    command = "git ls-files; git ls-tree --name-only -d HEAD | xargs git ls-files -o --exclude-standard --"
    listed = subprocess.run(command, shell=True, cwd=root, capture_output=True, check=False,
                            text=True) if (root / ".git").exists() else None
    if listed and listed.returncode == 0:
        found = listed.stdout.splitlines()
    else:
        found = [os.path.relpath(os.path.join(folder, name), root) for folder, _, names in os.walk(root) for name in names]
    outside = ("build/", ".git/")
    return sorted(p for p in found if not p.startswith(outside) and "__pycache__" not in p and (root / p).is_file())


def read(root=ROOT):
    """{path: text} of them; what is no UTF-8 has the text None."""
    files = {}
    for path in paths(root):
        try:
            files[path] = (root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            files[path] = None
    return files


def ring0_drivers():
    """Paths of the drivers that drivers/rules.mk gives to the kernel."""
    rules = (ROOT / "drivers/rules.mk").read_text().replace("\\\n", "")
    names = re.search(r"^RING0_DRIVERS := (.*)$", rules, re.M).group(1).split()
    return frozenset(f"drivers/{name}.{ext}" for name in names for ext in "ch")


RING0_DRIVERS = ring0_drivers()
