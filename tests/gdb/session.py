# SPDX-License-Identifier: MIT
"""usage: session.py BUILD [GDB-OPTION...] -- PROGRAM [ARGS...]

Boots PROGRAM (the name of one of ours, or the path of a file made by exon-cc -g) on a machine that stands at its first
instruction, attaches GDB with the symbols of the kernel and of the program, and goes on to the program's main. What the program
prints comes to this terminal; its input is empty, as the keyboard is GDB's. Options for exon-run: RUN_OPTIONS in the
environment. The machine ends with GDB.
Layer: tests; `make gdb` calls it.
"""
import os
import pathlib
import shlex
import signal
import socket
import subprocess
import sys

GDBINIT = pathlib.Path(__file__).with_name("gdbinit")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main(words):
    if "--" not in words[1:-1]:
        sys.exit(__doc__)
    build, split = pathlib.Path(words[0]), words.index("--")
    options, program = words[1:split], words[split + 1:]
    symbols = program[0] if "/" in program[0] else build / "debug" / program[0]
    if not os.path.exists(symbols):
        sys.exit(f"{symbols}: no such file; give the name of a program of apps/, or the path of one that exon-cc -g made"
                 + (f" (./{program[0]})" if os.path.exists(program[0]) else ""))
    port = free_port()
    run = [build / "bin/exon-run", f"--gdb={port}"] + shlex.split(os.environ.get("RUN_OPTIONS", ""))
    machine = subprocess.Popen(run + program, stdin=subprocess.DEVNULL, start_new_session=True)
    # Ctrl-C belongs to GDB, which stops the machine then.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return subprocess.call(
            ["gdb", "-q", "-nx", "-x", GDBINIT, "-ex", f"target remote :{port}", "-ex", "tbreak first_env_start",
             "-ex", "continue", "-ex", f"exon-app {program[0]}", "-ex", "continue"]
            + options + [build / "exon.elf"], env=dict(os.environ, EXON_BUILD=str(build), EXON_SOURCE=str(GDBINIT.parents[2])))
    except FileNotFoundError:
        sys.exit("gdb is missing: install the package gdb")
    finally:
        machine.terminate()
        machine.wait()


sys.exit(main(sys.argv[1:]))
