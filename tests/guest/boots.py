# SPDX-License-Identifier: MIT
"""The boots of the guest tests; tests/run says what the keys mean. Layer: tests.

Each program is booted on the machines below: the first for every run of the suite, the rest for the whole matrix.
"""

MACHINES = ["--cpus 1 --cpu max", "--cpus 4 --cpu max", "--cpus 1 --cpu qemu64", "--cpus 4 --cpu qemu64"]
# What a suite of tests/guest/suite.h prints when all is well.
PASSED = r".*\d+ passed, 0 failed\n"


def everywhere(name, run, often=2, options="", **keys):
    """The same boot on all machines; only the first `often` of them unless everything is asked for."""
    return [dict(name=f"{name} {machine}", run=run, options=f"{machine} {options}", all=i >= often, **keys)
            for i, machine in enumerate(MACHINES)]


BOOTS = [
    *everywhere("processes", "proc_spawn", often=4, output=PASSED, seconds=240),
    *everywhere("limits", "proc_limits", options="--memory 32", output=PASSED, seconds=400),
    *everywhere("files", "posix_files", options="--memory 64", output=PASSED, seconds=120),
    *everywhere("memory", "memory", options="--memory 32", output=PASSED, seconds=120),
    *everywhere("signals", "signals", output=PASSED, seconds=120),
    *everywhere("stress", "smp_stress", output=PASSED, seconds=180),
    *everywhere("registers", "upcall_registers", output=PASSED, seconds=120),
    *everywhere("signals in upcalls", "upcall_signals", output=PASSED, seconds=120),
    *everywhere("deaths", "upcall_deaths", output=PASSED, seconds=60),
    *everywhere("C library in threads", "newlib_threads", output=PASSED, seconds=90),
    *everywhere("C library", "c_library", often=1, output=PASSED, seconds=60),
    *everywhere("pthreads", "pthreads", output=PASSED, seconds=120),
    *everywhere("pthreads: ends", "pthreads_end", output=PASSED, seconds=60),
    *everywhere("threads: the rest of the API", "threads_api", output=PASSED, seconds=90),
    *everywhere("cancellation points", "cancel_points", output=PASSED, seconds=90),
    *everywhere("mutexes whose holder ends", "mutex_ends", output=PASSED, seconds=90),
    *everywhere("named semaphores", "named_semaphores", output=PASSED, seconds=60),
    *everywhere("schedulers", "schedulers", output=PASSED, seconds=120),
    dict(name="theory of schedulers", run="theory", options="--icount", output=PASSED, seconds=400),
    *everywhere("ends of slices", "slice_ends", output=PASSED),
    *everywhere("control transfers", "transfers", output=PASSED, seconds=120),
    *everywhere("async tasks", "async_tasks", output=PASSED, seconds=120),
    *[dict(name=f"heap {name}, {cpus} CPUs", run="heaps", options=f"--memory 48 --heap {name} --cpus {cpus} --env EXON_CPUS={cpus}",
           output=PASSED, seconds=120, all=every)
      for name in ("newlib", "bump", "list", "blocks", "buddy", "slab", "classes")
      for cpus, every in ((1, name != "classes"), (4, False))],
    *everywhere("one virtual CPU", "threads_parallel", output=PASSED, seconds=90),
    *[dict(boot, all=boot["run"] not in ("threads_parallel 4", "newlib_threads")) for boot in (
        dict(name=f"four virtual CPUs: {run}", run=run, options="--cpus 4 --env EXON_CPUS=4", output=PASSED, seconds=120)
        for run in ("threads_parallel 4", "pthreads 4", "pthreads_end", "threads_api", "cancel_points", "mutex_ends", "schedulers",
                    "upcall_registers", "upcall_signals", "newlib_threads", "transfers", "async_tasks"))],
    *everywhere("a second library OS", "tiny a b", input=b"some input\nmore\n", seconds=60,
                output=r"tiny: [^\n]*: /bin/tiny a b\n.*: 128 128 128\n.*: \d+ \d+ \d+\n.*bytes of input: 16\n"),
    dict(name="dirty pages", run="dirty", output=r"(?s).*read the tables .*protect, upcall .*mprotect, SIGSEGV .*\d\n"),
    dict(name="Appel and Li", run="appel", output=r"primitive +one operation +cycles +ns\n(\w+ .* [\d.]+ +[\d.]+\n){7}"),
    dict(name="Appel and Li, instructions", run="appel", options="--icount",
         output=r"primitive +one operation +instructions\ndirty .* [\d.]+\n(\w+ .* [1-9]\d+\.\d\n){6}"),
    dict(name="page replacement", run="replace", options="--cpus 2", output=r"(?s).*cyclic scan +1280 .*80/20 .*\n"),
    *everywhere("memory asked back and taken", "reclaim", seconds=60, output=r"cooperates: data kept: 16 of 16; given back: copies "
                r"16 of 16, index 4 of 16\n(?s:.*)looks away: told of 4 pages; data lost: 3 \(SIGBUS\), kept: 13 of 16\n"
                r"(?s:.*)killed by SIGBUS: the page was taken by force at 0x10000000000\n(?s:.*)"),
    dict(name="two library OSes", options="--cpus 2", seconds=60, run="sh -c '"
         "tiny </dev/null >/tmp/t & tiny </dev/zero >/tmp/u & kept=$!; hello beside; sleep 0.3; kill -9 $kept; wait; "
         "cat /tmp/t; while envs | grep -q tiny; do sleep 0.05; done; foreign /bin/hello; echo status $?'",
         output=r"(?s)Hello, beside!\n.*bytes of input: 0\n.*status 126\n"),
    dict(name="entropy from the processor", run="entropy", options="--cpu max", output=PASSED, seconds=60),
    *[dict(name=f"entropy from virtio-rng {options}", run="entropy", options=f"--cpu qemu64 --rng {options}", output=PASSED,
           all=i > 1, seconds=60)
      for i, options in enumerate(("--machine q35", "--machine microvm", "--machine pc --cpus 4 --env EXON_CPUS=4"))],
    dict(name="entropy from a dead device", run="entropy dead", output=PASSED, seconds=60, options="--cpu qemu64 --qemu "
         "'-chardev null,id=c -object rng-egd,chardev=c,id=r -device virtio-rng-pci,rng=r'"),
    dict(name="entropy from nowhere", run="entropy none", options="--cpu qemu64", output=PASSED, seconds=60),
    dict(name="hello in 16 MB", run="hello you", options="--memory 16 --bare", output=r"Hello, you!\n"),
]
