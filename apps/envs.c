// SPDX-License-Identifier: MIT
//
// envs: who runs, and in which state: a line for each activation (virtual CPU) of each environment, from the published
// environment table alone. -c shows their capabilities too. -t shows the threads of processes of one's own session, which the
// kernel does not know: they are read in the memory of each process.
//
// TIME is CPU time used, in seconds; KIB what is mapped; TABL the pages of its page tables. Of a thread: its number, name,
// state, how often it was given a CPU, and its time; of one that is blocked also on what, for how long already, and how long
// at most.

#include <errno.h>
#include <proc/threads_of.h>
#include <string.h>
#include <unistd.h>

#include "lib/published.h"
#include "lib/util.h"

static const char *activation_state(unsigned state)
{
    static const char *const names[] = { "-", "ready", "running", "waiting", "stopped", "calling", "idle" };
    return state < sizeof names / sizeof names[0] ? names[state] : "?";
}

static void print_activation(const struct exo_env_info *env, unsigned index)
{
    unsigned long long ms = env->act[index].run_ns / 1000000;
    char state[32];
    snprintf(state, sizeof state, "%s", activation_state(env->act[index].state));
    if (env->act[index].state == EXO_ACT_STOPPED) {
        snprintf(state, sizeof state, "stopped(%u)", (unsigned)env->act[index].stop_vector);
    }
    printf(" %3u %-9s %3u %4u %5llu.%03llu", index, state, (unsigned)env->act[index].cpu,
           (unsigned)env->act[index].slices, ms / 1000, ms % 1000);
}

static void print_caps(const struct exo_env_info *env)
{
    static const char letters[] = "rwcg"; // read, write, control, grant
    for (int slot = 0; slot < EXO_CAP_SLOTS; slot++) {
        const struct exo_cap *cap = &env->caps[slot];
        if (cap->rights == 0) {
            continue;
        }
        char name[PUBLISHED_NAME_BYTES];
        published_cap_name(name, cap->bits, cap->len);
        printf("%13s%2d: %-20s ", "cap ", slot, name);
        for (int right = 0; right < 4; right++) {
            putchar(cap->rights >> right & 1 ? letters[right] : '-');
        }
        putchar('\n');
    }
}

static void print_seconds(const char *before, uint64_t ns, const char *after)
{
    printf("%s%llu.%03llu s%s", before, (unsigned long long)(ns / 1000000000), (unsigned long long)(ns / 1000000 % 1000), after);
}

static void print_wait(const struct thread_shown *thread)
{
    printf("%29s%s", "on ", thread->reason);
    if (thread->joins != 0) {
        printf(" with thread %u", (unsigned)thread->joins);
    } else if (thread->word != 0) {
        printf(" 0x%llx", (unsigned long long)thread->word);
    }
    print_seconds(" for ", thread->blocked_ns, "");
    if (thread->left_ns != UINT64_MAX) {
        print_seconds(", ", thread->left_ns, " more");
    }
    putchar('\n');
}

static void print_thread(const struct thread_shown *thread)
{
    unsigned long long ms = thread->run_ns / 1000000;
    printf("%13s%4u: ", "thread ", (unsigned)thread->id);
    published_print(thread->name, sizeof thread->name);
    printf("%*s %-8s %10u runs %8s%5llu.%03llu\n", (int)(sizeof thread->name - 1 - strlen(thread->name)), "", thread->state,
           (unsigned)thread->runs, "", ms / 1000, ms % 1000);
    if (thread->reason != NULL) {
        print_wait(thread);
    }
}

static void print_threads(env_id_t env)
{
    static struct threads_shown threads;
    int result = threads_of(env, &threads);
    if (result == -ESRCH) {
        return;
    }
    if (result < 0) {
        const char *why = result == -ENOEXEC ? "of another version of the library"
                        : result == -EFAULT  ? "not where it says"
                                             : strerror(-result);
        printf("%13s  %s\n", "threads:", why);
        return;
    }
    printf("%13s  ", "policy:");
    published_print(threads.policy, sizeof threads.policy);
    putchar('\n');
    for (unsigned i = 0; i < threads.count; i++) {
        print_thread(&threads.thread[i]);
    }
    if (threads.more) {
        printf("%13s  and more\n", "");
    }
}

static void print_env(const struct exo_env_info *env, bool caps, bool threads)
{
    char guard[PUBLISHED_NAME_BYTES];
    published_cap_name(guard, env->guard_bits, env->guard_len);
    printf("%6llu ", (unsigned long long)env->id);
    size_t width = 0;
    while (width < sizeof env->name - 1 && env->name[width] != '\0') {
        width++;
    }
    published_print(env->name, sizeof env->name);
    printf("%*s %-10s %6u %4u", (int)(sizeof env->name - 1 - width), "", guard,
           (unsigned)env->mapped * (EXO_PAGE_BYTES / 1024), (unsigned)env->table_pages);
    bool first = true;
    for (unsigned i = 0; i < EXO_ACTS_MAX; i++) {
        if (env->act[i].state == EXO_ACT_NONE) {
            continue;
        }
        if (!first) {
            printf("%45s", "");
        }
        print_activation(env, i);
        printf("%s\n", first && env->state == EXO_ENV_ENDING ? "  ending" : first && env->sweeping ? "  swept" : "");
        first = false;
    }
    if (first) {
        printf("%s\n", env->state == EXO_ENV_ENDING ? "   ending" : "   no activation");
    }
    if (caps) {
        print_caps(env);
    }
    if (threads) {
        print_threads(env->id);
    }
}

int main(int argc, char **argv)
{
    util_start(argv[0]);
    bool caps = false, threads = false;
    int option;
    while ((option = getopt(argc, argv, "ct")) != -1) {
        if (option == '?') {
            return util_usage("[-ct]");
        }
        caps |= option == 'c';
        threads |= option == 't';
    }
    if (optind < argc) {
        return util_usage("[-ct]");
    }
    struct published tables;
    published_open(&tables);
    printf("%6s %-15s %-10s %6s %4s %3s %-9s %3s %4s %9s\n", "ID", "NAME", "GUARD", "KIB", "TABL", "ACT", "STATE", "CPU",
           "SLIC", "TIME");
    for (unsigned i = 0; i < EXO_ENVS_MAX; i++) {
        struct exo_env_info env;
        if (published_env(&tables, i, &env)) {
            print_env(&env, caps, threads);
        }
    }
    return util_finish(0);
}
