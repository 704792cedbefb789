# SPDX-License-Identifier: MIT
"""The results as a table on the terminal, and as one HTML page that carries its pictures in itself."""
import base64
import html
import os
import sys
import textwrap
import urllib.parse

from . import figures as figuring
from . import plots

STYLE = """body{font:15px/1.45 system-ui,sans-serif;max-width:1180px;margin:2em auto;padding:0 1em;color:#222}
h1{font-size:1.6em}h2{margin-top:2.2em;border-bottom:1px solid #ccc}
table{border-collapse:collapse;font-size:13px;margin:1em 0}td,th{padding:3px 9px;text-align:right;border-bottom:1px solid #e4e4e4}
th:first-child,td:first-child{text-align:left;font-weight:600}th{vertical-align:bottom;background:#f6f6f6}
td.best{background:#dff3e4;font-weight:600}figure{margin:1.4em 0}figure img{max-width:100%;border:1px solid #e8e8e8}
figure.half{display:inline-block;width:48%;margin:.5em 1.5% .5em 0;vertical-align:top}
figcaption{color:#555;font-size:13px}.failed{color:#a11;font-weight:600}.facts{color:#555;font-size:13px}"""


class Section:
    """One part of the page: heading, a paragraph, figures, plots."""

    def __init__(self, title, text, figures=(), plots=()):
        self.title, self.text, self.figures, self.plots = title, text, list(figures), list(plots)
        self.title += " (wall time)" if any(f.clock == "wall" for f in self.figures) else ""


PLAIN = ("ns", "index", "times")  # units that stand in the cells, or are none


def heading(column):
    """The name of a column: figure, its unit if it needs one, and the CPUs if more than one."""
    cpus, name, unit = column
    where = f", {cpus} CPUs" if cpus > 1 and not name.endswith("threads") else ""
    return name + where + (f", {unit}" if unit not in PLAIN and unit not in name else "")


def wrapped(columns, cells):
    """Headings as lines of cells, so that they are not much wider than what stands below them."""
    heads = [textwrap.wrap(heading(c), max(10, *(len(row[i + 1]) for row in cells)), break_long_words=False)
             for i, c in enumerate(columns)]
    high = max(len(head) for head in heads)
    return [[""] + [([""] * (high - len(head)) + head)[line] for head in heads] for line in range(high)]


def table_text(sections):
    """The tables for the terminal; * is the best of a column."""
    out = []
    for section in sections:
        columns, rows = figuring.table(section.figures)
        if not columns:
            continue
        grid = []
        winners = [figuring.best(c, rows) for c in columns]
        for variant, row in rows.items():
            cells = [figuring.shown(row[c].value, row[c].unit) if c in row else "-" for c in columns]
            grid.append([variant] + [cell + ("*" if variant in w else " ") for cell, w in zip(cells, winners)])
        grid = wrapped(columns, grid) + grid
        widths = [max(len(line[i]) for line in grid) for i in range(len(grid[0]))]
        out.append(f"\n{section.title}\n")
        out += ["  ".join(cell.rjust(w) if i else cell.ljust(w) for i, (cell, w) in enumerate(zip(line, widths))).rstrip() + "\n"
                for line in grid]
    return "".join(out)


def table_html(section):
    columns, rows = figuring.table(section.figures)
    if not columns:
        return ""
    head = "".join(f"<th>{html.escape(heading(c))}</th>" for c in columns)
    winners = [figuring.best(c, rows) for c in columns]
    body = []
    for variant, row in rows.items():
        cells = "".join(
            f'<td class="best">{text}</td>' if variant in w else f"<td>{text}</td>"
            for c, w in zip(columns, winners)
            for text in [html.escape(figuring.shown(row[c].value, row[c].unit) if c in row else "-")])
        body.append(f"<tr><td>{html.escape(variant)}</td>{cells}</tr>")
    return f"<table><tr><th></th>{head}</tr>{''.join(body)}</table>"


def picture(folder, plot):
    path = os.path.join(folder, plot.name + ".svg")
    if not os.path.exists(path):
        return ""
    with open(path, "rb") as file:
        data = base64.b64encode(file.read()).decode()
    kind, link = ' class="half"' if plot.half else "", urllib.parse.quote(plot.name)
    return (f'<figure id="{html.escape(plot.name)}"{kind}>'
            f'<img alt="{html.escape(plot.title)}" src="data:image/svg+xml;base64,{data}">'
            f'<figcaption>{html.escape(plot.note)} (<a href="{link}.svg">SVG</a>, <a href="{link}.png">PNG</a>, '
            f'<a href="{link}.tsv">data</a>)'
            "</figcaption></figure>")


def write(folder, title, text, facts, sections, failed=()):
    """Writes folder/index.html. facts: [(name, value)]; pictures are those that plots.draw() left in the folder; failed: lines."""
    parts = [f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{html.escape(title)}</title><style>{STYLE}</style>",
             f"<h1>{html.escape(title)}</h1><p>{html.escape(text)}</p>",
             "<p class='facts'>" + "<br>".join(f"{html.escape(k)}: {html.escape(v)}" for k, v in facts) + "<br>All samples: "
             "<a href='samples.csv'>samples.csv</a>; what is in the tables: <a href='figures.csv'>figures.csv</a></p>"]
    parts += [f"<p class='failed'>Failed: {html.escape(line)}</p>" for line in failed]
    for section in sections:
        parts.append(f"<h2>{html.escape(section.title)}</h2><p>{html.escape(section.text)}</p>{table_html(section)}")
        parts += [picture(folder, plot) for plot in section.plots]
    path = os.path.join(folder, "index.html")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(parts) + "\n</html>\n")
    return path


OWN = (".gp", ".tsv", ".svg", ".png")  # what plots.draw() leaves


def prepare(folder):
    """Makes the folder, and sees that it can be written, before anything runs. OSError if not."""
    os.makedirs(folder, exist_ok=True)
    trial = os.path.join(folder, ".exon-compare")
    with open(trial, "w", encoding="utf-8"):
        pass
    os.unlink(trial)


def clear(folder):
    """Removes the plots of an earlier comparison; other people's files stay."""
    names = os.listdir(folder)
    for plot in [name[:-3] for name in names if name.endswith(".gp")]:
        for ending in OWN:
            if plot + ending in names:
                os.unlink(os.path.join(folder, plot + ending))


def publish(folder, title, text, facts, sections, failed=()):
    """Draws the plots, prints the tables, and writes the page. Without gnuplot it says so, and there are no plots."""
    clear(folder)
    if plots.missing():
        print(f"exon-compare: {plots.missing()}", file=sys.stderr)
    else:
        plots.draw(folder, [plot for section in sections for plot in section.plots])
    tables = table_text(sections)
    print(f"{tables}\n* best of its column" if tables else "nothing to compare")
    print(f"written: {write(folder, title, text, facts, sections, failed)}")
