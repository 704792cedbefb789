// SPDX-License-Identifier: MIT
/*
 * ramfs_dir.c: names of the RAM file system: directories, links, renaming. Layer: libOS; see ramfs.h for lock and order.
 *
 * A directory is a vector of slots. A slot is one word: hash of the name << 32 | offset of the entry >> 4, or 0. Entries
 * never move, so a slot's index is a cursor for readdir that stays valid while others come and go. An entry is never
 * changed but for its id, and put or taken away by one store into its slot. The vector grows by doubling.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "fs/ramfs.h"
#include "fs/root.h"

#define FIRST_SLOTS 8

struct ram_slots {
    uint64_t capacity;
    uint64_t slot[];
};

struct ram_entry {
    uint64_t ino;
    uint32_t len;
    char name[]; /* len bytes */
};

/* Where a name is, or would go. */
struct place {
    uint64_t *slot; /* NULL: not there */
    uint64_t *room; /* a free slot, or NULL */
};

static uint32_t hash_of(const char *name, size_t len)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (uint8_t)name[i]) * 16777619u;
    return hash;
}

static struct ram_entry *entry_at(uint64_t slot) { return session_at((slot & 0xffffffff) << 4); }

static struct place find(const struct ram_inode *dir, const char *name, size_t len)
{
    struct ram_slots *slots = session_at(dir->data);
    struct place place = {NULL, NULL};
    uint32_t hash = hash_of(name, len);
    for (uint64_t i = 0; slots && i < slots->capacity; i++) {
        uint64_t slot = slots->slot[i];
        if (!slot) {
            if (!place.room)
                place.room = &slots->slot[i];
        } else if (slot >> 32 == hash) {
            const struct ram_entry *entry = entry_at(slot);
            if (entry->len == len && memcmp(entry->name, name, len) == 0) {
                place.slot = &slots->slot[i];
                return place;
            }
        }
    }
    return place;
}

/* Gives a full directory more slots; returns the first new one, or NULL. */
static uint64_t *grow(struct ram_inode *dir)
{
    struct ram_slots *old = session_at(dir->data);
    uint64_t capacity = old ? old->capacity * 2 : FIRST_SLOTS;
    session_off off = session_alloc(sizeof *old + capacity * sizeof old->slot[0]);
    struct ram_slots *new = session_at(off);
    if (!off)
        return NULL;
    new->capacity = capacity;
    if (old)
        memcpy(new->slot, old->slot, old->capacity * sizeof old->slot[0]);
    session_off before = dir->data;
    uint64_t *room = &new->slot[old ? old->capacity : 0];
    dir->data = off;
    session_free(before);
    return room;
}

/* Makes an entry; returns its slot word, or 0. */
static uint64_t entry_new(const char *name, size_t len, uint64_t ino)
{
    session_off off = session_alloc(sizeof(struct ram_entry) + len);
    struct ram_entry *entry = session_at(off);
    if (!off)
        return 0;
    entry->ino = ino;
    entry->len = (uint32_t)len;
    memcpy(entry->name, name, len);
    return (uint64_t)hash_of(name, len) << 32 | off >> 4;
}

static void entry_free(uint64_t slot) { session_free((slot & 0xffffffff) << 4); }

static void touch(struct ram_inode *inode) { inode->mtime_ns = inode->ctime_ns = fs_now_ns(); }

static int is_empty(const struct ram_inode *dir)
{
    const struct ram_slots *slots = session_at(dir->data);
    for (uint64_t i = 0; slots && i < slots->capacity; i++)
        if (slots->slot[i])
            return 0;
    return 1;
}

/* The directory with that id, which still has a name. */
static int dir_of(uint64_t ino, struct ram_inode **dir)
{
    *dir = ram_inode(ino);
    if (!*dir || !(*dir)->nlink)
        return -ENOENT;
    return S_ISDIR((*dir)->mode) ? 0 : -ENOTDIR;
}

static int ramfs_lookup(uint64_t ino, const char *name, size_t len, uint64_t *found, uint32_t *mode)
{
    struct ram_super *super = ram_enter();
    struct ram_inode *dir, *inode;
    if (!super)
        return -ENOENT;
    int error = dir_of(ino, &dir);
    if (!error) {
        struct place place = {NULL, NULL};
        int up = len == 2 && name[0] == '.' && name[1] == '.';
        if (!up)
            place = find(dir, name, len);
        *found = up ? dir->parent : place.slot ? entry_at(*place.slot)->ino : 0;
        inode = ram_inode(*found);
        error = inode ? 0 : -ENOENT;
        *mode = inode ? inode->mode : 0;
    }
    ram_leave(super);
    return error;
}

static int ramfs_readdir(uint64_t ino, uint64_t *cursor, struct fs_dirent *out)
{
    struct ram_super *super = ram_enter();
    struct ram_inode *dir = super ? ram_inode(ino) : NULL;
    int result = !dir ? -ENOENT : S_ISDIR(dir->mode) ? 0 : -ENOTDIR;
    if (!result) {
        const struct ram_slots *slots = session_at(dir->data);
        while (!result && slots && *cursor < slots->capacity) {
            uint64_t slot = slots->slot[(*cursor)++];
            const struct ram_entry *entry = slot ? entry_at(slot) : NULL;
            const struct ram_inode *inode = entry ? ram_inode(entry->ino) : NULL;
            if (!inode)
                continue;
            out->ino = entry->ino;
            out->mode = inode->mode & S_IFMT;
            out->len = entry->len;
            memcpy(out->name, entry->name, entry->len);
            out->name[entry->len] = 0;
            result = 1;
        }
    }
    if (super)
        ram_leave(super);
    return result;
}

static int64_t ramfs_readlink(uint64_t ino, char *to, size_t n)
{
    struct ram_super *super = ram_enter();
    int64_t result = -ENOENT;
    if (!super)
        return result;
    const struct ram_inode *inode = ram_inode(ino);
    if (inode && S_ISLNK(inode->mode)) {
        size_t part = inode->size < n ? inode->size : n;
        memcpy(to, session_at(inode->data), part);
        result = (int64_t)part;
    } else if (inode) {
        result = -EINVAL;
    }
    ram_leave(super);
    return result;
}

/* A new inode with its contents, with no name yet. */
static struct ram_inode *make_inode(struct ram_super *super, uint64_t parent, uint32_t mode, const char *target,
                                    uint64_t *ino)
{
    struct ram_inode *inode = ram_inode_new(super, mode, ino);
    if (!inode)
        return NULL;
    if (S_ISDIR(mode))
        inode->parent = parent;
    if (target) {
        size_t n = strlen(target);
        inode->data = session_alloc(n);
        if (!inode->data) {
            ram_inode_settle(super, inode);
            return NULL;
        }
        memcpy(session_at(inode->data), target, n);
        inode->size = n;
    }
    return inode;
}

/* Names an inode whose link count counts the name already. */
static int add_name(struct ram_inode *dir, struct place place, const char *name, size_t len, uint64_t ino)
{
    uint64_t entry = entry_new(name, len, ino);
    if (!entry)
        return -ENOSPC;
    uint64_t *room = place.room ? place.room : grow(dir);
    if (!room) {
        entry_free(entry);
        return -ENOSPC;
    }
    *room = entry;
    touch(dir);
    return 0;
}

static int create_locked(struct ram_super *super, uint64_t dir_ino, const char *name, size_t len, uint32_t mode,
                         const char *target, uint64_t *ino)
{
    struct ram_inode *dir;
    int error = dir_of(dir_ino, &dir);
    if (error)
        return error;
    struct place place = find(dir, name, len);
    if (place.slot)
        return -EEXIST;
    if (S_ISDIR(mode) && dir->nlink >= RAM_LINKS_MAX)
        return -EMLINK;
    struct ram_inode *inode = make_inode(super, dir_ino, mode, target, ino);
    if (!inode)
        return -ENOSPC;
    inode->nlink = S_ISDIR(mode) ? 2 : 1;
    dir->nlink += S_ISDIR(mode) ? 1 : 0;
    error = add_name(dir, place, name, len, *ino);
    if (error) {
        dir->nlink -= S_ISDIR(mode) ? 1 : 0;
        inode->nlink = 0;
        ram_inode_settle(super, inode);
    }
    return error;
}

static int ramfs_create(uint64_t dir, const char *name, size_t len, uint32_t mode, const char *target, uint64_t *ino)
{
    struct ram_super *super = ram_enter();
    if (!super)
        return -ENOENT;
    int error = create_locked(super, dir, name, len, mode, target, ino);
    ram_leave(super);
    return error;
}

static int link_locked(uint64_t dir_ino, const char *name, size_t len, uint64_t ino)
{
    struct ram_inode *dir, *inode = ram_inode(ino);
    int error = dir_of(dir_ino, &dir);
    if (error || !inode || !inode->nlink)
        return error ? error : -ENOENT;
    if (S_ISDIR(inode->mode))
        return -EPERM;
    struct place place = find(dir, name, len);
    if (place.slot)
        return -EEXIST;
    if (inode->nlink >= RAM_LINKS_MAX)
        return -EMLINK;
    inode->nlink++;
    error = add_name(dir, place, name, len, ino);
    if (error)
        inode->nlink--;
    else
        inode->ctime_ns = fs_now_ns();
    return error;
}

static int ramfs_link(uint64_t dir, const char *name, size_t len, uint64_t ino)
{
    struct ram_super *super = ram_enter();
    if (!super)
        return -ENOENT;
    int error = link_locked(dir, name, len, ino);
    ram_leave(super);
    return error;
}

/* The inode behind a name that was taken away: one link less. */
static void drop_link(struct ram_super *super, struct ram_inode *dir, struct ram_inode *inode)
{
    inode->ctime_ns = fs_now_ns();
    if (S_ISDIR(inode->mode)) {
        inode->nlink = 0;
        dir->nlink--;
    } else {
        inode->nlink--;
    }
    ram_inode_settle(super, inode);
}

/* May the name of this inode go? */
static int check_removal(const struct ram_inode *inode, int directory)
{
    if (directory && !S_ISDIR(inode->mode))
        return -ENOTDIR;
    if (!directory && S_ISDIR(inode->mode))
        return -EISDIR;
    return directory && !is_empty(inode) ? -ENOTEMPTY : 0;
}

static int ramfs_unlink(uint64_t dir_ino, const char *name, size_t len, int directory)
{
    struct ram_super *super = ram_enter();
    struct ram_inode *dir;
    if (!super)
        return -ENOENT;
    int error = dir_of(dir_ino, &dir);
    struct place place = {NULL, NULL};
    if (!error) {
        place = find(dir, name, len);
        error = place.slot ? 0 : -ENOENT;
    }
    if (!error) {
        uint64_t entry = *place.slot;
        struct ram_inode *inode = ram_inode(entry_at(entry)->ino);
        error = inode ? check_removal(inode, directory) : 0;
        if (!error) {
            *place.slot = 0;
            entry_free(entry);
            touch(dir);
            if (inode)
                drop_link(super, dir, inode);
        }
    }
    ram_leave(super);
    return error;
}

/* Is inode the directory ino or above it? */
static int is_above(const struct ram_inode *inode, uint64_t ino)
{
    const struct ram_inode *dir = ram_inode(ino);
    while (dir && dir != inode && dir->parent != ino) {
        ino = dir->parent;
        dir = ram_inode(ino);
    }
    return dir == inode;
}

/* What a rename works on. */
struct renaming {
    struct ram_inode *from, *to; /* directories */
    struct ram_inode *inode, *target;
    struct place source, goal;
    uint64_t ino, to_ino;
};

/* Checks everything; after it only memory can be missing. Returns 1 if there is nothing to do. */
static int rename_check(struct renaming *r, uint64_t from, const char *name, size_t len, const char *new_name,
                        size_t new_len)
{
    int error = dir_of(from, &r->from);
    if (!error)
        error = dir_of(r->to_ino, &r->to);
    if (error)
        return error;
    r->source = find(r->from, name, len);
    if (!r->source.slot)
        return -ENOENT;
    r->goal = find(r->to, new_name, new_len);
    r->ino = entry_at(*r->source.slot)->ino;
    r->inode = ram_inode(r->ino);
    r->target = r->goal.slot ? ram_inode(entry_at(*r->goal.slot)->ino) : NULL;
    if (!r->inode)
        return -ENOENT;
    if (r->target == r->inode)
        return 1;
    if (S_ISDIR(r->inode->mode) && is_above(r->inode, r->to_ino))
        return -EINVAL;
    if (S_ISDIR(r->inode->mode) && r->from != r->to && r->to->nlink >= RAM_LINKS_MAX)
        return -EMLINK;
    return r->target ? check_removal(r->target, S_ISDIR(r->inode->mode)) : 0;
}

/* The new name is there (one store) before the old one goes (another); in between the inode counts both. */
static int rename_perform(struct ram_super *super, struct renaming *r, const char *name, size_t len, const char *new_name,
                          size_t new_len)
{
    int is_dir = S_ISDIR(r->inode->mode);
    r->inode->nlink++;
    r->to->nlink += is_dir ? 1 : 0;
    if (r->goal.slot) {
        entry_at(*r->goal.slot)->ino = r->ino;
        touch(r->to);
        if (r->target)
            drop_link(super, r->to, r->target);
    } else if (add_name(r->to, r->goal, new_name, new_len, r->ino)) {
        r->inode->nlink--;
        r->to->nlink -= is_dir ? 1 : 0;
        return -ENOSPC;
    }
    if (is_dir)
        r->inode->parent = r->to_ino;
    r->source = find(r->from, name, len); /* add_name may have moved the slots */
    uint64_t old = *r->source.slot;
    *r->source.slot = 0;
    entry_free(old);
    r->inode->nlink--;
    r->from->nlink -= is_dir ? 1 : 0;
    r->inode->ctime_ns = fs_now_ns();
    touch(r->from);
    return 0;
}

static int ramfs_rename(uint64_t from, const char *name, size_t len, uint64_t to, const char *new_name, size_t new_len)
{
    struct ram_super *super = ram_enter();
    struct renaming r = {.to_ino = to};
    if (!super)
        return -ENOENT;
    int result = rename_check(&r, from, name, len, new_name, new_len);
    if (!result)
        result = rename_perform(super, &r, name, len, new_name, new_len);
    ram_leave(super);
    return result < 0 ? result : 0;
}

const struct fs_name_ops ramfs_name_ops = {
    .root = ram_root,
    .lookup = ramfs_lookup,
    .readdir = ramfs_readdir,
    .readlink = ramfs_readlink,
    .create = ramfs_create,
    .link = ramfs_link,
    .unlink = ramfs_unlink,
    .rename = ramfs_rename,
};
