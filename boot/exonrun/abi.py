# SPDX-License-Identifier: MIT
"""The kernel's names, out of build/share/abi.json, which exokernel/abi/gen.py makes from the tables and headers."""
import json

SCALARS = ("uint8_t", "int8_t", "uint16_t", "uint32_t", "uint64_t", "int64_t", "paddr_t", "vaddr_t", "frame_t", "env_id_t")
EXCEPTIONS = {0: "divide error", 1: "debug exception", 3: "breakpoint", 4: "overflow", 5: "bound exceeded",
              6: "invalid opcode", 7: "no FPU", 11: "segment not present", 12: "stack fault", 13: "protection fault",
              14: "page fault", 16: "FPU error", 17: "alignment check", 19: "SIMD error"}
FOREVER = (1 << 64) - 1


class Abi:
    """calls: [(name, [(C type, name)])] by number; constants: {name: value}; structs by name."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            data = json.load(file)
        self.calls = [(c["name"], [tuple(a) for a in c["args"]]) for c in data["calls"]]
        self.errors = {int(number): name for number, name in data["errors"].items()}
        self.constants, self.structs = data["constants"], data["structs"]

    def call_name(self, number):
        return self.calls[number][0] if number < len(self.calls) else f"call {number}"

    def error_name(self, result):
        """-E_NAME of a negative result (a signed number)."""
        return f"-E_{self.errors[-result]}" if -result in self.errors else str(result)

    def name_of(self, prefix, value):
        """NAME of the constant EXO_<prefix>NAME with this value, or the number."""
        for name, number in self.constants.items():
            if number == value and name.startswith("EXO_" + prefix):
                return name[len("EXO_" + prefix):]
        return str(value)

    def flag_names(self, prefix, names, value):
        """`A|B` of single-bit constants EXO_<prefix>A ...; what has no name as a hexadecimal number."""
        words = []
        for name in names:
            bit = self.constants["EXO_" + prefix + name]
            if value & bit:
                words.append(name)
                value &= ~bit
        if value or not words:
            words.append(f"{value:#x}" if value else "0")
        return "|".join(words)


def signed(value):
    """A 64-bit word as a signed number."""
    return value - (1 << 64) if value >> 63 else value


def exception_name(vector):
    return EXCEPTIONS.get(vector, f"exception {vector}")
