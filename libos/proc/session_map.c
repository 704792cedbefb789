/* SPDX-License-Identifier: MIT
 *
 * session_map.c: the page map of the session segment: which frame backs which page, and mapping them here when touched.
 *
 * Layer: libos/proc, over session_sys.h. The fault path runs disabled and must not fault: it reads level 1, which is
 * always mapped, and maps the page of level 2 that it needs before it reads it (`l2_here` remembers which are). Frame
 * numbers are stored with release order after the frame is known to exist, and never change. Growth holds alloc_lock.
 */
#include "proc/session_map.h"

#include <errno.h>

#include "proc/session_sys.h"

#define FAULT_AROUND 16u /* pages looked at by one fault: this and those that follow in an aligned group */
#define GROW_BATCH 64u

static uint64_t l2_here[SESSION_L2_PAGES / 64]; /* pages of level 2 mapped in this process */

static uint64_t page_address(uint32_t page) { return EXO_SESSION_BASE + (uint64_t)page * EXO_PAGE_BYTES; }

static uint32_t *level1(void) { return (uint32_t *)page_address(1); }

static struct session_page *level2(uint32_t page)
{
    return (struct session_page *)page_address(SESSION_L2_PAGE) + page;
}

/* Maps the page of level 2 that describes `page`. 0 if there is none yet or it cannot be mapped. */
static int level2_map(uint32_t page)
{
    uint32_t index = page / SESSION_L2_ENTRIES;
    uint64_t bit = 1ull << (index % 64);
    if (__atomic_load_n(&l2_here[index / 64], __ATOMIC_ACQUIRE) & bit)
        return 1;
    uint32_t frame = __atomic_load_n(&level1()[index], __ATOMIC_ACQUIRE);
    if (frame == 0 || session_sys_map(page_address(SESSION_L2_PAGE + index), &frame, 1) != 0)
        return 0;
    __atomic_fetch_or(&l2_here[index / 64], bit, __ATOMIC_RELEASE);
    return 1;
}

/* Makes the page of level 2 that describes `page` if there is none. */
static int level2_make(uint32_t page)
{
    uint32_t *entry = &level1()[page / SESSION_L2_ENTRIES];
    if (*entry == 0) {
        uint32_t frame;
        int result = session_sys_frames(&frame, 1, 0);
        if (result != 0)
            return result;
        __atomic_store_n(entry, frame, __ATOMIC_RELEASE);
    }
    return level2_map(page) ? 0 : -ENOMEM;
}

int session_map_create(void)
{
    uint32_t frames[SESSION_FIXED_PAGES];
    int result = session_sys_frames(frames, SESSION_FIXED_PAGES, 1);
    if (result != 0)
        return result;
    for (uint32_t i = 1; i < SESSION_FIXED_PAGES; i++)
        frames[i] = frames[0] + i;
    result = session_sys_map(EXO_SESSION_BASE, frames, SESSION_FIXED_PAGES);
    if (result != 0) {
        session_sys_release(frames, SESSION_FIXED_PAGES);
        return result;
    }
    struct session_header *header = session_header();
    header->magic = SESSION_MAGIC;
    header->layout = SESSION_LAYOUT;
    header->first_frame = frames[0];
    header->pages = SESSION_HEAP_PAGE;
    return 0;
}

/* Adds up to GROW_BATCH pages that one page of level 2 describes. */
static uint32_t grow_batch(uint32_t count)
{
    struct session_header *header = session_header();
    uint32_t first = header->pages;
    uint32_t room = SESSION_L2_ENTRIES - first % SESSION_L2_ENTRIES;
    uint32_t frames[GROW_BATCH];
    if (first >= SESSION_PAGES || level2_make(first) != 0)
        return 0;
    count = count < room ? count : room;
    count = count < GROW_BATCH ? count : GROW_BATCH;
    while (count > 0 && session_sys_frames(frames, count, 0) != 0)
        count /= 2;
    if (count == 0)
        return 0;
    for (uint32_t i = 0; i < count; i++)
        __atomic_store_n(&level2(first + i)->frame, frames[i], __ATOMIC_RELEASE);
    session_sys_map(page_address(first), frames, count); /* what fails here is mapped when it is touched */
    __atomic_store_n(&header->pages, first + count, __ATOMIC_RELEASE);
    return count;
}

uint32_t session_map_grow(uint32_t count)
{
    uint32_t done = 0;
    while (done < count) {
        uint32_t added = grow_batch(count - done);
        if (added == 0)
            break;
        done += added;
    }
    return done;
}

struct session_page *session_map_page(uint32_t page)
{
    level2_map(page);
    return level2(page);
}

static int fault_in_map(uint32_t page)
{
    return level2_map((page - SESSION_L2_PAGE) * SESSION_L2_ENTRIES);
}

int session_map_fault(uint64_t address)
{
    uint32_t page = (uint32_t)((address - EXO_SESSION_BASE) / EXO_PAGE_BYTES);
    uint32_t frames[FAULT_AROUND];
    uint32_t n = 0;
    if (page < SESSION_L2_PAGE || page >= SESSION_PAGES)
        return 0;
    if (page < SESSION_HEAP_PAGE)
        return fault_in_map(page);
    if (!level2_map(page))
        return 0;
    for (uint32_t p = page; n < FAULT_AROUND - page % FAULT_AROUND; p++) {
        uint32_t frame = __atomic_load_n(&level2(p)->frame, __ATOMIC_ACQUIRE);
        if (frame == 0 || (p != page && session_sys_mapped(page_address(p))))
            break;
        frames[n++] = frame;
    }
    if (n == 0)
        return 0;
    return session_sys_map(page_address(page), frames, n) == 0 || session_sys_mapped(page_address(page));
}
