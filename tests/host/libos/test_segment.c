// SPDX-License-Identifier: MIT
/* test_segment.c: page map, allocator and locks of the session segment, in one process and in several that fork() made.
 * The sources are included, because the segment's address is theirs (fake_segment.h). */
#include "../harness.h"

#include "fake_segment.h"

#include "../../../libos/proc/session.c"
#include "../../../libos/proc/session_alloc.c"
#include "../../../libos/proc/session_map.c"

/* The process table: entry i belongs to whom the test says. */
static struct process *table;
static uint32_t my_owner = 1;

struct process *proc_at(uint32_t slot) { return slot < 64 ? &table[slot] : NULL; }
uint32_t proc_lock_owner(void) { return my_owner; }

static void become(uint32_t slot)
{
    my_owner = slot + 1;
    table[slot].env = (env_id_t)getpid();
}

static void start(void)
{
    fake_machine_start();
    memset(l2_here, 0, sizeof l2_here);
    if (table == NULL)
        table = mmap(NULL, 64 * sizeof *table, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    memset(table, 0, 64 * sizeof *table);
    become(0);
    CHECK_EQ(session_map_create(), 0);
}

/* Runs function(argument) in another process of the session; returns its exit status. */
static pid_t fork_member(uint32_t slot, int (*function)(int), int argument)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    fake_machine_enter();
    memset(l2_here, 0, sizeof l2_here);
    become(slot);
    _exit(function(argument));
}

static int exit_of(pid_t pid)
{
    int status;
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Every page of the heap is in exactly one run or free run; returns the number of pages in use. */
static uint32_t check_consistency(void)
{
    struct session_header *header = session_header();
    static uint8_t is_free[65536];
    uint32_t free_pages = 0, used = 0;
    memset(is_free, 0, sizeof is_free);
    for (unsigned bin = 0; bin < SESSION_BINS; bin++)
        for (session_off off = header->free_runs[bin]; off; off = ((struct free_run *)session_at(off))->next) {
            struct free_run *run = session_at(off);
            CHECK_EQ(run_bin(run->pages), bin);
            for (uint32_t i = 0; i < run->pages; i++) {
                uint32_t page = (uint32_t)(off / EXO_PAGE_BYTES) + i;
                CHECK(page < header->pages && session_map_page(page)->info == 0);
                CHECK(!is_free[page - SESSION_HEAP_PAGE]++);
            }
            free_pages += run->pages;
        }
    CHECK_EQ(free_pages, header->free_pages);
    for (uint32_t page = SESSION_HEAP_PAGE; page < header->pages;) {
        uint32_t info = session_map_page(page)->info;
        uint32_t n = info_kind(info) == SESSION_PAGE_RUN ? info & VALUE_MASK : 1;
        CHECK(session_map_page(page)->frame != 0);
        if (info)
            for (uint32_t i = 0; i < n; i++)
                CHECK(!is_free[page + i - SESSION_HEAP_PAGE]);
        used += info ? n : 0;
        page += n;
    }
    CHECK_EQ(used + free_pages, header->pages - SESSION_HEAP_PAGE);
    return used;
}

TEST(allocates_aligned_zeroed_memory)
{
    start();
    CHECK_EQ(session_offset(session_at(4096)), 4096);
    CHECK(session_at(0) == NULL && session_offset(NULL) == 0);
    for (size_t bytes = 1; bytes < 20000; bytes += bytes / 3 + 1) {
        session_off off = session_alloc(bytes);
        uint8_t *at = session_at(off);
        CHECK(off != 0 && off % 16 == 0);
        for (size_t i = 0; i < bytes; i++)
            if (at[i] != 0) {
                CHECK_EQ(at[i], 0);
                break;
            }
        memset(at, 0xa5, bytes);
        session_free(off);
    }
    CHECK_EQ(session_alloc(4096) % 4096, 0);
    CHECK_EQ(session_alloc((size_t)SESSION_PAGES * EXO_PAGE_BYTES), 0);
    check_consistency();
    CHECK_EQ(machine->critical, 0);
}

struct block {
    session_off off;
    size_t bytes;
    uint8_t fill;
};

/* Random allocations and frees; each block keeps its own bytes. */
static int churn(int seed)
{
    enum { BLOCKS = 200 };
    static struct block blocks[BLOCKS];
    unsigned random = (unsigned)seed * 2654435761u + 1;
    int bad = 0;
    memset(blocks, 0, sizeof blocks);
    for (int round = 0; round < 6000; round++) {
        random = random * 1664525u + 1013904223u;
        struct block *block = &blocks[(random >> 8) % BLOCKS];
        if (block->off) {
            const uint8_t *at = session_at(block->off);
            for (size_t i = 0; i < block->bytes; i++)
                bad |= at[i] != block->fill;
            session_free(block->off);
            block->off = 0;
            continue;
        }
        block->bytes = (random >> 20) % 8 ? (random >> 12) % 1000 + 1 : (random >> 12) % 60000 + 1;
        block->fill = (uint8_t)(random >> 16 | 1);
        block->off = session_alloc(block->bytes);
        if (block->off)
            memset(session_at(block->off), block->fill, block->bytes);
        bad |= block->off == 0;
    }
    for (int i = 0; i < BLOCKS; i++)
        session_free(blocks[i].off);
    return bad;
}

TEST(blocks_do_not_overlap)
{
    start();
    for (int seed = 0; seed < 5; seed++)
        CHECK_EQ(churn(seed), 0);
    check_consistency();
    CHECK_EQ(session_header()->allocations, session_header()->frees);
}

TEST(memory_is_reused)
{
    start();
    churn(1);
    uint32_t pages = session_header()->pages;
    for (int seed = 0; seed < 10; seed++)
        churn(1);
    CHECK(session_header()->pages <= pages + pages / 4);
}

TEST(small_runs_freed_become_large_ones)
{
    start();
    uint32_t pages;
    static session_off runs[400];
    for (int i = 0; i < 400; i++)
        runs[i] = session_alloc(EXO_PAGE_BYTES);
    for (int i = 0; i < 400; i++)
        session_free(runs[i]);
    pages = session_header()->pages;
    session_off large = session_alloc(300 * EXO_PAGE_BYTES);
    CHECK(large != 0);
    CHECK_EQ(session_header()->pages, pages);
    check_consistency();
}

TEST(exhaustion_fails_and_recovers)
{
    start();
    machine->limit = machine->next_frame + 100;
    static session_off blocks[200];
    int n = 0;
    while (n < 200 && (blocks[n] = session_alloc(3000)) != 0)
        n++;
    CHECK(n > 80 && n < 100);
    CHECK_EQ(session_alloc(16), 0);
    CHECK_EQ(session_alloc(1 << 20), 0);
    while (n > 0)
        session_free(blocks[--n]);
    session_off large = session_alloc(80 * EXO_PAGE_BYTES);
    CHECK(large != 0);
    session_free(large);
    check_consistency();
}

TEST(map_crosses_pages_of_level_2)
{
    start();
    session_off large = session_alloc((size_t)3 * SESSION_L2_ENTRIES * EXO_PAGE_BYTES);
    CHECK(large != 0);
    CHECK_EQ(check_consistency(), 3 * SESSION_L2_ENTRIES);
    CHECK_EQ(session_map_fault(EXO_SESSION_BASE + large + 700 * EXO_PAGE_BYTES), 1);
    CHECK_EQ(session_map_fault(EXO_SESSION_BASE), 0);
    CHECK_EQ(session_map_fault(EXO_SESSION_BASE + 10 * EXO_PAGE_BYTES), 0);
    CHECK_EQ(session_map_fault(EXO_SESSION_BASE + (uint64_t)session_header()->pages * EXO_PAGE_BYTES), 0);
    CHECK_EQ(session_map_fault(EXO_SESSION_BASE + (uint64_t)(SESSION_PAGES - 1) * EXO_PAGE_BYTES), 0);
    CHECK_EQ(session_map_fault(EXO_SESSION_BASE + (uint64_t)SESSION_PAGES * EXO_PAGE_BYTES), 0);
}

static int read_back(int pages)
{
    const uint32_t *words = session_at(session_header()->ramfs_root);
    for (int i = 0; i < pages; i++)
        if (words[i * 1024] != (uint32_t)i)
            return 1;
    return 0;
}

TEST(another_process_sees_the_same)
{
    start();
    session_off off = session_alloc(2000 * EXO_PAGE_BYTES);
    uint32_t *words = session_at(off);
    for (uint32_t i = 0; i < 2000; i++)
        words[i * 1024] = i;
    session_header()->ramfs_root = off;
    machine->faults = 0;
    CHECK_EQ(exit_of(fork_member(1, read_back, 2000)), 0);
    CHECK(machine->faults >= 2000 / FAULT_AROUND && machine->faults <= 2000 / FAULT_AROUND + 20);
}

TEST(processes_allocate_at_once)
{
    start();
    pid_t pid[4];
    for (int i = 0; i < 4; i++)
        pid[i] = fork_member((uint32_t)i + 1, churn, i + 10);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(exit_of(pid[i]), 0);
    CHECK_EQ(session_header()->allocations, session_header()->frees);
    check_consistency();
    CHECK_EQ(machine->critical, 0);
}

static int count_up(int rounds)
{
    struct session_header *header = session_header();
    for (int i = 0; i < rounds; i++) {
        session_lock_acquire(&header->root_lock);
        uint64_t value = header->spawned;
        __asm__ volatile("" : : : "memory");
        header->spawned = value + 1;
        session_lock_release(&header->root_lock);
    }
    return 0;
}

TEST(locks_exclude)
{
    start();
    pid_t pid[4];
    for (int i = 0; i < 4; i++)
        pid[i] = fork_member((uint32_t)i + 1, count_up, 3000);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(exit_of(pid[i]), 0);
    CHECK_EQ(session_header()->spawned, 12000);
    CHECK_EQ(session_header()->root_lock.word, 0);
}

static int die_holding(int which)
{
    session_lock_acquire(which ? &session_header()->alloc_lock : &session_header()->root_lock);
    if (which) /* in the middle of a change: a run taken out of its bin and lost */
        runs_take(1);
    return 7;
}

TEST(a_dead_holders_lock_is_taken_over)
{
    start();
    CHECK_EQ(exit_of(fork_member(1, die_holding, 0)), 7);
    CHECK_EQ(session_lock_take(&session_header()->root_lock), 1);
    session_lock_release(&session_header()->root_lock);
    CHECK_EQ(session_lock_take(&session_header()->root_lock), 0);
    session_lock_release(&session_header()->root_lock);
}

TEST(a_recycled_slot_is_not_the_holder)
{
    start();
    CHECK_EQ(exit_of(fork_member(1, die_holding, 0)), 7);
    table[1].generation++;
    table[1].env = (env_id_t)getpid(); /* somebody who lives has the slot now */
    CHECK_EQ(session_lock_take(&session_header()->root_lock), 1);
    session_lock_release(&session_header()->root_lock);
}

TEST(free_lists_are_made_again)
{
    start();
    session_off kept = session_alloc(10 * EXO_PAGE_BYTES);
    session_free(session_alloc(5 * EXO_PAGE_BYTES));
    uint32_t free_pages = session_header()->free_pages;
    CHECK_EQ(exit_of(fork_member(1, die_holding, 1)), 7);
    session_free(kept);
    CHECK_EQ(session_header()->free_pages, free_pages + 10);
    CHECK_EQ(check_consistency(), 0);
}
