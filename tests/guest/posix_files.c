/* SPDX-License-Identifier: MIT
 *
 * posix_files.c: files in the guest: RAM file system, initrd, devices, names, working directory, descriptors, pipes, poll.
 * Layer: tests. What the host tests of libos/fs show on a fake segment is shown here through newlib and the real one.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "suite.h"

#define BLOCK 65536

static char block[BLOCK];

static int make(const char *path, const char *text)
{
    int fd = open(path, O_CREAT | O_TRUNC | O_RDWR, 0644);
    CHECK(fd >= 0);
    EQUAL(write(fd, text, strlen(text)), strlen(text));
    return fd;
}

static void holds(const char *path, const char *text)
{
    char found[256];
    int fd = open(path, O_RDONLY);
    ssize_t got = read(fd, found, sizeof found);
    EQUAL(got, strlen(text));
    CHECK(got >= 0 && memcmp(found, text, (size_t)got) == 0);
    close(fd);
}

/* ---- RAM file system ---- */

static void test_read_write(void)
{
    char text[16] = "";
    int fd = make("/tmp/a", "0123456789");
    EQUAL(lseek(fd, 3, SEEK_SET), 3);
    EQUAL(read(fd, text, 4), 4);
    CHECK(memcmp(text, "3456", 4) == 0);
    EQUAL(lseek(fd, -2, SEEK_END), 8);
    EQUAL(lseek(fd, 1, SEEK_CUR), 9);
    EQUAL(pread(fd, text, 2, 0), 2);
    CHECK(memcmp(text, "01", 2) == 0);
    EQUAL(pwrite(fd, "AB", 2, 1), 2);
    EQUAL(read(fd, text, 4), 1); /* the position did not move */
    EQUAL(read(fd, text, 4), 0);
    FAILS(lseek(fd, -1, SEEK_SET), EINVAL);
    close(fd);
    holds("/tmp/a", "0AB3456789");
    FAILS(read(fd, text, 1), EBADF);
    EQUAL(unlink("/tmp/a"), 0);
    FAILS(open("/tmp/a", O_RDONLY), ENOENT);
}

static void test_open_flags(void)
{
    int fd = make("/tmp/flags", "text");
    close(fd);
    FAILS(open("/tmp/flags", O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST);
    fd = open("/tmp/flags", O_WRONLY | O_APPEND);
    EQUAL(lseek(fd, 0, SEEK_SET), 0);
    EQUAL(write(fd, "+", 1), 1);
    FAILS(read(fd, block, 1), EBADF);
    close(fd);
    holds("/tmp/flags", "text+");
    fd = open("/tmp/flags", O_RDONLY);
    FAILS(write(fd, "x", 1), EBADF);
    FAILS(ftruncate(fd, 0), EINVAL);
    close(fd);
    fd = open("/tmp/flags", O_WRONLY | O_TRUNC);
    struct stat status;
    EQUAL(fstat(fd, &status), 0);
    EQUAL(status.st_size, 0);
    close(fd);
    FAILS(open("/tmp/flags", O_RDONLY | O_DIRECTORY), ENOTDIR);
    FAILS(open("/tmp/flags/below", O_RDONLY), ENOTDIR);
    FAILS(open("/tmp", O_WRONLY), EISDIR);
    EQUAL(unlink("/tmp/flags"), 0);
}

static void test_truncate_and_holes(void)
{
    int fd = make("/tmp/hole", "begin");
    struct stat status;
    EQUAL(ftruncate(fd, 1000000), 0);
    EQUAL(pread(fd, block, 10, 999995), 5);
    CHECK(memcmp(block, "\0\0\0\0\0", 5) == 0);
    EQUAL(pwrite(fd, "end", 3, 3000000), 3);
    EQUAL(fstat(fd, &status), 0);
    EQUAL(status.st_size, 3000003);
    CHECK(status.st_blocks * 512 < 100000);
    EQUAL(ftruncate(fd, 3), 0);
    EQUAL(ftruncate(fd, 6), 0);
    EQUAL(pread(fd, block, 10, 0), 6);
    CHECK(memcmp(block, "beg\0\0\0", 6) == 0);
    close(fd);
    EQUAL(unlink("/tmp/hole"), 0);
}

static void test_big_file(void)
{
    enum { BYTES = 24 * 1024 * 1024 };
    int fd = open("/tmp/big", O_CREAT | O_RDWR | O_TRUNC, 0600);
    int good = 1;
    for (unsigned at = 0; at < BYTES && good; at += BLOCK) {
        for (unsigned i = 0; i < BLOCK; i += 4)
            *(unsigned *)(void *)(block + i) = at + i;
        good = EQUAL(write(fd, block, BLOCK), BLOCK);
    }
    EQUAL(lseek(fd, 0, SEEK_SET), 0);
    for (unsigned at = 0; at < BYTES && good; at += BLOCK) {
        good = EQUAL(read(fd, block, BLOCK), BLOCK);
        for (unsigned i = 0; i < BLOCK && good; i += 4)
            good = *(unsigned *)(void *)(block + i) == at + i;
    }
    CHECK(good);
    close(fd);
    EQUAL(unlink("/tmp/big"), 0);
}

static void test_unlink_while_open(void)
{
    int fd = make("/tmp/gone", "still here");
    struct stat status;
    EQUAL(unlink("/tmp/gone"), 0);
    FAILS(open("/tmp/gone", O_RDONLY), ENOENT);
    EQUAL(fstat(fd, &status), 0);
    EQUAL(status.st_nlink, 0);
    EQUAL(pread(fd, block, 64, 0), 10);
    EQUAL(write(fd, "!", 1), 1);
    close(fd);
}

static void test_rename(void)
{
    close(make("/tmp/old", "old"));
    close(make("/tmp/new", "new"));
    EQUAL(rename("/tmp/old", "/tmp/new"), 0);
    FAILS(open("/tmp/old", O_RDONLY), ENOENT);
    holds("/tmp/new", "old");
    EQUAL(mkdir("/tmp/d", 0755), 0);
    EQUAL(mkdir("/tmp/d/e", 0755), 0);
    EQUAL(rename("/tmp/new", "/tmp/d/e/f"), 0);
    FAILS(rename("/tmp/d", "/tmp/d/e/inside"), EINVAL);
    FAILS(rename("/tmp/none", "/tmp/x"), ENOENT);
    EQUAL(rename("/tmp/d/e", "/tmp/e2"), 0);
    holds("/tmp/e2/f", "old");
    FAILS(rmdir("/tmp/e2"), ENOTEMPTY);
    FAILS(unlink("/tmp/e2"), EISDIR);
    FAILS(rename("/tmp/e2/f", "/bin/f"), EXDEV);
    EQUAL(unlink("/tmp/e2/f"), 0);
    EQUAL(rmdir("/tmp/e2"), 0);
    EQUAL(rmdir("/tmp/d"), 0);
}

static void test_links(void)
{
    struct stat status;
    close(make("/tmp/one", "1"));
    EQUAL(link("/tmp/one", "/tmp/two"), 0);
    EQUAL(stat("/tmp/two", &status), 0);
    EQUAL(status.st_nlink, 2);
    EQUAL(unlink("/tmp/one"), 0);
    holds("/tmp/two", "1");
    EQUAL(symlink("two", "/tmp/sym"), 0);
    holds("/tmp/sym", "1");
    EQUAL(readlink("/tmp/sym", block, 16), 3);
    EQUAL(lstat("/tmp/sym", &status), 0);
    CHECK(S_ISLNK(status.st_mode));
    EQUAL(symlink("loop2", "/tmp/loop1"), 0);
    EQUAL(symlink("loop1", "/tmp/loop2"), 0);
    FAILS(open("/tmp/loop1", O_RDONLY), ELOOP);
    EQUAL(unlink("/tmp/loop1") | unlink("/tmp/loop2") | unlink("/tmp/sym") | unlink("/tmp/two"), 0);
}

static void test_directories(void)
{
    char name[64];
    EQUAL(mkdir("/tmp/many", 0755), 0);
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "/tmp/many/%d", i);
        close(make(name, "x"));
    }
    DIR *directory = opendir("/tmp/many");
    CHECK(directory != NULL);
    int seen = 0, dots = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        *(entry->d_name[0] == '.' ? &dots : &seen) += 1;
    EQUAL(seen, 300);
    EQUAL(dots, 2);
    closedir(directory);
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "/tmp/many/%d", i);
        EQUAL(unlink(name), 0);
    }
    EQUAL(rmdir("/tmp/many"), 0);
}

static void test_working_directory(void)
{
    char cwd[PATH_MAX];
    EQUAL(mkdir("/tmp/w", 0755), 0);
    EQUAL(chdir("/tmp/w"), 0);
    CHECK(getcwd(cwd, sizeof cwd) && strcmp(cwd, "/tmp/w") == 0);
    close(make("file", "f"));
    holds("/tmp/w/file", "f");
    holds("../w/./file", "f");
    FAILS(chdir("file"), ENOTDIR);
    FAILS(chdir("none"), ENOENT);
    CHECK(getcwd(cwd, 3) == NULL && errno == ERANGE);
    EQUAL(unlink("file"), 0);
    EQUAL(chdir(".."), 0);
    CHECK(getcwd(cwd, sizeof cwd) && strcmp(cwd, "/tmp") == 0);
    EQUAL(chdir("/"), 0);
    EQUAL(rmdir("/tmp/w"), 0);
}

static void test_long_paths(void)
{
    static char path[5000];
    memset(path, 'a', sizeof path - 1);
    memcpy(path, "/tmp/", 5);
    FAILS(open(path, O_RDONLY), ENAMETOOLONG);
    path[5 + 256] = '\0';
    FAILS(open(path, O_CREAT | O_RDWR, 0600), ENAMETOOLONG);
    path[5 + 255] = '\0';
    int fd = open(path, O_CREAT | O_RDWR, 0600);
    CHECK(fd >= 0);
    close(fd);
    EQUAL(unlink(path), 0);
    FAILS(open("", O_RDONLY), ENOENT);
}

/* ---- initrd and devices ---- */

static void test_initrd(void)
{
    struct stat status;
    EQUAL(stat("/bin/sh", &status), 0);
    CHECK(S_ISREG(status.st_mode) && status.st_size > 4096 && (status.st_mode & 0111));
    int fd = open("/bin/sh", O_RDONLY);
    EQUAL(read(fd, block, 4), 4);
    CHECK(memcmp(block, "\177ELF", 4) == 0);
    close(fd);
    FAILS(open("/bin/sh", O_WRONLY), EROFS);
    FAILS(open("/new", O_CREAT | O_WRONLY, 0600), EROFS);
    FAILS(unlink("/bin/sh"), EROFS);
    FAILS(mkdir("/dir", 0755), EROFS);
    EQUAL(access("/bin/sh", X_OK), 0);
    FAILS(access("/bin/sh", W_OK), EROFS);
}

static void test_devices(void)
{
    int fd = open("/dev/null", O_RDWR);
    EQUAL(write(fd, block, BLOCK), BLOCK);
    EQUAL(read(fd, block, BLOCK), 0);
    close(fd);
    memset(block, 1, BLOCK);
    fd = open("/dev/zero", O_RDONLY);
    EQUAL(read(fd, block, BLOCK), BLOCK);
    CHECK(block[0] == 0 && block[BLOCK - 1] == 0 && memcmp(block, block + 1, BLOCK - 1) == 0);
    close(fd);
    fd = open("/dev/full", O_WRONLY);
    if (fd >= 0)
        FAILS(write(fd, "x", 1), ENOSPC);
    close(fd);
    fd = open("/dev/random", O_RDONLY);
    ssize_t got = read(fd, block, 64); /* a CPU without RDRAND has none, and says so */
    CHECK(got == 64 ? memcmp(block, block + 32, 32) != 0 : got == -1 && (errno == ENODEV || errno == EIO || errno == EBADF));
    close(fd);
    fd = open("/dev/tty", O_RDWR);
    CHECK(fd >= 0);
    close(fd);
    FAILS(open("/dev/none", O_RDONLY), ENOENT);
}

/* ---- Descriptors ---- */

static void test_many_descriptors(void)
{
    enum { MOST = 1100 };
    static int fds[MOST];
    int count = 0;
    while (count < MOST && (fds[count] = open("/dev/null", O_RDONLY)) >= 0)
        count++;
    EQUAL(errno, EMFILE);
    EQUAL(count, sysconf(_SC_OPEN_MAX) - 3);
    while (count > 0)
        EQUAL(close(fds[--count]), 0);
    FAILS(close(500), EBADF);
    FAILS(close(-1), EBADF);
}

static void test_dup(void)
{
    int fd = make("/tmp/dup", "0123"), copy = dup(fd);
    EQUAL(lseek(copy, 1, SEEK_SET), 1);
    EQUAL(read(fd, block, 1), 1);
    EQUAL(block[0], '1');
    EQUAL(dup2(fd, 40), 40);
    close(fd);
    close(copy);
    EQUAL(read(40, block, 1), 1);
    EQUAL(block[0], '2');
    EQUAL(fcntl(40, F_GETFL) & O_ACCMODE, O_RDWR);
    EQUAL(fcntl(40, F_SETFD, FD_CLOEXEC), 0);
    EQUAL(fcntl(40, F_GETFD), FD_CLOEXEC);
    EQUAL(fcntl(40, F_DUPFD, 50), 50);
    close(50);
    close(40);
    FAILS(dup2(40, 41), EBADF);
    EQUAL(unlink("/tmp/dup"), 0);
}

static void test_vectors(void)
{
    char one[3], two[8];
    struct iovec out[] = {{"abc", 3}, {"", 0}, {"defgh", 5}}, in[] = {{one, 3}, {two, 8}};
    int fd = make("/tmp/v", "");
    EQUAL(writev(fd, out, 3), 8);
    EQUAL(lseek(fd, 0, SEEK_SET), 0);
    EQUAL(readv(fd, in, 2), 8);
    CHECK(memcmp(one, "abc", 3) == 0 && memcmp(two, "defgh", 5) == 0);
    close(fd);
    EQUAL(unlink("/tmp/v"), 0);
}

static void test_stdio(void)
{
    FILE *file = fopen("/tmp/stdio", "w+");
    CHECK(file != NULL);
    for (int i = 0; i < 2000; i++)
        fprintf(file, "%d\n", i);
    rewind(file);
    int sum = 0, value;
    while (fscanf(file, "%d", &value) == 1)
        sum += value;
    EQUAL(sum, 1999000);
    EQUAL(fclose(file), 0);
    EQUAL(remove("/tmp/stdio"), 0);
    file = tmpfile();
    CHECK(file != NULL && fputs("x", file) >= 0 && fclose(file) == 0);
}

/* ---- Pipes ---- */

static void test_pipe(void)
{
    int ends[2];
    EQUAL(pipe(ends), 0);
    EQUAL(write(ends[1], "hello", 5), 5);
    EQUAL(read(ends[0], block, 3), 3);
    EQUAL(read(ends[0], block + 3, 10), 2);
    CHECK(memcmp(block, "hello", 5) == 0);
    FAILS(lseek(ends[0], 0, SEEK_SET), ESPIPE);
    FAILS(read(ends[1], block, 1), EBADF);
    FAILS(write(ends[0], block, 1), EBADF);
    close(ends[1]);
    EQUAL(read(ends[0], block, 1), 0);
    close(ends[0]);
}

static volatile sig_atomic_t broken;
static void on_broken(int sig) { broken = sig; }

static void test_broken_pipe(void)
{
    int ends[2];
    EQUAL(pipe(ends), 0);
    close(ends[0]);
    signal(SIGPIPE, on_broken);
    FAILS(write(ends[1], "x", 1), EPIPE);
    EQUAL(broken, SIGPIPE);
    broken = 0;
    signal(SIGPIPE, SIG_IGN);
    FAILS(write(ends[1], "x", 1), EPIPE);
    EQUAL(broken, 0);
    signal(SIGPIPE, SIG_DFL);
    close(ends[1]);
}

static void test_nonblocking_pipe(void)
{
    int ends[2];
    EQUAL(pipe(ends), 0);
    EQUAL(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    EQUAL(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    FAILS(read(ends[0], block, 1), EAGAIN);
    size_t total = 0;
    for (ssize_t got; (got = write(ends[1], block, BLOCK)) > 0;)
        total += (size_t)got;
    EQUAL(errno, EAGAIN);
    CHECK(total >= PIPE_BUF);
    for (ssize_t got; (got = read(ends[0], block, BLOCK)) > 0;)
        total -= (size_t)got;
    EQUAL(total, 0);
    close(ends[0]);
    close(ends[1]);
}

static void test_poll(void)
{
    int ends[2];
    EQUAL(pipe(ends), 0);
    struct pollfd polls[] = {{.fd = ends[0], .events = POLLIN}, {.fd = ends[1], .events = POLLOUT}, {.fd = -1}, {.fd = 900}};
    EQUAL(poll(polls, 2, 0), 1);
    EQUAL(polls[0].revents, 0);
    EQUAL(polls[1].revents, POLLOUT);
    EQUAL(poll(polls, 1, 30), 0);
    EQUAL(write(ends[1], "x", 1), 1);
    EQUAL(poll(polls, 4, -1), 3);
    EQUAL(polls[0].revents, POLLIN);
    EQUAL(polls[3].revents, POLLNVAL);
    fd_set set;
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    struct timeval time = {.tv_usec = 20000};
    EQUAL(select(ends[0] + 1, &set, NULL, NULL, &time), 1);
    CHECK(FD_ISSET(ends[0], &set));
    EQUAL(read(ends[0], block, 1), 1);
    time = (struct timeval){.tv_usec = 20000};
    EQUAL(select(ends[0] + 1, &set, NULL, NULL, &time), 0);
    CHECK(!FD_ISSET(ends[0], &set));
    close(ends[1]);
    EQUAL(poll(polls, 1, -1), 1);
    CHECK(polls[0].revents & POLLHUP);
    close(ends[0]);
}

/* ---- Memory used up ---- */

/* Last, as it takes all memory of the session for a while. */
static void test_no_space(void)
{
    int fd = open("/tmp/full", O_CREAT | O_RDWR | O_TRUNC, 0600);
    off_t total = 0;
    ssize_t got;
    memset(block, 7, BLOCK);
    while ((got = write(fd, block, BLOCK)) > 0)
        total += got;
    EQUAL(got, -1);
    EQUAL(errno, ENOSPC);
    CHECK(total > 1 << 20);
    FAILS(mkdir("/tmp/no-room", 0755) == 0 && rmdir("/tmp/no-room") == 0 ? (errno = ENOSPC, -1) : -1, ENOSPC);
    EQUAL(pread(fd, block, 16, total - 16), 16);
    CHECK(block[0] == 7 && block[15] == 7);
    close(fd);
    EQUAL(unlink("/tmp/full"), 0);
    fd = make("/tmp/again", "room");
    close(fd);
    holds("/tmp/again", "room");
    EQUAL(unlink("/tmp/again"), 0);
}

static const struct suite_test tests[] = {
    {test_read_write, "read and write", 5},
    {test_open_flags, "flags of open", 5},
    {test_truncate_and_holes, "truncate and holes", 5},
    {test_big_file, "a big file", 20},
    {test_unlink_while_open, "unlink while open", 5},
    {test_rename, "rename", 5},
    {test_links, "links", 5},
    {test_directories, "directories", 10},
    {test_working_directory, "working directory", 5},
    {test_long_paths, "long paths", 5},
    {test_initrd, "initrd", 5},
    {test_devices, "devices", 5},
    {test_many_descriptors, "many descriptors", 10},
    {test_dup, "dup", 5},
    {test_vectors, "vectors", 5},
    {test_stdio, "stdio", 5},
    {test_pipe, "pipe", 5},
    {test_broken_pipe, "broken pipe", 5},
    {test_nonblocking_pipe, "nonblocking pipe", 5},
    {test_poll, "poll and select", 5},
    {test_no_space, "no space left", 40},
};

int main(void) { return SUITE_RUN(tests); }
