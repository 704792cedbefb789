# SPDX-License-Identifier: MIT
"""Writes system calls as text, a line each, when they have ended:

    [    0.123456] hello/0 pt_update(env=0, ctl=0, ops=[{va=0x1000, frame=77, count=1, op=MAP, ...}], n=1) = 1

Arguments have the names of calls.tbl; what pointers led to is shown as far as the trace has it, results after an arrow.
"""
import struct

from .abi import FOREVER, SCALARS, signed

# Numbers that are flags or one of a list: by call and argument, or by structure and field.
FLAGS = {
    "frame_alloc.flags": ("FRAME_", ("ZERO", "AUTO", "RUN")),
    "exo_pt_op.prot": ("PROT_", ("WRITE", "EXEC", "WX", "NONE", "LARGE")),
    "exo_term.flags": ("TERM_", ("AND",)),
    "exo_irq_spec.flags": ("IRQ_", ("SHARED", "MASKED")),
    "exo_cap.rights": ("RIGHT_", ("READ", "WRITE", "CONTROL", "GRANT")),
}
CHOICES = {
    "quota_set.kind": "QUOTA_", "power.action": "POWER_", "log_write.level": "LOG_", "exo_pt_op.op": "PT_", "exo_term.op": "TERM_",
}
# What stands for "any", "none", "for ever" in arguments of these names.
SPECIAL = {("frames", 0xffffffff): "ANY", ("position", 0xffffffff): "ANY", ("act", 0xffffffff): "ANY", ("env", FOREVER): "NONE",
           ("deadline_ns", FOREVER): "FOREVER", ("slot", 0xffffffff): "NONE", ("ctl", 0xffffffff): "NONE"}
DECIMAL = {"slot", "dst", "src", "ctl", "to", "cap", "n", "count", "act", "cpu", "position", "index", "line", "len", "width", "env",
           "frame", "frames", "level", "action", "kind", "device", "slots", "first", "deadline_ns", "soft", "op", "gap_ns",
           "priority"}
LIST_MAX = 8


class Strace:
    """A listener of Story. write: a function of a line. wanted(name): is this environment shown?"""

    def __init__(self, abi, write, wanted):
        self.abi, self.write, self.wanted, self.story = abi, write, wanted, None

    def run(self, run):
        pass

    def point(self, event):
        pass

    def thread(self, change):
        pass

    def call(self, call):
        name = self.story.name(call.env)
        if self.wanted(name):
            self.write(f"[{call.start / 1e9:12.6f}] {name}/{call.act} {self.text(call)}")

    def text(self, call):
        """One call as text."""
        if call.number >= len(self.abi.calls):
            return f"call {call.number}() = {self.abi.error_name(call.result or 0)}"
        name, parameters = self.abi.calls[call.number]
        words = [f"{parameter}={self._argument(call, name, kind, parameter, value)}"
                 for (kind, parameter), value in zip(parameters, call.arg)]
        if not call.returned:
            result = "?"
        elif call.result < 0:
            result = self.abi.error_name(call.result)
        else:
            result = str(call.result)
        return f"{name}({', '.join(words)}) = {result}"

    def _argument(self, call, name, kind, parameter, value):
        if not kind.endswith("*"):
            return self._number(f"{name}.{parameter}", parameter, value & 0xffffffff if kind == "uint32_t" else value)
        if value == 0:
            return "NULL"
        read, wrote = collect(call.read, value), collect(call.wrote, value)
        shown = self._pointed(name, kind, parameter, read) if read else f"{value:#x}"
        return shown + (f"->{self._pointed(name, kind, parameter, wrote)}" if wrote else "")

    def _pointed(self, name, kind, parameter, data):
        base = kind.replace("const", "").replace("*", "").replace("struct", "").strip()
        if base == "char":
            return '"' + data.split(b"\0")[0].decode("utf-8", "replace") + '"'
        if base == "uint32_t":
            items = [self._number(f"{name}.{parameter}", parameter, v) for v, in struct.iter_unpack("<I", data[:len(data) & ~3])]
            return show_list(items)
        layout = self.abi.structs.get(base)
        if layout is None:
            return data.hex()
        size = layout["bytes"]
        items = [self._struct(base, layout["fields"], data[at:at + size]) for at in range(0, len(data), size)]
        return items[0] if len(items) == 1 and parameter not in ("ops", "terms") else show_list(items)

    def _struct(self, name, fields, data):
        words = []
        for offset, kind, field, size, count, _ in fields:
            if field == "reserved" or offset + size * (count or 1) > len(data):
                continue
            part = data[offset:offset + size * (count or 1)]
            if kind == "char":
                words.append(f'{field}="{part.split(bytes(1))[0].decode("latin-1")}"')
            elif kind in SCALARS:
                values = [int.from_bytes(part[i:i + size], "little") for i in range(0, len(part), size)]
                texts = [self._number(f"{name}.{field}", field, v) for v in values]
                words.append(f"{field}={show_list(texts) if count else texts[0]}")
        return "{" + ", ".join(words) + "}"

    def _number(self, where, name, value):
        if where in FLAGS:
            return self.abi.flag_names(*FLAGS[where], value)
        if where == "pt_one.what":  # four bytes of struct exo_pt_op
            parts = zip(("op", "prot", "soft", "cap"), value.to_bytes(8, "little"))
            return "{" + ", ".join(f"{field}={self._number(f'exo_pt_op.{field}', field, byte)}" for field, byte in parts) + "}"
        if where in CHOICES:
            return self.abi.name_of(CHOICES[where], value)
        if where == "exo_pt_op.cap" and value == self.abi.constants["EXO_PT_ACL"]:
            return "ACL"
        if (name, value) in SPECIAL:
            return SPECIAL[name, value]
        if name == "env" and value in self.story.names:
            return f"{value}<{self.story.names[value]}>"
        return str(signed(value)) if name in DECIMAL else f"{value:#x}"


def show_list(items):
    return "[" + ", ".join(items[:LIST_MAX] + ["..."] * (len(items) > LIST_MAX)) + "]"


def collect(copies, address):
    """The bytes from an address on, out of {address: bytes} pieces that follow each other."""
    data = b""
    while address + len(data) in copies and copies[address + len(data)]:
        data += copies[address + len(data)]
    return data
