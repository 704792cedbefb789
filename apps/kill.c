// SPDX-License-Identifier: MIT
//
// kill: sends a signal (SIGTERM if not said) to processes. `-SIGNAME`, `-NAME`, `-NUMBER` or `-s NAME` chooses it;
// -l lists the names, or translates the numbers and names after it. Signal 0 only asks whether the process is there.

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/util.h"

static const struct { const char *name; int number; } signals[] = {
    { "HUP", SIGHUP },   { "INT", SIGINT },   { "QUIT", SIGQUIT }, { "ILL", SIGILL },   { "TRAP", SIGTRAP },
    { "ABRT", SIGABRT }, { "BUS", SIGBUS },   { "FPE", SIGFPE },   { "KILL", SIGKILL }, { "SEGV", SIGSEGV },
    { "PIPE", SIGPIPE }, { "ALRM", SIGALRM }, { "TERM", SIGTERM }, { "CHLD", SIGCHLD }, { "CONT", SIGCONT },
    { "STOP", SIGSTOP }, { "TSTP", SIGTSTP }, { "TTIN", SIGTTIN }, { "TTOU", SIGTTOU }, { "USR1", SIGUSR1 },
    { "USR2", SIGUSR2 },
};

enum { SIGNALS = sizeof signals / sizeof signals[0] };

static int parse_signal(const char *text)
{
    uint64_t number;
    if (util_parse_u64(text, &number) && number < 256) {
        return (int)number;
    }
    if (strncasecmp(text, "SIG", 3) == 0) {
        text += 3;
    }
    for (int i = 0; i < SIGNALS; i++) {
        if (strcasecmp(text, signals[i].name) == 0) {
            return signals[i].number;
        }
    }
    util_die(2, "%s: no such signal (kill -l lists them)", text);
}

static const char *signal_name(int number)
{
    for (int i = 0; i < SIGNALS; i++) {
        if (signals[i].number == number) {
            return signals[i].name;
        }
    }
    return NULL;
}

// A status above 128, as the shell reports a death by signal, is taken for the signal.
static int list_signals(char **words)
{
    if (*words == NULL) {
        for (int i = 0; i < SIGNALS; i++) {
            printf("%2d SIG%s%s", signals[i].number, signals[i].name, i % 6 == 5 || i == SIGNALS - 1 ? "\n" : "\t");
        }
    }
    for (; *words != NULL; words++) {
        int number = parse_signal(*words);
        if (!isdigit((unsigned char)**words)) {
            printf("%d\n", number);
            continue;
        }
        const char *name = signal_name(number > 128 ? number - 128 : number);
        if (name == NULL) {
            util_die(1, "%s: no such signal", *words);
        }
        printf("%s\n", name);
    }
    return util_finish(0);
}

static int send_signal(const char *text, int number)
{
    char *end;
    errno = 0;
    long pid = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0') {
        util_warn("%s: not a process number", text);
        return 1;
    }
    if (kill((pid_t)pid, number) != 0) {
        util_warn_errno(text);
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    static const char synopsis[] = "[-signal] pid ... | -l [number ...]";
    util_start(argv[0]);
    int number = SIGTERM;
    int next = 1;
    if (next < argc && strcmp(argv[next], "-l") == 0) {
        return list_signals(argv + 2);
    }
    if (next + 1 < argc && strcmp(argv[next], "-s") == 0) {
        number = parse_signal(argv[next + 1]);
        next += 2;
    } else if (next < argc && argv[next][0] == '-' && strcmp(argv[next], "--") != 0) {
        number = parse_signal(argv[next] + 1);
        next++;
    }
    if (next < argc && strcmp(argv[next], "--") == 0) {
        next++;
    }
    if (next >= argc) {
        return util_usage(synopsis);
    }
    int status = 0;
    for (; next < argc; next++) {
        status |= send_signal(argv[next], number);
    }
    return status;
}
