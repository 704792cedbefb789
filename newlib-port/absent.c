/* SPDX-License-Identifier: MIT
 *
 * absent.c: what every function of absent.txt does: nothing, loudly, once. Layer: newlib-port.
 */
#include "absent.h"

#include <errno.h>

#include "exo/exo.h"
#include "posix/text.h"

void absent_call(const char *name, char *said)
{
    if (!__atomic_exchange_n(said, 1, __ATOMIC_RELAXED)) {
        char buffer[128];
        struct text text = text_begin(buffer, sizeof buffer);
        text_string(&text, name);
        text_string(&text, ": not implemented\n");
        exo_message(buffer, (size_t)(text.at - buffer));
    }
    errno = ENOSYS;
}
