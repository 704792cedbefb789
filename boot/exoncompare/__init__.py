# SPDX-License-Identifier: MIT
"""Comparing: the same programs run under each of several variants (scheduling policies, allocators), measured and shown.

  samples.py    what was measured: one sample a line, as programs print them and as CSV
  figures.py    what follows from samples: percentiles, fairness
  machine.py    one run of a program in the guest, and its samples
  plots.py      pictures of samples, by gnuplot, as SVG and PNG
  page.py       one HTML page that shows figures and pictures together; the table on the terminal
  options.py    what the command lines have in common

These know nothing of what is compared. Schedulers are compared by exon-compare:

  gantt.py      who ran when, from a trace
  schedulers.py the workloads, and the figures and pictures of each
  main.py       the command line

and heaps by exon-compare --heaps: heaps.py.
"""
