#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 400
"""newlib's own test programs, compiled with exon-cc from the source that was unpacked for the build, all run in one boot.

Layer: tests. The programs of newlib/testsuite are judged as its DejaGnu scripts judge them: by their status, or by their
output (the lists of `checkoutput` in the .exp file beside them). newlib/libm/test is one program, which tells of each result
that is not its vector's. What is not run, or not looked at, stands in skips.txt, with the reason.
"""
import concurrent.futures
import fnmatch
import math
import os
import pathlib
import re
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from harness import BUILD, Failed, check, equal, run, scratch, shell  # noqa: E402

SKIPS = pathlib.Path(__file__).with_name("skips.txt")
SECONDS = 200
# As newlib's tests are written: before C99 in parts.
FLAGS = ["-std=gnu89", "-D_GNU_SOURCE", "-O2", "-w", "-fno-builtin", "-fcommon"]
# What libm/test takes for granted: _tolower and _toupper as functions, which this newlib has as macros alone, and
# prototypes that it has for X/Open programs alone.
LIBM_HEADER = """#include <ctype.h>
#undef _tolower
#undef _toupper
extern int _tolower(int) __asm__("tolower");
extern int _toupper(int) __asm__("toupper");
extern char *ecvt(double, int, int *, int *), *fcvt(double, int, int *, int *), *gcvt(double, int, char *);
extern char *ecvtf(float, int, int *, int *), *fcvtf(float, int, int *, int *), *gcvtf(float, int, char *);
extern char *ecvtbuf(double, int, int *, int *, char *), *fcvtbuf(double, int, int *, int *, char *);
"""
# How far a result of libm may lie from its vector. The vectors are those of another machine's library, rounded otherwise in
# the last bits; those of float functions belong to arguments of double precision. Where an argument is outside of the domain
# they say 64, the answer of System V; C's is NaN or an infinity.
TOLERANCE = {"double": 2.0 ** -44, "float": 2.0 ** -17}
SYSTEM_V = 0x4050000000000000
MARK = "@@@"


def source():
    """newlib's unpacked source."""
    compiler = (BUILD / "config").read_text().split()[1]
    return BUILD / "newlib" / os.path.basename(compiler).removesuffix("-gcc") / "source" / "newlib"


def skips():
    """{path below newlib/, or path:part: reason}."""
    lines = [line.split(None, 1) for line in SKIPS.read_text().splitlines() if line.strip() and not line.startswith("#")]
    for line in lines:
        check(len(line) == 2, f"skips.txt: {line[0]}: no reason")
        check((source() / line[0].partition(":")[0]).exists(), f"skips.txt: {line[0]}: no such file")
    return dict(lines)


def wanted_output(program):
    """The lines (patterns) that the .exp file beside a program lists for it, or None if its status decides."""
    scripts = [program.with_suffix(".exp"), program.parent / (program.parent.name.removeprefix("newlib.") + ".exp")]
    for script in scripts:
        text = script.read_text() if script.exists() else ""
        if re.search(rf'newlib_check_output "?{re.escape(program.name)}"?', text):
            block = re.search(r"set (?:expected_)?output {\n(.*?)\n}", text, re.S).group(1)
            return re.findall(r'"(.*)"', block)
    return None


def programs():
    """{name: sources} of all programs, those that are skipped left out."""
    base, left_out = source(), skips()
    found = {path.stem: [path] for path in sorted((base / "testsuite").glob("*/*.c"))
             if str(path.relative_to(base)) not in left_out}
    vectors = [path for path in sorted((base / "libm" / "test").glob("*.c")) if str(path.relative_to(base)) not in left_out]
    return {**found, "libm-test": vectors}


def build(name, sources, folder):
    """Compiles one program. Returns what went wrong, or an empty string."""
    (folder / "libm.h").write_text(LIBM_HEADER)
    extra = ["-include", folder / "libm.h"] if len(sources) > 1 else []
    words = [BUILD / "bin" / "exon-cc", *FLAGS, *extra, "-I", source() / "testsuite" / "include", "-o", folder / name, *sources,
             "-lm"]
    status, output, errors = shell(words, seconds=SECONDS)
    return f"{name} does not compile:\n{output.decode(errors='replace')}{errors}" if status else ""


class Results:
    """What the programs printed and how they ended: compiled and booted when first asked for."""
    outcome = None

    @classmethod
    def get(cls):
        """{name: (status, output lines)}."""
        if cls.outcome is None:
            with scratch() as folder:
                cls.outcome = cls.boot(pathlib.Path(folder))
        return cls.outcome

    @staticmethod
    def boot(folder):
        names = programs()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            problems = list(filter(None, pool.map(lambda item: build(*item, folder), names.items())))
        check(not problems, "\n".join(problems))
        options = [word for name in names for word in ("--file", f"{folder / name}:/t/{name}")]
        script = "".join(f"cd /tmp; /t/{name} </dev/null 2>&1; echo; echo {MARK} {name} $?\n" for name in names)
        words = [BUILD / "bin" / "exon-run", "--memory", "128", "--timeout", SECONDS, *options, "sh"]
        status, output, errors = shell(words, stdin=script.encode(), seconds=SECONDS + 20)
        text = output.decode(errors="replace").replace("\r", "")
        equal(status, 0, f"exit status\n{text[-2000:]}{errors}")
        found = re.findall(rf"(.*?)^{MARK} (\S+) (\d+)\n", text, re.S | re.M)
        return {name: (int(code), printed.split("\n")) for printed, name, code in found}


def judge(name, path, left_out):
    check(name in Results.get(), f"{name} did not end")
    status, lines = Results.get()[name]
    patterns = wanted_output(path)
    if patterns is None:
        equal(status, 0, f"{name}: exit status\n" + "\n".join(lines[-30:]))
        return
    place = path.relative_to(source())
    for pattern, line in zip(patterns, lines + [""] * len(patterns)):
        if f"{place}:{line.partition(' ')[0]}" in left_out:
            continue
        check(fnmatch.fnmatchcase(line, pattern), f"{name}: {line!r} is not {pattern!r}")


def as_double(bits):
    return struct.unpack("<d", struct.pack("<Q", bits))[0]


def differs(name, line):
    """Whether a line of libm-test tells of a result that is wrong, and not only other than its vector."""
    bits = re.search(r"\(?([0-9a-f]{16}) ([0-9a-f]{16})\)", line)
    if not bits:
        return True
    wanted, found = (as_double(int(text, 16)) for text in bits.groups())
    if int(bits.group(1), 16) == SYSTEM_V and not math.isfinite(found):
        return False
    kind = "float" if name.endswith("f") and name != "erf" else "double"
    return not abs(wanted - found) <= TOLERANCE[kind] * max(1, abs(wanted), abs(found))


def test_testsuite():
    failed = []
    left_out = skips()
    for name, (path, *_) in programs().items():
        try:
            if name != "libm-test":
                judge(name, path, left_out)
        except Failed as problem:
            failed.append(str(problem))
    check(not failed, "\n".join(failed))


def test_libm():
    check("libm-test" in Results.get(), "libm-test did not end")
    status, lines = Results.get()["libm-test"]
    equal(status, 0, "\n".join(lines[-30:]))
    check(re.search(r"^Tested \d{5,} functions, ", "\n".join(lines), re.M), f"no count in {lines[-30:]}")
    left_out = {key.partition(":")[2] for key in skips() if key.startswith("libm/test:")}
    wrong, used = [], set()
    for line in lines:
        told = re.match(r"([^:]+):\d+, (in\w+|wrong|bad) ", line)
        if not told:
            continue
        name = told.group(1) + ("/math2" if told.group(2) == "wrong" else "")
        if name in left_out:
            used.add(name)
        elif differs(told.group(1), line):
            wrong.append(line)
    check(not wrong, f"{len(wrong)} wrong results\n" + "\n".join(wrong[:40]))
    equal(sorted(left_out - used), [], "skipped for no reason")


run(globals())
