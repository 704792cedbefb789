/* SPDX-License-Identifier: MIT
 *
 * exo_pct.c: Exon alone: a call of another process by the library (exo/pct.h), whose handler does nothing. Layer: tests.
 *
 * The other process is this program, started again with a word that a constructor looks for; it lives as long as this one.
 */
#include "bench.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exo/pct.h"
#include "proc/proc.h"
#include "sched/thread.h"

#define SERVE "serve-calls"

extern char **environ;

static pid_t server;
static int binding = -EPERM;

static void answer(struct exo_words *words, env_id_t from, bool sent)
{
    (void)from, (void)sent;
    words->a += words->b;
}

__attribute__((constructor)) static void serve(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], SERVE) != 0)
        return;
    if (pct_serve(answer, 1) < 0 || pct_gate(EXO_GATE_OPEN, NULL) < 0)
        _exit(1);
    for (;;)
        pause();
}

static void end_server(void) { kill(server, SIGKILL); }

static void bind_server(void)
{
    if (binding >= 0)
        return;
    char *words[] = {"bench", SERVE, NULL};
    bench_need(posix_spawn(&server, (const char *)proc_start()->path, NULL, NULL, words, environ) == 0, "no server");
    atexit(end_server);
    for (int tries = 0; tries < 1000 && binding < 0; tries++) {
        binding = pct_bind(proc_env(server), EXO_CAP_NONE);
        thread_sleep_until(exo_clock_ns() + 1000000);
    }
    struct exo_words words4 = {2, 3, 0, 0};
    bench_need(pct_call(binding, &words4, EXO_FOREVER) == 0 && words4.a == 5, "the server does not answer");
}

/* n is even: half as many calls with their replies. */
static void run_calls(uint32_t n)
{
    for (uint32_t i = 0; i < n; i += 2) {
        struct exo_words words = {i, 1, 0, 0};
        pct_call(binding, &words, EXO_FOREVER);
    }
}
/* row pct_library: control transfer by the library | What an exokernel's program does itself | Exon alone
 * call and reply of another process, whose handler, a thread's, adds two words; one way. Linux has none. */
BENCH(pct_library, 200, run_calls, bind_server, NULL)
