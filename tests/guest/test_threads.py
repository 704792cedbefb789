#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 200
"""What a program hears of that went wrong with its threads: stack overflow, threads that wait for each other; and what others see
of its threads (`envs -t`). Layer: tests.
"""
import pathlib
import re
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "tools"), str(TESTS / "console")]
from harness import BUILD, check, contains, equal, run, shell  # noqa: E402
from machine import SLOW, Terminal  # noqa: E402

PROGRAM = BUILD / "tests" / "guest" / "thread_faults"


def boot(word, seconds=10, *options):
    status, output, errors = shell([BUILD / "bin" / "exon-run", "--timeout", seconds, *options, "--", PROGRAM, word],
                                   seconds=seconds + 30)
    return status, output.decode(errors="replace") + errors


def test_stack_overflow_names_the_thread():
    status, text = boot("overflow", 60)
    equal(status, 128 + 11, text)
    contains(text, "stack overflow of thread digger")


def test_guards_are_as_large_as_asked_for():
    status, text = boot("guarded", 60)
    equal(status, 128 + 11, text)
    contains(text, "guard of 1048576")
    contains(text, "stack overflow of thread guarded")


def test_stack_overflow_of_main():
    status, text = boot("main", 60)
    equal(status, 128 + 11, text)
    contains(text, "stack overflow of thread digger")  # so it has called itself


def test_main_may_end_first():
    status, text = boot("leave", 60)
    equal(status, 0, text)
    contains(text, "main has ended")


def test_the_last_of_many_ends_the_program():
    status, text = boot("crowd", 60, "--cpus", 4, "--env", "EXON_CPUS=all")
    equal(status, 0, text)
    contains(text, "main has ended")


def test_deadlock_is_reported():
    status, text = boot("deadlock")
    equal(status, 124, text)
    contains(text, "deadlock: 2 threads wait for each other")
    for held, waits in (("second-first", "main"), ("main", "second-first")):
        check(any(f"thread {waits} waits for the mutex at 0x" in line and line.rstrip().endswith(f"held by thread {held}")
                  for line in text.splitlines()), text)


def test_relock_is_reported_and_leaves_others_alone():
    status, text = boot("relock", 60)
    equal(status, 3, text)
    contains(text, "deadlock: 1 thread waits for itself")
    contains(text, "thread again waits for the mutex")


def test_joins_in_a_circle_are_reported():
    status, text = boot("join")
    equal(status, 124, text)
    contains(text, "thread joiner waits for the end of thread main")


DEADLOCKS = BUILD / "tests" / "guest" / "deadlocks"


def boot_kinds(kinds, seconds):
    """One program each in one boot."""
    words = [word for kind in kinds for word in ("--and", DEADLOCKS, kind)][1:]
    status, output, errors = shell([BUILD / "bin" / "exon-run", "--timeout", seconds, *words], seconds=seconds + 30)
    return status, output.decode(errors="replace") + errors


def test_each_kind_is_reported():
    kinds = {"semaphore": "semaphore at 0x", "condition": "condition variable at 0x",
             "written": ", held for writing by thread main", "read": ", held by 1 for reading",
             "barrier": ", where 1 of 3 have come", "ended": ", held by thread owner"}
    status, text = boot_kinds(kinds, 20)
    equal(status, 124, text)
    text_of_one = boot_kinds(["inherit"], 10)[1]
    contains(text_of_one, "deadlock: all threads wait for each other")
    check(re.search(r"thread main waits for the mutex at 0x\w+, held by thread that has ended", text_of_one), text_of_one)
    equal(text.count("deadlock: all threads wait for each other"), len(kinds), text)
    for kind, wanted in kinds.items():
        check(any(f"thread {kind} waits for the " in line and wanted in line for line in text.splitlines()), f"{kind}: {text}")
        contains(text, f"thread main waits for the end of thread {kind}")


def test_waiting_for_something_outside_is_no_deadlock():
    kinds = ("sleep", "timeout", "process", "pipe", "handler", "sigwait")
    status, text = boot_kinds(kinds, 60)
    equal(status, 0, text)
    check("deadlock" not in text, text)


# ---- envs -t ----

STATES = BUILD / "tests" / "guest" / "thread_states"
BLOCKED = {"sleep": "sleep", "join": "join", "mutex": "mutex", "inherit": "mutex", "condition": "condition", "timed": "condition",
           "semaphore": "semaphore", "rwlock": "rwlock", "barrier": "barrier", "signal": "signal", "read": "read",
           "write": "write", "poll": "poll"}


def boot_states(script, cpus, seconds):
    """(what it printed, what exon-run said) of a script of the shell that knows the program as `states`."""
    _, output, errors = shell([BUILD / "bin" / "exon-run", "--timeout", seconds * SLOW, "--cpus", cpus, "--file",
                               f"{STATES}:/bin/states", "--", "sh", "-c", script], seconds=(seconds + 30) * SLOW)
    return output.decode(errors="replace"), errors


def listed(text, program):
    """What a listing of envs -t says of a program: (policy, {thread: (id, state, runs, time, what it waits for or None)})."""
    part = re.split(r"(?m)^ *\d+ (?=\S)", text)
    mine = next((p for p in part if p.startswith(program)), None)
    check(mine is not None, f"{program} is not in {text}")
    policy = re.search(r"policy:  (\S*)", mine)
    threads = re.findall(r"thread +(\d+): (.{16}) (\S+) +(\d+) runs +([\d.]+)\n(?: +on (.+)\n)?", mine)
    return policy and policy[1], {name.strip(): (int(id_), state, int(runs), float(time), on or None)
                                  for id_, name, state, runs, time, on in threads}


def test_each_state_is_seen_at_the_console():
    with Terminal("--cpus", "1", "--file", f"{STATES}:/bin/states", "sh") as at:
        at.run(b"")
        at.run(b"EXON_SCHED=mlfq; export EXON_SCHED")
        at.run(b"states &")
        at.run(b"sleep 1", 20 * SLOW)
        first = at.run(b"envs -t", 20 * SLOW).decode().replace("\r\n", "\n")
        second = at.run(b"envs -t", 20 * SLOW).decode().replace("\r\n", "\n")
        policy, threads = listed(second, "states")
        equal(policy, "mlfq", second)
        equal(sorted(threads), sorted([*BLOCKED, "main", "ended", "spin", "spin too"]), second)
        equal([threads[name][0] for name in ("main", "sleep", "join", "spin too")], [1, 2, 3, 17])
        for name, reason in BLOCKED.items():
            _, state, _, _, on = threads[name]
            equal(state, "blocked", f"{name}: {second}")
            check(on.split()[0] == reason, f"{name}: {on}")
            check((" more" in on) == (name in ("sleep", "timed")), f"{name}: {on}")
        contains(threads["join"][4], "join with thread 2 for ")
        check(re.fullmatch(r"sleep for \d+\.\d+ s, 9\d\d\.\d+ s more", threads["sleep"][4]), second)
        check(re.match(r"mutex 0x[0-9a-f]+ for ", threads["mutex"][4]), second)
        equal((threads["main"][1], threads["main"][4].split()[0], threads["ended"][1]), ("blocked", "signal", "ended"), second)
        # Two that compete for one CPU: one has it, the other waits for it; both have had more by the second look.
        spinning = sorted(threads[name][1] for name in ("spin", "spin too"))
        equal(spinning, ["ready", "running"], second)
        before = listed(first, "states")[1]
        check(sum(threads[name][2] + threads[name][3] for name in ("spin", "spin too")) >
              sum(before[name][2] + before[name][3] for name in ("spin", "spin too")), first + second)
        equal(before["mutex"][2], threads["mutex"][2], "one that is blocked was not run meanwhile")
        # The shell waits for its child, which is envs; init and console are not the session's to look into.
        contains(listed(second, "sh ")[1]["main"][4], "child 0x")
        equal([listed(second, name)[0] for name in ("init", "console")], [None, None], second)


LIES = {"circle": "and more", "kernel": "and more", "device": "and more", "nowhere": "and more", "edge": "and more",
        "number": "and more", "layout": "another version", "garbage": "and more", "list": "not where it says",
        "names": "?[2J????", "states": " ? "}


def test_who_lies_about_its_threads_harms_its_own_listing_alone():
    script = "".join(f"states {lie} & " for lie in LIES) + "states & sleep 3; envs -t; echo end"
    text, errors = boot_states(script, 4, 100)
    check(text.endswith("end\n"), text[-500:] + errors)
    check(not re.search(r"[^\n -~]", text), f"control characters: {text!r}")
    parts = [part for part in re.split(r"(?m)^ *\d+ (?=\S)", text) if part.startswith("states")]
    equal(len(parts), len(LIES) + 1, text)
    for (lie, wanted), part in zip(LIES.items(), parts):
        check(wanted in part.replace("\033", "?"), f"{lie}: {wanted!r} is not in {part[:600]}")
        check(part.count("\n") < 1100, f"{lie}: {part.count(chr(10))} lines")
    equal(sorted(listed(text.replace(parts[0], "", 1), "envs")[1]), ["main"])
    check(all(name in parts[-1] for name in BLOCKED), parts[-1])


def test_threads_that_come_and_go_are_seen_whole():
    script = "states churn & sleep 1; for i in 1 2 3 4 5 6 7 8; do envs -t; done"
    text, errors = boot_states(script, 2, 60)
    looks = [part for part in re.split(r"(?m)^ *\d+ (?=\S)", text) if part.startswith("states")]
    equal(len(looks), 8, text + errors)
    for look in looks:
        check(re.search(r"thread +1: main +blocked", look) and re.search(r"thread +2: churn ", look), look)
        check("and more" not in look and len(re.findall(r"thread +\d+: ", look)) <= 5, look)


run(globals())
