# SPDX-License-Identifier: MIT
"""The part of the command line that all comparers have, and how it is refused."""
import os
import sys

VALUED = ("--policies", "--workloads", "--scale", "--cpus", "--runs", "--jobs", "--out", "--timeout", "--file")
JOBS_MOST = 8  # by itself; a machine has 256 MiB


def refuse(why):
    print(f"exon-compare: {why}", file=sys.stderr)
    raise SystemExit(2)


def listed(text, known, what):
    """A list separated by commas, of what is known."""
    names = [name for name in text.split(",") if name]
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        refuse(f"no such {what}: {', '.join(unknown) or 'none given'}; there are {', '.join(known)}")
    return list(dict.fromkeys(names))


def without_heaps(words):
    """The words without --heaps, or None if it is not among the options before the program."""
    for i, word in enumerate(words):
        if word == "--heaps":
            return words[:i] + words[i + 1:]
        if not word.startswith("-") and not (i and words[i - 1] in VALUED):
            return None
    return None


def add_common(parser, out, where):
    """out: the default; where: how the help calls it."""
    parser.add_argument("--wall", action="store_true", help="the host's time, not counted instructions: marked so")
    parser.add_argument("--runs", type=int, metavar="N",
                        help="how often each is measured; tables have the medians, or of heaps the least (1; with --wall 3)")
    parser.add_argument("--jobs", type=int, metavar="N", help="how many machines run at once (as many as the host has CPUs, up to "
                        f"{JOBS_MOST}; with --wall 1)")
    parser.add_argument("--out", metavar="DIR", default=out, help=f"folder of the results ({where})")
    parser.add_argument("--timeout", type=int, default=120, metavar="SECONDS", help="of one run (120)")


def check_common(parser, options):
    options.runs = (3 if options.wall else 1) if options.runs is None else options.runs
    options.jobs = (1 if options.wall else min(os.cpu_count() or 1, JOBS_MOST)) if options.jobs is None else options.jobs
    if not 1 <= options.jobs <= 64:
        parser.error("--jobs is from 1 to 64")
    if not 1 <= options.runs <= 100 or not 1 <= options.timeout <= 100000:
        parser.error("--runs is from 1 to 100, --timeout from 1 to 100000")
