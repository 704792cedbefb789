/* SPDX-License-Identifier: MIT
 *
 * linux_init.c: makes the benchmark program the first process of a Linux guest: mounts what it needs, runs itself as an
 * ordinary process (the first one is treated specially: its faults are logged), switches the machine off. Layer: tests;
 * Linux alone.
 *
 * Row `boot` is the time since the kernel began to keep time, which is after it has unpacked itself: in Linux's favour.
 */
#include <stdio.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEBUG_EXIT 0xf4

static void switch_off(int status)
{
    if (ioperm(DEBUG_EXIT, 4, 1) == 0)
        outb((unsigned char)status, DEBUG_EXIT);
    reboot(RB_POWER_OFF);
}

int __wrap_main(int argc, char **argv);
int __real_main(int argc, char **argv);

/* Linked with --wrap=main: this comes first. */
int __wrap_main(int argc, char **argv)
{
    if (getpid() != 1)
        return __real_main(argc, argv);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
    mount("tmpfs", "/tmp", "tmpfs", 0, NULL);
    printf("row boot %.3f ms\n", (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6);
    fflush(stdout);
    pid_t child = vfork();
    if (child == 0) {
        execv("/init", argv);
        _exit(127);
    }
    int status = 1;
    waitpid(child, &status, 0);
    switch_off(status != 0);
    return 1;
}
