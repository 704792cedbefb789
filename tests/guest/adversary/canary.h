/* SPDX-License-Identifier: MIT
 *
 * canary.h: environments that have nothing to do with the attacker, and tell if anything of theirs is touched.
 */
#ifndef TESTS_ADVERSARY_CANARY_H
#define TESTS_ADVERSARY_CANARY_H

#include "runtime.h"

enum { CANARIES_MAX = 2, CANARY_PAGES = 4 };
#define CANARY_SECRET 0x5ec7e75ec7e75ec7ull /* in the upper half-words of what canaries write */

struct canary {
    env_id_t env;
    struct exo_cap name;
    uint32_t cpu, position;
    frame_t frame[CANARY_PAGES];
    volatile uint64_t progress;
    volatile uint64_t sum; /* of what is wrong: 0 */
    volatile uint32_t dropping;
};
extern struct canary canaries[CANARIES_MAX];
extern uint32_t canary_count;

/* One on each of the first CPUs. They stay to the end. */
void canaries_start(void);
/* Whether they let go of frames with secrets, which changes how many are free; false: none is under way afterwards. */
void canaries_secrets(bool wanted);
void canaries_progress(uint64_t progress[CANARIES_MAX]);
/* Nothing of theirs was touched, and they get on: also since `progress` was taken. */
void canaries_check(const uint64_t progress[CANARIES_MAX]);

#endif
