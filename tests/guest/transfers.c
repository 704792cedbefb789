/* SPDX-License-Identifier: MIT
 *
 * transfers.c: protected control transfer between programs (exo/pct.h): words, errors, deaths, handlers that do what threads
 * do, callers that are preempted, interrupted by signals and many. Layer: tests. The program starts itself again as a server
 * or as another caller; most tests begin a server of their own.
 */
#include <pthread.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "exo/pct.h"
#include "proc/proc.h"
#include "sched/policy.h"
#include "suite.h"

#define MS 1000000ull
enum { ADD, FROM, WAIT, SPIN, MEMORY, FPU, LOCK, BACK, CLOSE, CRASH, COUNT, NOTE, SELF, TRAP, USER };

static const char *self_path;

static uint64_t in_ms(uint64_t ms) { return exo_clock_ns() + ms * MS; }

/* ---- The server ---- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static uint64_t notes;
static int to_self = -1;
static volatile uint64_t traps, users;
static struct thread *main_thread;

static void spin_ms(uint64_t ms)
{
    for (uint64_t end = in_ms(ms); exo_clock_ns() < end;)
        ;
}

/* What a thread may do, a handler may: heap, printf of floating point, errno of its own. */
static uint64_t use_memory(size_t bytes)
{
    char *text = malloc(bytes + 64);
    memset(text, 'x', bytes);
    errno = 77;
    int length = snprintf(text + bytes, 64, "%.3f", (double)bytes / 3);
    uint64_t sum = (uint64_t)(unsigned char)text[0] + (uint64_t)length + (errno == 77);
    free(text);
    return sum;
}

static void fpu(struct exo_words *words)
{
    uint64_t xmm[2];
    uint32_t mxcsr;
    uint16_t fpcw;
    __asm__ volatile("movdqu %%xmm9, %0; stmxcsr %1; fnstcw %2" : "=m"(xmm), "=m"(mxcsr), "=m"(fpcw));
    *words = (struct exo_words){xmm[0] | xmm[1], mxcsr, fpcw, 0};
    __asm__ volatile("pcmpeqd %%xmm9, %%xmm9; fldz; fldpi" : : : "xmm9"); /* left behind */
}

/* A fault of a handler is the handler's own; other signals are the main thread's. */
static void on_trap(int number)
{
    traps += number == SIGTRAP && thread_self() != main_thread;
}

static void on_user(int number)
{
    users += number == SIGUSR1 && thread_self() == main_thread;
}

/* Calls its caller, which serves too. */
static void call_back(struct exo_words *words, env_id_t from)
{
    int binding = pct_bind(from, 0);
    struct exo_words inner = {ADD, words->b, 1000, 0};
    words->a = (uint64_t)(binding < 0 ? binding : pct_call_when_idle(binding, &inner, in_ms(5000)));
    words->b = inner.a;
    pct_unbind(binding);
}

static void handler(struct exo_words *words, env_id_t from, bool sent)
{
    switch (words->a) {
    case ADD: words->a = words->b + words->c; break;
    case FROM: *words = (struct exo_words){from, sent, words->c, words->d}; break;
    case WAIT: thread_sleep_until(in_ms(words->b)); break;
    case SPIN: spin_ms(words->b); break;
    case MEMORY: words->a = use_memory(words->b); break;
    case FPU: fpu(words); break;
    case LOCK:
        pthread_mutex_lock(&mutex);
        words->a = notes;
        pthread_mutex_unlock(&mutex);
        break;
    case BACK: call_back(words, from); break;
    case CLOSE: words->a = (uint64_t)pct_gate(EXO_GATE_CLOSED, NULL); break;
    case CRASH: *(volatile int *)words->b = 1; break;
    case COUNT: words->a = notes; break;
    case NOTE: notes += words->b + sent; break;
    case TRAP:
        __asm__ volatile("int3");
        words->a = traps;
        break;
    case USER: words->a = users; break;
    case SELF: words->a = (uint64_t)(int64_t)pct_call(to_self, words, EXO_FOREVER); break;
    }
}

/* The main thread of a server takes the handlers' lock for a while, again and again. */
static int serve(uint32_t activations)
{
    main_thread = thread_self();
    signal(SIGTRAP, on_trap);
    signal(SIGUSR1, on_user);
    if (pct_serve(handler, activations) < 0 || pct_gate(EXO_GATE_OPEN, NULL) < 0)
        return 1;
    for (;;) {
        pthread_mutex_lock(&mutex);
        pause_ms(3);
        notes += 1u << 20;
        pthread_mutex_unlock(&mutex);
        pause_ms(2);
    }
}

/* ---- Starting others ---- */

static pid_t start(const char *word, uint64_t a, uint64_t b)
{
    char first[24], second[24];
    snprintf(first, sizeof first, "%llu", (unsigned long long)a);
    snprintf(second, sizeof second, "%llu", (unsigned long long)b);
    char *argv[] = {"child", (char *)word, first, second, NULL};
    pid_t pid = -1;
    CHECK(posix_spawn(&pid, self_path, NULL, NULL, argv, environ) == 0);
    return pid;
}

/* Binds as soon as the gate is open. */
static int bind_to(pid_t pid)
{
    int binding = -EPERM;
    for (unsigned tries = 0; tries < 5000 && (binding == -EPERM || binding == -ESRCH); tries++) {
        binding = pct_bind(proc_env(pid), EXO_CAP_NONE);
        if (binding < 0)
            pause_ms(1);
    }
    CHECK(binding >= 0);
    return binding;
}

static pid_t server_start(uint32_t activations, int *binding)
{
    pid_t pid = start("serve", activations, 0);
    *binding = bind_to(pid);
    return pid;
}

static void server_end(pid_t pid, int binding)
{
    int status;
    kill(pid, SIGKILL);
    CHECK(waitpid(pid, &status, 0) == pid);
    struct exo_words words = {ADD, 1, 2, 0};
    EQUAL(pct_call(binding, &words, EXO_FOREVER), -ESRCH);
    EQUAL(words.a | words.b | words.c | words.d, 0);
    pct_unbind(binding);
}

static int64_t ask(int binding, uint64_t op, uint64_t b, uint64_t c, uint64_t deadline_ns)
{
    struct exo_words words = {op, b, c, 0};
    int result = pct_call_when_idle(binding, &words, deadline_ns);
    return result ? result : (int64_t)words.a;
}

/* Another process that calls once: its status says what came of it. */
static int caller(pid_t server, uint64_t op)
{
    return (int)ask(bind_to(server), op, 2000, 0, in_ms(15000)) < 0;
}

/* ---- Tests ---- */

static void test_words(void)
{
    int binding;
    pid_t pid = server_start(1, &binding);
    for (uint64_t i = 0; i < 1000; i++) {
        struct exo_words words = {FROM, i, i * 3, ~i};
        if (!EQUAL(pct_call_when_idle(binding, &words, EXO_FOREVER), 0) || !EQUAL(words.a, exo_act()->env) || !EQUAL(words.b, 0) ||
            !EQUAL(words.c, i * 3) || !EQUAL(words.d, ~i))
            break;
    }
    EQUAL(ask(binding, ADD, 40, 2, EXO_FOREVER), 42);
    server_end(pid, binding);
}

static void test_gate(void)
{
    struct exo_env_info me;
    exo_env_read(exo_act()->env & (EXO_ENVS_MAX - 1), &me);
    EQUAL(pct_bind(exo_act()->env, 0), -EPERM); /* closed at the start */
    EQUAL(pct_gate(EXO_GATE_NAMED, &me.caps[proc_cap()]), 0);
    EQUAL(pct_bind(exo_act()->env, 9), -EBADF);
    int binding = pct_bind(exo_act()->env, proc_cap()); /* of the session */
    CHECK(binding >= 0);
    struct exo_words words = {ADD, 1, 2, 0};
    EQUAL(pct_call(binding, &words, EXO_FOREVER), -EBUSY); /* nobody serves */
    EQUAL(pct_gate(EXO_GATE_CLOSED, NULL), 0);
    EQUAL(pct_call(binding, &words, EXO_FOREVER), -EPERM);
    pct_unbind(binding);
    EQUAL(pct_gate(EXO_GATE_OPEN + 1, NULL), -EINVAL);
    EQUAL(pct_gate(EXO_GATE_NAMED, NULL), -EFAULT);
    pid_t pid = server_start(1, &binding);
    EQUAL(ask(binding, CLOSE, 0, 0, EXO_FOREVER), 0);
    EQUAL(ask(binding, ADD, 1, 2, EXO_FOREVER), -EPERM);
    EQUAL(pct_bind(proc_env(pid), 0), -EPERM);
    int status;
    kill(pid, SIGKILL);
    CHECK(waitpid(pid, &status, 0) == pid);
    pct_unbind(binding);
}

static void test_bindings(void)
{
    int binding[EXO_PCT_BINDINGS + 1];
    pid_t pid = server_start(1, &binding[0]);
    for (int i = 1; i < EXO_PCT_BINDINGS; i++)
        EQUAL(binding[i] = pct_bind(proc_env(pid), EXO_CAP_NONE), i);
    EQUAL(pct_bind(proc_env(pid), EXO_CAP_NONE), -EAGAIN);
    EQUAL(ask(binding[EXO_PCT_BINDINGS - 1], ADD, 1, 2, EXO_FOREVER), 3);
    for (int i = 1; i < EXO_PCT_BINDINGS; i++)
        pct_unbind(binding[i]);
    struct exo_words words = {ADD, 1, 2, 0};
    EQUAL(pct_call(binding[1], &words, EXO_FOREVER), -ESRCH);
    EQUAL(pct_call(-1, &words, EXO_FOREVER), -EINVAL);
    EQUAL(pct_send(EXO_PCT_BINDINGS, &words), -EINVAL);
    EQUAL(pct_bind(12345, EXO_CAP_NONE), -ESRCH);
    EQUAL(proc_env(32000), 0);
    server_end(pid, binding[0]);
}

static void test_busy(void)
{
    int binding, status, result = 0;
    pid_t pid = server_start(1, &binding), other = start("call", (uint64_t)pid, WAIT);
    uint64_t end = in_ms(15000);
    while (result != -EBUSY && exo_clock_ns() < end) {
        struct exo_words words = {ADD, 1, 2, 0};
        result = pct_call(binding, &words, EXO_FOREVER);
        pause_ms(1);
    }
    EQUAL(result, -EBUSY);
    EQUAL(ask(binding, ADD, 3, 4, in_ms(15000)), 7);
    CHECK(waitpid(other, &status, 0) == other && status == 0);
    server_end(pid, binding);
}

/* The handler goes on without its caller, on a slice of its own, and serves again; both when it sleeps and when it runs. */
static void test_timeout(void)
{
    int binding;
    pid_t pid = server_start(1, &binding);
    for (unsigned i = 0; i < 3; i++) {
        uint64_t begun = exo_clock_ns();
        EQUAL(ask(binding, i % 2 ? SPIN : WAIT, 30, 0, in_ms(4)), -ETIMEDOUT);
        CHECK(exo_clock_ns() - begun >= 4 * MS);
        EQUAL(ask(binding, ADD, i, 1, in_ms(5000)), i + 1);
    }
    struct exo_words words = {ADD, 1, 2, 0};
    EQUAL(pct_call(binding, &words, 1), -ETIMEDOUT);
    server_end(pid, binding);
}

static void test_death(void)
{
    int binding, status;
    pid_t pid = server_start(2, &binding);
    EQUAL(ask(binding, CRASH, 16, 0, EXO_FOREVER), -ESRCH);
    CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    EQUAL(ask(binding, ADD, 1, 1, EXO_FOREVER), -ESRCH);
    pct_unbind(binding);
    pid = server_start(1, &binding);
    pid_t killer = start("kill", (uint64_t)pid, 20);
    EQUAL(ask(binding, WAIT, 10000, 0, EXO_FOREVER), -ESRCH);
    CHECK(waitpid(killer, &status, 0) == killer && waitpid(pid, &status, 0) == pid);
    pct_unbind(binding);
}

static void test_handler_is_a_thread(void)
{
    int binding;
    pid_t pid = server_start(1, &binding);
    for (unsigned i = 0; i < 50; i++)
        EQUAL(ask(binding, MEMORY, 300, 0, EXO_FOREVER), 'x' + 7 + 1);
    EQUAL(ask(binding, MEMORY, 300000, 0, EXO_FOREVER), 'x' + 10 + 1);
    int64_t notes_before = ask(binding, LOCK, 0, 0, EXO_FOREVER), notes_after = 0;
    /* It waits for the main thread, which has the lock most of the time. */
    for (uint64_t end = in_ms(5000); notes_after < notes_before + (5 << 20) && exo_clock_ns() < end;)
        notes_after = ask(binding, LOCK, 0, 0, EXO_FOREVER);
    CHECK(notes_after >= notes_before + (5 << 20));
    server_end(pid, binding);
}

static void test_signals_of_the_server(void)
{
    int binding;
    pid_t pid = server_start(1, &binding);
    for (int64_t i = 1; i <= 10; i++)
        EQUAL(ask(binding, TRAP, 0, 0, EXO_FOREVER), i);
    CHECK(kill(pid, SIGUSR1) == 0);
    EQUAL(ask(binding, WAIT, 10, 0, EXO_FOREVER), WAIT); /* comes while the handler sleeps */
    for (uint64_t end = in_ms(5000); ask(binding, USER, 0, 0, EXO_FOREVER) == 0 && exo_clock_ns() < end;)
        pause_ms(1);
    EQUAL(ask(binding, USER, 0, 0, EXO_FOREVER), 1);
    server_end(pid, binding);
}

static void test_death_of_the_caller(void)
{
    int binding, result = 0;
    pid_t pid = server_start(1, &binding), other = start("call", (uint64_t)pid, WAIT);
    for (uint64_t end = in_ms(15000); result != -EBUSY && exo_clock_ns() < end; pause_ms(1)) {
        struct exo_words words = {ADD, 1, 2, 0};
        result = pct_call(binding, &words, EXO_FOREVER);
    }
    EQUAL(result, -EBUSY); /* the other's call is under way */
    CHECK(kill(other, SIGKILL) == 0 && waitpid(other, NULL, 0) == other);
    EQUAL(ask(binding, ADD, 3, 4, in_ms(15000)), 7);
    server_end(pid, binding);
}

static void test_fpu(void)
{
    static const uint64_t pattern[2] = {0x0123456789abcdef, 0xfedcba9876543210};
    int binding;
    pid_t pid = server_start(1, &binding);
    uint32_t strange = 0x9fc0, mxcsr;
    for (unsigned i = 0, tries = 0; i < 20 && tries < 1000; i++, tries++) {
        struct exo_words words = {i % 2 ? FPU : SPIN, 2, 0, 0};
        uint64_t after[2];
        __asm__ volatile("movdqu %0, %%xmm9; ldmxcsr %1" : : "m"(pattern), "m"(strange) : "xmm9");
        int result = pct_call(binding, &words, EXO_FOREVER);
        __asm__ volatile("movdqu %%xmm9, %0; stmxcsr %1" : "=m"(after), "=m"(mxcsr));
        if (result == -EBUSY) {
            i--;
            continue;
        }
        if (!EQUAL(result, 0) || !EQUAL(after[0], pattern[0]) || !EQUAL(after[1], pattern[1]) || !EQUAL(mxcsr, strange))
            break;
        if (i % 2 && (!EQUAL(words.a, 0) || !EQUAL(words.b, 0x1f80) || !EQUAL(words.c, 0x37f)))
            break;
    }
    mxcsr = 0x1f80;
    __asm__ volatile("ldmxcsr %0" : : "m"(mxcsr));
    server_end(pid, binding);
}

/* Threads beside the caller, on its virtual CPU or others: both make progress, nobody loses registers. */
static volatile bool stop;

static void *count(void *argument)
{
    double sum = 0;
    uint64_t *turns = argument;
    for (uint64_t i = 1; !stop; i++, ++*turns)
        sum += 1.0 / (double)i;
    return sum > 0 ? argument : NULL;
}

static void test_preempted(void)
{
    int binding;
    uint64_t turns = 0;
    void *kept;
    pthread_t thread;
    pid_t pid = server_start(1, &binding);
    stop = false;
    CHECK(pthread_create(&thread, NULL, count, &turns) == 0);
    for (uint64_t i = 0, end = in_ms(300); i < 100 || exo_clock_ns() < end; i++)
        if (!EQUAL(ask(binding, i % 8 ? ADD : SPIN, i % 8 ? i : 2, 5, EXO_FOREVER), i % 8 ? (int64_t)i + 5 : SPIN))
            break;
    stop = true;
    CHECK(pthread_join(thread, &kept) == 0 && kept == &turns && turns > 1000);
    server_end(pid, binding);
}

/* A reply may come on the server's own slice, on another CPU. Threads that are bound to the caller's CPU run all the same. */
static void *add_one(void *argument)
{
    ++*(uint64_t *)argument;
    return argument;
}

static void test_bound_to_a_cpu(void)
{
    int binding;
    uint64_t turns = 0;
    pid_t pid = server_start(1, &binding), busy[3];
    for (unsigned i = 0; i < 3; i++)
        busy[i] = start("spin", 0, 0);
    CHECK(thread_affinity_set(thread_self(), sched_cpu_set() & -sched_cpu_set()) == 0);
    for (uint64_t i = 0; i < 60; i++) {
        pthread_t thread; /* inherits the affinity */
        CHECK(pthread_create(&thread, NULL, add_one, &turns) == 0);
        EQUAL(ask(binding, SPIN, 3, 0, in_ms(10000)), SPIN);
        CHECK(pthread_join(thread, NULL) == 0);
    }
    EQUAL(turns, 60);
    CHECK(thread_affinity_set(thread_self(), 0) == 0);
    for (unsigned i = 0; i < 3; i++) {
        kill(busy[i], SIGKILL);
        CHECK(waitpid(busy[i], NULL, 0) == busy[i]);
    }
    server_end(pid, binding);
}

static volatile sig_atomic_t alarms;
static void on_alarm(int signal) { alarms += signal == SIGVTALRM || signal == SIGALRM; }

static void test_signals(void)
{
    int binding;
    pid_t pid = server_start(1, &binding);
    struct itimerval often = {{0, 3000}, {0, 3000}}, never = {{0, 0}, {0, 0}};
    signal(SIGALRM, on_alarm);
    setitimer(ITIMER_REAL, &often, NULL);
    alarms = 0;
    for (uint64_t i = 0, end = in_ms(10000); (i < 500 || alarms < 20) && exo_clock_ns() < end; i++)
        if (!EQUAL(ask(binding, ADD, i, 7, EXO_FOREVER), i + 7))
            break;
    setitimer(ITIMER_REAL, &never, NULL);
    CHECK(alarms >= 20);
    server_end(pid, binding);
}

struct caller {
    pthread_t thread;
    int binding;
    unsigned number, good;
};

static void *many_calls(void *argument)
{
    struct caller *self = argument;
    for (unsigned i = 0; i < 300; i++)
        self->good += ask(self->binding, i % 50 ? ADD : LOCK, i, self->number, in_ms(20000)) == i + self->number || i % 50 == 0;
    return NULL;
}

static void test_many_callers(void)
{
    struct caller callers[4];
    int binding, status;
    pid_t pid = server_start(2, &binding);
    pid_t others[2] = {start("calls", (uint64_t)pid, 5), start("calls", (uint64_t)pid, 6)};
    for (unsigned i = 0; i < 4; i++) {
        callers[i] = (struct caller){.binding = binding, .number = i};
        CHECK(pthread_create(&callers[i].thread, NULL, many_calls, &callers[i]) == 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        CHECK(pthread_join(callers[i].thread, NULL) == 0);
        EQUAL(callers[i].good, 300);
    }
    for (unsigned i = 0; i < 2; i++)
        CHECK(waitpid(others[i], &status, 0) == others[i] && status == 0);
    server_end(pid, binding);
}

static void test_send(void)
{
    int binding;
    pid_t pid = server_start(1, &binding);
    uint64_t before = (uint64_t)ask(binding, COUNT, 0, 0, EXO_FOREVER) & 0xfffff;
    struct exo_words words = {NOTE, 2, 0, 0};
    unsigned sent = 0;
    for (uint64_t end = in_ms(10000); sent < 50 && exo_clock_ns() < end;) {
        int result = pct_send(binding, &words);
        if (!CHECK(result == 0 || result == -EBUSY))
            break;
        sent += result == 0;
    }
    EQUAL(sent, 50);
    EQUAL(((uint64_t)ask(binding, COUNT, 0, 0, EXO_FOREVER) & 0xfffff) - before, 150);
    server_end(pid, binding);
}

/* From here on this process serves, too. */
static void test_calls_within_calls(void)
{
    int binding;
    pid_t pid = server_start(1, &binding);
    uint32_t cpus = sched_cpus();
    EQUAL(pct_serve(handler, 1), 0);
    EQUAL(pct_gate(EXO_GATE_OPEN, NULL), 0);
    EQUAL(sched_cpus_set(8), cpus);
    struct exo_words words = {BACK, 34, 0, 0};
    EQUAL(pct_call_when_idle(binding, &words, in_ms(5000)), 0);
    EQUAL(words.a, 0);
    EQUAL(words.b, 1034);
    to_self = pct_bind(exo_act()->env, EXO_CAP_NONE);
    EQUAL(ask(to_self, ADD, 1, 2, in_ms(5000)), 3);       /* one's own environment */
    EQUAL(ask(to_self, SELF, 0, 0, in_ms(5000)), -EBUSY); /* no second activation */
    server_end(pid, binding);
}

/* Servers are none of the policy's affairs, whichever it is. */
static void test_policies(void)
{
    const struct sched_policy *before = sched_policy_now();
    int status;
    pid_t other = start("calls", (uint64_t)getpid(), 9);
    for (unsigned i = 0; sched_policies[i]; i++) {
        sched_policy_set(sched_policies[i]);
        EQUAL(ask(to_self, ADD, i, 2, in_ms(5000)), i + 2);
        pthread_mutex_lock(&mutex); /* other calls wait for it now and then */
        pause_ms(2);
        pthread_mutex_unlock(&mutex);
    }
    sched_policy_set(before);
    CHECK(waitpid(other, &status, 0) == other && status == 0);
    uint32_t room = EXO_ACTS_MAX - sched_cpus();
    EQUAL(pct_serve(handler, room + 1), -EAGAIN);
    EQUAL(ask(to_self, ADD, 5, 2, in_ms(5000)), 7);
}

static const struct suite_test tests[] = {
    {test_words, "words", 20},
    {test_gate, "gate", 20},
    {test_bindings, "bindings", 20},
    {test_busy, "busy", 40},
    {test_timeout, "timeout", 20},
    {test_death, "death of the server", 20},
    {test_handler_is_a_thread, "a handler is a thread", 20},
    {test_signals_of_the_server, "signals of the server", 20},
    {test_death_of_the_caller, "death of the caller", 40},
    {test_fpu, "FPU state", 20},
    {test_preempted, "preempted", 20},
    {test_bound_to_a_cpu, "bound to a CPU", 40},
    {test_signals, "signals", 20},
    {test_many_callers, "many callers", 60},
    {test_send, "send", 20},
    {test_calls_within_calls, "calls within calls", 20},
    {test_policies, "policies", 30},
};

static int child(char **argv)
{
    uint64_t a = strtoull(argv[2], NULL, 10), b = strtoull(argv[3], NULL, 10);
    if (!strcmp(argv[1], "serve"))
        return serve((uint32_t)a);
    if (!strcmp(argv[1], "call"))
        return caller((pid_t)a, b);
    if (!strcmp(argv[1], "calls")) {
        struct caller self = {.binding = bind_to((pid_t)a), .number = (unsigned)b};
        many_calls(&self);
        return self.good != 300;
    }
    while (!strcmp(argv[1], "spin"))
        ;
    pause_ms(b);
    return kill((pid_t)a, SIGKILL);
}

int main(int argc, char **argv)
{
    self_path = (const char *)proc_start()->path;
    if (argc > 3 && !strcmp(argv[0], "child"))
        return child(argv);
    return SUITE_RUN(tests);
}
