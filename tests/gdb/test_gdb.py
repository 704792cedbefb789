# SPDX-License-Identifier: MIT
# seconds: 300
"""GDB on a machine: tests/gdb/gdbinit and session.py, as `make gdb` uses them, in batch mode. Layer: tests."""
import os
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tools"))

from harness import BUILD, ROOT, check, contains, equal, run, scratch, shell, succeed  # noqa: E402


def session(commands, program, run_options=""):
    """What GDB says when it has carried out the commands at the program's main."""
    words = [sys.executable, "-B", HERE / "session.py", BUILD, "-batch"]
    # The end of the machine is an error to GDB.
    for command in commands + ["quit 0"]:
        words += ["-ex", command]
    status, output, errors = shell(words + ["--"] + program, seconds=120, environment=dict(os.environ, RUN_OPTIONS=run_options))
    check(status == 0, f"exit status {status}\n{output.decode(errors='replace')}{errors}")
    return output.decode(errors="replace") + errors


def test_kernel_and_program():
    """A stop in the kernel, then in the program, a stack with names of program and library, and the program's end."""
    text = session(["bt", "exon-envs", "print argc", "x/s argv[1]", "continue"], ["hello", "you"])
    check(re.search(r"Temporary breakpoint 1, first_env_start .* at exokernel/first_env\.c:\d+", text), text)
    check(re.search(r"Temporary breakpoint 2, main \(argc=.*\) at apps/hello\.c:\d+", text), text)
    contains(text, "in start_main ")
    contains(text, " hello\n")
    contains(text, "$1 = 2")
    contains(text, '"you"')
    contains(text, "Hello, you!")


def test_several_processors():
    text = session(["info threads", "exon-envs"], ["ls", "/"], "--cpus 2")
    check(re.search(r"Temporary breakpoint 2, main .* at apps/", text), text)
    contains(text, "CPU 1:")
    contains(text, " ls\n")


def test_from_ring_3_into_the_kernel():
    """Kernel symbols work after a stop in ring 3: the program's way into a call."""
    text = session(["break sys_log_write", "continue", "bt 2"], ["true"])
    check(re.search(r"Breakpoint 3, .*exokernel/\w+\.c:\d+", text), text)


def test_environments_and_capabilities():
    text = session(["exon-envs", "exon-caps", "exon-caps init", "exon-caps nobody"], ["hello"])
    check(re.search(r"\d+ +init +root +live +0:\w+@0\n", text), text)
    check(re.search(r"\d+ +hello +80/8 +live +0:running@0\n", text), text)
    check(re.search(r"hello, guarded by 80/8\n +slot +0  rwcg  80/8\n", text), text)
    check(re.search(r"init, guarded by root\n +slot +0  rwcg  root\n +slot +1  rwcg  80/8\n", text), text)
    contains(text, "no environment nobody")


def test_page_tables():
    """Of the program that runs, and of one that does not."""
    text = session(["exon-pt", "exon-pt hello $pc", "exon-pt init", "exon-pt hello 0x1000"], ["hello"])
    check(re.search(r"0x0+400000 +\d+ KiB r--  from frame \d+: owned 80/8 maps=1\n", text), text)
    check(re.search(r"0x00007f8000000000 +\d+ KiB rw-  from frame \d+: activation", text), text)
    check(re.search(r"level 1: 0x\w+ r-x accessed\n +frame \d+: owned 80/8", text), text)
    check(re.search(r"level \d: 0x0+ not present", text), text)
    check(len(re.findall(r"0x00007f8000000000 ", text)) == 2, text)


def test_threads():
    """One's own, and those of a process that waits."""
    text = session(["exon-threads", "exon-threads sh"], ["sh", "-c", "hello; true"])
    check(re.search(r"sh\n  0x\w+ main +running +priority \d+ ran \d+ us\n", text), text)
    text = session(["tbreak sys_env_destroy", "continue", "exon-threads sh"], ["sh", "-c", "hello; true"])
    check(re.search(r" sh\n  0x\w+ main +blocked +priority \d+ ran \d+ us on (child|session) ", text), text)


def test_threads_of_any_scheduler():
    """Threads by name and state under a policy of the library, and under one that a program of somebody's own brings."""
    line = r"\n  0x\w+ (\S+) +(\w+) +priority \d+ ran \d+ us"
    text = session(["tbreak pthread_join", "continue", "exon-threads"], ["workload", "hogs"], "--icount --sched stride")
    listed = dict(re.findall(line, text))
    equal(set(listed), {"main", "hog1", "hog2", "hog3", "hog4"}, text)
    check(listed["main"] == "running" and listed["hog1"] in ("ready", "blocked"), text)
    with scratch() as folder:
        program = os.path.join(folder, "my-own-scheduler")
        status, _, errors = shell([BUILD / "bin/exon-cc", "-g", "-O2", "-o", program,
                                   HERE.parents[1] / "apps/examples/scheduler.c"])
        equal(status, 0, errors)
        text = session(["tbreak pthread_join", "continue", "exon-threads"], [program], "--icount")
        listed = re.findall(line, text)
        check(len(listed) == 4 and ("main", "running") in listed, text)


def test_what_cannot_be_debugged():
    for program in ("nosuch", "./nosuch"):
        words = [sys.executable, "-B", HERE / "session.py", BUILD, "-batch", "--", program]
        status, _, errors = shell(words, seconds=30)
        equal(status, 1)
        contains(errors, "nosuch: no such file; give the name of a program of apps/")
    with scratch() as folder:
        plain = os.path.join(folder, "plain")
        succeed([BUILD / "bin/exon-cc", "-o", plain, ROOT / "apps/examples/hello.c"])
        contains(session([], [plain]), "no main with debugging information, so no breakpoint; compile and link it with exon-cc -g")


def test_without_a_machine():
    """Every command says so; none shows Python's complaint."""
    words = ["gdb", "-batch", "-nx", "-x", HERE / "gdbinit", BUILD / "exon.elf"]
    commands = ["exon-envs", "exon-caps", "exon-pt init", "exon-threads init", "exon-app nosuch"]
    for command in [*commands, "print $exon_env()"]:
        words += ["-ex", command]
    _, _, errors = shell(words, environment=dict(os.environ, EXON_BUILD=str(BUILD), EXON_SOURCE=str(ROOT)))
    equal(errors.count("no machine is attached"), 4, errors)
    contains(errors, "nosuch: no such file")
    check("Python" not in errors, errors)


run(globals())
