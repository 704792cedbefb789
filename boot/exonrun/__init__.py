# SPDX-License-Identifier: MIT
"""exon-run: what it is made of.

  options.py   the command line
  cpio.py      the archive format (newc)
  image.py     the boot image: first environment, archive, manifest
  iso.py       the GRUB image
  qemu.py      the command line of QEMU
  relay.py     terminal, console channel and kernel log while QEMU runs
  main.py      puts them together
"""
