// link: libos/mem/region.c
// SPDX-License-Identifier: MIT
/* test_region.c: the table of regions against a model with one entry a page, by hand and at random. */
#include "../harness.h"
#include "mem/region.h"

#include <errno.h>
#include <stdlib.h>

#define PAGE 4096ull
#define PAGES 200

static struct region entries[512];
static struct region_table table;
static uint32_t growth; /* how many entries a call of grow adds; 0: it fails */

static int grow(struct region_table *t)
{
    if (!growth || t->capacity + growth > sizeof entries / sizeof entries[0])
        return -ENOMEM;
    t->capacity += growth;
    return 0;
}

static void begin(uint32_t capacity, uint32_t by)
{
    table = (struct region_table){.entry = entries, .capacity = capacity, .grow = grow};
    growth = by;
}

static int insert(uint64_t first, uint64_t pages, uint8_t prot, uint8_t kind)
{
    return region_insert(&table, (struct region){.start = first * PAGE, .end = (first + pages) * PAGE, .prot = prot, .kind = kind});
}

TEST(joins_like_neighbours)
{
    begin(8, 0);
    CHECK_EQ(insert(1, 2, REGION_READ, REGION_ANON), 0);
    CHECK_EQ(insert(5, 2, REGION_READ, REGION_ANON), 0);
    CHECK_EQ(table.count, 2);
    CHECK_EQ(insert(3, 2, REGION_READ, REGION_ANON), 0);
    CHECK_EQ(table.count, 1);
    CHECK_EQ(entries[0].start, PAGE);
    CHECK_EQ(entries[0].end, 7 * PAGE);
    CHECK_EQ(insert(7, 1, REGION_READ | REGION_WRITE, REGION_ANON), 0);
    CHECK_EQ(table.count, 2);
}

TEST(guards_and_stacks_stay_apart)
{
    begin(8, 0);
    insert(1, 1, 0, REGION_GUARD);
    insert(2, 1, 0, REGION_GUARD);
    insert(3, 4, REGION_READ, REGION_STACK);
    insert(7, 4, REGION_READ, REGION_STACK);
    CHECK_EQ(table.count, 4);
}

TEST(finds)
{
    begin(8, 0);
    insert(2, 3, REGION_READ, REGION_ANON);
    CHECK(region_find(&table, 2 * PAGE - 1) == NULL);
    CHECK(region_find(&table, 2 * PAGE) == &entries[0]);
    CHECK(region_find(&table, 5 * PAGE - 1) == &entries[0]);
    CHECK(region_find(&table, 5 * PAGE) == NULL);
    CHECK(region_covered(&table, 2 * PAGE, 5 * PAGE));
    CHECK(!region_covered(&table, 2 * PAGE, 5 * PAGE + 1));
    CHECK(!region_covered(&table, PAGE, 3 * PAGE));
    CHECK(region_free(&table, 0, 2 * PAGE));
    CHECK(!region_free(&table, 0, 2 * PAGE + 1));
}

TEST(removing_splits)
{
    begin(8, 0);
    insert(0, 10, REGION_READ, REGION_ANON);
    CHECK_EQ(region_remove(&table, 3 * PAGE, 5 * PAGE), 0);
    CHECK_EQ(table.count, 2);
    CHECK_EQ(entries[0].end, 3 * PAGE);
    CHECK_EQ(entries[1].start, 5 * PAGE);
    CHECK_EQ(region_remove(&table, 0, 100 * PAGE), 0);
    CHECK_EQ(table.count, 0);
    CHECK_EQ(region_remove(&table, 0, 100 * PAGE), 0);
}

TEST(cutting_and_mending)
{
    begin(8, 0);
    insert(0, 10, REGION_READ, REGION_ANON);
    CHECK_EQ(region_cut(&table, 3 * PAGE, 5 * PAGE), 0);
    CHECK_EQ(table.count, 3);
    region_mend(&table, 3 * PAGE, 5 * PAGE);
    CHECK_EQ(table.count, 1);
    CHECK_EQ(entries[0].end, 10 * PAGE);
    CHECK_EQ(region_cut(&table, 3 * PAGE, 5 * PAGE), 0);
    region_find(&table, 4 * PAGE)->worth = 2;
    region_mend(&table, 3 * PAGE, 5 * PAGE);
    CHECK_EQ(table.count, 3);
    CHECK_EQ(region_find(&table, 5 * PAGE)->worth, 0);
    CHECK_EQ(region_cut(&table, 4 * PAGE, 5 * PAGE), 0);
    region_find(&table, 3 * PAGE)->worth = region_find(&table, 4 * PAGE)->worth = 0;
    region_mend(&table, 3 * PAGE, 5 * PAGE);
    CHECK_EQ(table.count, 1);
}

TEST(full_table_changes_nothing)
{
    begin(1, 0);
    CHECK_EQ(insert(0, 10, REGION_READ, REGION_ANON), 0);
    CHECK_EQ(insert(20, 1, REGION_READ, REGION_ANON), -ENOMEM);
    CHECK_EQ(region_remove(&table, PAGE, 2 * PAGE), -ENOMEM);
    CHECK_EQ(region_protect(&table, PAGE, 2 * PAGE, 0), -ENOMEM);
    CHECK_EQ(region_cut(&table, PAGE, 2 * PAGE), -ENOMEM);
    CHECK_EQ(table.count, 1);
    CHECK_EQ(entries[0].end, 10 * PAGE);
    CHECK_EQ(entries[0].prot, REGION_READ);
}

TEST(gaps)
{
    begin(8, 0);
    insert(10, 10, 0, REGION_ANON);
    insert(25, 5, 0, REGION_ANON);
    CHECK_EQ(region_gap(&table, 10 * PAGE, 100 * PAGE, 0, 5 * PAGE, PAGE), 20 * PAGE);
    CHECK_EQ(region_gap(&table, 10 * PAGE, 100 * PAGE, 0, 6 * PAGE, PAGE), 30 * PAGE);
    CHECK_EQ(region_gap(&table, 10 * PAGE, 100 * PAGE, 50 * PAGE, PAGE, PAGE), 50 * PAGE);
    CHECK_EQ(region_gap(&table, 10 * PAGE, 100 * PAGE, 98 * PAGE, 4 * PAGE, PAGE), 20 * PAGE);
    CHECK_EQ(region_gap(&table, 10 * PAGE, 40 * PAGE, 0, 11 * PAGE, PAGE), 0);
    CHECK_EQ(region_gap(&table, 10 * PAGE, 40 * PAGE, 0, 2 * PAGE, 16 * PAGE), 32 * PAGE);
    CHECK_EQ(region_gap(&table, 0, 40 * PAGE, 0, 41 * PAGE, PAGE), 0);
}

/* ---- At random, against the model ---- */

static int model[PAGES]; /* 0: nothing, else prot + 1 */

static bool model_free(unsigned first, unsigned n)
{
    for (unsigned i = first; i < first + n; i++)
        if (model[i])
            return false;
    return true;
}

static bool model_covered(unsigned first, unsigned n)
{
    for (unsigned i = first; i < first + n; i++)
        if (!model[i])
            return false;
    return true;
}

static void model_set(unsigned first, unsigned n, int value)
{
    for (unsigned i = first; i < first + n; i++)
        model[i] = value;
}

static void compare(void)
{
    bool same = true;
    for (unsigned i = 0; i < PAGES; i++) {
        struct region *region = region_find(&table, i * PAGE + 5);
        same = same && (region ? region->prot + 1 : 0) == model[i];
    }
    for (uint32_t i = 0; i < table.count; i++) {
        same = same && entries[i].start < entries[i].end;
        if (i)
            same = same && entries[i - 1].end <= entries[i].start &&
                   !(entries[i - 1].end == entries[i].start && entries[i - 1].prot == entries[i].prot);
    }
    CHECK(same);
}

TEST(random_operations)
{
    srand(7);
    begin(4, 4);
    for (unsigned step = 0; step < 20000; step++) {
        unsigned first = (unsigned)rand() % PAGES, n = 1 + (unsigned)rand() % 12;
        uint8_t prot = (uint8_t)(rand() % 8);
        if (first + n > PAGES)
            n = PAGES - first;
        uint64_t start = first * PAGE, end = (first + n) * PAGE;
        CHECK(region_free(&table, start, end) == model_free(first, n));
        CHECK(region_covered(&table, start, end) == model_covered(first, n));
        switch (rand() % 3) {
        case 0:
            if (model_free(first, n) && insert(first, n, prot, REGION_ANON) == 0)
                model_set(first, n, prot + 1);
            break;
        case 1:
            if (region_remove(&table, start, end) == 0)
                model_set(first, n, 0);
            break;
        default:
            if (model_covered(first, n) && region_protect(&table, start, end, prot) == 0)
                model_set(first, n, prot + 1);
        }
        if (step % 16 == 0)
            compare();
    }
}
