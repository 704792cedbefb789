// SPDX-License-Identifier: MIT
//
// env: prints the environment, or runs a program with a changed one. -i starts from an empty one, -u NAME takes a
// variable out, NAME=VALUE sets one. Status 127 if the program is not found, 126 if it cannot be started.

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/search.h"
#include "lib/util.h"

extern char **environ;

static int run(char **argv)
{
    char *path = search_program(argv[0], getenv("PATH"));
    if (path == NULL) {
        util_warn("%s: %s", argv[0], errno == ENOENT ? "not found" : strerror(errno));
        return errno == ENOENT ? 127 : 126;
    }
    pid_t pid;
    int error = posix_spawn(&pid, path, NULL, NULL, argv, environ);
    free(path);
    if (error != 0) {
        util_warn("%s: %s", argv[0], strerror(error));
        return 126;
    }
    int status;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            util_warn_errno(argv[0]);
            return 126;
        }
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
    static char *empty[] = { NULL };
    util_start(argv[0]);
    int next = 1;
    for (; next < argc && argv[next][0] == '-'; next++) {
        if (strcmp(argv[next], "-i") == 0 || strcmp(argv[next], "-") == 0) {
            environ = empty;
        } else if (strcmp(argv[next], "-u") == 0 && next + 1 < argc) {
            unsetenv(argv[++next]);
        } else {
            return util_usage("[-i] [-u name] [name=value ...] [program [argument ...]]");
        }
    }
    for (; next < argc && strchr(argv[next], '=') != NULL; next++) {
        char *equals = strchr(argv[next], '=');
        *equals = '\0';
        if (setenv(argv[next], equals + 1, 1) != 0) {
            util_die(1, "%s: %s", argv[next], strerror(errno));
        }
    }
    if (next < argc) {
        return run(argv + next);
    }
    for (char **variable = environ; *variable != NULL; variable++) {
        puts(*variable);
    }
    return util_finish(0);
}
