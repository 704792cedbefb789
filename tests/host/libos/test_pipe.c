// link: tests/host/libos/fake_session.c tests/host/libos/fake_tty.c libos/fs/cpio.c libos/fs/initrd.c libos/fs/initrd_dir.c libos/fs/ramfs.c libos/fs/ramfs_data.c libos/fs/ramfs_dir.c libos/fs/devfs.c libos/fs/devfs_dir.c libos/fs/pipe.c libos/fs/file.c libos/fs/file_types.c libos/fs/start.c libos/fs/vfs.c libos/fs/vfs_ops.c libos/fs/vfs_process.c libos/fs/vfs_types.c libos/posix/fd.c libos/posix/fd_more.c libos/posix/fd_path.c libos/posix/fd_poll.c
// SPDX-License-Identifier: MIT
/* test_pipe.c: pipes and poll: ends, blocking between threads, atomic writes, signals of broken pipes, memory. */
#include "../harness.h"
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "fs/pipe.h"
#include "fs/root.h"
#include "fs_world.h"

static int broken;
void file_broken_pipe(void) { broken++; }

static int ends[2];

static void begin(int flags)
{
    world_begin();
    broken = 0;
    CHECK_EQ(fd_pipe(ends, flags), 0);
}

static void finish(void)
{
    fd_table_release(fd_table_current());
    CHECK_EQ(fake_session_live(), 0);
}

TEST(carries_bytes_and_ends)
{
    char text[16];
    struct stat stat;
    begin(0);
    CHECK_EQ(fd_write(ends[1], "hello", 5), 5);
    CHECK_EQ(fd_stat(ends[0], &stat), 0);
    CHECK(S_ISFIFO(stat.st_mode));
    CHECK_EQ(stat.st_size, 5);
    CHECK_EQ(fd_read(ends[0], text, 3), 3);
    CHECK_EQ(fd_read(ends[0], text, 16), 2);
    CHECK_EQ(fd_read(ends[0], text, 0), 0);
    CHECK_EQ(fd_write(ends[1], text, 0), 0);
    CHECK_EQ(fd_read(ends[1], text, 1), -EBADF);
    CHECK_EQ(fd_write(ends[0], text, 1), -EBADF);
    CHECK_EQ(fd_seek(ends[0], 0, SEEK_SET), -ESPIPE);
    CHECK_EQ(fd_sync(ends[0]), -EINVAL);
    CHECK_EQ(fd_truncate(ends[1], 0), -EINVAL);
    CHECK_EQ(fd_write(ends[1], "x", 1), 1);
    CHECK_EQ(fd_close(ends[1]), 0);
    CHECK_EQ(fd_read(ends[0], text, 16), 1);
    CHECK_EQ(fd_read(ends[0], text, 16), 0);
    CHECK_EQ(fake_session_wakes, 0); /* nobody slept, so nobody was rung for */
    finish();
}

TEST(breaks_without_readers)
{
    begin(0);
    CHECK_EQ(fd_close(ends[0]), 0);
    CHECK_EQ(fd_write(ends[1], "x", 1), -EPIPE);
    CHECK_EQ(broken, 1);
    finish();
}

TEST(does_not_block_when_told)
{
    static char text[PIPE_BYTES_MAX + 100];
    begin(O_NONBLOCK | O_CLOEXEC);
    CHECK_EQ(fd_fcntl(ends[0], F_GETFD, 0), FD_CLOEXEC);
    CHECK_EQ(fd_fcntl(ends[0], F_GETFL, 0), O_RDONLY | O_NONBLOCK);
    CHECK_EQ(fd_read(ends[0], text, 1), -EAGAIN);
    CHECK_EQ(fd_write(ends[1], text, sizeof text), PIPE_BYTES_MAX);
    CHECK_EQ(fd_write(ends[1], text, 1), -EAGAIN);
    CHECK_EQ(fd_read(ends[0], text, 100), 100);
    CHECK_EQ(fd_write(ends[1], text, 101), -EAGAIN); /* would not be whole */
    CHECK_EQ(fd_write(ends[1], text, PIPE_ATOMIC + 1), 100);
    CHECK_EQ(fd_pipe(ends, O_APPEND), -EINVAL);
    finish();
}

TEST(stays_small_without_memory)
{
    static char text[2 * PIPE_BYTES_MIN];
    begin(O_NONBLOCK);
    fake_session_fail_after(0);
    CHECK_EQ(fd_write(ends[1], text, sizeof text), PIPE_BYTES_MIN);
    CHECK_EQ(fd_write(ends[1], text, 1), -EAGAIN);
    struct pollfd one = {.fd = ends[1], .events = POLLOUT};
    CHECK_EQ(fd_poll(&one, 1, 0), 0);
    fake_session_fail_after(~(size_t)0);
    CHECK_EQ(fd_poll(&one, 1, 0), 1);
    CHECK_EQ(fd_write(ends[1], text, sizeof text), sizeof text);
    finish();
}

/* Moves a pseudo-random stream through a pipe with steps of all sizes. */
enum { STREAM = 1 << 20 };

static uint8_t byte_at(size_t i) { return (uint8_t)(i * 2654435761u >> 13); }

static void *write_stream(void *unused)
{
    static uint8_t chunk[100000];
    unsigned seed = 5;
    size_t done = 0;
    while (done < STREAM) {
        size_t n = (size_t)rand_r(&seed) % sizeof chunk % (STREAM - done) + 1;
        for (size_t i = 0; i < n; i++)
            chunk[i] = byte_at(done + i);
        int64_t wrote = fd_write(ends[1], chunk, n);
        CHECK_EQ(wrote, n);
        if (wrote <= 0)
            break;
        done += (size_t)wrote;
    }
    fd_close(ends[1]);
    return unused;
}

TEST(blocks_and_wakes)
{
    static uint8_t chunk[50000];
    pthread_t writer;
    unsigned seed = 9;
    size_t done = 0;
    int64_t n;
    begin(0);
    pthread_create(&writer, NULL, write_stream, NULL);
    while ((n = fd_read(ends[0], chunk, (size_t)rand_r(&seed) % sizeof chunk + 1)) > 0) {
        int same = 1;
        for (int64_t i = 0; i < n; i++)
            same &= chunk[i] == byte_at(done + (size_t)i);
        CHECK(same);
        done += (size_t)n;
    }
    CHECK_EQ(n, 0);
    CHECK_EQ(done, STREAM);
    pthread_join(writer, NULL);
    CHECK(fake_session_waits > 0);
    finish();
}

static void *write_records(void *letter)
{
    char record[PIPE_ATOMIC];
    memset(record, *(char *)letter, sizeof record);
    for (int i = 0; i < 200; i++)
        CHECK_EQ(fd_write(ends[1], record, sizeof record), sizeof record);
    return NULL;
}

TEST(keeps_small_writes_together)
{
    pthread_t writers[3];
    char record[PIPE_ATOMIC], letters[] = "abc";
    begin(0);
    for (int i = 0; i < 3; i++)
        pthread_create(&writers[i], NULL, write_records, &letters[i]);
    for (int i = 0; i < 600; i++) {
        int64_t done = 0;
        while (done < (int64_t)sizeof record)
            done += fd_read(ends[0], record + done, sizeof record - (size_t)done);
        CHECK(memchr(letters, record[0], 3) != NULL);
        CHECK(memcmp(record, record + 1, sizeof record - 1) == 0);
    }
    for (int i = 0; i < 3; i++)
        pthread_join(writers[i], NULL);
    finish();
}

static void *close_soon(void *fd)
{
    usleep(20000);
    fd_close(*(int *)fd);
    return NULL;
}

TEST(wakes_at_the_end)
{
    static char text[2 * PIPE_BYTES_MAX];
    pthread_t closer;
    begin(0);
    pthread_create(&closer, NULL, close_soon, &ends[1]);
    CHECK_EQ(fd_read(ends[0], text, 1), 0);
    pthread_join(closer, NULL);
    fd_close(ends[0]);
    CHECK_EQ(fd_pipe(ends, 0), 0);
    pthread_create(&closer, NULL, close_soon, &ends[0]);
    CHECK_EQ(fd_write(ends[1], text, sizeof text), PIPE_BYTES_MAX);
    pthread_join(closer, NULL);
    CHECK_EQ(broken, 1);
    finish();
}

static void *write_soon(void *fd)
{
    usleep(20000);
    CHECK_EQ(fd_write(*(int *)fd, "x", 1), 1);
    return NULL;
}

TEST(polls)
{
    static char text[PIPE_BYTES_MAX];
    struct pollfd fds[4] = {{.fd = 0}, {.fd = 0}, {.fd = -1}, {.fd = 0}};
    pthread_t writer;
    int other[2];
    begin(0);
    CHECK_EQ(fd_pipe(other, 0), 0);
    fds[0] = (struct pollfd){.fd = ends[0], .events = POLLIN};
    fds[1] = (struct pollfd){.fd = ends[1], .events = POLLIN | POLLOUT};
    fds[3] = (struct pollfd){.fd = 99};
    CHECK_EQ(fd_poll(fds, 4, 0), 2);
    CHECK_EQ(fds[0].revents, 0);
    CHECK_EQ(fds[1].revents, POLLOUT);
    CHECK_EQ(fds[2].revents, 0);
    CHECK_EQ(fds[3].revents, POLLNVAL);
    uint64_t before = fs_monotonic_ns();
    CHECK_EQ(fd_poll(fds, 1, before + 30000000), 0);
    CHECK(fs_monotonic_ns() >= before + 30000000);
    CHECK_EQ(fd_poll(NULL, 0, before + 40000000), 0);
    CHECK_EQ(fd_poll(fds, FD_MAX + 1, 0), -EINVAL);
    pthread_create(&writer, NULL, write_soon, &ends[1]);
    CHECK_EQ(fd_poll(fds, 1, ~0ull), 1);
    CHECK_EQ(fds[0].revents, POLLIN);
    pthread_join(writer, NULL);
    CHECK_EQ(fd_read(ends[0], text, 8), 1);
    /* The one that becomes ready is not the one that is slept on first. */
    fds[1] = (struct pollfd){.fd = other[0], .events = POLLIN};
    pthread_create(&writer, NULL, write_soon, &other[1]);
    CHECK_EQ(fd_poll(fds, 2, ~0ull), 1);
    CHECK_EQ(fds[1].revents, POLLIN);
    pthread_join(writer, NULL);
    CHECK_EQ(fd_write(ends[1], text, PIPE_BYTES_MAX), PIPE_BYTES_MAX);
    fds[1] = (struct pollfd){.fd = ends[1], .events = POLLOUT};
    CHECK_EQ(fd_poll(fds + 1, 1, 0), 0);
    fd_close(ends[1]);
    CHECK_EQ(fd_poll(fds, 1, ~0ull), 1);
    CHECK_EQ(fds[0].revents, POLLIN | POLLHUP);
    fd_close(other[0]);
    fds[1] = (struct pollfd){.fd = other[1], .events = POLLOUT};
    CHECK_EQ(fd_poll(fds + 1, 1, 0), 1);
    CHECK_EQ(fds[1].revents, POLLOUT | POLLERR);
    finish();
}

TEST(polls_many)
{
    struct pollfd fds[200];
    struct file_use use;
    begin(0);
    for (int i = 0; i < 200; i++)
        fds[i] = (struct pollfd){.fd = i == 150 ? ends[1] : ends[0], .events = POLLIN | POLLOUT};
    CHECK_EQ(fd_poll(fds, 200, ~0ull), 1);
    CHECK_EQ(fds[150].revents, POLLOUT);
    CHECK_EQ(fd_get(ends[0], &use), 0);
    struct pipe *pipe = session_at(use.file->ino);
    CHECK_EQ(pipe->data_sleepers + pipe->space_sleepers, 0);
    fd_put(&use);
    int file = world_open("/bin/hello", O_RDONLY), tty = world_open("/dev/tty", O_RDWR);
    fds[0] = (struct pollfd){.fd = file, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = tty, .events = POLLIN};
    CHECK_EQ(fd_poll(fds, 1, ~0ull), 1);
    CHECK_EQ(fd_poll(fds + 1, 1, 0), 0);
    fake_tty_input = "x";
    CHECK_EQ(fd_poll(fds + 1, 1, ~0ull), 1);
    finish();
}
