#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""exon-cc: what it defines, what it keeps out, what the linked file looks like, and the build systems that drive it."""
import os
import re
import shutil

from harness import BUILD, ROOT, check, contains, equal, run, scratch, shell, succeed

EXON_CC = BUILD / "bin/exon-cc"
HELLO = "#include <stdio.h>\nint main(void) { printf(\"hello %d %f\\n\", 1, 2.0); return 0; }\n"
READ, WRITE, EXECUTE = 4, 2, 1


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        file.write(text)
    return path


def compile_text(folder, text, *options):
    """Compiles and links a C text. Returns the program's path."""
    out = os.path.join(folder, "program")
    succeed([EXON_CC, "-O2", "-o", out, write(folder, "source.c", text), *options])
    return out


def program_headers(path):
    """[(type, address, flags)] of an ELF file."""
    text = succeed(["readelf", "-lW", path]).decode()
    lines = re.findall(r"^  (\w+)\s+0x\w+ (0x\w+) 0x\w+ 0x\w+ 0x\w+ ([R ][W ][E ])", text, re.M)
    return [(kind, int(address, 16), flags.replace(" ", "")) for kind, address, flags in lines]


def test_macros():
    found = succeed([EXON_CC, "-dM", "-E", "-x", "c", "/dev/null"]).decode()
    contains(found, "#define __exon__ 1")
    for name in ("linux", "unix", "__PIE__", "__PIC__"):
        check(name not in found.lower().replace("__exon__", "") if name.islower() else name not in found, f"{name} is defined")


ORDER = """#include <stdio.h>
__attribute__((constructor(102))) static void second(void) { puts("second"); }
__attribute__((constructor(101))) static void first(void) { puts("first"); }
__attribute__((constructor)) static void third(void) { puts("third"); }
__attribute__((destructor(101))) static void last(void) { puts("last"); }
__attribute__((destructor)) static void after(void) { puts("after"); }
int main(void) { puts("main"); return 0; }
"""


def test_constructors_and_destructors():
    """Wherever the compiler puts them: .init_array, or .ctors as a bare-metal GCC does."""
    with scratch() as folder:
        output = succeed([BUILD / "bin/exon-run", "--timeout", "60", compile_text(folder, ORDER)])
        equal(output.decode().split(), ["first", "second", "third", "main", "after", "last"])


def test_no_header_of_the_host():
    with scratch() as folder:
        source = write(folder, "s.c", "#include <stdio.h>\n#include <sys/stat.h>\n#include <stdatomic.h>\n#include <limits.h>\n")
        text = succeed([EXON_CC, "-M", source]).decode()
        check("/usr/include" not in text, text)
        status, _, errors = shell([EXON_CC, "-fsyntax-only", write(folder, "t.c", "#include <linux/types.h>\n")])
        check(status != 0 and "linux/types.h" in errors, "a header of the host was found")
        environment = dict(os.environ, CPATH="/usr/include", LIBRARY_PATH="/usr/lib/x86_64-linux-gnu")
        status, _, _ = shell([EXON_CC, "-fsyntax-only", os.path.join(folder, "t.c")], environment=environment)
        check(status != 0, "CPATH leaks the host's headers")


def test_no_library_of_the_host():
    with scratch() as folder:
        status, _, errors = shell([EXON_CC, "-o", f"{folder}/p", write(folder, "s.c", HELLO), "-lpthread"])
        check(status != 0 or "/usr/lib/x86_64-linux-gnu" not in errors, "found")
        text = succeed([EXON_CC, "-o", f"{folder}/p", f"{folder}/s.c", "-Wl,--trace"]).decode()
        foreign = [line for line in text.splitlines() if line.startswith("/") and "libgcc" not in line
                   and str(BUILD) not in line and not line.startswith("/tmp")]
        equal(foreign, [], "libraries")


def test_libraries_that_elsewhere_are_apart():
    """-lpthread and the like, in Makefiles written for others, link."""
    with scratch() as folder:
        succeed([EXON_CC, "-o", f"{folder}/p", write(folder, "s.c", HELLO), "-pthread", "-lpthread", "-lrt", "-ldl", "-lm"])


def test_segments():
    with scratch() as folder:
        program = compile_text(folder, HELLO + "int data = 1; __thread int t = 2;\n")
        loads = [(address, flags) for kind, address, flags in program_headers(program) if kind == "LOAD"]
        equal([flags for _, flags in loads], ["R", "RE", "RW"], "segments")
        equal(loads[0][0], 0x400000, "first address")
        check(all(address % 4096 == 0 for address, _ in loads), f"segments not on pages: {loads}")
        check(any(kind == "TLS" for kind, _, _ in program_headers(program)), "no PT_TLS")
        succeed(["sh", "-c", f"readelf -SW {program} | grep -q symtab"])


def test_hello_is_small():
    """128 KiB; a debug build, with assertions and without optimisation, may take half as much again."""
    limit = 192 if "debug 1" in (BUILD / "config").read_text() else 128
    with scratch() as folder:
        for program in (BUILD / "apps/hello", compile_text(folder, HELLO)):
            size = os.path.getsize(program)
            check(size <= limit * 1024, f"{program} is {size} bytes, more than {limit} KiB")


def test_limits_are_asserted():
    with scratch() as folder:
        source = write(folder, "s.c", "char big[0x40000000];\nint main(void) { return big[5]; }\n")
        status, _, errors = shell([EXON_CC, "-o", f"{folder}/p", source])
        check(status != 0, "a program of more than a gigabyte was linked")
        contains(errors, "gigabyte")


def test_embed():
    with scratch() as folder:
        write(folder, "some file.txt", "embedded text")
        text = ("#include <string.h>\nextern const char _binary_some_file_txt_start[], _binary_some_file_txt_end[];\n"
                "int main(void) { return (int)(_binary_some_file_txt_end - _binary_some_file_txt_start)"
                " + _binary_some_file_txt_start[0]; }\n")
        program = compile_text(folder, text, "--embed", f"{folder}/some file.txt")
        with open(program, "rb") as file:
            check(b"embedded text" in file.read(), "the text is not in the program")
        equal([f for k, _, f in program_headers(program) if k == "GNU_STACK"], ["RW"], "stack")
        status, _, errors = shell([BUILD / "bin/exon-run", "--timeout", "50", program], seconds=60)
        equal(status, len("embedded text") + ord("e"), errors)
        status, _, errors = shell([EXON_CC, "--embed", "/nowhere/x", "-o", f"{folder}/p", f"{folder}/source.c"])
        check(status != 0 and "/nowhere/x" in errors, errors)


def test_partial_link_and_library():
    with scratch() as folder:
        write(folder, "a.c", "int f(void) { return 1; }\n")
        succeed([EXON_CC, "-c", "-o", f"{folder}/a.o", f"{folder}/a.c"])
        succeed([EXON_CC, "-r", "-o", f"{folder}/r.o", f"{folder}/a.o"])
        compile_text(folder, "int f(void); int main(void) { return f(); }\n", f"{folder}/r.o")


def test_programs_may_own_names_of_posix():
    """A strictly conforming C program may call its own functions read, write, open, link, kill or wait."""
    names = ("read", "write", "open", "close", "link", "kill", "wait", "times", "stat", "fstat", "lseek", "isatty", "unlink")
    own = "".join(f"int {n}(void); int {n}(void) {{ return 1; }}\n" for n in names)
    with scratch() as folder:
        compile_text(folder, own + HELLO, "-Wno-builtin-declaration-mismatch")


def absent_functions():
    """(result, name) of each function that links and is not there."""
    lines = (ROOT / "newlib-port/absent.txt").read_text().splitlines()
    return [tuple(line.split()) for line in lines if line and not line.startswith("#")]


def test_configure_script():
    """What configure does: compiles, links, sees that it is a cross build, and asks for functions."""
    with scratch() as folder:
        for name, there in (("printf", True), ("qsort", True), ("no_such_function", False)):
            source = write(folder, f"{name}.c", f"char {name}(); int main(void) {{ return {name}(); }}\n")
            status, _, _ = shell([EXON_CC, "-w", "-fno-builtin", "-o", f"{folder}/conftest", source])
            equal(status == 0, there, name)
        succeed(["sh", "-n", BUILD / "share/config.site"])
        text = succeed(["sh", "-c", f"CONFIG_SITE={BUILD}/share/config.site; . $CONFIG_SITE; set"]).decode()
        for _, name in absent_functions():
            said = (f"ac_cv_func_{name}='no'", f"ac_cv_func_{name}=no")
            check(any(words in text for words in said), f"configure is not told that {name} is absent")


def test_cmake():
    if not shutil.which("cmake"):
        raise RuntimeError("cmake is missing; newlib-port/setup installs it")
    with scratch() as folder:
        write(folder, "main.c", HELLO)
        write(folder, "CMakeLists.txt", "cmake_minimum_required(VERSION 3.13)\nproject(t C)\ninclude(CheckFunctionExists)\n"
              "check_function_exists(qsort HAVE_QSORT)\nif(NOT HAVE_QSORT)\nmessage(FATAL_ERROR \"no qsort\")\nendif()\n"
              + "".join(f"check_function_exists({name} HAVE_{name.upper()})\nif(HAVE_{name.upper()})\n"
                        f"message(FATAL_ERROR \"{name} is there\")\nendif()\n" for _, name in absent_functions()) +
              "add_executable(t main.c)\ninstall(TARGETS t DESTINATION bin)\n")
        succeed(["cmake", "-S", folder, "-B", f"{folder}/b", f"-DCMAKE_TOOLCHAIN_FILE={BUILD}/share/exon.cmake"])
        succeed(["cmake", "--build", f"{folder}/b"])
        equal(program_headers(f"{folder}/b/t")[1][1], 0x400000, "first address")


def test_pkg_config():
    environment = dict(os.environ, PKG_CONFIG_LIBDIR=str(BUILD / "sysroot/lib/pkgconfig"))
    flags = succeed(["pkg-config", "--cflags", "exon"], environment=environment).decode().split()
    with scratch() as folder:
        succeed([EXON_CC, *flags, "-fsyntax-only", write(folder, "s.c", '#include <exo/exo.h>\n#include <abi/info.h>\n')])


run(globals())
