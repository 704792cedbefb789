/* SPDX-License-Identifier: MIT
 *
 * choice.c: see choice.h. Layer: libos/exo. Linked by programs that can be told a name.
 */
#include "exo/choice.h"

#include <string.h>
#include <unistd.h>

#include "exo/exo.h"

static void say(const char *text) { exo_message(text, strlen(text)); }

_Noreturn void choice_refuse(const char *kind, const char *name, const char *(*name_at)(unsigned i))
{
    say("no ");
    say(kind);
    say(" is called ");
    say(name);
    say("; there are");
    for (unsigned i = 0; name_at(i); i++) {
        say(" ");
        say(name_at(i));
    }
    say("\n");
    _exit(125);
}
