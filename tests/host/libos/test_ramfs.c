// link: tests/host/libos/fake_session.c tests/host/libos/fake_tty.c libos/fs/cpio.c libos/fs/initrd.c libos/fs/initrd_dir.c libos/fs/ramfs.c libos/fs/ramfs_data.c libos/fs/ramfs_dir.c libos/fs/devfs.c libos/fs/devfs_dir.c libos/fs/pipe.c libos/fs/file.c libos/fs/file_types.c libos/fs/start.c libos/fs/vfs.c libos/fs/vfs_ops.c libos/fs/vfs_process.c libos/fs/vfs_types.c libos/posix/fd.c libos/posix/fd_more.c libos/posix/fd_path.c libos/posix/fd_poll.c
// SPDX-License-Identifier: MIT
/* test_ramfs.c: the RAM file system: contents against a model, names, links, renaming, memory that runs out at every point,
 * leaks. */
#include "../harness.h"
#include "fs/ramfs.h"
#include "fs_world.h"

/* Blocks of the session that an empty /tmp and an empty table take. */
static size_t base;

static void begin(void)
{
    struct fs_node node;
    world_begin();
    vfs_walk(VFS_CWD, "/tmp", 0, &node, NULL);
    base = fake_session_live();
}

static uint64_t size_of(const char *path)
{
    struct fs_stat stat;
    return world_stat(path, &stat) ? ~0ull : stat.size;
}

static unsigned links_of(const char *path)
{
    struct fs_stat stat;
    return world_stat(path, &stat) ? ~0u : stat.nlink;
}

TEST(writes_and_reads)
{
    char text[16];
    begin();
    world_put("/tmp/a", "hello");
    CHECK_STR(world_get("/tmp/a"), "hello");
    int fd = world_open("/tmp/a", O_RDWR);
    CHECK_EQ(fd_seek(fd, 0, SEEK_END), 5);
    CHECK_EQ(fd_write(fd, " you", 4), 4);
    CHECK_EQ(fd_pwrite(fd, "J", 1, 0), 1);
    CHECK_EQ(fd_pread(fd, text, 3, 6), 3);
    CHECK(memcmp(text, "you", 3) == 0);
    CHECK_EQ(fd_pread(fd, text, 3, 9), 0);
    CHECK_EQ(fd_pread(fd, text, 3, -1), -EINVAL);
    CHECK_EQ(fd_seek(fd, -1, SEEK_SET), -EINVAL);
    CHECK_EQ(fd_seek(fd, 0, 9), -EINVAL);
    CHECK_EQ(fd_seek(fd, INT64_MAX, SEEK_CUR), -EOVERFLOW);
    CHECK_STR(world_get("/tmp/a"), "Jello you");
    int appending = world_open("/tmp/a", O_WRONLY | O_APPEND);
    CHECK_EQ(fd_write(appending, "!", 1), 1);
    CHECK_EQ(fd_write(fd, "?", 1), 1);
    CHECK_STR(world_get("/tmp/a"), "Jello you?");
    CHECK_EQ(fd_write(appending, "!", 1), 1);
    CHECK_STR(world_get("/tmp/a"), "Jello you?!");
    CHECK_EQ(fd_read(appending, text, 1), -EBADF);
    CHECK_EQ(fd_write(world_open("/tmp/a", O_RDONLY), text, 1), -EBADF);
    CHECK_EQ(fd_read(world_open("/tmp", O_RDONLY), text, 1), -EISDIR);
    CHECK_EQ(world_open("/tmp", O_WRONLY), -EISDIR);
    CHECK_EQ(world_open("/tmp/new/", O_WRONLY | O_CREAT), -EISDIR);
    CHECK_EQ(world_open("/tmp/a/b", O_WRONLY | O_CREAT), -ENOTDIR);
    CHECK_EQ(world_open("/tmp/x/b", O_WRONLY | O_CREAT), -ENOENT);
    CHECK_EQ(world_open("/tmp/a", O_WRONLY | O_CREAT | O_EXCL), -EEXIST);
    CHECK_EQ(world_open("/tmp/a", O_ACCMODE), -EINVAL);
}

/* Random reads, writes and truncations against an array. */
static void compare_with_model(unsigned seed, size_t limit, int rounds)
{
    uint8_t *model = calloc(1, limit), *buffer = malloc(limit);
    size_t size = 0;
    srand(seed);
    int fd = world_open("/tmp/model", O_RDWR | O_CREAT | O_TRUNC);
    for (int round = 0; round < rounds; round++) {
        size_t at = (size_t)rand() % limit, n = (size_t)rand() % (limit - at) % (rand() % 4 ? 6000 : limit) + 1;
        if (at + n > limit)
            n = limit - at;
        int what = rand() % 8;
        if (what < 3) {
            for (size_t i = 0; i < n; i++)
                model[at + i] = buffer[i] = (uint8_t)rand();
            CHECK_EQ(fd_pwrite(fd, buffer, n, (int64_t)at), n);
            size = size < at + n ? at + n : size;
        } else if (what == 3) {
            if (at < size)
                memset(model + at, 0, size - at);
            CHECK_EQ(fd_truncate(fd, (int64_t)at), 0);
            size = at;
        } else {
            size_t want = at >= size ? 0 : n < size - at ? n : size - at;
            CHECK_EQ(fd_pread(fd, buffer, n, (int64_t)at), want);
            CHECK(memcmp(buffer, model + at, want) == 0);
        }
    }
    CHECK_EQ(size_of("/tmp/model"), size);
    fd_close(fd);
    CHECK_EQ(vfs_unlink(VFS_CWD, "/tmp/model", 0), 0);
    free(model);
    free(buffer);
}

TEST(agrees_with_a_model)
{
    begin();
    compare_with_model(1, 200, 3000);
    compare_with_model(2, 9000, 2000);
    compare_with_model(3, 300000, 800);
    compare_with_model(4, 3000000, 150);
    /* What stays: the one inode that was used again and again, and the slots of /tmp. */
    CHECK_EQ(fake_session_live(), base + 2);
}

TEST(keeps_holes)
{
    char text[8] = "xxxxxxx";
    struct fs_stat stat;
    begin();
    int fd = world_open("/tmp/sparse", O_RDWR | O_CREAT);
    CHECK_EQ(fd_pwrite(fd, "end", 3, 1ll << 40), 3);
    CHECK_EQ(size_of("/tmp/sparse"), (1ull << 40) + 3);
    CHECK_EQ(world_stat("/tmp/sparse", &stat), 0);
    CHECK(stat.blocks < 64);
    CHECK_EQ(fd_pread(fd, text, 4, 1ll << 39), 4);
    CHECK(memcmp(text, "\0\0\0\0", 4) == 0);
    CHECK_EQ(fd_pread(fd, text, 8, (1ll << 40) - 1), 4);
    CHECK(memcmp(text, "\0end", 4) == 0);
    CHECK_EQ(fd_pwrite(fd, "x", 1, (int64_t)RAM_SIZE_MAX), -EFBIG);
    CHECK_EQ(fd_pwrite(fd, "xy", 2, (int64_t)RAM_SIZE_MAX - 1), 1);
    CHECK_EQ(fd_truncate(fd, (int64_t)RAM_SIZE_MAX + 1), -EFBIG);
    CHECK_EQ(fd_truncate(fd, -1), -EINVAL);
    CHECK_EQ(fd_truncate(fd, 10), 0);
    CHECK_EQ(vfs_truncate(VFS_CWD, "/tmp/sparse", 5000), 0);
    CHECK_EQ(fd_pread(fd, text, 8, 4999), 1);
    CHECK_EQ(text[0], 0);
    CHECK_EQ(vfs_truncate(VFS_CWD, "/tmp", 0), -EISDIR);
}

TEST(makes_and_removes_directories)
{
    begin();
    CHECK_EQ(vfs_mkdir(VFS_CWD, "/tmp/d/", 0777), 0);
    CHECK_EQ(links_of("/tmp"), 3);
    CHECK_EQ(vfs_mkdir(VFS_CWD, "/tmp/d", 0777), -EEXIST);
    CHECK_EQ(vfs_mkdir(VFS_CWD, "/tmp/x/y", 0777), -ENOENT);
    world_put("/tmp/d/f", "1");
    CHECK_EQ(vfs_unlink(VFS_CWD, "/tmp/d", 1), -ENOTEMPTY);
    CHECK_EQ(vfs_unlink(VFS_CWD, "/tmp/d", 0), -EISDIR);
    CHECK_EQ(vfs_unlink(VFS_CWD, "/tmp/d/f", 1), -ENOTDIR);
    CHECK_EQ(vfs_unlink(VFS_CWD, "/tmp/d/.", 1), -EINVAL);
    CHECK_EQ(vfs_unlink(VFS_CWD, "/tmp/d/f", 0), 0);
    CHECK_EQ(vfs_unlink(VFS_CWD, "/tmp/d/f", 0), -ENOENT);
    CHECK_EQ(vfs_unlink(VFS_CWD, "/tmp/d/", 1), 0);
    CHECK_EQ(links_of("/tmp"), 2);
    CHECK_STR(world_list("/tmp"), "");
}

TEST(survives_removal_of_what_is_open)
{
    char text[8];
    struct fs_dirent entry;
    uint64_t cursor = 0;
    begin();
    world_put("/tmp/f", "still");
    int fd = world_open("/tmp/f", O_RDWR);
    CHECK_EQ(vfs_unlink(VFS_CWD, "/tmp/f", 0), 0);
    CHECK_EQ(fd_read(fd, text, 8), 5);
    CHECK_EQ(fd_write(fd, " here", 5), 5);
    CHECK_EQ(fd_close(fd), 0);
    vfs_mkdir(VFS_CWD, "/tmp/d", 0777);
    int dir = world_open("/tmp/d", O_RDONLY);
    vfs_chdir(VFS_CWD, "/tmp/d");
    CHECK_EQ(vfs_unlink(VFS_CWD, "/tmp/d", 1), 0);
    CHECK_EQ(fd_readdir(dir, &cursor, &entry), 0);
    CHECK_EQ(fd_open(dir, "new", O_WRONLY | O_CREAT, 0666), -ENOENT);
    CHECK_EQ(world_open("new", O_WRONLY | O_CREAT), -ENOENT);
    CHECK_EQ(fd_close(dir), 0);
    vfs_chdir(VFS_CWD, "/");
    CHECK_EQ(fake_session_live(), base + 2); /* an inode for later use, slots of /tmp */
}

TEST(notices_stale_ids)
{
    struct fs_node node;
    struct fs_stat stat;
    char text[4];
    uint64_t at = 0;
    begin();
    world_put("/tmp/f", "1");
    CHECK_EQ(vfs_walk(VFS_CWD, "/tmp/f", 0, &node, NULL), 0);
    CHECK_EQ(vfs_unlink(VFS_CWD, "/tmp/f", 0), 0);
    world_put("/tmp/g", "2");
    const struct fs_file_ops *ops = fs_file_ops(node.fs);
    CHECK_EQ(ops->stat(node.ino, &stat), -ENOENT);
    CHECK_EQ(ops->open(node.ino, 0), -ENOENT);
    CHECK_EQ(ops->read(node.ino, text, 4, 0, 0), -ENOENT);
    CHECK_EQ(ops->write(node.ino, text, 4, &at, 0), -ENOENT);
    CHECK_EQ(ops->truncate(node.ino, 0), -ENOENT);
    ops->close(node.ino, 0);
    CHECK_STR(world_get("/tmp/g"), "2");
}

TEST(links)
{
    begin();
    world_put("/tmp/a", "one");
    CHECK_EQ(vfs_link(VFS_CWD, "/tmp/a", VFS_CWD, "/tmp/b", 0), 0);
    CHECK_EQ(links_of("/tmp/a"), 2);
    world_put("/tmp/b", "two");
    CHECK_STR(world_get("/tmp/a"), "two");
    CHECK_EQ(vfs_link(VFS_CWD, "/tmp/a", VFS_CWD, "/tmp/b", 0), -EEXIST);
    CHECK_EQ(vfs_link(VFS_CWD, "/tmp/none", VFS_CWD, "/tmp/c", 0), -ENOENT);
    CHECK_EQ(vfs_link(VFS_CWD, "/tmp", VFS_CWD, "/tmp/c", 0), -EPERM);
    CHECK_EQ(vfs_unlink(VFS_CWD, "/tmp/a", 0), 0);
    CHECK_STR(world_get("/tmp/b"), "two");
    CHECK_EQ(links_of("/tmp/b"), 1);
}

TEST(renames)
{
    begin();
    world_put("/tmp/a", "a");
    world_put("/tmp/b", "b");
    CHECK_EQ(vfs_rename(VFS_CWD, "/tmp/a", VFS_CWD, "/tmp/c"), 0);
    CHECK_STR(world_get("/tmp/c"), "a");
    CHECK_STR(world_get("/tmp/a"), "?");
    CHECK_EQ(vfs_rename(VFS_CWD, "/tmp/c", VFS_CWD, "/tmp/b"), 0);
    CHECK_STR(world_get("/tmp/b"), "a");
    CHECK_EQ(vfs_rename(VFS_CWD, "/tmp/b", VFS_CWD, "/tmp/b"), 0);
    CHECK_EQ(vfs_rename(VFS_CWD, "/tmp/none", VFS_CWD, "/tmp/b"), -ENOENT);
    CHECK_EQ(links_of("/tmp/b"), 1);
    vfs_link(VFS_CWD, "/tmp/b", VFS_CWD, "/tmp/same", 0);
    CHECK_EQ(vfs_rename(VFS_CWD, "/tmp/b", VFS_CWD, "/tmp/same"), 0);
    CHECK_EQ(links_of("/tmp/b"), 2);
    vfs_mkdir(VFS_CWD, "/tmp/d", 0777);
    vfs_mkdir(VFS_CWD, "/tmp/d/e", 0777);
    vfs_mkdir(VFS_CWD, "/tmp/f", 0777);
    CHECK_EQ(vfs_rename(VFS_CWD, "/tmp/d", VFS_CWD, "/tmp/d/e/x"), -EINVAL);
    CHECK_EQ(vfs_rename(VFS_CWD, "/tmp/d", VFS_CWD, "/tmp/d/x"), -EINVAL);
    CHECK_EQ(vfs_rename(VFS_CWD, "/tmp/d", VFS_CWD, "/tmp/b"), -ENOTDIR);
    CHECK_EQ(vfs_rename(VFS_CWD, "/tmp/b", VFS_CWD, "/tmp/d"), -EISDIR);
    CHECK_EQ(vfs_rename(VFS_CWD, "/tmp/b", VFS_CWD, "/tmp/new/"), -ENOTDIR);
    CHECK_EQ(vfs_rename(VFS_CWD, "/tmp/f", VFS_CWD, "/tmp/d"), -ENOTEMPTY);
    CHECK_EQ(vfs_rename(VFS_CWD, "/tmp/d/.", VFS_CWD, "/tmp/q"), -EINVAL);
    CHECK_EQ(vfs_rename(VFS_CWD, "/tmp/d", VFS_CWD, "/tmp/f"), 0);
    CHECK_STR(world_list("/tmp/f"), "e ");
    CHECK_EQ(links_of("/tmp"), 3);
    CHECK_EQ(links_of("/tmp/f"), 3);
    CHECK_EQ(vfs_rename(VFS_CWD, "/tmp/f/e", VFS_CWD, "/tmp/e/"), 0);
    CHECK_EQ(links_of("/tmp"), 4);
    CHECK_EQ(links_of("/tmp/f"), 2);
    CHECK_EQ(links_of("/tmp/e"), 2);
    CHECK_EQ(vfs_chdir(VFS_CWD, "/tmp/e/.."), 0);
    CHECK_STR(vfs_cwd(), "/tmp");
    vfs_chdir(VFS_CWD, "/");
}

TEST(sets_attributes)
{
    struct fs_stat stat;
    struct fs_attr attr = {.which = FS_SET_MODE | FS_SET_MTIME, .mode = 0100000 | 0640, .mtime_ns = 5};
    begin();
    vfs_set_umask(027);
    world_put("/tmp/a", "");
    CHECK_EQ(world_stat("/tmp/a", &stat), 0);
    CHECK_EQ(stat.mode, 0100640);
    CHECK_EQ(stat.mtime_ns, fake_now_ns);
    vfs_set_umask(022);
    attr.mode = 04755;
    CHECK_EQ(vfs_setattr(VFS_CWD, "/tmp/a", 0, &attr), 0);
    fake_now_ns += 7;
    CHECK_EQ(world_stat("/tmp/a", &stat), 0);
    CHECK_EQ(stat.mode, 0104755);
    CHECK_EQ(stat.mtime_ns, 5);
    int fd = world_open("/tmp/a", O_WRONLY);
    fd_write(fd, "x", 1);
    CHECK_EQ(world_stat("/tmp/a", &stat), 0);
    CHECK_EQ(stat.mtime_ns, fake_now_ns);
    CHECK_EQ(stat.blocks, 1);
}

TEST(holds_many_files)
{
    char path[FS_PATH_MAX];
    uint64_t cursor = 0;
    struct fs_node node;
    struct fs_dirent entry;
    unsigned seen = 0;
    begin();
    for (int i = 0; i < 1000; i++) {
        sprintf(path, "/tmp/file-%d", i);
        world_put(path, path);
    }
    CHECK_STR(world_get("/tmp/file-777"), "/tmp/file-777");
    CHECK_EQ(vfs_walk(VFS_CWD, "/tmp", 0, &node, NULL), 0);
    /* Removing each entry as it is seen must not make readdir miss another. */
    while (vfs_readdir(node, &cursor, &entry) > 0) {
        sprintf(path, "/tmp/%s", entry.name);
        CHECK_EQ(vfs_unlink(VFS_CWD, path, 0), 0);
        seen++;
    }
    CHECK_EQ(seen, 1000);
    CHECK_STR(world_list("/tmp"), "");
}

/* Everything that allocates, in one go. Returns how many steps succeeded. */
static int exercise(void)
{
    char data[5000];
    int done = 0;
    memset(data, 'x', sizeof data);
    done += vfs_mkdir(VFS_CWD, "/tmp/d", 0777) == 0;
    int fd = world_open("/tmp/d/f", O_RDWR | O_CREAT);
    done += fd >= 0;
    if (fd >= 0) {
        for (int i = 0; i < 4; i++)
            done += fd_pwrite(fd, data, sizeof data, i * 300000) == (int64_t)sizeof data;
        fd_close(fd);
    }
    done += vfs_symlink("f", VFS_CWD, "/tmp/d/s") == 0;
    done += vfs_link(VFS_CWD, "/tmp/d/f", VFS_CWD, "/tmp/d/l", 0) == 0;
    for (int i = 0; i < 8; i++) {
        char path[32];
        sprintf(path, "/tmp/d/n%d", i);
        done += vfs_rename(VFS_CWD, i ? "/tmp/d/n" : "/tmp/d/l", VFS_CWD, path) == 0 ||
                vfs_symlink("t", VFS_CWD, path) == 0;
    }
    done += vfs_rename(VFS_CWD, "/tmp/d", VFS_CWD, "/tmp/e") == 0;
    return done;
}

/* Removes everything below /tmp and checks link counts on the way. */
static void remove_all(const char *path)
{
    char below[2 * FS_PATH_MAX];
    struct fs_node node;
    struct fs_dirent entry;
    struct fs_stat stat;
    uint64_t cursor = 0;
    CHECK_EQ(vfs_walk(VFS_CWD, path, 0, &node, NULL), 0);
    while (vfs_readdir(node, &cursor, &entry) > 0) {
        sprintf(below, "%s/%s", path, entry.name);
        CHECK_EQ(world_stat(below, &stat), 0);
        if (S_ISDIR(stat.mode))
            remove_all(below);
        CHECK_EQ(vfs_unlink(VFS_CWD, below, S_ISDIR(stat.mode)), 0);
    }
    CHECK_EQ(links_of(path), 2);
}

TEST(survives_lack_of_memory_everywhere)
{
    int whole = 0, best = 0;
    size_t n = 0;
    while (!whole && n < 2000) {
        begin();
        fake_session_fail_after(n++);
        int done = exercise();
        fake_session_fail_after(~(size_t)0);
        whole = done == 17;
        best = done > best ? done : best;
        remove_all("/tmp");
        /* Everything is back but inodes for later use, slots of /tmp. */
        struct ram_super *super = ram_enter();
        size_t unused = 0;
        CHECK_EQ(super->inodes, 1);
        for (session_off off = super->free_inodes; off; off = ((struct ram_inode *)session_at(off))->next)
            unused++;
        ram_leave(super);
        CHECK(fake_session_live() == base + unused || fake_session_live() == base + unused + 1);
    }
    CHECK_EQ(best, 17);
    CHECK(n > 20);
}

TEST(needs_a_session)
{
    fake_session_reset();
    fs_start(&(struct fs_start){.cwd = "/"});
    fake_session_absent = 1;
    CHECK_EQ(world_open("/tmp/x", O_RDONLY), -ENODEV);
    fake_session_absent = 0;
    CHECK_EQ(fd_write(1, "x", 1), -EBADF);
    CHECK_EQ(fd_close(1), -EBADF);
    CHECK_EQ(fd_dup(1, 0, 0), -EBADF);
    fake_session_fail_after(0);
    CHECK_EQ(world_open("/tmp/x", O_RDONLY), -ENOSPC);
    fake_session_fail_after(1);
    CHECK_EQ(world_open("/tmp/x", O_RDONLY), -ENOSPC);
    CHECK_EQ(fake_session_live(), 0);
}
