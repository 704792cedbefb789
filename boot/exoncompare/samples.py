# SPDX-License-Identifier: MIT
"""Samples: what was measured, one value each.

A program in the guest prints lines `sample MEASURE SUBJECT VALUE UNIT`; SUBJECT is the thread, job or size measured, and a
measure may have many samples of a subject. The run adds the rest: variant (what is compared: a policy, an allocator), workload,
CPUs, and clock: `icount` if a nanosecond is one guest instruction, and the same every time; `wall` if it is the host's.
"""
import collections
import csv
import re

Sample = collections.namedtuple("Sample", "variant workload cpus clock measure subject value unit")
LINE = re.compile(r"^sample (\S+) (\S+) (-?\d+(?:\.\d+)?) (\S+)$", re.M)


def parse(output, variant, workload, cpus, clock):
    """The samples that a program printed, in its order."""
    return [Sample(variant, workload, cpus, clock, measure, subject, number(value), unit)
            for measure, subject, value, unit in LINE.findall(output)]


def number(text):
    return float(text) if "." in text else int(text)


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
        return [Sample(v, w, int(c), k, m, s, number(x), u) for v, w, c, k, m, s, x, u in rows]


def select(samples, **wanted):
    """Those whose fields are as wanted."""
    return [s for s in samples if all(getattr(s, field) == value for field, value in wanted.items())]


def values(samples, **wanted):
    return [s.value for s in select(samples, **wanted)]


def by_subject(samples, **wanted):
    """{subject: last value}, in the order of the samples."""
    return {s.subject: s.value for s in select(samples, **wanted)}


def variants(samples):
    """All variants, in the order in which they come."""
    return list(dict.fromkeys(s.variant for s in samples))
