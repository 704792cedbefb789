// SPDX-License-Identifier: MIT
//
// reclaim: memory is asked back, and then taken. The program starts itself three times and asks each for frames: one gives
// back its caches, the least worth first, and keeps its data; one looks away, loses the frames that the asker names, and is
// told which; one does so too, goes on all the same, and dies of the first page that it misses. The status is 1 if any lost
// something else, or was not told.
//
// Layer: apps, over mem/reclaim.h and the calls revoke_ask and revoke_take. Who asks holds the session's capability, which
// dominates those of its processes. Source: Engler 1995, §3.4 and §3.5.

#define _GNU_SOURCE

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exo/exo.h"
#include "lib/util.h"
#include "mem/reclaim.h"
#include "proc/proc.h"

enum { DATA = 16, COPIES = 16, INDEX = 16, PAGES = DATA + COPIES + INDEX, WORDS = EXO_PAGE_BYTES / 8 };
enum { ASKED = 20, TAKEN_DATA = 3, TAKEN = TAKEN_DATA + 1, TO_PARENT = 3 };
enum { WORTH_COPIES = 1, WORTH_INDEX = 2 };
#define MS 1000000ull
#define PATIENCE (60000 * MS) // for what happens at once unless the host is busy
#define STACKS 8              // pages that a party may touch meanwhile

// What a party tells the asker: who it is, and the frames of its pages: data, copies, index. Later, how many it gave back.
struct party {
    uint64_t env;
    uint64_t frame[PAGES];
};

extern char **environ;

// ---- The parties ----

static uint64_t (*memory)[WORDS];
static bool stubborn, careless;
static volatile uint32_t told; // pages that reclaim_taken named
static volatile bool was_told[PAGES];
static sigjmp_buf lost;

uint64_t reclaim_give_back(uint64_t frames, uint64_t deadline_ns)
{
    (void)deadline_ns;
    uint64_t given = stubborn ? 0 : reclaim_drop(frames);
    if (util_write_all(TO_PARENT, &given, sizeof given) != 0) {
        util_warn("cannot reach the asker");
    }
    return given;
}

void reclaim_taken(const struct exo_taken *taken, uint32_t n, uint64_t unrecorded)
{
    reclaim_say(taken, n, unrecorded);
    for (uint32_t i = 0; i < n; i++) {
        uint64_t page = (taken[i].where - (uintptr_t)memory) / EXO_PAGE_BYTES;
        if (taken[i].kind == EXO_TAKEN_PAGE && page < PAGES) {
            was_told[page] = true;
            told = told + 1;
        }
    }
}

static void on_bus_error(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    siglongjmp(lost, info->si_code == BUS_OBJERR ? 1 : 2);
}

static uint64_t word_of(unsigned page, unsigned word) { return (uint64_t)(page + 1) << 32 | word; }

enum fate { WHOLE, ZERO, GONE, BROKEN };

static enum fate contents_of(unsigned page)
{
    unsigned whole = 0, zero = 0;
    for (unsigned i = 0; i < WORDS; i++) {
        uint64_t word = ((volatile uint64_t *)memory[page])[i];
        whole += word == word_of(page, i);
        zero += word == 0;
    }
    return whole == WORDS ? WHOLE : zero == WORDS ? ZERO : BROKEN;
}

static enum fate fate_of(unsigned page)
{
    int how = sigsetjmp(lost, 1);
    return how == 0 ? contents_of(page) : how == 1 ? GONE : BROKEN;
}

static unsigned count(enum fate fate, unsigned first, unsigned n)
{
    unsigned pages = 0;
    for (unsigned page = first; page < first + n; page++) {
        pages += fate_of(page) == fate;
    }
    return pages;
}

// Keeps its data and as much of the index as is not asked for.
static bool cooperated(void)
{
    unsigned data = count(WHOLE, 0, DATA), copies = count(ZERO, DATA, COPIES), index = count(WHOLE, DATA + COPIES, INDEX);
    printf("cooperates: data kept: %u of %d; given back: copies %u of %d, index %u of %d\n", data, DATA, copies, COPIES,
           INDEX - index, INDEX);
    return data == DATA && copies == COPIES && index == INDEX - (ASKED - COPIES) && told == 0;
}

// Lost the first pages of its data, and the first copy; a new page in a lost one's place is as good as any.
static bool was_overruled(void)
{
    uint64_t give_up = exo_clock_ns() + PATIENCE;
    while (told < TAKEN && exo_clock_ns() < give_up) {
        usleep(1000);
    }
    unsigned right = 0;
    for (unsigned page = 0; page < PAGES; page++) {
        right += was_told[page] == (page < TAKEN_DATA || page == DATA);
    }
    unsigned gone = count(GONE, 0, TAKEN_DATA), kept = count(WHOLE, TAKEN_DATA, DATA - TAKEN_DATA);
    unsigned copies = count(ZERO, DATA, 1) + count(WHOLE, DATA + 1, PAGES - DATA - 1);
    printf("looks away: told of %u pages; data lost: %u (SIGBUS), kept: %u of %d\n", told, gone, kept, DATA);
    bool mended = mmap(memory, EXO_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
                      memory && fate_of(0) == ZERO;
    return told == TAKEN && right == PAGES && gone == TAKEN_DATA && kept == DATA - TAKEN_DATA && copies == PAGES - DATA && mended;
}

static void introduce(void)
{
    struct party party = { .env = exo_act()->env };
    for (unsigned page = 0; page < PAGES; page++) {
        party.frame[page] = (exo_pte((uintptr_t)memory[page]) & EXO_PTE_ADDR) / EXO_PAGE_BYTES;
    }
    if (util_write_all(TO_PARENT, &party, sizeof party) != 0) {
        util_die(1, "cannot reach the asker");
    }
}

static int be_party(void)
{
    struct sigaction action = { .sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO };
    char done;
    memory = mmap(NULL, PAGES * EXO_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || (!careless && sigaction(SIGBUS, &action, NULL) != 0)) {
        util_die(1, "no memory");
    }
    for (unsigned i = 0; i < PAGES * WORDS; i++) {
        memory[i / WORDS][i % WORDS] = word_of(i / WORDS, i % WORDS);
    }
    if (reclaim_droppable((uintptr_t)memory[DATA], COPIES * EXO_PAGE_BYTES, WORTH_COPIES) != 0 ||
        reclaim_droppable((uintptr_t)memory[DATA + COPIES], INDEX * EXO_PAGE_BYTES, WORTH_INDEX) != 0) {
        util_die(1, "cannot say what is droppable");
    }
    introduce();
    if (read(STDIN_FILENO, &done, 1) != 1) {
        util_die(1, "the asker is gone");
    }
    return util_finish((stubborn ? was_overruled() : cooperated()) ? 0 : 1);
}

// ---- The asker ----

static uint64_t mapped_by(uint64_t env)
{
    struct exo_env_info info;
    exo_env_read((uint32_t)(env % EXO_ENVS_MAX), &info);
    return info.id == env ? info.mapped : 0;
}

static void ask(const struct party *party, uint64_t amount, uint64_t deadline_ns)
{
    int64_t result = exo_revoke_ask(proc_cap(), party->env, EXO_REVOKE_FRAMES, amount, deadline_ns);
    if (result < 0) {
        util_die(1, "revoke_ask: %s", exo_error_name(result));
    }
}

static bool read_all(int fd, void *data, size_t bytes)
{
    size_t got = 0;
    for (ssize_t n; got < bytes && (n = read(fd, (char *)data + got, bytes - got)) > 0; got += (size_t)n) {
    }
    return got == bytes;
}

// Content as soon as so many pages are gone, as the party says and the kernel's table confirms.
static bool ask_and_wait(const struct party *party, int from_party)
{
    uint64_t before = mapped_by(party->env), given = 0;
    ask(party, ASKED, exo_clock_ns() + PATIENCE);
    bool answered = read_all(from_party, &given, sizeof given);
    bool content = answered && given == ASKED && mapped_by(party->env) + ASKED <= before + STACKS;
    ask(party, 0, 0);
    return content;
}

static bool ask_and_take(const struct party *party, int from_party)
{
    uint64_t names[TAKEN] = { party->frame[0], party->frame[1], party->frame[2], party->frame[DATA] };
    uint64_t deadline = exo_clock_ns() + 100 * MS, given = 0;
    ask(party, TAKEN, deadline);
    if (exo_revoke_take(proc_cap(), party->env, EXO_REVOKE_FRAMES, names, TAKEN) != -EXO_E_BUSY &&
        exo_clock_ns() < deadline) {
        return false; // not before the deadline
    }
    if (!read_all(from_party, &given, sizeof given) || given != 0) {
        return false;
    }
    while (exo_clock_ns() < deadline) {
        usleep(1000);
    }
    int64_t result = exo_revoke_take(proc_cap(), party->env, EXO_REVOKE_FRAMES, names, TAKEN);
    if (result != TAKEN) {
        util_warn("revoke_take: %s", result < 0 ? exo_error_name(result) : "not all");
    }
    return result == TAKEN;
}

// Starts a party, has it asked, and lets it look at what it has left. Did it end as wanted (waitpid's status)?
static bool with_party(char *program, char *role, bool (*have_asked)(const struct party *party, int from_party), int wanted)
{
    char *arguments[] = { program, role, NULL };
    posix_spawn_file_actions_t actions;
    struct party party;
    int here[2], there[2], status = -1;
    pid_t pid;
    if (pipe2(here, O_CLOEXEC) != 0 || pipe2(there, O_CLOEXEC) != 0 || posix_spawn_file_actions_init(&actions) != 0) {
        util_die(1, "no pipes");
    }
    posix_spawn_file_actions_adddup2(&actions, there[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, here[1], TO_PARENT);
    int error = posix_spawnp(&pid, program, &actions, NULL, arguments, environ);
    if (error != 0) {
        util_die(1, "%s: %s", program, strerror(error));
    }
    close(here[1]);
    close(there[0]);
    bool good = read_all(here[0], &party, sizeof party) && have_asked(&party, here[0]);
    good &= write(there[1], "", 1) == 1 && waitpid(pid, &status, 0) == pid && status == wanted;
    close(here[0]);
    close(there[1]);
    posix_spawn_file_actions_destroy(&actions);
    return good;
}

int main(int argc, char **argv)
{
    util_start(argv[0]);
    careless = argc == 2 && strcmp(argv[1], "--go-on") == 0;
    stubborn = careless || (argc == 2 && strcmp(argv[1], "--look-away") == 0);
    if (stubborn || (argc == 2 && strcmp(argv[1], "--cooperate") == 0)) {
        return be_party();
    }
    if (argc > 1) {
        return util_usage("");
    }
    bool good = with_party(argv[0], "--cooperate", ask_and_wait, 0);
    good &= with_party(argv[0], "--look-away", ask_and_take, 0);
    good &= with_party(argv[0], "--go-on", ask_and_take, SIGBUS);
    return util_finish(good ? 0 : 1);
}
