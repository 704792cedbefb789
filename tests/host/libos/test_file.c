// link: tests/host/libos/fake_session.c tests/host/libos/fake_tty.c libos/fs/cpio.c libos/fs/initrd.c libos/fs/initrd_dir.c libos/fs/ramfs.c libos/fs/ramfs_data.c libos/fs/ramfs_dir.c libos/fs/devfs.c libos/fs/devfs_dir.c libos/fs/pipe.c libos/fs/file.c libos/fs/file_types.c libos/fs/start.c libos/fs/vfs.c libos/fs/vfs_ops.c libos/fs/vfs_process.c libos/fs/vfs_types.c libos/posix/fd.c libos/posix/fd_more.c libos/posix/fd_path.c libos/posix/fd_poll.c
// SPDX-License-Identifier: MIT
/* test_file.c: descriptors and open file descriptions: sharing, duplicates, inheritance, release after death, leaks. */
#include "../harness.h"
#include <sys/uio.h>

#include "fs_world.h"

TEST(gives_the_lowest_descriptor)
{
    world_begin();
    CHECK_EQ(world_open("/bin/hello", O_RDONLY), 0);
    CHECK_EQ(world_open("/bin/hello", O_RDONLY), 1);
    CHECK_EQ(world_open("/bin/hello", O_RDONLY), 2);
    CHECK_EQ(fd_close(1), 0);
    CHECK_EQ(fd_close(1), -EBADF);
    CHECK_EQ(fd_close(-1), -EBADF);
    CHECK_EQ(fd_close(5000), -EBADF);
    CHECK_EQ(world_open("/bin/hello", O_RDONLY), 1);
    CHECK_EQ(world_open("/bin/hello", O_RDONLY), 3);
}

TEST(shares_the_position_of_duplicates)
{
    char text[16] = "";
    world_begin();
    int fd = world_open("/bin/hello", O_RDONLY), other = world_open("/bin/hello", O_RDONLY);
    int copy = fd_dup(fd, 10, 0);
    CHECK_EQ(copy, 10);
    CHECK_EQ(fd_read(fd, text, 2), 2);
    CHECK_EQ(fd_read(copy, text, 7), 7);
    CHECK(memcmp(text, "program", 7) == 0);
    CHECK_EQ(fd_read(other, text, 9), 9);
    CHECK_EQ(fd_close(fd), 0);
    CHECK_EQ(fd_seek(copy, 0, SEEK_CUR), 9);
    CHECK_EQ(fd_dup2(copy, other, 0), other);
    CHECK_EQ(fd_seek(other, 0, SEEK_CUR), 9);
    CHECK_EQ(fd_dup2(copy, copy, 0), copy);
    CHECK_EQ(fd_dup2(77, 3, 0), -EBADF);
    CHECK_EQ(fd_dup2(copy, -1, 0), -EBADF);
    CHECK_EQ(fd_dup2(copy, FD_MAX, 0), -EBADF);
    CHECK_EQ(fd_dup2(copy, FD_MAX - 1, 1), FD_MAX - 1);
    CHECK_EQ(fd_dup(copy, FD_MAX - 1, 0), -EMFILE);
    CHECK_EQ(fd_dup(copy, FD_MAX, 0), -EINVAL);
    CHECK_EQ(fd_dup(copy, -1, 0), -EINVAL);
    CHECK_EQ(fd_seek(FD_MAX - 1, 0, SEEK_CUR), 9);
}

TEST(grows_the_table_to_its_limit)
{
    world_begin();
    size_t before = fake_session_live();
    int fd, count = 0;
    while ((fd = world_open("/dev/null", O_RDONLY)) >= 0)
        CHECK_EQ(fd, count++);
    CHECK_EQ(fd, -EMFILE);
    CHECK_EQ(count, FD_MAX);
    while (count > 0)
        CHECK_EQ(fd_close(--count), 0);
    CHECK_EQ(fake_session_live(), before + 1);
}

TEST(obeys_fcntl)
{
    world_begin();
    int fd = world_open("/dev/null", O_RDWR | O_CREAT | O_CLOEXEC);
    CHECK_EQ(fd_fcntl(fd, F_GETFD, 0), FD_CLOEXEC);
    CHECK_EQ(fd_fcntl(fd, F_SETFD, 0), 0);
    CHECK_EQ(fd_fcntl(fd, F_GETFD, 0), 0);
    CHECK_EQ(fd_fcntl(fd, F_GETFL, 0), O_RDWR);
    CHECK_EQ(fd_fcntl(fd, F_SETFL, O_NONBLOCK | O_CREAT | O_WRONLY), 0);
    CHECK_EQ(fd_fcntl(fd, F_GETFL, 0), O_RDWR | O_NONBLOCK);
    CHECK_EQ(fd_fcntl(fd, F_DUPFD, 5), 5);
    CHECK_EQ(fd_fcntl(5, F_GETFD, 0), 0);
    CHECK_EQ(fd_fcntl(fd, F_DUPFD_CLOEXEC, 5), 6);
    CHECK_EQ(fd_fcntl(6, F_GETFD, 0), FD_CLOEXEC);
    CHECK_EQ(fd_fcntl(6, F_GETFL, 0), O_RDWR | O_NONBLOCK);
    CHECK_EQ(fd_fcntl(99, F_GETFD, 0), -EBADF);
    CHECK_EQ(fd_fcntl(fd, 12345, 0), -EINVAL);
}

TEST(gathers_and_scatters)
{
    char a[3], b[8];
    struct iovec out[] = {{"one", 3}, {"", 0}, {"two", 3}};
    struct iovec in[] = {{a, 3}, {b, 8}};
    world_begin();
    int fd = world_open("/tmp/v", O_RDWR | O_CREAT);
    CHECK_EQ(fd_writev(fd, out, 3), 6);
    CHECK_EQ(fd_seek(fd, 0, SEEK_SET), 0);
    CHECK_EQ(fd_readv(fd, in, 2), 6);
    CHECK(memcmp(a, "one", 3) == 0 && memcmp(b, "two", 3) == 0);
    CHECK_EQ(fd_readv(fd, in, -1), -EINVAL);
    CHECK_EQ(fd_readv(fd, in, 0), 0);
    out[0].iov_len = out[2].iov_len = (size_t)-1 / 2 + 1;
    CHECK_EQ(fd_writev(fd, out, 3), -EINVAL);
}

TEST(fills_stat)
{
    struct stat stat;
    struct fs_statfs statfs;
    world_begin();
    CHECK_EQ(fd_stat(world_open("/bin/hello", O_RDONLY), &stat), 0);
    CHECK_EQ(stat.st_size, 9);
    CHECK(S_ISREG(stat.st_mode));
    CHECK_EQ(stat.st_mtim.tv_sec, 1000);
    CHECK_EQ(fd_stat(33, &stat), -EBADF);
    CHECK_EQ(fd_statfs(0, &statfs), 0);
    CHECK(statfs.read_only);
    CHECK_EQ(fd_sync(0), 0);
}

/* What spawn does: a copy of the table, changed, then used by another process. */
TEST(gives_a_child_its_descriptors)
{
    char text[4];
    int error;
    world_begin();
    int fd = world_open("/bin/hello", O_RDONLY);
    CHECK_EQ(world_open("/etc/motd", O_RDONLY | O_CLOEXEC), 1);
    session_off mine = fd_table_current(), child = fd_table_clone();
    CHECK(child != 0);
    CHECK_EQ(fd_table_dup2(child, fd, 40), 0);
    CHECK_EQ(fd_table_dup2(child, 9, 41), -EBADF);
    CHECK_EQ(fd_table_close(child, 9), -EBADF);
    CHECK_EQ(fd_table_dup2(child, 1, 2), 0);
    CHECK_EQ(fd_table_put(child, 5, vfs_open(VFS_CWD, "/dev/null", O_RDWR, 0, &error)), 0);
    CHECK_EQ(fd_table_put(child, -1, vfs_open(VFS_CWD, "/dev/null", O_RDWR, 0, &error)), -EBADF);
    CHECK_EQ(fd_table_put(child, FD_MAX, vfs_open(VFS_CWD, "/dev/null", O_RDWR, 0, &error)), -EMFILE);
    CHECK_EQ(fd_table_close(child, fd), 0);
    fd_table_exec(child);
    fd_table_attach(child);
    CHECK_EQ(fd_read(0, text, 4), -EBADF);
    CHECK_EQ(fd_read(1, text, 4), -EBADF);
    CHECK_EQ(fd_read(2, text, 4), 4);
    CHECK_EQ(fd_read(40, text, 4), 4);
    CHECK_EQ(fd_write(5, text, 4), 4);
    fd_table_attach(mine);
    CHECK_EQ(fd_seek(fd, 0, SEEK_CUR), 4); /* moved by the child */
    fd_table_release(child);
    CHECK_EQ(fd_seek(fd, 0, SEEK_CUR), 4);
    fd_table_release(mine);
    fd_table_release(0);
    CHECK_EQ(fake_session_live(), 0);
}

TEST(gives_back_what_a_dead_process_held)
{
    struct file_use use;
    world_begin();
    CHECK(fd_open(VFS_CWD, "/dev/null", O_RDONLY, 0) == 0);
    CHECK(fd_dup(0, 30, 0) == 30);
    CHECK_EQ(fd_get(0, &use), 0); /* a call that never ends */
    fd_table_release(fd_table_current());
    CHECK_EQ(fake_session_live(), 0);
}

TEST(holds_more_calls_than_it_can_note)
{
    struct file_use use[FD_HELD + 5];
    world_begin();
    CHECK_EQ(world_open("/dev/null", O_RDONLY), 0);
    for (int i = 0; i < FD_HELD + 5; i++)
        CHECK_EQ(fd_get(0, &use[i]), 0);
    CHECK_EQ(fd_close(0), 0);
    CHECK_EQ(use[0].file->refs, FD_HELD + 5);
    for (int i = 0; i < FD_HELD + 5; i++)
        fd_put(&use[i]);
    fd_table_release(fd_table_current());
    CHECK_EQ(fake_session_live(), 0);
}

TEST(runs_out_of_memory_without_leaks)
{
    for (size_t n = 0; n < 12; n++) {
        world_begin();
        size_t before = fake_session_live();
        fake_session_fail_after(n);
        int fds[2], fd = world_open("/dev/null", O_RDONLY);
        int high = fd >= 0 ? fd_dup(fd, 100, 0) : -1;
        int piped = fd_pipe(fds, 0);
        session_off child = fd_table_clone();
        fake_session_fail_after(~(size_t)0);
        fd_table_release(child);
        if (fd >= 0)
            CHECK_EQ(fd_close(fd), 0);
        if (high >= 0)
            CHECK_EQ(fd_close(high), 0);
        if (piped == 0)
            CHECK(fd_close(fds[0]) == 0 && fd_close(fds[1]) == 0);
        CHECK(fake_session_live() <= before + 1); /* a larger table */
    }
}
