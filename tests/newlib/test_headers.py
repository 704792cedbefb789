#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 200
"""The headers that programs see: each compiles by itself, and whatever it declares is there when a program is linked.

Layer: tests. Declarations are GCC's own list (-aux-info) for functions, and the preprocessed text for variables. A function
of newlib-port/absent.txt counts as there: it links, and fails with ENOSYS (tests/guest/c_library.c); but none that the
library has may stand in that list.
"""
import concurrent.futures
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from harness import BUILD, ROOT, check, equal, run, scratch, shell, succeed  # noqa: E402

EXON_CC = BUILD / "bin" / "exon-cc"
LIBRARIES = [BUILD / "sysroot" / "lib" / name for name in ("libc.a", "libm.a", "libexon.a")]
FOLDERS = [BUILD / "sysroot" / "include", BUILD / "sysroot" / "newlib" / "include"]
GNU = ["-std=gnu17", "-D_GNU_SOURCE", "-w"]
# Parts of other headers, not to be included by a program; ssp/ is chosen by -D_FORTIFY_SOURCE.
PARTS = re.compile(r"machine/|bits/|ssp/|sys/_|_|reent\.h|envlock\.h|sys/(lock|reent|custom_file|iconvnls)\.h")
EXCEPTIONS = {"__eprintf": "libgcc's", "__xpg_basename": "a name of the header's for basename",
              "_sys_errlist": "newlib declares it and has it on no system; strerror is the function",
              "_sys_nerr": "as _sys_errlist"}
# What POSIX.1-2017 asks for, of what this system has.
POSIX = """assert complex cpio ctype dirent errno fcntl fenv float fnmatch glob grp iconv inttypes iso646 langinfo libgen
limits locale math poll pthread pwd regex sched search setjmp signal spawn stdarg stdbool stddef stdint stdio stdlib string
strings sys/mman sys/resource sys/select sys/stat sys/statvfs sys/time sys/times sys/types sys/uio sys/utsname sys/wait
syslog tar termios tgmath time unistd utime wchar wctype wordexp""".split()
UNIX = "err getopt sysexits paths sys/file sys/ioctl sys/param sys/queue sys/tree alloca malloc memory ieeefp".split()


def headers():
    """Names of the headers that a program may include: not those beneath POSIX (exon/), nor parts."""
    names = {str(path.relative_to(folder)) for folder in FOLDERS for path in folder.rglob("*.h")}
    if "machine/_threads.h" not in names and not (FOLDERS[0] / "threads.h").exists():
        names.discard("threads.h")  # newlib's needs a part that it has for no system
    return sorted(name for name in names if not name.startswith("exon/") and not PARTS.match(name))


def declarations(name, folder):
    """(functions, variables) that a header declares, or the compiler's message."""
    base = folder / name.replace("/", "_")
    source, listing = base.with_suffix(".c"), base.with_suffix(".aux")
    source.write_text(f"#include <{name}>\n")
    status, _, errors = shell([EXON_CC, *GNU, "-S", "-o", "/dev/null", "-aux-info", listing, source])
    if status:
        return errors
    functions = re.findall(r"\b(\w+) \([^;]*\);$", re.sub(r"/\*.*?\*/", "", listing.read_text()), re.M)
    text = succeed([EXON_CC, *GNU, "-E", "-P", source]).decode()
    variables = re.findall(r"\bextern\s[^;(){}=]*?\b(\w+)\s*(?:\[[^\]]*\]\s*)*;", text)
    return {f for f in functions if not f.startswith("__builtin") and f not in EXCEPTIONS}, set(variables) - set(EXCEPTIONS)


def all_declarations():
    """{name: header} of everything declared. Fails if a header does not compile by itself."""
    found, broken = {}, []
    with scratch() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        names = headers()
        for header, result in zip(names, pool.map(lambda name: declarations(name, pathlib.Path(folder)), names)):
            if isinstance(result, str):
                broken.append(f"{header}: {result.splitlines()[1 if 'In file' in result else 0]}")
                continue
            for name in result[0] | result[1]:
                found.setdefault(name, header)
    check(not broken, "\n".join(broken))
    return found


def test_what_is_declared_is_there():
    found = all_declarations()
    check(len(found) > 1000, f"only {len(found)} declarations found")
    with scratch() as folder:
        source = pathlib.Path(folder) / "all.c"
        source.write_text("".join(f"extern char {name}[];\n" for name in found) +
                          f"char *table[] = {{{', '.join(found)}}};\nint main(void) {{ return table[0] != 0; }}\n")
        status, _, errors = shell([EXON_CC, "-w", "-fno-builtin", "-o", f"{folder}/program", source])
    names = set(re.findall(r"undefined reference to `(\w+)'", errors))
    missing = sorted(f"{found.get(name, '(no header)')}: {name}" for name in names)
    check(not missing, "\n".join(missing))
    equal(status, 0, errors)


def test_headers_of_posix_are_there():
    with scratch() as folder:
        source = pathlib.Path(folder) / "all.c"
        source.write_text("".join(f"#include <{name}.h>\n" for name in POSIX + UNIX))
        for flags in (GNU, ["-std=c99", "-D_XOPEN_SOURCE=700", "-pedantic-errors"], ["-std=c11", "-pedantic-errors"]):
            succeed([EXON_CC, *flags, "-fsyntax-only", source])


def test_absent_functions_are_absent():
    """A function that exists must not be kept from programs by `configure`'s cache."""
    absent = {line.split()[1] for line in (ROOT / "newlib-port" / "absent.txt").read_text().splitlines()
              if line and not line.startswith("#")}
    defined = set()
    for library in LIBRARIES:
        defined |= set(re.findall(r" [TWDBR] (\w+)$", succeed(["nm", "-g", "--defined-only", library]).decode(), re.M))
    equal(sorted(absent & defined), [], "in absent.txt, and in the library")


run(globals())
