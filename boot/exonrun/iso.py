# SPDX-License-Identifier: MIT
"""The GRUB image: a hybrid ISO that BIOS and UEFI boot, from CD or stick, made by grub-mkrescue."""
import os
import shutil
import subprocess

from .options import UsageError

# What the menu needs; the rest of GRUB's modules would make the image ten times as large.
MODULES = "normal multiboot2 iso9660 part_gpt part_msdos fat all_video echo reboot halt configfile test"


def make_iso(out, kernel, image, menu, words, scratch):
    """Writes the ISO `out` from the kernel, the boot image and the menu template, whose @WORDS@ become `words`."""
    if not shutil.which("grub-mkrescue"):
        raise UsageError("grub-mkrescue is missing: install grub-common, grub-pc-bin, grub-efi-amd64-bin, xorriso, mtools")
    root = os.path.join(scratch, "iso")
    os.makedirs(os.path.join(root, "boot/grub"))
    shutil.copyfile(kernel, os.path.join(root, "boot/exon.elf"))
    shutil.copyfile(image, os.path.join(root, "boot/boot.img"))
    with open(menu) as source, open(os.path.join(root, "boot/grub/grub.cfg"), "w") as target:
        target.write(source.read().replace("@WORDS@", words))
    # One date for all files. The volume's own date, by which GRUB finds it again, is that of its making (grub-mkrescue), so two
    # images of the same contents differ in it.
    environment = dict(os.environ, SOURCE_DATE_EPOCH="0")
    done = subprocess.run(
        ["grub-mkrescue", "-o", out, f"--install-modules={MODULES}", "--locales=", "--fonts=", "--themes=", root],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, check=False)
    shutil.rmtree(root)
    if done.returncode or not os.path.exists(out):
        text = done.stdout.decode(errors="replace")
        raise UsageError(f"grub-mkrescue failed (are grub-pc-bin, grub-efi-amd64-bin, xorriso, mtools there?):\n{text}")
