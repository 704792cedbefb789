#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# seconds: 300
"""Bad input at boot and at spawn: each ends, in time, with a message that names the cause, and with the status of a failure.

Boot images are made here and booted by exon-run --image; broken programs are files of a good image, started by init or, so
that what survives can be seen, by the shell.
"""
import pathlib
import shlex
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "boot"))
from harness import BUILD, check, contains, equal, run, scratch, shell  # noqa: E402
from exonrun import cpio, image  # noqa: E402

SECONDS = 20
BROKEN = 125      # init could not bring the machine up, or the kernel stopped
NOT_STARTED = 127
LOAD, EXEC, WRITE, READ = 1, 1, 2, 4


def boot(*words, stdin=b"", options=()):
    """(status, output, messages and kernel log) of exon-run."""
    with scratch() as folder:
        log = pathlib.Path(folder) / "log"
        status, output, errors = shell([BUILD / "bin" / "exon-run", "--timeout", SECONDS, "--log", log, *options, *words],
                                       stdin=stdin, seconds=SECONDS + 20)
        kernel = log.read_text(errors="replace") if log.exists() else ""
    return status, output.decode(errors="replace"), errors + kernel


def boot_image(data, *options):
    with scratch() as folder:
        path = pathlib.Path(folder) / "boot.img"
        path.write_bytes(data)
        return boot("--image", path, options=options)


def parts():
    """(init, archive) of the built image."""
    return image.split_image((BUILD / "boot.img").read_bytes())


def page(data):
    return data + bytes(-len(data) % image.PAGE)


def ends_with(result, status, message):
    found, output, told = result
    contains(output + told, message)
    equal(found, status, "exit status")


# ---- The boot image ----

def test_no_boot_image():
    """QEMU's line of exon-run, without the image."""
    with scratch() as folder:
        log = pathlib.Path(folder) / "log"
        words = shlex.split(boot("--dry-run", "--log", log, "true")[1])
        at = words.index("-initrd")
        status = shell(words[:at] + words[at + 2:], seconds=SECONDS)[0]
        told = log.read_text(errors="replace")
    contains(told, "boot module: there is none")
    check(status not in (0, 1), f"status {status}\n{told}")


def test_boot_image_is_no_elf_file():
    ends_with(boot_image(b"this is no program\n" * 1000), BROKEN, "does not start with a 64-bit little-endian ELF file")


def test_boot_image_is_a_truncated_elf_file():
    ends_with(boot_image(parts()[0][:3000]), BROKEN, "boot module")


def test_no_initrd():
    ends_with(boot_image(parts()[0]), BROKEN, "there is no initrd: the boot image ends with the first program")


def test_truncated_initrd():
    init, archive = parts()
    ends_with(boot_image(page(init) + archive[:len(archive) // 2]), BROKEN, "the archive is truncated")


def test_initrd_without_a_trailer():
    init, archive = parts()
    cut = archive.rindex(b"TRAILER!!!") - cpio.HEADER_BYTES
    ends_with(boot_image(page(init) + archive[:cut]), BROKEN, "without its trailer")


def test_corrupt_initrd():
    init, archive = parts()
    second = archive.index(cpio.MAGIC, 6)
    for at, junk, message in ((second, b"070799", "lacks its magic number"), (second + 54, b"zzzzzzzz", "not a hexadecimal")):
        broken = archive[:at] + junk + archive[at + len(junk):]
        ends_with(boot_image(page(init) + broken), BROKEN, message)


def test_initrd_of_noise():
    ends_with(boot_image(page(parts()[0]) + bytes(range(256)) * 64), BROKEN, "not a cpio archive")


def with_files(changes):
    """The built image with other files; None takes one away."""
    init, archive = parts()
    files = {**cpio.read(archive), **changes}
    return image.make_image(init, {k: v for k, v in files.items() if v is not None})


def test_no_console():
    ends_with(boot_image(with_files({"bin/console": None})), BROKEN, "/bin/console is not in the initrd")


def test_broken_console():
    ends_with(boot_image(with_files({"bin/console": (0o100755, b"junk")})), BROKEN, "console: cannot be started")


def test_bad_manifests():
    for text, message in ((b"Cwrong\0P/bin/true\0.\0", "an unknown console mode"), (b"P/bin/true\0", "without an end"),
                          (b"", "no program"), (b"Xy\0", "an unknown kind of token"), (b"P/bin/true", "without an end")):
        ends_with(boot_image(with_files({"etc/boot.manifest": (0o100644, text)})), BROKEN, message)


def start(path, *arguments, mode="bytes"):
    """Boots an image whose manifest starts a path."""
    manifest = image.make_manifest(mode, [(path, [path, *arguments], ["PATH=/bin"])])
    return boot_image(with_files({"etc/boot.manifest": (0o100644, manifest)}))


def test_program_not_found():
    ends_with(start("/bin/there-is-none"), NOT_STARTED, "/bin/there-is-none: not found")
    ends_with(start("/bin/sh/below"), NOT_STARTED, "not found")


def test_program_is_a_directory():
    ends_with(start("/bin"), NOT_STARTED, "/bin: not executable")


def test_path_too_long():
    ends_with(start("/" + "a" * 300), NOT_STARTED, "the path is too long")
    ends_with(start("/bin" * 2000), NOT_STARTED, "the path is too long")


# ---- Programs ----

def elf(*segments, entry=0x400000, machine=62, kind=2, data=b"\xf4" * 64):
    """An ELF file of segments (address, flags, file offset, file bytes, memory bytes)."""
    header = struct.pack("<4s5B7xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 0, 0, kind, machine, 1, entry, 64, 0, 0, 64, 56,
                         len(segments), 64, 0, 0)
    table = b"".join(struct.pack("<IIQQQQQQ", LOAD, flags, offset, va, va, size, memory, 4096)
                     for va, flags, offset, size, memory in segments)
    return (header + table).ljust(4096, b"\0") + data.ljust(4096, b"\0")


TEXT = (0x400000, READ | EXEC, 4096, 64, 64)
PROGRAMS = {
    "empty": (b"", "shorter than an ELF header"),
    "text": (b"no program\0\n" * 10, "not an ELF file"),
    "header": (elf(TEXT)[:100], "program headers"),
    "truncated": (elf(TEXT)[:4100], "truncated"),
    "machine": (elf(TEXT, machine=183), "for another machine"),
    "object": (elf(TEXT, kind=1), "object file"),
    "dynamic": (elf(TEXT, kind=3), "position-independent"),
    "overlap": (elf(TEXT, (0x400800, READ, 4096 + 0x800, 64, 64)), "overlap"),
    "misaligned": (elf((0x400010, READ | EXEC, 4096, 64, 64), entry=0x400010), "misaligned"),
    "huge": (elf(TEXT, (0x500000, READ | WRITE, 4096, 64, 1 << 40)), "too large"),
    "kernel": (elf(TEXT, (0xffffffff80000000, READ | WRITE, 4096, 64, 64)), "kernel"),
    "wrap": (elf(TEXT, (0x500000, READ | WRITE, 4096, 64, (1 << 64) - 4096)), "kernel"),
    "writable": (elf((0x400000, READ | WRITE | EXEC, 4096, 64, 64)), "writable and executable"),
    "sizes": (elf((0x400000, READ | EXEC, 4096, 64, 32)), "more bytes in the file"),
    "entry": (elf(TEXT, entry=0x700000), "entry point"),
    "nothing": (elf(), "program headers"),
    "foreign": (elf(TEXT), "libOS note"),
}


def test_broken_programs_from_init():
    for name in ("truncated", "writable"):
        data, message = PROGRAMS[name]
        manifest = image.make_manifest("bytes", [("/bin/broken", ["broken"], [])])
        result = boot_image(with_files({"etc/boot.manifest": (0o100644, manifest), "bin/broken": (0o100755, data)}))
        ends_with(result, NOT_STARTED, message)
        contains(result[1] + result[2], "/bin/broken")


def test_broken_programs_from_the_shell():
    """All in one boot: none harms the next, and the shell goes on."""
    with scratch() as folder:
        script, options = "", []
        for name, (data, _) in PROGRAMS.items():
            path = pathlib.Path(folder) / name
            path.write_bytes(data)
            path.chmod(0o755)
            options += ["--file", f"{path}:/broken/{name}"]
            script += f"/broken/{name}; echo {name} $?\n"
        status, output, told = boot("sh", stdin=(script + "echo alive\n").encode(), options=options)
    lines = output.splitlines()
    for name, (_, message) in PROGRAMS.items():
        at = next((i for i, line in enumerate(lines) if line.startswith(name + " ")), None)
        check(at is not None, f"{name}: no line in {output!r}{told}")
        check(lines[at] in (f"{name} 126", f"{name} 127"), f"{name}: {lines[at]!r}")
        check(at > 0 and message in lines[at - 1], f"{name}: {message!r} is not in {lines[at - 1]!r}")
    equal((status, lines[-1]), (0, "alive"))


def test_bad_paths_from_the_shell():
    commands = ["/nowhere", "/bin/hello/below", "/" + "a" * 300, "/" + "bin/" * 400, "cat /" + "a" * 2000]
    script = "".join(f"{command}; echo $?\n" for command in commands)
    status, output, told = boot("sh", stdin=script.encode())
    lines = [line[-120:] for line in output.splitlines()]
    equal((status, lines[1::2]), (0, ["127", "127", "126", "126", "1"]), output + told)
    for line, message in zip(lines[::2], ("not found", "", "too long", "too long", "too long")):
        contains(line.lower(), message)


# ---- Missing devices ----

def without_serial_port(*options):
    """(status, log) of the machine that exon-run would boot, without its serial port."""
    with scratch() as folder:
        log = pathlib.Path(folder) / "log"
        words = shlex.split(boot("--dry-run", "--log", log, *options, "true")[1])
        words[words.index("-serial") + 1] = "none"
        return shell(words, seconds=SECONDS)[0], log.read_text(errors="replace")


def test_no_serial_port():
    status, told = without_serial_port("--console", "bytes")
    contains(told, "there is no serial port at 0x3f8")
    contains(told, f"exit-status {BROKEN}")
    check(status not in (0, 1), f"status {status}")
    status, told = without_serial_port("--console", "tty")
    contains(told, "no serial port and no screen")
    contains(told, "exit-status 0")
    status, told = without_serial_port("--console", "tty", "--vga")
    check("error" not in told, told)
    contains(told, "exit-status 0")


def test_other_missing_devices():
    """The machine does with what there is."""
    for options in (["--vga", "--qemu", "-machine i8042=off"], ["--qemu", "-machine hpet=off"],
                    ["--machine", "pc", "--qemu", "-machine acpi=off"], ["--cpu", "qemu64,-apic"]):
        status, output, told = boot("hello", "you", options=options)
        equal((status, output), (0, "Hello, you!\n"), f"{options} {told}")
        check(" error " not in told, told)


def test_no_random_numbers():
    """Never weak ones."""
    status, output, told = boot("sh", stdin=b"head -c 1 /dev/random; echo $?; head -c 1 /dev/urandom; echo $?\n",
                                options=["--cpu", "max,-rdrand"])
    lines = output.splitlines()
    equal((status, lines[1::2]), (0, ["1", "1"]), output + told)
    for line in lines[::2]:
        contains(line, "No such device")


# ---- Too little memory ----

def test_too_little_memory():
    for megabytes in (1, 2, 3, 4, 5, 6, 8, 10):  # exon-run itself refuses the first
        status, output, told = boot("hello", options=["--bare", "--memory", megabytes])
        check(status in (0, BROKEN, NOT_STARTED), f"{megabytes} MB: status {status}\n{output}{told}")
        if status:
            text = (output + told).lower()
            check("memory" in text, f"{megabytes} MB: no word of memory\n{output}{told}")


def test_too_little_memory_for_the_image():
    """QEMU's own complaint gets the remedy with it."""
    status, _, told = boot("hello", options=["--memory", "4"])
    equal(status, BROKEN, told)
    contains(told, "--memory 4 is too little for the boot image; --bare")


def test_too_little_memory_for_grub():
    for megabytes in ("4", "12"):
        status, output, told = boot("hello", options=["--memory", megabytes, "--boot", "iso", "--timeout", 60])
        check(status in (BROKEN, NOT_STARTED), f"{megabytes} MB: status {status}\n{output}{told}")
        check("memory" in (output + told).lower(), f"{megabytes} MB: no word of memory\n{output}{told}")


def test_hello_in_16_megabytes():
    status, output, told = boot("hello", "you", options=["--bare", "--memory", "16"])
    equal((status, output), (0, "Hello, you!\n"), told)


run(globals())
