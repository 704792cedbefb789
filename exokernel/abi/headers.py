# SPDX-License-Identifier: MIT
"""Reads constants and structures out of the ABI's plain-data headers, so that documentation and host tools need no second
description of them. Understands what those headers contain, and refuses the rest: enum, numeric #define, struct with scalar
fields, arrays, one level of nested structures, and __attribute__((aligned(N)))."""
import re

SCALARS = {"uint8_t": 1, "int8_t": 1, "char": 1, "uint16_t": 2, "uint32_t": 4, "uint64_t": 8, "int64_t": 8, "paddr_t": 8,
           "vaddr_t": 8, "frame_t": 4, "env_id_t": 8}


class HeaderError(Exception):
    """A header says something that this reader does not understand."""


class Field:
    """One field of a structure. count is None for what is no array; fields is set for a nested structure."""

    def __init__(self, kind, name, count, comment, size, align, fields=None):
        self.kind, self.name, self.count, self.comment, self.fields = kind, name, count, comment, fields
        self.offset, self.size, self.align = 0, size, align


class Struct:
    """A structure with its layout (System V ABI) and the comment in front of it."""

    def __init__(self, name, fields, comment):
        self.name, self.fields, self.comment = name, fields, comment
        self.size, self.align = lay_out(fields)


def lay_out(fields):
    """Sets the offsets; returns (size, alignment)."""
    at, align = 0, 1
    for field in fields:
        at += -at % field.align
        field.offset = at
        at += field.size * (field.count or 1)
        align = max(align, field.align)
    return at + -at % align, align


def value_of(text, constants):
    """The value of a constant expression of C."""
    text = re.sub(r"\b(0x[0-9a-fA-F]+|\d+)(?:ull|u|U|ULL)?\b", r"\1", text.strip())
    if not re.fullmatch(r"[\w\s()<>|~+*/-]+", text):
        raise HeaderError(f"cannot evaluate '{text}'")
    try:
        return eval(text.replace("/", "//"), {"__builtins__": {}}, constants)  # pylint: disable=eval-used
    except (NameError, SyntaxError, TypeError):
        raise HeaderError(f"cannot evaluate '{text}'") from None


def read_constants(text, constants):
    """Adds the numeric #defines and enumerators of a header."""
    plain = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    for match in re.finditer(r"^#define (EXO_\w+) ([^\n]+)$|\benum\s*(?:\w+\s*)?\{(.*?)\}", plain, re.M | re.S):
        if match.group(1):
            try:
                constants[match.group(1)] = value_of(match.group(2), constants)
            except HeaderError:
                pass  # no number
            continue
        following = 0
        for word in filter(None, (w.strip() for w in match.group(3).split(","))):
            name, equals, value = word.partition("=")
            constants[name.strip()] = following = value_of(value, constants) if equals else following
            following += 1


def comment_text(comment):
    """The words of a C comment on one line."""
    return " ".join(re.sub(r"^\s*/?\*+/?", "", line).strip() for line in comment.replace("*/", "").split("\n")).strip()


def read_fields(body, constants, structs):
    """The fields of a structure's body."""
    fields = []
    token = re.compile(r"\s*(?:(?P<comment>/\*.*?\*/)|struct\s*\{(?P<body>[^{}]*)\}\s*(?P<nested>\w+)\s*(?:\[(?P<n>\w+)\])?\s*;"
                       r"|(?P<type>(?:struct\s+)?\w+)\s+(?P<names>[^;{}]+);)", re.S)
    at = 0
    while body[at:].strip():
        match = token.match(body, at)
        if not match:
            raise HeaderError(f"cannot read field at '{body[at:at + 60].strip()}'")
        if match["comment"]:
            same_line = "\n" not in body[at:match.start("comment")]
            if fields and same_line:
                fields[-1].comment = comment_text(match["comment"])
        elif match["body"] is not None:
            inner = read_fields(match["body"], constants, structs)
            size, align = lay_out(inner)
            count = value_of(match["n"], constants) if match["n"] else None
            fields.append(Field("struct", match["nested"], count, "", size, align, inner))
        else:
            fields += declared(match["type"], match["names"], constants, structs)
        at = match.end()
    return fields


def declared(kind, names, constants, structs):
    """The fields of one declaration such as `uint32_t a, b[4]`."""
    fields = []
    for word in names.split(","):
        match = re.fullmatch(r"(\w+)\s*(?:\[(.+?)\])?\s*(?:__attribute__\(\(aligned\((\d+)\)\)\))?", word.strip())
        if not match:
            raise HeaderError(f"cannot read declaration '{kind} {word}'")
        name = kind.split()[-1]
        struct = structs.get(name) if kind.startswith("struct") else None
        if struct is None and name not in SCALARS:
            raise HeaderError(f"unknown type '{kind}'")
        size, align = (struct.size, struct.align) if struct else (SCALARS[name], SCALARS[name])
        count = value_of(match[2], constants) if match[2] else None
        fields.append(Field(kind, match[1], count, "", size, max(align, int(match[3] or 1)), struct and struct.fields))
    return fields


def read_structs(text, constants, structs):
    """Adds the structures of a header, by name."""
    pattern = r"((?:/\*(?:[^*]|\*(?!/))*\*/\n)?)((?:#define [^\n]*\n)?)struct (\w+) \{\n(.*?)^\};"
    for match in re.finditer(pattern, text, re.M | re.S):
        fields = read_fields(match[4], constants, structs)
        structs[match[3]] = Struct(match[3], fields, comment_text(match[1]))


def read_headers(paths):
    """Returns ({name: value}, {name: Struct}) of headers, in the order in which they include each other."""
    constants, structs = {}, {}
    for path in paths:
        with open(path) as file:
            text = file.read()
        try:
            read_constants(text, constants)
            read_structs(text, constants, structs)
        except HeaderError as error:
            raise HeaderError(f"{path}: {error}") from None
    return constants, structs
