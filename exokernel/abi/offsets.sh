#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: offsets.sh OUT.inc CC FLAGS... SOURCE.c
# Compiles SOURCE.c to assembly text and turns its @@NAME VALUE marks into NASM `NAME equ VALUE` lines.
set -eu
out=$1
shift
"$@" -S -o "$out.s"
sed -n 's/^@@\([A-Z0-9_]*\) \$*\(-*[0-9][0-9]*\).*$/\1 equ \2/p' "$out.s" > "$out.tmp"
rm -f "$out.s"
[ -s "$out.tmp" ] || { echo "offsets.sh: no offsets in $*" >&2; exit 1; }
mv "$out.tmp" "$out"
