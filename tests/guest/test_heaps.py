#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 400
"""The ways to choose a heap allocator, and what is said when that cannot be. Layer: tests."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from harness import BUILD, check, contains, equal, run, scratch, shell  # noqa: E402

PROGRAM = BUILD / "tests" / "guest" / "heaps"
NAMES = (BUILD / "share" / "heaps").read_text().split()
NAME = '#include <stdio.h>\n#include "mem/heap/heap.h"\n' \
       'int main(void) { printf("%s\\n", heap_now()->name); return 0; }\n'
PLAIN = '#include <stdio.h>\n#include <stdlib.h>\nint main(void) { free(malloc(5)); printf("plain\\n"); return 0; }\n'
OWN = '''#include <stdio.h>
#include <stdlib.h>
#include "mem/heap/heap.h"
static char memory[1 << 20] __attribute__((aligned(4096)));
static size_t at, calls;
static void *take(size_t bytes, size_t align)
{
    calls++;
    at = heap_round(at, align) + bytes;
    return at <= sizeof memory ? memory + at - bytes : NULL;
}
static void give(void *block) { (void)block; }
static size_t room(const void *block) { (void)block; return 0; }
static const struct heap mine = {.name = "mine", .take = take, .give = give, .room = room};
const struct heap *const heap_default = &mine;
int main(void)
{
    void *volatile block = malloc(5);
    free(block);
    printf("%s %d\\n", heap_now()->name, calls > 0);
    return 0;
}
'''


def boot(program, *words, options=()):
    status, output, errors = shell([BUILD / "bin" / "exon-run", "--timeout", 60, *options, "--", program, *words], seconds=90)
    return status, output.decode(errors="replace"), errors


def compiled(folder, text, *options):
    source, out = pathlib.Path(folder) / "program.c", f"{folder}/program"
    source.write_text(text)
    status, _, errors = shell([BUILD / "bin" / "exon-cc", "-O2", "-Wall", "-Werror", "-o", out, source, *options])
    equal(status, 0, errors)
    return out


def test_by_name():
    for name in NAMES:
        equal(boot(PROGRAM, "name", options=["--heap", name])[:2], (0, f"heap {name}\n"))
    equal(boot(PROGRAM, "name")[:2], (0, "heap newlib\n"))


def test_two_programs():
    words = [BUILD / "bin" / "exon-run", "--timeout", 60, "--heap", "slab", PROGRAM, "name", "--and", "--sched", "fifo", "--heap",
             "list", PROGRAM, "name"]
    status, output, errors = shell(words, seconds=90)
    equal((status, sorted(output.decode().split("\n"))), (0, ["", "heap list", "heap slab"]), errors)


def test_by_a_call():
    equal(boot(PROGRAM, "set", "buddy")[:2], (0, "heap buddy\n"))


def test_by_linking():
    with scratch() as folder:
        for name in NAMES:
            equal(boot(compiled(folder, NAME, f"-lheap-{name}"))[:2], (0, f"{name}\n"))


def test_in_ones_own_source():
    with scratch() as folder:
        equal(boot(compiled(folder, OWN, "-lheap"))[:2], (0, "mine 1\n"))
        equal(boot(compiled(folder, OWN, "-lheap"), options=["--heap", "mine"])[0], 125, "only the library's are known by name")


def test_unknown_names():
    status, _, errors = boot(PROGRAM, "name", options=["--heap", "pile"])
    equal(status, 125)
    contains(errors, "--heap pile: no such heap; there are newlib, bump, list, ")
    status, output, errors = boot(PROGRAM, "name", options=["--env", "EXON_HEAP=pile"])
    equal(status, 125, errors)
    contains(output + errors, "no heap is called pile; there are newlib bump list")


def test_a_program_without_a_choice():
    with scratch() as folder:
        status, _, errors = boot(compiled(folder, PLAIN), options=["--heap", "slab"])
        equal(status, 125)
        contains(errors, "was not linked with -lheap")
        with_one = pathlib.Path(compiled(folder, PLAIN, "-lheap-slab"))
        equal(boot(with_one)[:2], (0, "plain\n"))
        one = with_one.stat().st_size
        plain = pathlib.Path(compiled(folder, PLAIN)).stat().st_size
        check(one < plain, f"a program with slab alone has {one} bytes, with newlib's {plain}")


run(globals())
