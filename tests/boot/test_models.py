# SPDX-License-Identifier: MIT
# seconds: 1800
# all
"""Every processor model that this QEMU emulates boots a program, or says that it cannot. Layer: tests."""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))

from harness import BUILD, check, equal, run, shell, succeed  # noqa: E402

# host needs KVM; base is no processor, but what management programs add features to.
NOT_EMULATED = {"host", "base"}
# These have XSAVE without XSAVEOPT. QEMU 7.2 without KVM takes CR4.OSXSAVE for reserved where CPUID leaf 0Dh, subleaf 1, EAX
# is zero, whatever bit 26 of CPUID.1:ECX says (cr4_reserved_bits in target/i386), and answers its setting not with #GP but
# with the end of a virtual machine that there is not (cpu_vmexit), for ever: `-cpu SandyBridge,-xsaveopt` stands still at the
# same instruction. The rest of these models is tried.
XSAVEOPT_MISSED = {"Opteron_G4", "Opteron_G5"}
TOO_OLD = {"486", "pentium", "pentium2", "pentium3", "athlon", "coreduo", "n270", "kvm32", "qemu32"}


def models():
    """Names without their versions (NAME-v2), of which the first is the one that a name stands for."""
    listed = succeed(["qemu-system-x86_64", "-cpu", "help"]).decode().partition("Recognized CPUID flags")[0]
    names = re.findall(r"^x86 (\S+)", listed, re.M)
    return sorted({n for n in names if not re.search(r"-v\d+$", n)} - NOT_EMULATED)


def test_models():
    known, wrong = models(), []
    check(len(known) > 40, f"only {len(known)} models are known: {known}")
    for name in known:
        cpu = name + (",+xsaveopt" if name in XSAVEOPT_MISSED else "")
        status, output, errors = shell([BUILD / "bin/exon-run", "--timeout", "60", "--cpu", cpu, "hello", name], seconds=90)
        if name in TOO_OLD:
            right = status == 125 and "no 64-bit mode" in errors
        else:
            right = (status, output) == (0, f"Hello, {name}!\n".encode())
        if not right:
            wrong.append(f"{name}: status {status}, {output!r}, {errors[-500:]}")
    equal(wrong, [], "models")


run(globals())
