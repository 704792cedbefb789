#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: mkfont.py FONT.psf[.gz] OUT.h

Makes the header with the glyphs and the Unicode map of a console font (PSF 1 or 2, 8 pixels wide), as packages such as
console-setup-linux carry them. Host tool of the build; drivers/bitmap_font.h says what the data mean.
Sources: the psf(5) description of kbd. Sequences of several characters for one glyph are left out.
"""
import gzip
import struct
import sys


class FontError(Exception):
    """What is wrong with a font file, in words for the person who builds."""


def read_psf1(data):
    """Returns (height, glyphs, list of characters of each glyph) of a version 1 file."""
    mode, height = data[2], data[3]
    count = 512 if mode & 1 else 256
    if not mode & 2:
        raise FontError("it has no Unicode table")
    table = 4 + count * height
    glyphs = [data[4 + i * height:4 + (i + 1) * height] for i in range(count)]
    characters = [[] for _ in range(count)]
    glyph, single = 0, True
    for (value,) in struct.iter_unpack("<H", data[table:table + (len(data) - table) // 2 * 2]):
        if value == 0xFFFF:
            glyph, single = glyph + 1, True
        elif value == 0xFFFE:
            single = False
        elif single and glyph < count:
            characters[glyph].append(value)
    return height, glyphs, characters


def read_psf2(data):
    """Returns (height, glyphs, list of characters of each glyph) of a version 2 file."""
    _, _, start, flags, count, size, height, width = struct.unpack_from("<8I", data)
    if width != 8 or size != height:
        raise FontError("glyphs are %d pixels wide, not 8" % width)
    if not flags & 1:
        raise FontError("it has no Unicode table")
    glyphs = [data[start + i * size:start + (i + 1) * size] for i in range(count)]
    records = data[start + count * size:].split(b"\xff")[:count]
    characters = [[ord(c) for c in r.split(b"\xfe")[0].decode("utf-8")] for r in records]
    return height, glyphs, characters


def read_font(path):
    """Reads a font file of either version."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    try:
        if data[:2] == b"\x36\x04":
            font = read_psf1(data)
        elif data[:4] == b"\x72\xb5\x4a\x86":
            font = read_psf2(data)
        else:
            raise FontError("not a PSF font")
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise FontError("it is damaged (%s)" % error) from error
    if any(len(glyph) != font[0] for glyph in font[1]):
        raise FontError("it is cut short")
    return font


def header(height, glyphs, characters):
    """The text of OUT.h."""
    places = {}
    for glyph, names in enumerate(characters):
        for name in names:
            if name <= 0xFFFF:
                places.setdefault(name, glyph)
    missing = [c for c in range(0x20, 0x7F) if c not in places]
    if missing:
        raise FontError("it has no glyph for %s" % ", ".join("U+%04X" % c for c in missing))
    unknown = places.get(0xFFFD, places[ord("?")])
    lines = ["/* Made by drivers/mkfont.py. */", "#define FONT_HEIGHT %d" % height, "#define FONT_UNKNOWN %d" % unknown,
             "static const struct font_place font_place[] = {"]
    lines += ["    { 0x%04x, %d }," % item for item in sorted(places.items())]
    lines += ["};", "static const unsigned char font_bits[] = {"]
    lines += ["    " + " ".join("0x%02x," % byte for byte in glyph) for glyph in glyphs]
    return "\n".join(lines + ["};", ""])


def main(arguments):
    if len(arguments) != 2:
        sys.exit(__doc__.splitlines()[0])
    source, target = arguments
    try:
        text = header(*read_font(source))
    except (OSError, FontError, EOFError, gzip.BadGzipFile) as error:
        sys.exit("mkfont.py: %s: %s" % (source, error))
    with open(target, "w", encoding="ascii") as file:
        file.write(text)


if __name__ == "__main__":
    main(sys.argv[1:])
