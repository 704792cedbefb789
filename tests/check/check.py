# SPDX-License-Identifier: MIT
"""usage: check.py BUILD

Checks the tree: layers (layers.py), form (text.py), that what the documentation names is there (links.py), and that docs/
has what the generators make now. One line for each
problem, `path:line: problem`; exit status 1 if there is any. Layer: tests; `make check` and tests/check/test_check.py.
"""
import pathlib
import sys

sys.dont_write_bytecode = True

import layers  # noqa: E402
import links  # noqa: E402
import text  # noqa: E402
import tree  # noqa: E402

# Checked in, and made again by `make docs`: from which file of the build folder.
GENERATED = {"docs/abi.md": "gen/abi.md", "docs/libos.md": "gen/libos.md"}


def check_generated(files, build):
    """Yields a problem for each generated page that is not what the build made."""
    for path, made in GENERATED.items():
        fresh = pathlib.Path(build, made).read_text(encoding="utf-8")
        if files.get(path) != fresh:
            yield path, 1, "not what is generated now: make docs"


def problems(files, build):
    """All problems of {path: text}, in order."""
    found = list(layers.check(files)) + list(text.check(files)) + list(links.check(files)) + list(check_generated(files, build))
    return sorted(found)


def main(words):
    if len(words) != 1:
        sys.exit(__doc__)
    files = tree.read()
    found = problems(files, words[0])
    for path, line, problem in found:
        print(f"{path}:{line}: {problem}")
    print(f"{len(files)} files, {len(found)} problems" if found else f"{len(files)} files checked")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
