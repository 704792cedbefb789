#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 400
"""Heaps compared (exon-compare --heaps): on a small run, twice; traces that are none. Layer: tests."""
import pathlib
import struct
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tools"), str(HERE.parents[1] / "boot")]
from harness import BUILD, check, contains, equal, run, scratch, shell, succeed  # noqa: E402

from exoncompare import heaps, plots, samples  # noqa: E402

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
            held, = samples.values(found, measure="held")
            check(100000 < live <= held <= peak < 10 * live, f"{heap}: in use {live}, in blocks {held}, from the system {peak}")
            rounds = samples.select(found, measure="operation")
            equal([s.subject for s in rounds], [f"{n}-threads/round{i}" for n in (1, 2, 3, 4) for i in (1, 2, 3)])
            equal([s.cpus for s in rounds[::3]], [1, 2, 3, 4])
            check(all(10 < s.value < 2000 for s in rounds), f"{heap}: {rounds}")
        page = (results / "index.html").read_text(encoding="utf-8")
        contains(page, "Mixed sizes")
        if not plots.missing():
            equal(page.count("<img"), 3)


def test_records_become_a_trace():
    records = b"".join(struct.pack("<QII", *r, 0) for r in ((1, 16), (2, 32), (1, 0), (9, 0), (3, 48), (2, 0)))
    equal(heaps.operations(records), (2, [(0, 16), (1, 32), (0, 0), (0, 48), (1, 0)]))


def test_records_are_replayed_and_a_trace_that_is_none_is_told():
    with scratch() as folder:
        records = [(i + 1, 16 * (i + 1), 0) for i in range(300)] + [(i + 1, 0, 0) for i in range(100)]
        pathlib.Path(folder, "good.records").write_bytes(b"".join(struct.pack("<QII", *record) for record in records))
        heaps.write_trace(f"{folder}/beyond", 2, [(0, 16), (2, 16)])
        pathlib.Path(folder, "torn").write_bytes(b"\1\0\0\0\0\0\0\0\0\0\0\0\1")
        words = [*COMPARE, folder, "--policies", "buddy", "--out", f"{folder}/out", "--jobs", "1"]
        status, output, errors = shell(words, seconds=180)
        equal(status, 1, errors)
        for trace in ("beyond", "torn"):
            contains(errors, f"buddy: {trace}, course of memory: ended with status 1\n  replay: not a trace")
        contains(errors, "2 of 7 runs failed")
        contains(output.decode(), "\ngood\n")


def test_mistakes_are_told_before_anything_runs():
    with scratch() as folder:
        status, _, errors = shell([*COMPARE, folder])
        equal((status, errors), (2, f"exon-compare: {folder}: no traces there\n"))
        heaps.write_trace(f"{folder}/one", 1, [(0, 16)])
        for words, wanted in ((["--policies", "pile"], "no such heap: pile; there are newlib, bump,"),
                              (["--workloads", "two"], "no such trace: two; there are one")):
            status, _, errors = shell([*COMPARE, folder, *words])
            equal(status, 2)
            contains(errors, wanted)
        status, _, errors = shell([*COMPARE[:2], f"{folder}/nothing", folder])
        equal((status, errors), (2, f"exon-compare: {folder}/nothing: no such program\n"))


run(globals())
