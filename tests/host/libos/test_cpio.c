// link: libos/fs/cpio.c
// SPDX-License-Identifier: MIT
/* test_cpio.c: the cpio reader on sound, truncated and damaged archives. Every copy is malloc'ed to its exact length, so
 * that ASan sees a read beyond its end. */
#include "../harness.h"
#include "fs/cpio.h"

#include <stdint.h>
#include <stdlib.h>

static uint8_t image[16384];
static size_t length;

static void pad(void)
{
    while (length % 4)
        image[length++] = 0;
}

static void add_raw(const char *magic, unsigned mode, const char *name, size_t name_bytes, const void *data, size_t bytes,
                    unsigned sum)
{
    length += (size_t)sprintf((char *)image + length, "%s%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", magic, 7u,
                              mode, 1u, 2u, 1u, 0x5f000000u, bytes, 8u, 9u, 0u, 0u, name_bytes, sum);
    memcpy(image + length, name, name_bytes);
    length += name_bytes;
    pad();
    memcpy(image + length, data, bytes);
    length += bytes;
    pad();
}

static void add(unsigned mode, const char *name, const char *data)
{
    add_raw("070701", mode, name, strlen(name) + 1, data, strlen(data), 0);
}

static void finish(void) { add(0, "TRAILER!!!", ""); }

static void sample(void)
{
    length = 0;
    add(0040755, ".", "");
    add(0040755, "bin", "");
    add(0100755, "bin/hello", "this is a program");
    add(0100644, "./etc/motd", "x");
    add(0120777, "bin/sh", "hello");
    finish();
}

/* cpio_check on an exact copy of the first n bytes. */
static int check(size_t n, size_t *where)
{
    uint8_t *copy = malloc(n ? n : 1);
    memcpy(copy, image, n);
    struct cpio archive = {copy, n};
    int result = cpio_check(&archive, where);
    free(copy);
    return result;
}

/* Result for an archive with this one entry. */
static int single(unsigned mode, const char *name, const char *data)
{
    length = 0;
    add(mode, name, data);
    finish();
    return check(length, NULL);
}

TEST(walks_a_sound_archive)
{
    sample();
    struct cpio archive = {image, length};
    struct cpio_entry entry;
    CHECK_EQ(cpio_check(&archive, NULL), 5);
    CHECK_EQ(cpio_read(&archive, 0, &entry), 1);
    CHECK_STR(entry.name, ".");
    CHECK_EQ(cpio_read(&archive, entry.next, &entry), 1);
    CHECK_STR(entry.name, "bin");
    CHECK_EQ(entry.mode, 0040755);
    CHECK_EQ(cpio_read(&archive, entry.next, &entry), 1);
    CHECK_STR(entry.name, "bin/hello");
    CHECK_EQ(entry.bytes, 17);
    CHECK(memcmp(entry.data, "this is a program", 17) == 0);
    CHECK_EQ(entry.ino, 7);
    CHECK_EQ(entry.uid, 1);
    CHECK_EQ(entry.gid, 2);
    CHECK_EQ(entry.mtime, 0x5f000000);
    CHECK_EQ(entry.dev_major, 8);
    CHECK_EQ(entry.dev_minor, 9);
    CHECK_EQ(cpio_peek(&archive, entry.next, &entry), 1);
    CHECK_STR(entry.name, "etc/motd");
    CHECK_EQ(entry.name_len, 8);
    CHECK_EQ(cpio_read(&archive, entry.next, &entry), 1);
    CHECK_EQ(cpio_read(&archive, entry.next, &entry), 0);
}

TEST(refuses_truncation_at_every_byte)
{
    sample();
    size_t end = length;
    while (image[end - 1] == 0)
        end--;
    for (size_t n = 0; n <= end; n++) {
        size_t where = ~(size_t)0;
        int result = check(n, &where);
        CHECK(result < 0);
        CHECK(where < n + 4); /* the padding of the last entry may be missing */
    }
    CHECK_EQ(check(end + 1, NULL), 5);
    CHECK_EQ(check(0, NULL), -CPIO_E_TRAILER);
    CHECK_EQ(check(50, NULL), -CPIO_E_TRUNCATED);
}

TEST(survives_every_bit_flip)
{
    sample();
    unsigned noticed = 0;
    for (size_t i = 0; i < length; i++)
        for (int bit = 0; bit < 8; bit++) {
            image[i] ^= (uint8_t)(1 << bit);
            noticed += check(length, NULL) < 0;
            image[i] ^= (uint8_t)(1 << bit);
        }
    CHECK(noticed > length * 8 / 4);
    CHECK_EQ(check(length, NULL), 5);
}

TEST(survives_random_damage)
{
    srand(1);
    for (int round = 0; round < 20000; round++) {
        sample();
        for (int n = rand() % 8 + 1; n; n--)
            image[(size_t)rand() % length] = (uint8_t)(rand() % 3 ? "0123456789abcdefF/.\0"[rand() % 20] : rand());
        check((size_t)rand() % length + 1, NULL);
    }
    CHECK_EQ((sample(), check(length, NULL)), 5);
}

TEST(refuses_bad_names)
{
    static const char *const bad[] = {"/etc", "..", "a/..", "../a", "a/../b", "a//b", "a/", "a/./b", "./", "./.", "././a"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_EQ(single(0100644, bad[i], ""), -CPIO_E_NAME);
    static const char *const good[] = {"...", "a..", "..a", ".a", "a/.b", "./a"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CHECK_EQ(single(0100644, good[i], ""), 1);
    length = 0;
    add_raw("070701", 0100644, "a\0b", 4, "", 0, 0);
    finish();
    CHECK_EQ(check(length, NULL), -CPIO_E_NAME);
    length = 0;
    add_raw("070701", 0100644, "abcd", 3, "", 0, 0);
    finish();
    CHECK_EQ(check(length, NULL), -CPIO_E_NAME);
    length = 0;
    add_raw("070701", 0100644, "", 0, "", 0, 0);
    finish();
    CHECK_EQ(check(length, NULL), -CPIO_E_NAME);
}

TEST(limits_the_length_of_names)
{
    char name[1200];
    memset(name, 'x', sizeof name);
    name[255] = 0;
    CHECK_EQ(single(0100644, name, ""), 1);
    name[255] = 'x';
    name[256] = 0;
    CHECK_EQ(single(0100644, name, ""), -CPIO_E_NAME_LONG);
    for (int i = 0; i < 1100; i++)
        name[i] = i % 100 == 99 ? '/' : 'x';
    name[1100] = 0;
    CHECK_EQ(single(0100644, name, ""), -CPIO_E_NAME_LONG);
    name[1023] = 0;
    CHECK_EQ(single(0100644, name, ""), 1);
}

TEST(refuses_strange_entries)
{
    CHECK_EQ(single(0020666, "null", ""), -CPIO_E_TYPE);
    CHECK_EQ(single(0040755, "dir", "data"), -CPIO_E_TYPE);
    CHECK_EQ(single(0120777, "link", ""), -CPIO_E_TYPE);
    sample();
    memcpy(image, "070707", 6);
    CHECK_EQ(check(length, NULL), -CPIO_E_MAGIC);
    sample();
    image[20] = 'g';
    CHECK_EQ(check(length, NULL), -CPIO_E_HEX);
    sample();
    memcpy(image + 6 + 8 * 6, "fffffff0", 8);
    CHECK_EQ(check(length, NULL), -CPIO_E_TRUNCATED);
    struct cpio crooked = {image + 1, length - 1};
    CHECK_EQ(cpio_check(&crooked, NULL), -CPIO_E_PADDING);
}

TEST(says_where)
{
    sample();
    struct cpio archive = {image, length};
    struct cpio_entry entry;
    cpio_read(&archive, 0, &entry);
    image[entry.next] = 'x';
    size_t where = 0;
    CHECK_EQ(cpio_check(&archive, &where), -CPIO_E_MAGIC);
    CHECK_EQ(where, entry.next);
}

TEST(verifies_checksums)
{
    length = 0;
    add_raw("070702", 0100644, "file", 5, "abc", 3, 'a' + 'b' + 'c');
    finish();
    CHECK_EQ(check(length, NULL), 1);
    image[116] ^= 1;
    CHECK_EQ(check(length, NULL), -CPIO_E_SUM);
}

TEST(names_every_error)
{
    for (int i = 0; i < CPIO_ERRORS; i++)
        for (int j = 0; j < i; j++)
            CHECK(strcmp(cpio_strerror(i), cpio_strerror(-j)) != 0);
    CHECK_STR(cpio_strerror(-1000), "unknown error");
}
