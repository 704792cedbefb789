# SPDX-License-Identifier: MIT
"""Samples: what was measured, one value each.

A program in the guest prints lines `sample MEASURE SUBJECT VALUE UNIT`; SUBJECT is the thread, job or size measured, and a
measure may have many samples of a subject. The run adds the rest: variant (what is compared: a policy, an allocator), workload,
CPUs, clock (`icount` if a nanosecond is one guest instruction, and the same every time; `wall` if it is the host's), and which of
several runs it was.
"""
import collections
import csv
import re
import statistics

Sample = collections.namedtuple("Sample", "variant workload cpus clock measure subject value unit run", defaults=(1,))
LINE = re.compile(r"^sample (\S+) (\S+) ([-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?) (\S+)$", re.M)


def parse(output, variant, workload, cpus, clock, run=1):
    """The samples that a program printed, in its order."""
    return [Sample(variant, workload, cpus, clock, measure, subject, number(value), unit, run)
            for measure, subject, value, unit in LINE.findall(output)]


def unread(output):
    """Lines that are meant as samples and are none."""
    return [line for line in output.splitlines() if line.startswith("sample ") and not LINE.match(line)]


def number(text):
    return int(text) if text.lstrip("+-").isdigit() else float(text)


def write(path, samples, kind=Sample):
    """A CSV file with one line a sample (or figure: any named tuple)."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(kind._fields)
        writer.writerows(samples)


def read(path):
    """What write() wrote."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        if tuple(next(rows, ())) != Sample._fields:
            raise ValueError(f"{path}: not a table of samples; its first line must be {','.join(Sample._fields)}")
        return [Sample(v, w, int(c), k, m, s, number(x), u, int(r)) for v, w, c, k, m, s, x, u, r in rows]


def select(samples, **wanted):
    """Those whose fields are as wanted."""
    return [s for s in samples if all(getattr(s, field) == value for field, value in wanted.items())]


def values(samples, **wanted):
    return [s.value for s in select(samples, **wanted)]


def by_subject(samples, **wanted):
    """{subject: the median of its values}, in the order of the samples."""
    found = {}
    for sample in select(samples, **wanted):
        found.setdefault(sample.subject, []).append(sample.value)
    return {subject: statistics.median(values) for subject, values in found.items()}
