# SPDX-License-Identifier: MIT
"""What the first exokernel's paper measured, beside what this tree does. Layer: tests; report.py makes a table of it.

Engler, Kaashoek and O'Toole, "Exokernel: An Operating System Architecture for Application-Level Resource Management", SOSP 1995.
A figure stands here only if it was checked against the paper, or against somebody's transcript of it (abstract and §1 are
quoted in full by several, Table 5 by one; there are summaries about whose figures are made up). A table is added by adding
Entries: `pairs` are microseconds of the paper's peer (Ultrix) and of Aegis or ExOS.
"""
from dataclasses import dataclass, field


@dataclass
class Entry:
    """One operation. said: the paper's words where it gives a ratio and no pair. rows: ours, whose peer is Linux."""
    where: str
    what: str
    pairs: list = field(default_factory=list)  # (machine, peer, exokernel)
    said: str = ""
    rows: list = field(default_factory=list)
    remark: str = ""


ENTRIES = [
    Entry("abstract", "primitives of the kernel, against Ultrix", said="10 to 100", rows=["null_call", "fault"]),
    Entry("§5.5, Table 5", "protection exception to the program's handler, against Ultrix",
          pairs=[("DEC2100", 238.0, 3.0), ("DEC3100", 177.0, 2.3), ("DEC5000/125", 154.0, 1.5)], rows=["fault"],
          remark="with the way back"),
    Entry("§1", "exception dispatch and control transfer, against Ultrix 4.2", said="roughly 100", rows=["fault"],
          remark="Linux has no such transfer"),
    Entry("§1", "exception dispatch, against the best reported until then", said="5", remark="no such peer here"),
    Entry("§1", "protected control transfer, against the best reported until then", said="almost 7", remark="no such peer here"),
    Entry("abstract", "virtual memory and communication in the library, against Ultrix", said="5 to 40",
          rows=["trap", "prot1", "prot100", "unprot100", "appel1", "appel2"]),
]

LEFT_OUT = """The words of the abstract and of §1, and the figures of Table 5, are those of public transcripts. Left out, because
their figures could not be checked against the paper: null procedure and system calls (Table 4), control transfers in microseconds
(Table 6), pipes, shared memory and LRPC (Table 8), and the single primitives of virtual memory (Table 10). Packet filters and
networks (Tables 7 and 11) have no counterpart here."""


def paper_ratio(entry):
    """The paper's ratio to its peer, as text."""
    if not entry.pairs:
        return entry.said
    return ", ".join(f"{peer / own:.0f} ({peer} by {own} µs, {machine})" for machine, peer, own in entry.pairs)


def our_ratio(entry, figures):
    """Ours, as text. figures: row name -> ratio or None."""
    ratios = [f"{figures(name):.1f} (`{name}`)" if figures(name) else f"not measured (`{name}`)" for name in entry.rows]
    return ", ".join(ratios + ([entry.remark] if entry.remark else []))


def lines(figures):
    """Rows of a Markdown table."""
    return [f"| {e.where} | {e.what} | {paper_ratio(e)} | {our_ratio(e, figures)} |" for e in ENTRIES]
