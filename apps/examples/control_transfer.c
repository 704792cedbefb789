// SPDX-License-Identifier: MIT
//
// control_transfer: a server that others call as if it were a function. Protected control transfer changes the environment and
// the program counter and passes four words in registers; the server runs at once, on the caller's CPU and in its slice, and no
// scheduler is asked. Whoever calls says how long he will wait, and every way in which it can go wrong is an error.
//
//     build/bin/exon-cc -O2 -o control_transfer apps/examples/control_transfer.c && build/bin/exon-run control_transfer

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exo/pct.h"
#include "proc/proc.h"

#define MS 1000000ull
enum { ADD, SLEEP, SHUT };

extern char **environ;

// ---- The server: its handler is a thread that exists while it is called ----

static void handler(struct exo_words *words, env_id_t from, bool sent)
{
    (void)from; // who called: a server can keep something for each of its clients
    (void)sent;
    switch (words->a) {
    case ADD: words->a = words->b + words->c + words->d; break;
    case SLEEP: usleep((useconds_t)words->b); break;
    case SHUT: pct_gate(EXO_GATE_CLOSED, NULL); break;
    }
}

static int serve(void)
{
    if (pct_serve(handler, 1) < 0 || pct_gate(EXO_GATE_OPEN, NULL) < 0) {
        return 1;
    }
    for (;;) {
        pause();
    }
}

// ---- The client ----

static int call(int binding, uint64_t a, uint64_t b, uint64_t patience_ns)
{
    struct exo_words words = { a, b, 20, 2 };
    uint64_t deadline = exo_clock_ns() + patience_ns;
    int result = pct_call(binding, &words, deadline);
    if (result == 0 && a == ADD) {
        printf("%llu + 20 + 2 is %llu\n", (unsigned long long)b, (unsigned long long)words.a);
    }
    return result;
}

static void show(const char *what, int result)
{
    printf("%s: %s\n", what, result == 0 ? "answered" : strerror(-result));
}

int main(int argc, char **argv)
{
    const char *self = (const char *)proc_start()->path;
    if (argc > 1) {
        return serve();
    }
    char *words[] = { argv[0], "serve", NULL };
    pid_t server;
    int binding;
    if (posix_spawn(&server, self, NULL, NULL, words, environ) != 0) {
        return 1;
    }
    while ((binding = pct_bind(proc_env(server), EXO_CAP_NONE)) == -EPERM) { // until the gate is open
        usleep(1000);
    }
    call(binding, ADD, 20, 1000 * MS);
    show("half a second's work, 2 ms to wait", call(binding, SLEEP, 500000, 2 * MS));
    show("the next call", call(binding, ADD, 1, 1000 * MS));
    struct exo_words again = { ADD, 1, 2, 3 };
    show("when it has time", pct_call_when_idle(binding, &again, EXO_FOREVER));
    show("shut", call(binding, SHUT, 0, 1000 * MS));
    show("after that", call(binding, ADD, 1, 1000 * MS));
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    show("its ghost", call(binding, ADD, 1, 1000 * MS));
    return 0;
}
