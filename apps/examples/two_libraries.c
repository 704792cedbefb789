// SPDX-License-Identifier: MIT
//
// two_libraries: two library operating systems side by side. This program and its child `hello` stand on libos/; `tiny` has
// an operating system of its own (docs/write-a-libos.md), in an environment that can touch nothing of theirs. All three
// share the processor by the kernel's slices, and none knows how the others schedule theirs.
//
//     build/bin/exon-cc -O2 -o two_libraries apps/examples/two_libraries.c && build/bin/exon-run two_libraries

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

static pid_t start(char **words, const posix_spawn_file_actions_t *actions)
{
    pid_t pid = -1;
    int error = posix_spawn(&pid, words[0], actions, NULL, words, environ);
    if (error != 0) {
        fprintf(stderr, "%s: %s\n", words[0], strerror(error));
    }
    return pid;
}

int main(void)
{
    char *tiny[] = { "/bin/tiny", "beside", "POSIX", NULL }, *hello[] = { "/bin/hello", "from libos", NULL };
    posix_spawn_file_actions_t no_input;
    posix_spawn_file_actions_init(&no_input);
    posix_spawn_file_actions_addopen(&no_input, 0, "/dev/null", O_RDONLY, 0);
    pid_t pids[] = { start(tiny, &no_input), start(hello, NULL) };
    int failed = 0;
    for (int i = 0; i < 2; i++) {
        int status = 0;
        if (pids[i] < 0 || waitpid(pids[i], &status, 0) != pids[i] || status != 0) {
            failed++;
        }
    }
    printf("%d of 2 ended well\n", 2 - failed);
    posix_spawn_file_actions_destroy(&no_input);
    return failed;
}
