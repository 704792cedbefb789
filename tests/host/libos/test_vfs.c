// link: tests/host/libos/fake_session.c tests/host/libos/fake_tty.c libos/fs/cpio.c libos/fs/initrd.c libos/fs/initrd_dir.c libos/fs/ramfs.c libos/fs/ramfs_data.c libos/fs/ramfs_dir.c libos/fs/devfs.c libos/fs/devfs_dir.c libos/fs/pipe.c libos/fs/file.c libos/fs/file_types.c libos/fs/start.c libos/fs/vfs.c libos/fs/vfs_ops.c libos/fs/vfs_process.c libos/fs/vfs_types.c libos/posix/fd.c libos/posix/fd_more.c libos/posix/fd_path.c libos/posix/fd_poll.c
// SPDX-License-Identifier: MIT
/* test_vfs.c: paths over the archive, the RAM file system and devices: walking, links, mounts, the working directory. */
#include "../harness.h"
#include "fs_world.h"

TEST(walks_the_archive)
{
    struct fs_stat stat;
    world_begin();
    CHECK_STR(world_get("/bin/hello"), "a program");
    CHECK_STR(world_get("//bin///hello"), "a program");
    CHECK_STR(world_get("/bin/../etc/./motd"), "welcome");
    CHECK_STR(world_get("/../../bin/hello"), "a program");
    CHECK_STR(world_get("bin/hello"), "a program");
    CHECK_STR(world_get("/usr/share/doc/readme"), "read me");
    CHECK_STR(world_get("/usr/share/doc/../doc/../../share/doc/readme"), "read me");
    CHECK_EQ(world_stat("/usr/share", &stat), 0);
    CHECK_EQ(stat.mode, 0040555);
    CHECK_EQ(world_stat("/bin/hello", &stat), 0);
    CHECK_EQ(stat.mode, 0100755);
    CHECK_EQ(stat.size, 9);
    CHECK_EQ(stat.mtime_ns, 1000 * 1000000000ll);
    CHECK_STR(world_get("/etc/one"), "shared data");
    CHECK_STR(world_get("/etc/two"), "shared data");
}

TEST(refuses_bad_paths)
{
    char path[FS_PATH_MAX + 8];
    world_begin();
    CHECK_EQ(world_open("", O_RDONLY), -ENOENT);
    CHECK_EQ(world_open("/nothing", O_RDONLY), -ENOENT);
    CHECK_EQ(world_open("/nothing/at/all", O_RDONLY), -ENOENT);
    CHECK_EQ(world_open("/bin/hello/", O_RDONLY), -ENOTDIR);
    CHECK_EQ(world_open("/bin/hello/x", O_RDONLY), -ENOTDIR);
    CHECK_EQ(world_open("/bin/hello/..", O_RDONLY), -ENOTDIR);
    CHECK_EQ(world_open("/bin/hello/.", O_RDONLY), -ENOTDIR);
    CHECK_EQ(world_open("/bin/hell", O_RDONLY), -ENOENT);
    CHECK_EQ(world_open("/bin/hello2", O_RDONLY), -ENOENT);
    CHECK_EQ(world_open("/dev/null/x", O_RDONLY), -ENOTDIR);
    memset(path, 'x', sizeof path);
    path[0] = '/';
    path[256] = 0;
    CHECK_EQ(world_open(path, O_RDONLY), -ENOENT);
    path[256] = 'x';
    path[257] = 0;
    CHECK_EQ(world_open(path, O_RDONLY), -ENAMETOOLONG);
    for (int i = 0; i < FS_PATH_MAX; i++)
        path[i] = i % 2 ? '.' : '/';
    path[FS_PATH_MAX] = 0;
    CHECK_EQ(world_open(path, O_RDONLY), -ENAMETOOLONG);
    path[FS_PATH_MAX - 1] = 0;
    CHECK(world_open(path, O_RDONLY) >= 0);
    CHECK_EQ(world_open("/etc/loop", O_RDONLY), -ELOOP);
    CHECK_EQ(world_open("/etc/loop/x", O_RDONLY), -ELOOP);
}

TEST(follows_links)
{
    struct fs_stat stat;
    char text[64];
    world_begin();
    CHECK_STR(world_get("/bin/link"), "a program");
    CHECK_STR(world_get("/etc/absolute/readme"), "read me");
    CHECK_STR(world_get("/etc/absolute/../doc/readme"), "read me");
    CHECK_EQ(world_stat("/bin/link", &stat), 0);
    CHECK_EQ(stat.mode, 0120777);
    CHECK_EQ(vfs_readlink(VFS_CWD, "/bin/link", text, sizeof text), 5);
    CHECK_EQ(vfs_readlink(VFS_CWD, "/bin/link", text, 2), 2);
    CHECK_EQ(vfs_readlink(VFS_CWD, "/bin/hello", text, 2), -EINVAL);
    CHECK_EQ(world_open("/bin/link", O_RDONLY | O_NOFOLLOW), -ELOOP);
    CHECK_EQ(vfs_symlink("/etc/absolute", VFS_CWD, "/tmp/far"), 0);
    CHECK_STR(world_get("/tmp/far/readme"), "read me");
    CHECK_EQ(vfs_symlink("far/readme", VFS_CWD, "/tmp/near"), 0);
    CHECK_STR(world_get("/tmp/near"), "read me");
    CHECK_EQ(vfs_symlink("x", VFS_CWD, "/tmp/near"), -EEXIST);
    CHECK_EQ(vfs_symlink("", VFS_CWD, "/tmp/none"), -ENOENT);
    CHECK_EQ(world_stat("/tmp/far/", &stat), 0);
    CHECK(S_ISDIR(stat.mode));
}

TEST(creates_through_a_dangling_link)
{
    world_begin();
    CHECK_STR(world_get("/etc/dangling"), "?");
    int fd = world_open("/etc/dangling", O_WRONLY | O_CREAT);
    CHECK(fd >= 0);
    CHECK_EQ(fd_write(fd, "new", 3), 3);
    CHECK_STR(world_get("/tmp/target"), "new");
    CHECK_EQ(world_open("/etc/dangling", O_WRONLY | O_CREAT | O_EXCL), -EEXIST);
}

TEST(lists_directories_and_mounts)
{
    world_begin();
    CHECK_STR(world_list("/"), "bin etc usr tmp dev ");
    CHECK_STR(world_list("/bin"), "hello link ");
    CHECK_STR(world_list("/usr"), "share ");
    CHECK_STR(world_list("/usr/share"), "doc ");
    CHECK_STR(world_list("/tmp"), "");
    CHECK_STR(world_list("/dev"), "null zero full random urandom tty console ");
    CHECK_STR(world_list("/bin/hello"), "");
}

TEST(hides_what_is_mounted_over)
{
    world_begin();
    world_bytes = 0;
    world_entry(1, 2, 0040755, "tmp", "");
    world_entry(2, 1, 0100644, "tmp/hidden", "x");
    world_entry(3, 2, 0040755, "a", "");
    world_entry(0, 1, 0, "TRAILER!!!", "");
    initrd_archive.bytes = world_bytes;
    CHECK_STR(world_list("/"), "a tmp dev ");
    CHECK_STR(world_list("/tmp"), "");
    CHECK_EQ(world_open("/tmp/hidden", O_RDONLY), -ENOENT);
}

TEST(reports_a_damaged_archive)
{
    world_begin();
    ((char *)world_image)[0] = 'x';
    CHECK_EQ(world_open("/bin/hello", O_RDONLY), -EIO);
    CHECK_EQ(world_open("/dev/null", O_RDONLY), 0);
    initrd_archive.bytes = 0;
    CHECK_EQ(world_open("/bin/hello", O_RDONLY), -ENOENT);
    CHECK_STR(world_list("/"), "tmp dev ");
}

TEST(keeps_the_archive_read_only)
{
    struct fs_attr attr = {.which = FS_SET_MODE};
    world_begin();
    CHECK_EQ(world_open("/bin/hello", O_WRONLY), -EROFS);
    CHECK_EQ(world_open("/bin/hello", O_RDWR), -EROFS);
    CHECK_EQ(world_open("/bin/hello", O_RDONLY | O_TRUNC), -EROFS);
    CHECK_EQ(world_open("/bin/new", O_WRONLY | O_CREAT), -EROFS);
    CHECK_EQ(world_open("/dev/new", O_WRONLY | O_CREAT), -EROFS);
    CHECK_EQ(vfs_mkdir(VFS_CWD, "/new", 0777), -EROFS);
    CHECK_EQ(vfs_mkdir(VFS_CWD, "/tmp", 0777), -EEXIST);
    CHECK_EQ(vfs_mkdir(VFS_CWD, "/", 0777), -EEXIST);
    CHECK_EQ(vfs_unlink(VFS_CWD, "/bin/hello", 0), -EROFS);
    CHECK_EQ(vfs_unlink(VFS_CWD, "/tmp", 1), -EBUSY);
    CHECK_EQ(vfs_unlink(VFS_CWD, "/", 1), -EBUSY);
    CHECK_EQ(vfs_rename(VFS_CWD, "/bin/hello", VFS_CWD, "/bin/x"), -EROFS);
    CHECK_EQ(vfs_rename(VFS_CWD, "/bin/hello", VFS_CWD, "/tmp/x"), -EXDEV);
    CHECK_EQ(vfs_rename(VFS_CWD, "/dev", VFS_CWD, "/tmp/x"), -EBUSY);
    CHECK_EQ(vfs_link(VFS_CWD, "/bin/hello", VFS_CWD, "/tmp/x", 0), -EXDEV);
    CHECK_EQ(vfs_link(VFS_CWD, "/bin/hello", VFS_CWD, "/bin/x", 0), -EROFS);
    CHECK_EQ(vfs_setattr(VFS_CWD, "/bin/hello", 0, &attr), -EROFS);
    CHECK_EQ(vfs_truncate(VFS_CWD, "/bin/hello", 0), -EROFS);
    CHECK_EQ(vfs_access(VFS_CWD, "/bin/hello", 5), 0);
    CHECK_EQ(vfs_access(VFS_CWD, "/etc/motd", 1), -EACCES);
    CHECK_EQ(vfs_access(VFS_CWD, "/etc/motd", 2), -EROFS);
    CHECK_EQ(vfs_access(VFS_CWD, "/etc", 2), -EROFS);
    CHECK_EQ(vfs_access(VFS_CWD, "/tmp", 3), 0);
    CHECK_EQ(vfs_access(VFS_CWD, "/none", 0), -ENOENT);
}

TEST(changes_the_working_directory)
{
    char path[FS_PATH_MAX];
    world_begin();
    CHECK_STR(vfs_cwd(), "/");
    CHECK_EQ(vfs_chdir(VFS_CWD, "usr/share"), 0);
    CHECK_STR(vfs_cwd(), "/usr/share");
    CHECK_STR(world_get("doc/readme"), "read me");
    CHECK_EQ(vfs_chdir(VFS_CWD, "../../etc/absolute"), 0);
    CHECK_STR(vfs_cwd(), "/usr/share/doc");
    CHECK_EQ(vfs_chdir(VFS_CWD, "readme"), -ENOTDIR);
    CHECK_EQ(vfs_chdir(VFS_CWD, "/none"), -ENOENT);
    CHECK_STR(vfs_cwd(), "/usr/share/doc");
    CHECK_EQ(vfs_chdir(VFS_CWD, "/tmp"), 0);
    CHECK_EQ(vfs_mkdir(VFS_CWD, "a", 0777), 0);
    CHECK_EQ(vfs_mkdir(VFS_CWD, "a/b", 0777), 0);
    CHECK_EQ(vfs_chdir(VFS_CWD, "a/b"), 0);
    CHECK_STR(vfs_cwd(), "/tmp/a/b");
    world_put("file", "here");
    CHECK_STR(world_get("/tmp/a/b/file"), "here");
    CHECK_EQ(vfs_realpath("../b/./file", path, sizeof path), 13);
    CHECK_STR(path, "/tmp/a/b/file");
    CHECK_EQ(vfs_realpath("/etc/absolute/readme", path, sizeof path), 21);
    CHECK_STR(path, "/usr/share/doc/readme");
    CHECK_EQ(vfs_realpath("/bin/link", path, sizeof path), 10);
    CHECK_STR(path, "/bin/hello");
    CHECK_EQ(vfs_realpath("/", path, sizeof path), 1);
    CHECK_EQ(vfs_realpath("/none", path, sizeof path), -ENOENT);
    CHECK_EQ(vfs_realpath("/tmp/a", path, 6), -ERANGE);
    CHECK_EQ(vfs_chdir(VFS_CWD, ".."), 0);
    CHECK_STR(vfs_cwd(), "/tmp/a");
    CHECK_EQ(vfs_chdir(VFS_CWD, "../.."), 0);
    CHECK_STR(vfs_cwd(), "/");
    int fd = world_open("/tmp/a", O_RDONLY | O_DIRECTORY);
    CHECK_EQ(fd_chdir(fd), 0);
    CHECK_STR(vfs_cwd(), "/tmp/a");
    CHECK_EQ(fd_chdir(99), -EBADF);
    CHECK_EQ(vfs_chdir(VFS_CWD, "/"), 0);
}

TEST(starts_paths_at_descriptors)
{
    world_begin();
    int dir = world_open("/etc", O_RDONLY | O_DIRECTORY), file = world_open("/etc/motd", O_RDONLY);
    int fd = fd_open(dir, "motd", O_RDONLY, 0);
    char text[8];
    CHECK(fd >= 0);
    CHECK_EQ(fd_read(fd, text, 8), 7);
    CHECK(fd_open(dir, "../bin/hello", O_RDONLY, 0) >= 0);
    CHECK(fd_open(dir, "/bin/hello", O_RDONLY, 0) >= 0);
    CHECK_EQ(fd_open(file, "motd", O_RDONLY, 0), -ENOTDIR);
    CHECK_EQ(fd_open(77, "motd", O_RDONLY, 0), -EBADF);
    CHECK(fd_open(77, "/etc/motd", O_RDONLY, 0) >= 0);
    CHECK_EQ(world_open("/etc/motd", O_RDONLY | O_DIRECTORY), -ENOTDIR);
}

TEST(gives_devices)
{
    char text[32];
    int argument = 0;
    world_begin();
    CHECK_EQ(fd_read(world_open("/dev/null", O_RDWR), text, 32), 0);
    CHECK_EQ(fd_write(0, text, 32), 32);
    memset(text, 1, sizeof text);
    CHECK_EQ(fd_read(world_open("/dev/zero", O_RDONLY), text, 32), 32);
    CHECK_EQ(text[31], 0);
    CHECK_EQ(fd_write(world_open("/dev/full", O_WRONLY), text, 32), -ENOSPC);
    CHECK_EQ(fd_read(world_open("/dev/random", O_RDONLY), text, 32), 32);
    CHECK(text[0] || text[1] || text[2] || text[3]);
    fake_random_works = 0;
    CHECK_EQ(world_open("/dev/random", O_RDONLY), -ENODEV);
    CHECK_EQ(world_open("/dev/urandom", O_RDONLY), -ENODEV);
    fake_tty_input = "typed";
    int tty = world_open("/dev/tty", O_RDWR);
    CHECK_EQ(fd_read(tty, text, 32), 5);
    CHECK_EQ(fd_write(tty, "shown", 5), 5);
    CHECK_STR(fake_tty_output, "shown");
    CHECK_EQ(fd_isatty(tty), 1);
    CHECK_EQ(fd_isatty(0), -ENOTTY);
    CHECK_EQ(fd_isatty(50), -EBADF);
    CHECK_EQ(fd_ioctl(tty, 41, &argument), 0);
    CHECK_EQ(argument, 42);
    CHECK_EQ(fd_ioctl(0, 41, &argument), -ENOTTY);
    CHECK_EQ(fd_seek(tty, 0, SEEK_SET), -ESPIPE);
    CHECK_EQ(fd_pread(tty, text, 1, 0), -ESPIPE);
    fake_tty_absent = 1;
    CHECK_EQ(world_open("/dev/tty", O_RDWR), -ENXIO);
    CHECK_EQ(vfs_unlink(VFS_CWD, "/dev/null", 0), -EROFS);
    CHECK(world_open("/dev/null", O_WRONLY | O_CREAT | O_TRUNC) >= 0);
}
