/* SPDX-License-Identifier: MIT
 *
 * hpet.h: the main counter of the HPET, to measure other clocks by. Ring 0. IA-PC HPET Specification 1.0a §2.3.
 */
#ifndef DRIVERS_HPET_H
#define DRIVERS_HPET_H

#include <stdbool.h>
#include <stdint.h>

#include "types.h"

/* Maps and starts it. False if what is there does not look like one. */
bool hpet_init(paddr_t registers);

/* The counter (its low 32 bits), and its period in femtoseconds. */
uint32_t hpet_count(void);
uint32_t hpet_period_fs(void);

#endif
