/* SPDX-License-Identifier: MIT
 *
 * cp437.h: Unicode to code page 437, the character set of PC text screens. Layer: drivers, ring 3; pure.
 */
#ifndef DRIVERS_CP437_H
#define DRIVERS_CP437_H

#include <stdint.h>

/* The code that shows a character: itself, one that looks alike, or a small box. */
uint8_t cp437_from_unicode(uint32_t unicode);

#endif
