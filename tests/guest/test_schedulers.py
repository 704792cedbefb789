#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 900
"""The ways to choose a scheduling policy, the example of one in a program's own source, and policies with mistakes. Layer: tests.
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from harness import BUILD, check, contains, equal, run, scratch, shell  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = BUILD / "tests" / "guest" / "schedulers"
EXAMPLE = ROOT / "apps" / "examples" / "scheduler.c"
NAME = '#include <pthread.h>\n#include <stdio.h>\n#include "sched/policy.h"\n' \
       'int main(void) { printf("%s\\n", sched_policy_now()->name); return 0; }\n'


def boot(program, *words, options=()):
    status, output, errors = shell([BUILD / "bin" / "exon-run", "--timeout", 60, *options, "--", program, *words], seconds=90)
    return status, output.decode(errors="replace"), errors


def compiled(folder, source, *options):
    out = f"{folder}/program"
    status, output, errors = shell([BUILD / "bin" / "exon-cc", "-O2", "-o", out, source, *options])
    equal(status, 0, errors)
    return out


def test_by_name():
    for name in ("stride", "work-stealing"):
        equal(boot(PROGRAM, "name", options=["--sched", name])[:2], (0, f"policy {name}\n"))


def test_two_programs():
    words = [BUILD / "bin" / "exon-run", "--timeout", 60, "--sched", "stride", PROGRAM, "name", "--and", "--sched", "mlfq",
             PROGRAM, "name"]
    status, output, errors = shell(words, seconds=90)
    equal((status, sorted(output.decode().split("\n"))), (0, ["", "policy mlfq", "policy stride"]), errors)


ISOLATION = BUILD / "tests" / "guest" / "isolation"


def divided(*words):
    """Boots two programs that compute; {policy: part of the CPU that the program had}."""
    status, output, errors = shell([BUILD / "bin" / "exon-run", "--timeout", 100, "--icount", *words], seconds=110)
    equal(status, 0, errors)
    text = output.decode().replace("\r", "")
    clocks = [int(had) / int(of) for had, of in re.findall(r"^threads: (\d+) us of (\d+) us$", text, re.M)]
    check(len(clocks) == 2 and all(0.95 < part < 1.05 for part in clocks), f"by the threads' clocks, of the kernel's: {clocks}")
    found = re.findall(r"^(\S+) \d+ threads: (\d+) us of (\d+) us$", text, re.M)
    return {policy: int(had) / int(of) for policy, had, of in found}


def near(found, wanted):
    print(f"parts of the CPU: {found}")
    check(found.keys() == wanted.keys() and all(abs(found[p] - wanted[p]) < 0.02 for p in wanted), f"{found}, wanted {wanted}")


def test_a_hundred_threads_take_no_more_than_one():
    one, hundred = [ISOLATION, "1", "100", "300"], [ISOLATION, "100", "100", "300"]
    near(divided("--sched", "stride", *hundred, "--and", "--sched", "mlfq", *one), {"stride": 0.5, "mlfq": 0.5})
    near(divided("--sched", "cooperative", *one, "--and", "--sched", "lottery", *hundred), {"cooperative": 0.5, "lottery": 0.5})


def test_programs_of_the_shell_are_apart_too():
    line = "EXON_SCHED=stride isolation 100 200 400 & EXON_SCHED=mlfq isolation 1 200 400; wait"
    near(divided("--file", f"{ISOLATION}:/bin/isolation", "sh", "-c", line), {"stride": 0.5, "mlfq": 0.5})


def test_another_policy_of_slices():
    one, hundred = [ISOLATION, "1", "100", "300"], [ISOLATION, "100", "100", "300"]
    near(divided("--share", "1", "--sched", "stride", *hundred, "--and", "--share", "3", "--sched", "mlfq", *one),
         {"stride": 0.25, "mlfq": 0.75})
    status, _, errors = boot(ISOLATION, options=["--share", "5"])
    equal(status, 125)
    contains(errors, "--share 5: must be a number from 1 to 4")


TAKING = BUILD / "tests" / "guest" / "taking"
BOUND = 0.03  # part of the CPU by which a share may be missed under attack, from half a second after its beginning on


def attacked(policy, *words, options=()):
    """What part of a CPU a program under stride has (scheduled by `policy`, with 4 threads) while another takes what it can."""
    words = [BUILD / "bin" / "exon-run", "--timeout", 140, *options, *words]
    status, output, errors = shell(words, seconds=150)
    equal(status, 0, output.decode() + errors)
    contains(output.decode(), "6 passed, 0 failed")
    had, of = re.findall(rf"^{policy} 4 threads: (\d+) us of (\d+) us", output.decode(), re.M)[0]
    print(f"the victim had {int(had) / int(of):.4f}")
    return int(had) / int(of)


def held(found, wanted, bound=BOUND):
    check(abs(found - wanted) < bound, f"{found}, wanted {wanted}")


def victim(policy):
    return ["--sched", policy, ISOLATION, "4", "600", "1500"]


def attacker(policy):
    return ["--sched", policy, TAKING, "1500", "isolation"]


def test_nobody_takes_time_by_force():
    held(attacked("stride", *victim("stride"), "--and", *attacker("mlfq"), options=["--icount"]), 0.5)
    held(attacked("eevdf", *attacker("lottery"), "--and", *victim("eevdf"), options=["--icount"]), 0.5)


def test_nobody_takes_time_by_force_from_shares():
    options = ["--icount"]
    for mine, other in ((3, 1), (1, 3)):
        held(attacked("stride", "--share", mine, *victim("stride"), "--and", "--share", other, *attacker("mlfq"), options=options),
             mine / 4)


def test_nobody_takes_time_by_force_in_the_shell():
    line = "EXON_SCHED=stride isolation 4 800 1700 & EXON_SCHED=mlfq taking 1700 isolation & wait"
    held(attacked("stride", "--file", f"{ISOLATION}:/bin/isolation", "--file", f"{TAKING}:/bin/taking", "sh", "-c", line,
                  options=["--icount"]), 0.5)


def test_nobody_takes_time_by_force_on_two_cpus():
    """Not with --icount, which runs one processor ahead of the other: so the host's load is in it."""
    held(attacked("stride", "--sched", "stride", ISOLATION, "4", "1500", "4000", "--and", "--sched", "mlfq", TAKING, "4000",
                  "isolation", options=["--cpus", 2, "--env", "EXON_CPUS=2"]), 1.0, 0.15)


def test_each_policy_of_slices():
    """A program with a crowd of processes, under the policy that counts processes, has what they have; one that has one CPU has no
    more of them, and one that may have more has."""
    options = ["--icount", "--slices", "processes"]
    found = attacked("stride", *victim("stride"), "--and", *attacker("mlfq"), options=options)
    check(found < 0.1, f"{found}: one of fifty processes")
    alone = [ISOLATION, "4", "1000", "2000"]
    for policy, low, high in (("equal", 1.5, 2.05), ("one-cpu", 0.5, 1.05)):
        status, output, errors = shell([BUILD / "bin" / "exon-run", "--timeout", 100, "--cpus", 2, "--env", "EXON_CPUS=all",
                                        "--slices", policy, *alone], seconds=110)
        equal(status, 0, errors)
        had, of = re.findall(r"4 threads: (\d+) us of (\d+) us", output.decode())[0]
        print(f"alone under {policy}: {int(had) / int(of):.3f} CPUs")
        check(low < int(had) / int(of) < high, f"{policy}: {output}")
    status, _, errors = boot(ISOLATION, options=["--slices", "fair"])
    equal(status, 125)
    contains(errors, "--slices fair: no such policy of CPU time; there are equal, one-cpu, processes, shares")


def test_who_ran_alone_is_not_kept_out():
    """What a program used while nobody competed is not held against it when somebody does."""
    status, output, errors = boot(BUILD / "tests" / "guest" / "latecomer", options=["--icount"])
    equal(status, 0, errors)
    gap = int(re.search(r"longest gap (\d+) us", output).group(1))
    print(f"longest gap beside one that came late: {gap} us")
    check(gap < 100000, output)


def test_unknown_names():
    status, _, errors = boot(PROGRAM, "name", options=["--sched", "fair"])
    equal(status, 125)
    contains(errors, "--sched fair: no such scheduling policy; there are")
    status, output, errors = boot(PROGRAM, "name", options=["--env", "EXON_SCHED=fair"])
    equal(status, 125, errors)
    contains(output + errors, "no scheduler policy is called fair; there are cooperative fifo")


def test_by_linking():
    with scratch() as folder:
        source = pathlib.Path(folder) / "name.c"
        source.write_text(NAME)
        equal(boot(compiled(folder, source, "-lsched-mlfq"))[:2], (0, "mlfq\n"))
        equal(boot(compiled(folder, source))[:2], (0, "round-robin\n"))


def test_in_ones_own_source():
    check(len(EXAMPLE.read_text().splitlines()) <= 60, "the example is longer than 60 lines")
    with scratch() as folder:
        program = compiled(folder, EXAMPLE)
        status, output, errors = boot(program, options=["--icount"])
        equal(status, 0, errors)
        counts = [int(word) for word in output.partition("policy least-run:")[2].split()]
        check(len(counts) == 3 and min(counts) > max(counts) / 3, output)


def test_mistakes_are_named():
    for word, wanted in (("forget", "scheduler policy bad forgot a thread: "),
                         ("twice", "scheduler policy bad returned a thread that is not ready: "),
                         ("lose", "scheduler policy losing forgot a thread: victim (it holds "),
                         ("garbage", "scheduler policy wrong returned something that is no thread"),
                         ("blocked", "scheduler policy wrong returned a thread that is not ready: "),
                         ("keep", "scheduler policy keeping kept a thread that it gave back")):
        status, output, errors = boot(PROGRAM, word)
        equal(status, 128 + 6, output + errors)
        contains(output + errors, wanted)


run(globals())
