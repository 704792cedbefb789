// SPDX-License-Identifier: MIT
/*
 * vfs.c: the mount table and the walk along a path, see vfs.h. Layer: libOS.
 *
 * A walk holds no reference to what it passes: an inode that goes away meanwhile makes its id stale, and the walk ends
 * with -ENOENT. The mount table is fixed, so there is no lock.
 */
#include "fs/vfs.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "fs/file.h"

#define CURSOR_MOUNTS (1ull << 62) /* cursors of vfs_readdir from here on: mounts, by number */

struct mount {
    struct fs_node at; /* directory that holds the mount point */
    const char *name;
    uint32_t fs;
};

static const struct fs_node top = {.fs = FS_INITRD, .ino = 1};

/* A file system is mounted once at most: its root says where it is. */
static const struct mount mounts[] = {
    {{.fs = FS_INITRD, .ino = 1}, "tmp", FS_RAMFS},
    {{.fs = FS_INITRD, .ino = 1}, "dev", FS_DEVFS},
};
static const unsigned mount_count = sizeof mounts / sizeof mounts[0];

static int same(const struct fs_node *a, const struct fs_node *b) { return a->fs == b->fs && a->ino == b->ino; }

static const struct mount *mount_at(const struct fs_node *dir, const char *name, size_t len)
{
    for (unsigned i = mount_count; i-- > 0;)
        if (same(&mounts[i].at, dir) && strlen(mounts[i].name) == len && memcmp(mounts[i].name, name, len) == 0)
            return &mounts[i];
    return NULL;
}

static int root_of(uint32_t fs, struct fs_node *node)
{
    const struct fs_name_ops *ops = fs_name_ops(fs);
    node->fs = fs;
    return ops ? ops->root(&node->ino) : -ENODEV;
}

/* The mount whose root this is, or NULL. */
static const struct mount *mount_of(const struct fs_node *node)
{
    struct fs_node root;
    for (unsigned i = mount_count; i-- > 0;)
        if (mounts[i].fs == node->fs && !root_of(node->fs, &root) && same(&root, node))
            return &mounts[i];
    return NULL;
}

/* One step: name in dir, "." and ".." too. */
static int step(const struct fs_node *dir, const char *name, size_t len, struct fs_node *found, uint32_t *mode)
{
    struct fs_node from = *dir;
    int up = len == 2 && name[0] == '.' && name[1] == '.';
    const struct mount *mount = up ? mount_of(dir) : mount_at(dir, name, len);
    if (mount && !up) {
        *mode = S_IFDIR | 0555;
        return root_of(mount->fs, found);
    }
    if (mount)
        from = mount->at;
    if (up && (mount || same(&from, &top))) {
        *found = from;
        *mode = S_IFDIR | 0555;
        return 0;
    }
    const struct fs_name_ops *ops = fs_name_ops(from.fs);
    if (!ops)
        return -ENOTDIR;
    found->fs = from.fs;
    return ops->lookup(from.ino, name, len, &found->ino, mode);
}

/* A path under way. text is in the caller's memory until a link is met, then in buffer. */
struct walk {
    const char *text;
    char buffer[FS_PATH_MAX];
    unsigned links;
    struct fs_node at;
    uint32_t mode;
};

/* Puts a link's target before the rest of the path. */
static int expand(struct walk *walk, const struct fs_node *link)
{
    char target[FS_PATH_MAX];
    size_t rest = strlen(walk->text);
    if (++walk->links > FS_LINKS_MAX)
        return -ELOOP;
    int64_t n = fs_name_ops(link->fs)->readlink(link->ino, target, sizeof target);
    if (n <= 0)
        return n ? (int)n : -ENOENT;
    if ((size_t)n + rest >= sizeof walk->buffer)
        return -ENAMETOOLONG;
    memmove(walk->buffer + n, walk->text, rest + 1);
    memcpy(walk->buffer, target, (size_t)n);
    walk->text = walk->buffer;
    if (target[0] == '/')
        walk->at = top;
    return 0;
}

static size_t component(const char *text)
{
    size_t len = 0;
    while (text[len] && text[len] != '/')
        len++;
    return len;
}

static const char *skip_slashes(const char *text)
{
    while (*text == '/')
        text++;
    return text;
}

/* The path ended in a directory by itself ("/", "a/.", ".."): there is no last component. */
static int end_in_dir(const struct walk *walk, struct vfs_place *place)
{
    place->dir = place->node = walk->at;
    place->mode = walk->mode;
    place->exists = place->must_be_dir = 1;
    place->len = 0;
    place->name[0] = 0;
    return S_ISDIR(walk->mode) ? 0 : -ENOTDIR;
}

/* The last component: what it is, if it is there. Returns 1 to go on with a link's target. */
static int last_step(struct walk *walk, const char *name, size_t len, int must_be_dir, int flags, struct vfs_place *place)
{
    place->dir = walk->at;
    memcpy(place->name, name, len);
    place->name[len] = 0;
    place->len = len;
    place->must_be_dir = must_be_dir;
    int error = step(&walk->at, name, len, &place->node, &place->mode);
    if (!error && S_ISLNK(place->mode) && (must_be_dir || !(flags & VFS_NOFOLLOW))) {
        error = expand(walk, &place->node);
        return error ? error : 1;
    }
    place->exists = !error;
    if (error == -ENOENT)
        return S_ISDIR(walk->mode) ? 0 : -ENOTDIR;
    return error ? error : must_be_dir && !S_ISDIR(place->mode) ? -ENOTDIR : 0;
}

/* Goes from walk->at along walk->text. */
static int go(struct walk *walk, int flags, struct vfs_place *place)
{
    for (;;) {
        const char *name = skip_slashes(walk->text);
        size_t len = component(name);
        if (len == 0)
            return end_in_dir(walk, place);
        if (len > FS_NAME_MAX)
            return -ENAMETOOLONG;
        walk->text = name + len;
        int dots = name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.'));
        if (!*skip_slashes(walk->text) && !dots) {
            int result = last_step(walk, name, len, *walk->text == '/', flags, place);
            if (result <= 0)
                return result;
            continue;
        }
        if (dots && !S_ISDIR(walk->mode))
            return -ENOTDIR;
        if (dots && len == 1)
            continue;
        struct fs_node found;
        int error = step(&walk->at, name, len, &found, &walk->mode);
        if (!error && S_ISLNK(walk->mode)) {
            walk->mode = S_IFDIR;
            error = expand(walk, &found);
        } else {
            walk->at = found;
        }
        if (error)
            return error;
    }
}

/* Where a path starts. */
static int start(int dirfd, const char *path, struct walk *walk)
{
    walk->mode = S_IFDIR | 0555;
    walk->at = top;
    if (path[0] == '/')
        return 0;
    if (dirfd == VFS_CWD) {
        const char *cwd = vfs_cwd();
        return cwd[1] ? vfs_walk(VFS_CWD, cwd, 0, &walk->at, &walk->mode) : 0;
    }
    struct file_use use;
    struct fs_stat stat;
    int error = fd_get(dirfd, &use);
    if (error)
        return error;
    walk->at = (struct fs_node){.fs = use.file->fs, .ino = use.file->ino};
    error = use.ops->stat(use.file->ino, &stat);
    fd_put(&use);
    return error ? error : S_ISDIR(stat.mode) ? 0 : -ENOTDIR;
}

int vfs_resolve(int dirfd, const char *path, int flags, struct vfs_place *place)
{
    struct walk walk;
    if (!path[0])
        return -ENOENT;
    if (strnlen(path, FS_PATH_MAX) == FS_PATH_MAX)
        return -ENAMETOOLONG;
    walk.text = path;
    walk.links = 0;
    int error = start(dirfd, path, &walk);
    return error ? error : go(&walk, flags, place);
}

int vfs_walk(int dirfd, const char *path, int flags, struct fs_node *node, uint32_t *mode)
{
    struct vfs_place place;
    int error = vfs_resolve(dirfd, path, flags, &place);
    if (error || !place.exists)
        return error ? error : -ENOENT;
    *node = place.node;
    if (mode)
        *mode = place.mode;
    return 0;
}

int vfs_is_mount_point(const struct fs_node *dir, const char *name, size_t len) { return mount_at(dir, name, len) != NULL; }

/* The mount points of a directory come after its own entries, of which they hide those with the same name. */
int vfs_readdir(struct fs_node dir, uint64_t *cursor, struct fs_dirent *entry)
{
    const struct fs_name_ops *ops = fs_name_ops(dir.fs);
    int result = ops ? 1 : -ENOTDIR;
    while (result > 0 && *cursor < CURSOR_MOUNTS) {
        result = ops->readdir(dir.ino, cursor, entry);
        if (result > 0 && !mount_at(&dir, entry->name, entry->len))
            return 1;
    }
    if (result < 0)
        return result;
    if (*cursor < CURSOR_MOUNTS)
        *cursor = CURSOR_MOUNTS;
    for (uint64_t i = *cursor - CURSOR_MOUNTS; i < mount_count; i++) {
        struct fs_node root;
        if (!same(&mounts[i].at, &dir) || root_of(mounts[i].fs, &root))
            continue;
        *cursor = CURSOR_MOUNTS + i + 1;
        entry->ino = root.ino;
        entry->mode = S_IFDIR;
        entry->len = (uint32_t)strlen(mounts[i].name);
        memcpy(entry->name, mounts[i].name, entry->len + 1);
        return 1;
    }
    return 0;
}

/* The name that dir has in its parent. */
static int name_in(const struct fs_node *parent, const struct fs_node *dir, struct fs_dirent *entry)
{
    uint64_t cursor = 0;
    int result;
    while ((result = vfs_readdir(*parent, &cursor, entry)) > 0) {
        struct fs_node found;
        uint32_t mode;
        if (S_ISDIR(entry->mode) && !step(parent, entry->name, entry->len, &found, &mode) && same(&found, dir))
            return 0;
    }
    return result < 0 ? result : -ENOENT;
}

int64_t vfs_path_of(struct fs_node dir, char *to, size_t n)
{
    char path[FS_PATH_MAX];
    size_t at = sizeof path;
    while (!same(&dir, &top)) {
        struct fs_node parent;
        struct fs_dirent entry;
        uint32_t mode;
        int error = step(&dir, "..", 2, &parent, &mode);
        if (!error)
            error = name_in(&parent, &dir, &entry);
        if (error)
            return error;
        if (entry.len + 1 > at)
            return -ENAMETOOLONG;
        at -= entry.len + 1;
        path[at] = '/';
        memcpy(path + at + 1, entry.name, entry.len);
        dir = parent;
    }
    if (at == sizeof path)
        path[--at] = '/';
    if (sizeof path - at >= n)
        return -ERANGE;
    memcpy(to, path + at, sizeof path - at);
    to[sizeof path - at] = 0;
    return (int64_t)(sizeof path - at);
}
