# SPDX-License-Identifier: MIT
"""The boots that `make test` and `make test-all` try: tests/run says what the keys mean.

`make test`: direct boot with 1 and 4 processors, the ISO through BIOS and UEFI, microvm, pc, the processor models max and
qemu64, the 8259 instead of APICs. `make test-all`: every machine with every processor model and 1 to 8 processors, and
both firmwares with each machine that has a disk. On each machine a program says hello, and a script uses the file system,
starts programs and ends with a status; the log must show as many processors as there are.
"""
import itertools

MACHINES = ["q35", "pc", "microvm"]
FIRMWARES = ["iso", "uefi"]
# What TCG has: the oldest and the fullest, both vendors, and two real processors with fewer features.
CPU_MODELS = ["max", "qemu64", "Nehalem", "Haswell-noTSX", "EPYC"]
SHORT_SECONDS, LONG_SECONDS = 60, 180

# Through standard input: the console's input path too.
SCRIPT = b"""hello you
mkdir /tmp/d
echo one > /tmp/d/f
echo two >> /tmp/d/f
cat /tmp/d/f
wc -l < /tmp/d/f
sh -c 'exit 41'
echo status $?
for i in 1 2 3; do hello $i & done
wait
exit 7
"""
SCRIPT_OUTPUT = r"Hello, you!\none\ntwo\n *2\nstatus 41\n(Hello, [123]!\n){3}"


def cpus_logged(count):
    return rf"smp: cpus={count}\b"


def hello(name, options, cpus=1, **more):
    """The smallest boot: arguments, output, status."""
    return {"name": f"{name}-hello", "run": "hello you", "options": options, "output": r"Hello, you!\n",
            "log": cpus_logged(cpus), "seconds": SHORT_SECONDS, **more}


def script(name, options, cpus=1, **more):
    """A shell that reads commands from its input and ends with a status of its own."""
    return {"name": f"{name}-script", "run": "sh", "options": options, "input": SCRIPT, "output": SCRIPT_OUTPUT, "status": 7,
            "log": cpus_logged(cpus), "seconds": SHORT_SECONDS, **more}


def both(name, options, cpus=1, **more):
    return [hello(name, options, cpus, **more), script(name, options, cpus, **more)]


SUBSET = [
    *both("direct", ""),
    *both("direct-4", "--cpus 4", 4),
    *both("pc", "--machine pc"),
    *both("microvm", "--machine microvm"),
    *both("microvm-2", "--machine microvm --cpus 2", 2),
    *both("iso", "--boot iso"),
    *both("iso-screen", "--boot iso --vga --cpus 2", 2),
    *both("uefi", "--boot uefi", seconds=LONG_SECONDS),
    script("uefi-screen", "--boot uefi --vga --cpus 2", 2, seconds=LONG_SECONDS),
    *both("qemu64", "--cpu qemu64"),
    *both("max", "--cpu max --vga"),
    *both("noapic", "--append noapic"),
    *both("noapic-microvm", "--machine microvm --append noapic"),
    hello("memory-16", "--memory 16 --bare"),
    hello("icount", "--icount"),
    hello("icount-2", "--icount --cpus 2", 2),
]


def matrix():
    """Everything else, for --all."""
    boots = []
    for machine, cpu, cpus in itertools.product(MACHINES, CPU_MODELS, range(1, 9)):
        options = f"--machine {machine} --cpu {cpu} --cpus {cpus}"
        boots.append(script(f"{machine}-{cpu}-{cpus}", options, cpus, all=True, seconds=LONG_SECONDS))
    for machine, firmware, cpu, cpus in itertools.product(["q35", "pc"], FIRMWARES, CPU_MODELS, [1, 2, 8]):
        options = f"--machine {machine} --boot {firmware} --cpu {cpu} --cpus {cpus}"
        boots.append(script(f"{machine}-{firmware}-{cpu}-{cpus}", options, cpus, all=True, seconds=LONG_SECONDS))
    for machine, cpu in itertools.product(MACHINES, CPU_MODELS):
        options = f"--machine {machine} --cpu {cpu} --append noapic"
        boots.append(script(f"{machine}-{cpu}-noapic", options, all=True, seconds=LONG_SECONDS))
    return boots


BOOTS = SUBSET + matrix()
