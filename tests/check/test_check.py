# SPDX-License-Identifier: MIT
"""The checks themselves: the tree passes, and each kind of problem is found in a tree that has it. Layer: tests."""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tools")]

import check as tree_check  # noqa: E402
import layers  # noqa: E402
import links  # noqa: E402
import text  # noqa: E402
import tree  # noqa: E402
from harness import BUILD, check, contains, equal, run, scratch  # noqa: E402

LICENSE = "/* " + text.LICENSE_LINE + " */\n"


def test_the_tree():
    files = tree.read()
    check(len(files) > 200, f"only {len(files)} files were found")
    found = tree_check.problems(files, BUILD)
    check(not found, "\n".join(f"{path}:{line}: {problem}" for path, line, problem in found))


def layer_problems(files):
    return [f"{path}: {problem}" for path, _, problem in layers.check(files)]


def test_arrows():
    headers = {"exokernel/env.h": "", "exokernel/abi/types.h": "", "libos/exo/exo.h": "", "newlib-port/files.h": "",
               "apps/sh/sh.h": "", "drivers/lapic.h": "", "drivers/ps2.h": "", "boot/bootinfo.h": ""}

    def one(path, include):
        return layer_problems({**headers, path: f"#include {include}\n"})

    for path, include in (("exokernel/a.c", '"env.h"'), ("exokernel/a.c", '"bootinfo.h"'), ("exokernel/a.c", '"lapic.h"'),
                          ("exokernel/a.c", "<stdint.h>"), ("drivers/lapic.c", '"env.h"'), ("libos/exo/a.c", '"exo/exo.h"'),
                          ("libos/exo/a.c", '"abi/types.h"'), ("libos/exo/a.c", '"exo.h"'), ("libos/exo/a.c", "<errno.h>"),
                          ("newlib-port/a.c", '"exo/exo.h"'), ("apps/a.c", '"exo/exo.h"'), ("apps/sh/a.c", '"sh.h"'),
                          ("apps/a.c", '"drivers/ps2.h"'), ("tests/host/a.c", '"../../exokernel/env.h"')):
        equal(one(path, include), [], f"{path} includes {include}")
    for path, include in (("exokernel/a.c", '"../libos/exo/exo.h"'), ("exokernel/a.c", "<stdio.h>"),
                          ("exokernel/a.c", '"ps2.h"'), ("exokernel/abi/a.h", '"../env.h"'),
                          ("libos/exo/a.c", '"../../exokernel/env.h"'),
                          ("libos/exo/a.c", '"../../newlib-port/files.h"'), ("libos/exo/a.c", '"../../apps/sh/sh.h"'),
                          ("drivers/ps2.c", '"../exokernel/env.h"'), ("drivers/ps2.c", '"lapic.h"'),
                          ("newlib-port/a.c", '"../apps/sh/sh.h"'), ("apps/a.c", '"../exokernel/env.h"'),
                          ("apps/a.c", '"../newlib-port/files.h"'), ("apps/a.c", '"nowhere.h"'),
                          ("boot/a.c", '"../libos/exo/exo.h"')):
        equal(len(one(path, include)), 1, f"{path} includes {include}")


def test_documentation():
    files = {"docs/a.md": "`boot/here.c`, `boot/`, `boot/NAME.c`, `boot/*.c`, [b](b.md), [c](http://c)\n", "docs/b.md": "",
             "boot/here.c": ""}
    equal(list(links.check(files)), [])
    for body in ("`boot/gone.c`", "[gone](gone.md)", "![gone](../gone.png)"):
        equal([problem[:8] for _, _, problem in links.check({**files, "docs/b.md": body})], ["there is"], body)


def test_form():
    def one(path, body):
        return [problem for _, _, problem in text.check({path: body})]

    equal(one("a.c", LICENSE + "int a;\n"), [])
    equal(one("rules.mk", "# " + text.LICENSE_LINE + "\na:\n\tb\n"), [])
    equal(one("tests/apps/cases/a.out", "no licence, \t and blanks \n"), [])
    for path, body, word in (
            ("a.c", "int a;\n", "no 'SPDX"), ("a.c", LICENSE + "int a; \n", "blank"), ("a.c", LICENSE + "\tint a;\n", "tab"),
            ("a.c", LICENSE + "int a;", "newline"), ("a.c", LICENSE + "int a;\n\n", "newline"),
            ("a.c", LICENSE + "// " + "x" * text.WIDTH + "\n", "characters"),
            ("a.c", LICENSE + "int a;\n" * text.LINES, "lines"), ("a.c", LICENSE + "#if " + "0\n", "switched off"),
            ("a.py", "# " + text.LICENSE_LINE + "\n# TO" + "DO: more\n", "note"),
            ("a.md", LICENSE + "see /ho" + "me/me/x\n", "path")):
        found = one(path, body)
        equal(len(found), 1, f"problems of {body[:60]!r}: {found}")
        contains(found[0], word)
    equal(one("a.bin", None), ["not UTF-8 text"])


def test_stale_pages():
    with scratch() as build:
        for path, made in tree_check.GENERATED.items():
            target = pathlib.Path(build, made)
            target.parent.mkdir(exist_ok=True)
            target.write_text(f"{path}, as it is made now\n", encoding="utf-8")
        fresh = {path: f"{path}, as it is made now\n" for path in tree_check.GENERATED}
        equal(list(tree_check.check_generated(fresh, build)), [])
        stale = [path for path, _, _ in tree_check.check_generated({**fresh, "docs/abi.md": "old\n"}, build)]
        equal(stale, ["docs/abi.md"])
        equal(len(list(tree_check.check_generated({}, build))), len(fresh))


run(globals())
