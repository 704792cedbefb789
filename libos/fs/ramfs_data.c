// SPDX-License-Identifier: MIT
/*
 * ramfs_data.c: the contents of a file of the RAM file system: a tree of blocks, sparse. Layer: libOS; ramfs.h's lock.
 *
 * ram_inode.data is one word, so that growing is one store: a session offset (a multiple of 16) with a form in its low
 * four bits.
 *
 *   0       nothing
 *   1 .. 7  one block of 64 << (form - 1) bytes, the beginning of the file: small files take little
 *   8 ..    a tree of form - 7 levels; a node is 64 session offsets, a leaf 4,096 bytes, 0 a hole
 *
 * Bytes of a block beyond the size of the file are zero.
 */
#include <errno.h>
#include <string.h>

#include "fs/ramfs.h"

#define FORM_MASK 15u
#define FORM_BLOCK 7u /* one whole block */
#define SMALL_BYTES 64u

static unsigned form_of(uint64_t data) { return (unsigned)(data & FORM_MASK); }
static session_off place_of(uint64_t data) { return data & ~(uint64_t)FORM_MASK; }
static uint32_t form_bytes(unsigned form) { return SMALL_BYTES << (form - 1); }

/* Makes the first block hold at least n bytes (n at most a block). */
static int grow_small(struct ram_inode *inode, uint64_t n)
{
    unsigned old = form_of(inode->data), form = old ? old : 1;
    while (form_bytes(form) < n)
        form++;
    if (form == old)
        return 0;
    session_off block = session_alloc(form_bytes(form));
    if (!block)
        return -ENOSPC;
    session_off before = place_of(inode->data);
    if (old)
        memcpy(session_at(block), session_at(before), form_bytes(old));
    inode->data = block | form;
    inode->blocks = (form_bytes(form) + 511) / 512;
    session_free(before);
    return 0;
}

static unsigned levels_of(const struct ram_inode *inode)
{
    unsigned form = form_of(inode->data);
    return form > FORM_BLOCK ? form - FORM_BLOCK : 0;
}

/* Adds levels until the tree reaches block index. What is there becomes the first child. */
static int grow_tree(struct ram_inode *inode, uint64_t index)
{
    int error = form_of(inode->data) < FORM_BLOCK ? grow_small(inode, RAM_BLOCK_BYTES) : 0;
    while (!error && index >> (levels_of(inode) * RAM_FANOUT_BITS)) {
        session_off node = session_alloc(RAM_FANOUT * sizeof(session_off));
        if (!node)
            return -ENOSPC;
        *(session_off *)session_at(node) = place_of(inode->data);
        inode->data = node | (form_of(inode->data) + 1);
    }
    return error;
}

/* Address of the byte at position at and how many follow in its block; NULL is a hole of *left bytes. */
static uint8_t *find(const struct ram_inode *inode, uint64_t at, uint64_t *left)
{
    unsigned form = form_of(inode->data), levels = levels_of(inode);
    uint64_t index = at >> RAM_BLOCK_BITS, inside = at % RAM_BLOCK_BYTES;
    *left = RAM_BLOCK_BYTES - inside;
    if (form <= FORM_BLOCK) {
        uint64_t have = form ? form_bytes(form) : 0;
        if (at >= have)
            return NULL;
        *left = have - at;
        return (uint8_t *)session_at(place_of(inode->data)) + at;
    }
    if (index >> (levels * RAM_FANOUT_BITS))
        return NULL;
    session_off node = place_of(inode->data);
    for (unsigned level = levels; node && level-- > 0;)
        node = ((session_off *)session_at(node))[index >> (level * RAM_FANOUT_BITS) & (RAM_FANOUT - 1)];
    return node ? (uint8_t *)session_at(node) + inside : NULL;
}

/* As find, but makes what is missing; n bytes are to be written. */
static uint8_t *make(struct ram_inode *inode, uint64_t at, size_t n, uint64_t *left)
{
    uint64_t index = at >> RAM_BLOCK_BITS;
    if (index == 0 && form_of(inode->data) <= FORM_BLOCK) {
        uint64_t end = n < RAM_BLOCK_BYTES - at ? at + n : RAM_BLOCK_BYTES;
        return grow_small(inode, end) ? NULL : find(inode, at, left);
    }
    if (grow_tree(inode, index))
        return NULL;
    session_off *link = session_at(place_of(inode->data));
    for (unsigned level = levels_of(inode); level-- > 0;) {
        session_off *entry = &link[index >> (level * RAM_FANOUT_BITS) & (RAM_FANOUT - 1)];
        if (!*entry) {
            session_off new = session_alloc(level ? RAM_FANOUT * sizeof(session_off) : RAM_BLOCK_BYTES);
            if (!new)
                return NULL;
            *entry = new;
            inode->blocks += level ? 0 : RAM_BLOCK_BYTES / 512;
        }
        link = session_at(*entry);
    }
    *left = RAM_BLOCK_BYTES - at % RAM_BLOCK_BYTES;
    return (uint8_t *)link + at % RAM_BLOCK_BYTES;
}

int64_t ram_data_read(const struct ram_inode *inode, void *to, size_t n, uint64_t at)
{
    if (at >= inode->size)
        return 0;
    if (n > inode->size - at)
        n = inode->size - at;
    for (size_t done = 0; done < n;) {
        uint64_t left;
        const uint8_t *from = find(inode, at + done, &left);
        size_t part = left < n - done ? left : n - done;
        if (from)
            memcpy((uint8_t *)to + done, from, part);
        else
            memset((uint8_t *)to + done, 0, part);
        done += part;
    }
    return (int64_t)n;
}

int64_t ram_data_write(struct ram_inode *inode, const void *from, size_t n, uint64_t at)
{
    if (at >= RAM_SIZE_MAX)
        return -EFBIG;
    if (n > RAM_SIZE_MAX - at)
        n = RAM_SIZE_MAX - at;
    size_t done = 0;
    while (done < n) {
        uint64_t left;
        uint8_t *to = make(inode, at + done, n - done, &left);
        if (!to)
            break;
        size_t part = left < n - done ? left : n - done;
        memcpy(to, (const uint8_t *)from + done, part);
        done += part;
        if (at + done > inode->size)
            inode->size = at + done;
    }
    return done || !n ? (int64_t)done : -ENOSPC;
}

/* Frees what a node of that many levels holds from block index first on (counted in the node); 0 frees the node too. */
static void free_from(struct ram_inode *inode, session_off node, unsigned levels, uint64_t first)
{
    session_off *links = session_at(node);
    uint64_t span = levels ? 1ull << ((levels - 1) * RAM_FANOUT_BITS) : 0;
    for (uint64_t i = levels ? first / span : RAM_FANOUT; i < RAM_FANOUT; i++) {
        session_off child = links[i];
        uint64_t rest = i == first / span ? first % span : 0;
        if (!child)
            continue;
        if (rest == 0)
            links[i] = 0;
        free_from(inode, child, levels - 1, rest);
    }
    if (first == 0) {
        inode->blocks -= levels ? 0 : RAM_BLOCK_BYTES / 512;
        session_free(node);
    }
}

int ram_data_resize(struct ram_inode *inode, uint64_t size)
{
    if (size > RAM_SIZE_MAX)
        return -EFBIG;
    if (size < inode->size) {
        uint64_t left, keep = (size + RAM_BLOCK_BYTES - 1) >> RAM_BLOCK_BITS;
        uint8_t *tail = find(inode, size, &left);
        if (size == 0) {
            ram_data_free(inode);
        } else {
            if (tail && size % RAM_BLOCK_BYTES)
                memset(tail, 0, left);
            unsigned levels = levels_of(inode);
            if (levels && !(keep >> (levels * RAM_FANOUT_BITS)))
                free_from(inode, place_of(inode->data), levels, keep);
        }
    }
    inode->size = size;
    return 0;
}

void ram_data_free(struct ram_inode *inode)
{
    uint64_t data = inode->data;
    unsigned levels = levels_of(inode);
    inode->size = 0;
    inode->data = 0;
    if (levels)
        free_from(inode, place_of(data), levels, 0);
    else
        session_free(place_of(data));
    inode->blocks = 0;
}
