// link: exokernel/phys.c
/* SPDX-License-Identifier: MIT
 *
 * test_phys.c: the early allocator over a machine of a few megabytes, played by a buffer.
 */
#include "../harness.h"

#include "fake_panic.h"
#include "phys.h"

enum { MACHINE_BYTES = 8 << 20 };

static uint8_t *machine;
static struct boot_info boot;
static uint8_t owner[MACHINE_BYTES / EXO_PAGE_BYTES]; /* 1: given as free at the end */

static void set_up(void)
{
    machine = malloc(MACHINE_BYTES);
    memset(machine, 0x55, MACHINE_BYTES);
    memset(owner, 0, sizeof owner);
    phys_window = (uint64_t)machine;
    boot = (struct boot_info){
        .memory_count = 3,
        .memory = {{0, 0x9f000, true}, {0x9f000, 0x1000, false}, {0x100000, 0x700000, true}},
        .module_count = 1,
        .module = {{0x300000, 0x1801}},
    };
    phys_init(&boot, 0x100000, 0x12f000);
}

static void tear_down(void)
{
    free(machine);
}

static void note(frame_t first, uint32_t count)
{
    for (frame_t f = first; f < first + count; f++) {
        CHECK(f < sizeof owner && !owner[f]);
        owner[f] = 1;
    }
}

static void divide(void)
{
    for (unsigned i = 0; i < boot.memory_count; i++)
        if (boot.memory[i].usable)
            phys_early_each_free(boot.memory[i].base, boot.memory[i].bytes, note);
}

TEST(takes_the_lowest_above_a_megabyte_zeroed)
{
    set_up();
    paddr_t a = phys_early_alloc(2), b = phys_early_alloc(1);
    CHECK_EQ(a, 0x12f000);
    CHECK_EQ(b, 0x131000);
    for (unsigned i = 0; i < 3 * EXO_PAGE_BYTES; i++)
        CHECK(machine[a + i] == 0);
    CHECK(machine[b + EXO_PAGE_BYTES] == 0x55);
    CHECK_EQ(phys_early_alloc_aligned(1, 16), 0x140000);
    CHECK_EQ(phys_total_bytes(), 0x9f000 + 0x700000);
    tear_down();
}

TEST(what_is_used_is_not_free_and_the_rest_is)
{
    set_up();
    paddr_t a = phys_early_alloc(3);
    CHECK(phys_is_free(0x8000) && !phys_is_free(0) && !phys_is_free(a) && !phys_is_free(0x9f000));
    divide();
    CHECK(!owner[0] && owner[1] && owner[0x9e] && !owner[0x9f]);
    CHECK(!owner[0x100] && !owner[0x12e] && !owner[a >> 12] && owner[(a >> 12) + 3]);
    CHECK(owner[0x2ff] && !owner[0x300] && !owner[0x301] && owner[0x302] && owner[0x7ff]);
    CHECK(PANICS(phys_early_alloc(1)));
    tear_down();
}

TEST(a_run_does_not_cross_a_module)
{
    set_up();
    paddr_t a = phys_early_alloc(0x200);
    CHECK_EQ(a, 0x302000);
    CHECK_EQ(phys_early_alloc(1), 0x12f000);
    tear_down();
}

TEST(given_back_memory_is_free)
{
    set_up();
    phys_early_free(0x100000, 0x108000);
    divide();
    CHECK(owner[0x100] && owner[0x107] && !owner[0x108]);
    tear_down();
}

TEST(too_little_memory_says_so)
{
    set_up();
    CHECK(PANICS(phys_early_alloc(0x1000)));
    CHECK(strstr(fake_panic_text, "too little memory") != NULL);
    tear_down();
}
