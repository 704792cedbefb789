# SPDX-License-Identifier: MIT
# seconds: 600
"""The ISO as `make iso` leaves it, booted to its shell by a person at the serial line: through SeaBIOS and OVMF, with and
without a screen, whose pixels are looked at, from the CD drive and as a stick. Layer: tests."""
import json
import os
import pathlib
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))

from harness import BUILD, check, contains, equal, run, scratch, succeed  # noqa: E402
from terminal import Terminal  # noqa: E402

RUN, ISO = BUILD / "bin/exon-run", BUILD / "exon.iso"
# Firmware and GRUB write to the serial line before the kernel, and nothing of theirs may reach the terminal.
FIRMWARE_WORDS = (b"SeaBIOS", b"GRUB", b"BdsDxe", b"Booting")


def talk(words, look=None):
    """Boots, runs a program, looks, switches off. Returns what the terminal showed."""
    with Terminal([RUN, "--timeout", "150"] + words, seconds=150) as person:
        person.expect(b"$ ")
        person.type(b"hello you\r")
        person.expect(b"\nHello, you!\r\n")
        person.expect(b"$ ")
        if look:
            look()
        person.type(b"shutdown\r")
        equal(person.end(), 0, "exit status")
        for word in FIRMWARE_WORDS:
            check(word not in person.shown, f"the terminal shows {word!r} of the firmware")
        return person.shown


def screen(control):
    """(width, height, RGB bytes) of the screen, through QEMU's control socket."""
    with socket.socket(socket.AF_UNIX) as link, scratch() as folder:
        link.settimeout(30)
        link.connect(control)
        stream = link.makefile("rw")
        stream.readline()
        picture = os.path.join(folder, "screen.ppm")
        for command in ({"execute": "qmp_capabilities"}, {"execute": "screendump", "arguments": {"filename": picture}}):
            print(json.dumps(command), file=stream, flush=True)
            answer = {}
            while "return" not in answer and "error" not in answer:
                answer = json.loads(stream.readline())
            check("return" in answer, f"{command}: {answer}")
        kind, width, height, _, pixels = pathlib.Path(picture).read_bytes().split(maxsplit=4)
        equal(kind, b"P6", "picture")
        return int(width), int(height), pixels


def look_at_text(control):
    """Lines of text stand on the screen: bright pixels, few, in the upper part, on a dark ground."""
    width, height, pixels = screen(control)
    check(width >= 640 and height >= 400, f"the screen has {width}x{height} pixels")
    bright = [i // 3 for i in range(0, len(pixels), 3) if pixels[i] > 100 and pixels[i + 1] > 100]
    check(200 < len(bright) < width * height // 10, f"{len(bright)} bright pixels: no text, or no dark ground")
    check(bright[0] // width < 40, f"the first text is {bright[0] // width} pixels down")


def with_screen(boot):
    with scratch() as folder:
        control = os.path.join(folder, "qmp")
        talk(["--iso", ISO, "--boot", boot, "--vga", "--qmp", control], lambda: look_at_text(control))


def test_bios():
    talk(["--iso", ISO, "--boot", "iso"])


def test_bios_on_a_pc():
    talk(["--iso", ISO, "--boot", "iso", "--machine", "pc", "--cpus", "2"])


def test_bios_with_a_screen():
    with_screen("iso")


def test_uefi():
    talk(["--iso", ISO, "--boot", "uefi"])


def test_uefi_with_a_screen():
    with_screen("uefi")


def test_stick():
    """The same image as a disk: SeaBIOS and GRUB find their ways by its partition table."""
    talk(["--iso", ISO, "--boot", "iso", "--qemu",
          f"-drive if=none,id=stick,format=raw,snapshot=on,file={ISO} -device ide-hd,drive=stick,bootindex=0,bus=ide.1"])


def test_contents():
    """GRUB for both firmwares, the kernel and its module."""
    names = succeed(["xorriso", "-indev", ISO, "-find", "/", "-type", "f", "--"])
    for name in (b"/boot/exon.elf", b"/boot/boot.img", b"/boot/grub/grub.cfg", b"/efi.img"):
        contains(names, name)
    report = succeed(["xorriso", "-indev", ISO, "-report_el_torito", "plain"])
    contains(report, b"BIOS")
    contains(report, b"UEFI")


run(globals())
