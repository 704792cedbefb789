/* SPDX-License-Identifier: MIT
 *
 * attacker.h: environments of attackers, as the suite makes them and as they see themselves.
 *
 * An attacker has the suite's text and constants mapped read-only, and a private copy of its data: what it spoils is its
 * own. Slot 0 holds ATTACKER_NAME with all rights and a quota, slots 1 and 15 the name of the image, to read. One page is
 * shared with the suite: the report, where failed checks go (runtime.h's EQ and CHECK), and where the victim is named.
 */
#ifndef TESTS_ADVERSARY_ATTACKER_H
#define TESTS_ADVERSARY_ATTACKER_H

#include "runtime.h"

#define ATTACKER_NAME {.bits = 0x66ull << 56, .len = 8, .rights = EXO_RIGHTS_ALL}
enum { QUOTA_FRAMES = 1500, QUOTA_ENVS = 40, QUOTA_OTHERS = 150, QUOTA_FEW = 8 };
enum { IMAGE_SLOT = 15 };
enum { COM1 = 0x3f8, COM1_LINE = 4 };

/* What an attack comes to. */
enum outcome {
    RETURNS, /* every attempt fails with its documented error, and the attacker goes on to the end */
    DIES,    /* the attacker is stopped or gone before it comes to the end */
    EITHER,  /* what it does to itself may leave it anywhere, even in a loop for ever */
    STORMS,  /* as RETURNS; it is given a serial port and its interrupt line */
};

#define REPORT_VA 0x0000200000000000ull
struct report {
    struct failures failures;
    volatile uint32_t started, done;
    /* A canary: its environment, one frame and one slice of it. */
    env_id_t victim;
    frame_t victim_frame;
    uint32_t victim_cpu, victim_position;
    struct exo_cap victim_name;
    volatile uint32_t skipped; /* the attacker says that the machine lacks the device that the attack is about */
    frame_t readable; /* a frame of the suite's that the attacker's name may read */
    volatile uint64_t word[32]; /* the attack's own; seen by all its environments */
    /* The fuzzer's, by activation: how many calls, the one under way (number, arguments), a digest of those chosen so far. */
    volatile uint64_t magic, seed, round;
    volatile uint64_t calls[2], call[2][7], digest[2], over[2];
};
#define REPORT ((struct report *)REPORT_VA)
_Static_assert(sizeof(struct report) <= EXO_PAGE_BYTES, "the report is one page");

/* The suite's side. attacker_make: an attacker that runs fn(argument) and, if second is not NULL, that in another activation;
 * attacker_go gives slices to them, on CPU 0 and the other CPU, if there is one. attacker_end: takes away everything that is
 * guarded by ATTACKER_NAME or a name below, and checks that nothing is charged to its quota then. */
void attackers_prepare(void);
env_id_t attacker_make(void (*fn)(void *), void (*second)(void *), uint64_t argument);
void attacker_go(env_id_t env);
void attacker_end(env_id_t env);
/* The attacker's failed checks are the suite's. */
void attacker_failures(void);
/* An attack from beginning to end: its failed checks, and an outcome that is not this one, are the suite's. */
void attacker_run(void (*fn)(void), enum outcome outcome);

/* The attacker's side. */
#define NOWHERE 0x10000ull /* nothing is mapped there */
#define NOT_CANONICAL 0x0000800000000000ull
#define KERNEL_ADDRESS 0xffffffff80100000ull
#define OWN_QUOTA (quota_info(&(struct exo_cap)ATTACKER_NAME))
static inline uint32_t other_cpu(void)
{
    return INFO->cpus > 1;
}
/* One more activation of the attacker, with a slice on the other CPU. Returns its index. */
uint32_t accomplice(void (*fn)(void *), uint64_t argument);
/* Another environment of the attacker's with the same memory, under its own name (slot 0); fn NULL: it has no activation. */
env_id_t spawn(void (*fn)(void *), uint64_t argument);
/* What the environment begins with; the argument is the attack. */
void attack_begin(void *attack);
/* A frame under slot 0. */
frame_t frame_own(void);
/* Whether the victim ran since `before` (victim_ns()); waits for it up to ten seconds. */
uint64_t victim_ns(void);
bool victim_ran(uint64_t before);
enum { FLOOD_MS = 30 };
/* While it goes on, the victim on the same machine gets its share: it slept four times a millisecond before. It goes on for
 * longer if the host kept the victim's CPU waiting. */
#define FLOOD(...)                                                                                                     \
    do {                                                                                                               \
        uint64_t ran_ = victim_ns(), end_ = now_ns() + FLOOD_MS * MS, give_up_ = end_ + 3000 * MS;                     \
        do {                                                                                                           \
            __VA_ARGS__;                                                                                               \
        } while (now_ns() < end_ || (victim_ns() == ran_ && now_ns() < give_up_)); /* once at least */                 \
        CHECK(victim_ns() > ran_);                                                                                     \
    } while (0)
/* Waits until *word is value; gives way to whoever should set it. False after ten seconds. */
bool meet(volatile uint64_t *word, uint64_t value);
/* A cheap generator (Marsaglia's xorshift64*). */
uint64_t random_next(uint64_t *state);

#endif
