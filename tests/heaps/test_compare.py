#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 400
"""Heaps compared (exon-compare --heaps): on a small run, twice. Layer: tests."""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tools"), str(HERE.parents[1] / "boot")]
from harness import BUILD, check, contains, equal, run, scratch, shell, succeed  # noqa: E402

from exoncompare import plots, samples  # noqa: E402

COMPARE = [BUILD / "bin" / "exon-compare", "--heaps", BUILD / "compare" / "heaps" / "replay"]


def test_two_runs_give_the_same_figures():
    with scratch() as folder:
        traces = pathlib.Path(folder, "traces")
        traces.mkdir()
        succeed([sys.executable, HERE / "record", BUILD, traces, "random"])
        told = []
        for out in ("a", "b"):
            status, output, errors = shell([*COMPARE, traces, "--policies", "newlib,slab", "--out", f"{folder}/{out}"],
                                           seconds=180)
            equal(status, 0, errors)
            contains(errors, "[ 1/10] newlib: random")
            told.append(output.decode().partition("\nwritten")[0])
        equal(told[0], told[1], "the table")
        results = pathlib.Path(folder, "a")
        for name in ("samples.csv", "figures.csv"):
            equal((results / name).read_bytes(), pathlib.Path(folder, "b", name).read_bytes(), name)
        for heap in ("newlib", "slab"):
            found = samples.select(samples.read(results / "samples.csv"), variant=heap)
            live, = samples.values(found, measure="live")
            peak, = samples.values(found, measure="peak")
            check(100000 < live <= peak < 10 * live, f"{heap}: in use {live}, from the system {peak}")
            equal(sorted(s.cpus for s in samples.select(found, measure="later")), [1, 2, 3, 4])
            check(all(10 < s.value < 2000 for s in samples.select(found, measure="later")), f"{heap}: {found[-3:]}")
        page = (results / "index.html").read_text(encoding="utf-8")
        contains(page, "Mixed sizes")
        if not plots.missing():
            equal(page.count("<img"), 3)


def test_unknown_names():
    with scratch() as folder:
        status, _, errors = shell([*COMPARE, folder, "--policies", "pile"])
        equal(status, 2)
        contains(errors, "there is no pile; heaps: newlib, bump,")


run(globals())
