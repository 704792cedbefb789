/* SPDX-License-Identifier: MIT
 *
 * posix_files.c: devices, files in /tmp (Exon's RAM file system; tmpfs on Linux) and a pipe within a process. Layer: tests.
 */
#include "bench.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "/tmp/bench.file"
#define NEW_NAME "/tmp/bench.new"

static int fd = -1, ends[2];
static char block[4096];

static void close_fd(void) { close(fd); }

static void open_zero(void)
{
    fd = open("/dev/zero", O_RDONLY);
    bench_need(fd >= 0, "/dev/zero does not open");
}

static void run_read_1(uint32_t n)
{
    char byte;
    for (uint32_t i = 0; i < n; i++)
        bench_need(read(fd, &byte, 1) == 1, "read fails");
}
/* row read_zero: read 1 byte of /dev/zero | Files, devices, pipes
 * read(). */
BENCH(read_zero, 200, run_read_1, open_zero, close_fd)

static void open_null(void)
{
    fd = open("/dev/null", O_WRONLY);
    bench_need(fd >= 0, "/dev/null does not open");
}

static void run_write_1(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        bench_need(write(fd, "x", 1) == 1, "write fails");
}
/* row write_null: write 1 byte to /dev/null | Files, devices, pipes
 * write(). */
BENCH(write_null, 200, run_write_1, open_null, close_fd)

static void make_file(void)
{
    fd = open(FILE_NAME, O_RDWR | O_CREAT | O_TRUNC, 0600);
    bench_need(fd >= 0 && write(fd, block, sizeof block) == sizeof block, FILE_NAME " cannot be made");
}

static void drop_file(void)
{
    close(fd);
    unlink(FILE_NAME);
}

static void run_stat(uint32_t n)
{
    struct stat status;
    for (uint32_t i = 0; i < n; i++)
        bench_need(stat(FILE_NAME, &status) == 0, "stat fails");
}
/* row stat: stat | Files, devices, pipes
 * of a file in /tmp: RAM file system, tmpfs. */
BENCH(stat, 50, run_stat, make_file, drop_file)

static void run_fstat(uint32_t n)
{
    struct stat status;
    for (uint32_t i = 0; i < n; i++)
        bench_need(fstat(fd, &status) == 0, "fstat fails");
}
/* row fstat: fstat | Files, devices, pipes
 * of the same file. */
BENCH(fstat, 50, run_fstat, make_file, drop_file)

static void run_open_close(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        int again = open(FILE_NAME, O_RDONLY);
        bench_need(again >= 0, "open fails");
        close(again);
    }
}
/* row open_close: open and close | Files, devices, pipes
 * of the same file. */
BENCH(open_close, 50, run_open_close, make_file, drop_file)

static void run_pread_4k(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        bench_need(pread(fd, block, sizeof block, 0) == sizeof block, "pread fails");
}
/* row pread_4k: pread 4 KiB | Files, devices, pipes
 * of the same file. */
BENCH(pread_4k, 50, run_pread_4k, make_file, drop_file)

static void run_create(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        int made = open(NEW_NAME, O_WRONLY | O_CREAT | O_EXCL, 0600);
        bench_need(made >= 0 && write(made, block, 1024) == 1024, "a file cannot be made");
        close(made);
        bench_need(unlink(NEW_NAME) == 0, "unlink fails");
    }
}
/* row create_1k: create, write 1 KiB, close, unlink | Files, devices, pipes
 * in /tmp. */
BENCH(create_1k, 20, run_create, NULL, NULL)

static void make_pipe(void) { bench_need(pipe(ends) == 0, "pipe fails"); }

static void close_pipe(void)
{
    close(ends[0]);
    close(ends[1]);
}

static void run_pipe(uint32_t n)
{
    char byte = 0;
    for (uint32_t i = 0; i < n; i++)
        bench_need(write(ends[1], &byte, 1) == 1 && read(ends[0], &byte, 1) == 1, "the pipe fails");
}
/* row pipe_1: pipe, 1 byte | Files, devices, pipes
 * write and read by one process. */
BENCH(pipe_1, 100, run_pipe, make_pipe, close_pipe)
