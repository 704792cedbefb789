// SPDX-License-Identifier: MIT
//
// Consistent copies of published entries; published.h is the interface.
//
// An entry is copied between two looks at its sequence number. A writer that holds it for longer than the tries here is
// the kernel in the middle of a long change: the last copy is then good enough to be shown.

#include "published.h"

#include <stdio.h>
#include <string.h>

enum { TRIES = 1000 };

// Copies SIZE bytes of ENTRY while *SEQ is even and stays the same.
static void copy_consistent(void *copy, const void *entry, size_t size, const uint32_t *seq)
{
    for (int i = 0; i < TRIES; i++) {
        uint32_t before = __atomic_load_n(seq, __ATOMIC_ACQUIRE);
        memcpy(copy, entry, size);
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (before % 2 == 0 && __atomic_load_n(seq, __ATOMIC_RELAXED) == before) {
            return;
        }
    }
}

bool published_env(const struct published *tables, unsigned index, struct exo_env_info *copy)
{
    const struct exo_env_info *entry = &tables->envs[index];
    copy_consistent(copy, entry, sizeof *copy, &entry->seq);
    return copy->state != EXO_ENV_FREE;
}

void published_frame(const struct published *tables, uint32_t number, struct exo_frame *copy)
{
    const struct exo_frame *entry = &tables->frames[number];
    copy_consistent(copy, entry, sizeof *copy, &entry->seq);
}

bool published_log(const struct published *tables, uint64_t number, struct exo_log *copy)
{
    const struct exo_log *entry = &tables->log[number % tables->info->log_records];
    uint64_t before = __atomic_load_n(&entry->seq, __ATOMIC_ACQUIRE);
    memcpy(copy, entry, sizeof *copy);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return before == number && __atomic_load_n(&entry->seq, __ATOMIC_RELAXED) == number;
}

uint64_t published_log_newest(const struct published *tables)
{
    uint64_t newest = 0;
    for (uint32_t i = 0; i < tables->info->log_records; i++) {
        uint64_t seq = __atomic_load_n(&tables->log[i].seq, __ATOMIC_RELAXED);
        // A record that is being written does not stand where its number belongs.
        if (seq > newest && seq % tables->info->log_records == i) {
            newest = seq;
        }
    }
    return newest;
}

void published_cap_name(char text[PUBLISHED_NAME_BYTES], uint64_t bits, unsigned length)
{
    if (length == 0) {
        strcpy(text, "root");
        return;
    }
    length = length <= 64 ? length : 64;
    int digits = (int)(length + 3) / 4;
    snprintf(text, PUBLISHED_NAME_BYTES, "%0*llx/%u", digits, (unsigned long long)(bits >> (64 - 4 * digits)), length);
}

void published_print(const char *text, size_t size)
{
    for (size_t i = 0; i < size && text[i] != '\0'; i++) {
        putchar(text[i] >= ' ' && text[i] < 127 ? text[i] : '?');
    }
}
