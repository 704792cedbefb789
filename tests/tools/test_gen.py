#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The ABI's generator: what it makes of the real tables, and what it refuses."""
import json
import os
import re
import shutil
import sys

from harness import ROOT, check, contains, equal, run, scratch, shell

ABI = ROOT / "exokernel" / "abi"


def generate(folder, edit=None):
    """Runs gen.py on a copy of the tables, after edit(name, text) changed them. Returns (status, errors, output folder)."""
    tables, out = os.path.join(folder, "abi"), os.path.join(folder, "out")
    shutil.copytree(ABI, tables)
    for name in ("calls.tbl", "errors.tbl", "info.h"):
        path = os.path.join(tables, name)
        text = open(path, encoding="utf-8").read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(edit(name, text) if edit else text)
    status, _, errors = shell([sys.executable, os.path.join(tables, "gen.py"), out])
    return status, errors, out


def test_every_call_is_everywhere():
    with scratch() as folder:
        status, errors, out = generate(folder)
        equal(status, 0, errors)
        table = (ABI / "calls.tbl").read_text()
        calls = re.findall(r"^call (\d+) (\w+)$", table, re.M)
        check(len(calls) > 30, "calls.tbl was not read")
        read = {name: open(os.path.join(out, name), encoding="utf-8").read() for name in os.listdir(out)}
        for number, name in calls:
            contains(read["exo_calls.h"], f"EXO_CALL_{name.upper()} = {number},")
            contains(read["exo_stubs.h"], f" exo_{name}(")
            contains(read["exo_dispatch.h"], f" sys_{name}(")
            contains(read["exo_abi.inc"], f"EXO_CALL_{name.upper()} equ {number}\n")
            contains(read["abi.md"], f"## {name}\n")


def refused(edit, message):
    with scratch() as folder:
        status, errors, _ = generate(folder, edit)
        check(status != 0, f"not refused: {message}")
        contains(errors, message)


def in_calls(old, new):
    def edit(name, text):
        if name != "calls.tbl":
            return text
        check(old in text, f"the table has no {old!r}")
        return text.replace(old, new, 1)
    return edit


def in_header(old, new):
    def edit(name, text):
        check(name != "info.h" or old in text, f"the header has no {old!r}")
        return text.replace(old, new, 1) if name == "info.h" else text
    return edit


def test_contradictions_are_refused():
    refused(in_calls("call 3 cap_give", "call 4 cap_give"), "without gaps")
    refused(in_calls("call 31 resume", "call 32 resume"), "without gaps")
    refused(in_calls("call 3 cap_give", "call 3 cap_drop"), "used twice: cap_drop")
    refused(in_calls("errors SLOT REVOKED", "errors SLIT REVOKED"), "unknown error SLIT")
    refused(in_calls("args u32 slot, u32 dst,", "args struct x slot, u32 dst,"), "neither a number nor a pointer")
    refused(in_calls("text Does nothing", "words Does nothing"), "unknown key 'words'")
    refused(in_calls("args u64 address", "args u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g"), "more than 6 arguments")
    refused(lambda name, text: text.replace("1  CALL", "2  CALL") if name == "errors.tbl" else text, "errors.tbl")


def test_layouts_are_the_compilers():
    """What abi.json says of every structure is what the compiler makes of the header."""
    with scratch() as folder:
        status, errors, out = generate(folder)
        equal(status, 0, errors)
        with open(os.path.join(out, "abi.json"), encoding="utf-8") as file:
            structs = json.load(file)["structs"]
        lines = []
        for name, layout in structs.items():
            lines.append(f"_Static_assert(sizeof(struct {name}) == {layout['bytes']}, \"{name}\");")
            for offset, _, field, size, count, _ in layout["fields"]:
                lines.append(f"_Static_assert(offsetof(struct {name}, {field}) == {offset}, \"{name}.{field}\");")
                lines.append(f"_Static_assert(sizeof(((struct {name} *)0)->{field}) == {size * (count or 1)}, \"{name}.{field}\");")
        check(len(structs) > 12 and len(lines) > 200, "hardly any structures")
        source = os.path.join(folder, "layouts.c")
        with open(source, "w", encoding="utf-8") as file:
            file.write('#include "info.h"\n#include "activation.h"\n' + "\n".join(lines) + "\n")
        status, _, errors = shell(["gcc", "-fsyntax-only", "-iquote", ABI, source])
        equal(status, 0, errors)


def test_headers_that_cannot_be_read_are_refused():
    refused(in_header("uint32_t cpus;", "uint32_t *cpus;"), "info.h")
    refused(in_header("uint32_t cpus;", "struct unknown cpus;"), "unknown type")


def test_published_tables_are_documented():
    """Every table with an address has its layout in the reference."""
    with scratch() as folder:
        status, errors, out = generate(folder)
        equal(status, 0, errors)
        with open(os.path.join(out, "abi.md"), encoding="utf-8") as file:
            page = file.read()
        for name in re.findall(r"^#define (EXO_PUB_\w+)", (ABI / "map.h").read_text(), re.M):
            contains(page, f"`{name}`")
            if name not in ("EXO_PUB_CMDLINE", "EXO_PUB_FREE"):
                check(re.search(rf"^At {name}\b", page, re.M), f"no layout at {name}")


run(globals())
