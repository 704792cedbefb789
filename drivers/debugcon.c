/* SPDX-License-Identifier: MIT
 *
 * debugcon.c: see debugcon.h. Ring 0.
 */
#include "debugcon.h"

#include "io.h"

enum { DEBUGCON_PORT = 0xe9 };

bool debugcon_present(void)
{
    return port_read8(DEBUGCON_PORT) == DEBUGCON_PORT;
}

void debugcon_write(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        port_write8(DEBUGCON_PORT, (uint8_t)text[i]);
}
