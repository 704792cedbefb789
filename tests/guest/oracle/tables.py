# SPDX-License-Identifier: MIT
"""The kernel's tables in a picture of a machine's memory: layouts come from what the build makes of the ABI (gen/abi.json), a
few addresses from the kernel's symbols. Layer: tests."""
import json
import subprocess

from machine import BUILD

PAGE = 4096
PRESENT, WRITE, USER, LARGE, ADDRESS, NX = 1, 2, 4, 0x80, 0x000ffffffffff000, 1 << 63
ACCESSED, SOFT = 0x20, 0xe00
KERNEL_BASE = 0xffffffff80000000
SYMBOLS = ("kernel_lock", "cpus", "revoked", "cap_revocations")
DIRECT_BASE = 0xffff880000000000

with open(BUILD / "gen" / "abi.json", encoding="utf-8") as abi_file:
    ABI = json.load(abi_file)
CONSTANT = ABI["constants"]


def layout(name):
    """(bytes, {field: offset}) of a structure."""
    struct = ABI["structs"][name]
    return struct["bytes"], {field[2]: field[0] for field in struct["fields"]}


def kernel_symbols():
    """{name: physical address} of what the oracle looks at in the kernel's own data."""
    lines = subprocess.run(["nm", str(BUILD / "exon.elf")], capture_output=True, check=True, text=True).stdout.splitlines()
    found = {}
    for line in lines:
        address, _, name = line.split()[-3:] if len(line.split()) > 2 else ("0", "", "")
        if name in SYMBOLS:
            found[name] = int(address, 16) - KERNEL_BASE
    missing = set(SYMBOLS) - set(found)
    if missing:
        raise SystemExit(f"the kernel has no symbol {', '.join(missing)}: teach tests/guest/oracle its new name")
    return found


class Picture:
    """Memory at one moment. memory: anything with the buffer interface, from physical address 0."""

    def __init__(self, memory, pml4):
        self.bytes = memoryview(memory)
        self.words = self.bytes.cast("Q")
        self.dwords = self.bytes.cast("I")
        self.pml4 = pml4

    def table(self, address):
        """The 512 entries of a page table."""
        return self.words[address // 8:address // 8 + 512].tolist()

    def physical(self, virtual):
        """Physical address that the kernel half maps there."""
        table = self.pml4
        for shift in (39, 30, 21, 12):
            entry = self.words[table // 8 + (virtual >> shift & 511)]
            if not entry & PRESENT:
                raise LookupError(hex(virtual))
            if shift == 12 or entry & LARGE:
                size = 1 << shift
                return (entry & ADDRESS & ~(size - 1)) + virtual % size
            table = entry & ADDRESS
        return None

    def span(self, virtual, count):
        """Physical address of a published table, which must lie in one piece."""
        first = self.physical(virtual)
        for offset in range(0, count, PAGE):
            if self.physical(virtual + offset) != first + offset:
                raise LookupError(f"{virtual:#x} is not in one piece")
        return first


class Places:
    """Where the published tables lie: looked up once a machine."""

    def __init__(self, picture):
        info = picture.physical(CONSTANT["EXO_PUB_INFO"])
        _, fields = layout("exo_info")
        self.info = info
        self.frame_count = picture.dwords[(info + fields["frames"]) // 4]
        self.quota_count = picture.dwords[(info + fields["quotas"]) // 4]
        self.free_frames = info + fields["free_frames"]
        self.frames = picture.span(CONSTANT["EXO_PUB_FRAMES"], self.frame_count * layout("exo_frame")[0])
        self.envs = picture.span(CONSTANT["EXO_PUB_ENVS"], CONSTANT["EXO_ENVS_MAX"] * layout("exo_env_info")[0])
        self.quotas = picture.span(CONSTANT["EXO_PUB_QUOTAS"], self.quota_count * layout("exo_quota")[0])
        self.kernel_half = [entry & ~ACCESSED for entry in picture.table(picture.pml4)[256:]]
        self.symbols = kernel_symbols()
        with open(BUILD / "gen" / "kernel_offsets.inc", encoding="utf-8") as file:
            self.offsets = {line.split()[0]: int(line.split()[2]) for line in file if " equ " in line}


def column(picture, start, count, struct, field, code):
    """One field of an array of structures, as a list. code: of memoryview.cast."""
    size, fields = layout(struct)
    width = {"B": 1, "H": 2, "I": 4, "Q": 8}[code]
    view = picture.bytes[start:start + size * count].cast(code)
    return view[fields[field] // width::size // width].tolist()


class Frames:
    """The frame table, by columns."""

    def __init__(self, picture, places):
        def take(field, code):
            return column(picture, places.frames, places.frame_count, "exo_frame", field, code)

        self.type, self.seq = take("type", "B"), take("seq", "I")
        self.guard_bits, self.guard_len = take("guard_bits", "Q"), take("guard_len", "B")
        self.maps, self.writes, self.quota = take("maps", "I"), take("writes", "I"), take("quota", "H")
        self.picture, self.start = picture, places.frames
        size, fields = layout("exo_frame")
        self.size, self.acl_offset = size, fields["acl"]

    def acl(self, frame):
        """The entries of the access list: (bits, length, rights)."""
        at = self.start + frame * self.size + self.acl_offset
        return [read_cap(self.picture, at + 16 * i) for i in range(CONSTANT["EXO_ACL_ENTRIES"])]


def read_cap(picture, at):
    return picture.words[at // 8], picture.bytes[at + 8], picture.bytes[at + 9]


class Env:
    """One entry of the table of environments."""

    def __init__(self, picture, at):
        _, fields = layout("exo_env_info")

        def byte(name):
            return picture.bytes[at + fields[name]]

        def dword(name):
            return picture.dwords[(at + fields[name]) // 4]

        self.seq, self.state, self.sweeping = dword("seq"), byte("state"), byte("sweeping")
        self.id, self.pml4_frame = picture.words[(at + fields["id"]) // 8], dword("pml4_frame")
        self.mapped, self.table_pages = dword("mapped"), dword("table_pages")
        caps = [read_cap(picture, at + fields["caps"] + 16 * i) for i in range(CONSTANT["EXO_CAP_SLOTS"])]
        self.caps = [cap for cap in caps if cap[2]]


def environments(picture, places):
    """Those that are not free."""
    size, _ = layout("exo_env_info")
    states = column(picture, places.envs, CONSTANT["EXO_ENVS_MAX"], "exo_env_info", "state", "B")
    return [Env(picture, places.envs + i * size) for i, state in enumerate(states) if state != CONSTANT["EXO_ENV_FREE"]]


def dominates(bits, length, below_bits, below_length):
    return length <= below_length and (not length or (bits ^ below_bits) >> (64 - length) == 0)


def physical(pointer):
    """Of a pointer into the direct map or the kernel's image."""
    return pointer - (KERNEL_BASE if pointer >= KERNEL_BASE else DIRECT_BASE)


class Kernel:
    """What is under way: whether the lock is held, whether counts wait for TLBs, which prefixes are being revoked."""

    def __init__(self, picture, places, cpus):
        at = places.symbols
        self.locked = picture.dwords[at["kernel_lock"] // 4] != 0
        self.pending = False
        for i in range(cpus):
            cpu = physical(picture.words[at["cpus"] // 8 + i])
            batch = physical(picture.words[(cpu + places.offsets["CPU_PT_BATCH"]) // 8])
            self.pending |= picture.dwords[(batch + places.offsets["PT_BATCH_N"]) // 4] != 0
        self.revoked = []
        for i in range(picture.dwords[at["cap_revocations"] // 4]):
            entry = at["revoked"] + 16 * i
            self.revoked.append((picture.words[entry // 8], picture.bytes[entry + 8]))
