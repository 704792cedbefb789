# SPDX-License-Identifier: MIT
# seconds: 300
"""GDB on a machine: tests/gdb/gdbinit and session.py, as `make gdb` uses them, in batch mode. Layer: tests."""
import os
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tools"))

from harness import BUILD, check, contains, run, shell  # noqa: E402


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


run(globals())
