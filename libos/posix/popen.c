/* SPDX-License-Identifier: MIT
 *
 * popen.c: system, popen and pclose: commands for /bin/sh, over posix_spawn. Layer: libos/posix. `lock` guards the list of
 * open streams. A command sees no other stream of popen: the pipes close on exec.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sync/sync.h"

#define SHELL "/bin/sh"

struct stream {
    struct stream *next;
    FILE *file;
    pid_t pid;
};

static struct sync_mutex lock;
static struct stream *streams;

/* Waits for one child, whatever signals come. */
static int wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return status;
}

int system(const char *command)
{
    if (command == NULL)
        return access(SHELL, X_OK) == 0;
    char *argv[] = {"sh", "-c", (char *)command, NULL};
    struct sigaction ignore = {.sa_handler = SIG_IGN}, old_int, old_quit;
    posix_spawnattr_t attr;
    pid_t pid;
    posix_spawnattr_init(&attr);
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaction(SIGINT, &ignore, &old_int);
    sigaction(SIGQUIT, &ignore, &old_quit);
    if (old_int.sa_handler != SIG_IGN)
        sigaddset(&defaults, SIGINT);
    if (old_quit.sa_handler != SIG_IGN)
        sigaddset(&defaults, SIGQUIT);
    posix_spawnattr_setsigdefault(&attr, &defaults);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
    int error = posix_spawn(&pid, SHELL, NULL, &attr, argv, environ);
    int status = error ? 127 << 8 : wait_for(pid);
    sigaction(SIGINT, &old_int, NULL);
    sigaction(SIGQUIT, &old_quit, NULL);
    return status;
}

/* Starts the command with `end` as its descriptor `fd`. Returns an error number. */
static int start(const char *command, int end, int fd, pid_t *pid)
{
    char *argv[] = {"sh", "-c", (char *)command, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    int error = posix_spawn_file_actions_adddup2(&actions, end, fd);
    if (error == 0)
        error = posix_spawn(pid, SHELL, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* Links an open stream to its child. */
static FILE *stream_add(struct stream *stream, FILE *file, pid_t pid)
{
    stream->file = file;
    stream->pid = pid;
    sync_mutex_lock(&lock);
    stream->next = streams;
    streams = stream;
    sync_mutex_unlock(&lock);
    return file;
}

FILE *popen(const char *command, const char *mode)
{
    int reading = mode[0] == 'r', ends[2];
    if (mode[0] != 'r' && mode[0] != 'w') {
        errno = EINVAL;
        return NULL;
    }
    struct stream *stream = malloc(sizeof *stream);
    if (stream == NULL)
        return NULL;
    if (pipe2(ends, O_CLOEXEC) != 0)
        goto no_pipe;
    int ours = ends[reading ? 0 : 1], theirs = ends[reading ? 1 : 0];
    pid_t pid;
    FILE *file = fdopen(ours, reading ? "r" : "w");
    if (file == NULL)
        goto no_file;
    int error = start(command, theirs, reading ? 1 : 0, &pid);
    close(theirs);
    if (error == 0)
        return stream_add(stream, file, pid);
    fclose(file);
    free(stream);
    errno = error;
    return NULL;
no_file:
    close(ends[0]);
    close(ends[1]);
no_pipe:
    free(stream);
    return NULL;
}

int pclose(FILE *file)
{
    sync_mutex_lock(&lock);
    struct stream **link = &streams;
    while (*link != NULL && (*link)->file != file)
        link = &(*link)->next;
    struct stream *stream = *link;
    if (stream != NULL)
        *link = stream->next;
    sync_mutex_unlock(&lock);
    if (stream == NULL) {
        errno = ECHILD;
        return -1;
    }
    pid_t pid = stream->pid;
    free(stream);
    fclose(file);
    return wait_for(pid);
}
