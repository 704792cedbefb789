/* SPDX-License-Identifier: MIT
 *
 * policy.c: the default division: all for the session but a reserve. Slices are nobody's but the first environment's, which binds
 * them (placing.c); it keeps the one that the kernel gave it, on CPU 0, and sleeps nearly always.
 */
#include "policy.h"

#include "abi/types.h"

static uint64_t limit(uint64_t value, uint64_t least, uint64_t most)
{
    return value < least ? least : value > most ? most : value;
}

static uint64_t console_quota(unsigned kind, uint64_t available)
{
    switch (kind) {
    case EXO_QUOTA_FRAMES:
        return limit(available / 8, 320, 8192); /* program, tables, a copy of the screen */
    case EXO_QUOTA_ENVS:
        return 4; /* one that ends while the next one starts */
    case EXO_QUOTA_PORTS:
        return EXO_PORT_RANGES;
    default:
        return 8;
    }
}

static uint64_t session_quota(unsigned kind, uint64_t available)
{
    uint64_t reserve;
    switch (kind) {
    case EXO_QUOTA_FRAMES:
        reserve = limit(available / 16, 256, 2048);
        break;
    case EXO_QUOTA_ENVS:
        reserve = 16;
        break;
    default:
        reserve = limit(available / 4, 0, 64);
    }
    return available > reserve ? available - reserve : 0;
}

uint64_t policy_quota(enum policy_part part, unsigned kind, uint64_t available)
{
    if (kind == EXO_QUOTA_SLICES)
        return 0;
    return part == POLICY_CONSOLE ? console_quota(kind, available) : session_quota(kind, available);
}

uint32_t policy_console_restarts(void) { return 8; }
