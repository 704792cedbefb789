# SPDX-License-Identifier: MIT
"""Figures: what follows from samples. A Figure is one cell of the table: a variant's result of a measure.

better: -1 if less is better, 1 if more is, 0 if it is neither.
"""
import collections
import math
import statistics

Figure = collections.namedtuple("Figure", "variant workload cpus clock name value unit better")
PERCENTILES = (50, 95, 99)


def percentile(values, percent):
    """The smallest value that at least so many percent of all do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def mean(values):
    return sum(values) / len(values)


def jain(values):
    """Jain's fairness index: 1 if all are equal, 1/n if one has everything (Jain, Chiu, Hawe, DEC-TR-301, 1984)."""
    squares = sum(v * v for v in values)
    return sum(values) ** 2 / (len(values) * squares) if squares else 1.0


def median_of(runs):
    """The figures of several runs made one each: their medians. runs: [[Figure]], of one variant, workload and number of CPUs."""
    found = {}
    for figure in (figure for run in runs for figure in run):
        found.setdefault(figure.name, []).append(figure)
    return [figures[0]._replace(value=statistics.median(f.value for f in figures)) for figures in found.values()]


def same(samples, name, value, unit, better):
    """A figure for the variant, workload, CPUs and clock of these samples."""
    first = samples[0]
    return Figure(first.variant, first.workload, first.cpus, first.clock, name, value, unit, better)


def shown(value, unit):
    """A value as people read it."""
    if value is None:
        return "-"
    if unit == "ns":
        for size, name in ((1e9, "s"), (1e6, "ms"), (1e3, "us")):
            if abs(value) >= size:
                return f"{value / size:.4g} {name}"
        return f"{value:.4g} ns"
    if abs(value) >= 1000 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.4g}"


def table(figures):
    """(columns, {variant: {column: Figure}}); a column is (cpus, name, unit). Those of a name stand together, by CPUs."""
    columns, rows = {}, {}
    for figure in figures:
        column = (figure.cpus, figure.name, figure.unit)
        columns[column] = True
        rows.setdefault(figure.variant, {})[column] = figure
    names = list(dict.fromkeys(name for _, name, _ in columns))
    return sorted(columns, key=lambda column: (names.index(column[1]), column[0])), rows


def best(column, rows):
    """The variants that are best in a column; none if nothing is better, or all are equal."""
    cells = [r[column] for r in rows.values() if column in r and r[column].value is not None]
    if len(cells) < 2 or not cells[0].better:
        return set()
    top = (max if cells[0].better > 0 else min)(c.value for c in cells)
    winners = {c.variant for c in cells if c.value == top}
    return winners if len(winners) < len(cells) else set()
