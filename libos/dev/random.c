/* SPDX-License-Identifier: MIT
 *
 * random.c: see random.h. The device writes by DMA into a buffer of the program's own, which the kernel pins meanwhile;
 * a doorbell on the word beside it says that it is done. One transfer at a time. Layer: libos/dev.
 */
#include "dev/random.h"

#include <errno.h>
#include <string.h>

#include "exo/exo.h"
#include "sched/thread.h"
#include "sync/sync.h"

enum { TRIES = 10, DEVICE_TRIES = 1000, BUFFER_BYTES = 256 };
#define DEVICE_NS 5000000000ull /* a device that takes longer is taken for broken */

static struct {
    uint32_t status; /* stored by the kernel */
    uint8_t data[BUFFER_BYTES];
} buffer __attribute__((aligned(512))); /* within one page */
static struct sync_mutex mutex;
static bool late; /* the device has not answered in time: the buffer stays its own until it does */

static int from_processor(uint8_t *to, size_t n)
{
    uint64_t word;
    bool good = false;
    for (unsigned i = 0; i < TRIES && !good; i++)
        __asm__ volatile("rdrand %0" : "=r"(word), "=@ccc"(good));
    memcpy(to, &word, n);
    return good ? 0 : -EIO;
}

/* Sleeps until the device has answered; false: not in time. Events that come in between are handled. */
static bool answered(void)
{
    const struct exo_term term = {.word = (uintptr_t)&buffer.status, .op = EXO_TERM_NE, .width = 4};
    uint64_t give_up_ns = exo_clock_ns() + DEVICE_NS;
    int64_t result;
    do {
        uint32_t was = sched_disable();
        result = exo_wait(&term, 1, give_up_ns);
        sched_enable(was);
    } while (result == EXO_WAIT_EVENT);
    return result == 0;
}

/* Up to BUFFER_BYTES; returns how many came. */
static int from_device(uint8_t *to, size_t n)
{
    uintptr_t at = (uintptr_t)&buffer, offset = at % EXO_PAGE_BYTES;
    int64_t result = -EXO_E_LIMIT;
    sync_mutex_lock(&mutex);
    if (late && !__atomic_load_n(&buffer.status, __ATOMIC_ACQUIRE))
        goto out;
    late = false;
    __atomic_store_n(&buffer.status, 0, __ATOMIC_RELEASE); /* its page is there now */
    uint32_t frame = (uint32_t)((exo_pte(at) & EXO_PTE_ADDR) >> EXO_PAGE_BITS);
    for (unsigned i = 0; i < DEVICE_TRIES && result == -EXO_E_LIMIT; i++)
        if ((result = exo_random_fill(0, frame, (uint32_t)(offset + offsetof(__typeof__(buffer), data)), (uint32_t)n,
                                      (uint32_t)offset)) == -EXO_E_LIMIT)
            thread_yield();
    if (result == 0) {
        late = !answered();
        result = late || buffer.status == EXO_RANDOM_FAILED ? -EXO_E_LIMIT : (int64_t)buffer.status;
    }
    if (result > 0) {
        memcpy(to, buffer.data, (size_t)result);
        memset(buffer.data, 0, sizeof buffer.data);
    }
out:
    sync_mutex_unlock(&mutex);
    return result == -EXO_E_NODEV ? -ENODEV : result < 0 ? -EIO : (int)result;
}

int random_bytes(void *to, size_t n)
{
    bool rdrand = exo_info()->cpu_features & EXO_CPU_RDRAND;
    for (uint8_t *at = to; n;) {
        size_t most = rdrand ? sizeof(uint64_t) : BUFFER_BYTES, part = n < most ? n : most;
        int result = rdrand ? from_processor(at, part) : from_device(at, part);
        if (result < 0)
            return result;
        part = result ? (size_t)result : part;
        at += part;
        n -= part;
    }
    return 0;
}
