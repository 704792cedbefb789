/* SPDX-License-Identifier: MIT
 *
 * spawn.c: posix_spawn and posix_spawnp over proc_spawn, with their attribute and file-action objects.
 *
 * Layer: libos/posix. Returns error numbers, as POSIX says of this family, and never sets errno. A file without an
 * executable format is given to /bin/sh by posix_spawnp, as execvp would. Left out: scheduling attributes, set-id bits.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "posix/signal_core.h"
#include "proc/proc.h"

#define PATH_DEFAULT "/bin"
#define PATH_BYTES 1024
#define SHELL "/bin/sh"

struct __spawn_action {
    struct proc_action action;
    char *path; /* owned */
};

/* ---- File actions ---- */

int posix_spawn_file_actions_init(posix_spawn_file_actions_t *actions)
{
    *actions = (posix_spawn_file_actions_t){0};
    return 0;
}

int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *actions)
{
    for (int i = 0; i < actions->__count; i++)
        free(actions->__action[i].path);
    free(actions->__action);
    return posix_spawn_file_actions_init(actions);
}

/* Adds one; path, if any, is copied. */
static int action_add(posix_spawn_file_actions_t *actions, struct proc_action action)
{
    char *path = NULL;
    if (action.fd < 0 || action.from < 0)
        return EBADF;
    if (actions->__count == actions->__room) {
        int room = actions->__room ? 2 * actions->__room : 4;
        struct __spawn_action *grown = realloc(actions->__action, (size_t)room * sizeof *grown);
        if (grown == NULL)
            return ENOMEM;
        actions->__action = grown;
        actions->__room = room;
    }
    if (action.path != NULL && (path = strdup(action.path)) == NULL)
        return ENOMEM;
    action.path = path;
    actions->__action[actions->__count++] = (struct __spawn_action){action, path};
    return 0;
}

int posix_spawn_file_actions_addopen(posix_spawn_file_actions_t *restrict actions, int fd, const char *restrict path,
                                     int flags, mode_t mode)
{
    return action_add(actions, (struct proc_action){.op = PROC_ACTION_OPEN, .fd = fd, .flags = flags, .mode = mode,
                                                    .path = path});
}

int posix_spawn_file_actions_addclose(posix_spawn_file_actions_t *actions, int fd)
{
    return action_add(actions, (struct proc_action){.op = PROC_ACTION_CLOSE, .fd = fd});
}

int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int from, int to)
{
    return action_add(actions, (struct proc_action){.op = PROC_ACTION_DUP2, .fd = to, .from = from});
}

/* ---- Attributes ---- */

int posix_spawnattr_init(posix_spawnattr_t *attr)
{
    memset(attr, 0, sizeof *attr);
    return 0;
}

int posix_spawnattr_destroy(posix_spawnattr_t *attr) { return posix_spawnattr_init(attr); }

int posix_spawnattr_getflags(const posix_spawnattr_t *restrict attr, short *restrict flags)
{
    *flags = attr->__flags;
    return 0;
}

int posix_spawnattr_setflags(posix_spawnattr_t *attr, short flags)
{
    if (flags & ~(POSIX_SPAWN_RESETIDS | POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSCHEDPARAM | POSIX_SPAWN_SETSCHEDULER |
                  POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        return EINVAL;
    attr->__flags = flags;
    return 0;
}

int posix_spawnattr_getpgroup(const posix_spawnattr_t *restrict attr, pid_t *restrict group)
{
    *group = attr->__pgroup;
    return 0;
}

int posix_spawnattr_setpgroup(posix_spawnattr_t *attr, pid_t group)
{
    attr->__pgroup = group;
    return 0;
}

int posix_spawnattr_getsigdefault(const posix_spawnattr_t *restrict attr, sigset_t *restrict set)
{
    *set = attr->__default;
    return 0;
}

int posix_spawnattr_setsigdefault(posix_spawnattr_t *restrict attr, const sigset_t *restrict set)
{
    attr->__default = *set;
    return 0;
}

int posix_spawnattr_getsigmask(const posix_spawnattr_t *restrict attr, sigset_t *restrict set)
{
    *set = attr->__mask;
    return 0;
}

int posix_spawnattr_setsigmask(posix_spawnattr_t *restrict attr, const sigset_t *restrict set)
{
    attr->__mask = *set;
    return 0;
}

int posix_spawnattr_getschedparam(const posix_spawnattr_t *restrict attr, struct sched_param *restrict param)
{
    memset(param, 0, sizeof *param);
    param->sched_priority = attr->__priority;
    return 0;
}

int posix_spawnattr_setschedparam(posix_spawnattr_t *restrict attr, const struct sched_param *restrict param)
{
    attr->__priority = param->sched_priority;
    return 0;
}

int posix_spawnattr_getschedpolicy(const posix_spawnattr_t *restrict attr, int *restrict policy)
{
    *policy = attr->__policy;
    return 0;
}

int posix_spawnattr_setschedpolicy(posix_spawnattr_t *attr, int policy)
{
    attr->__policy = policy;
    return 0;
}

/* ---- Spawning ---- */

/* A set as the start block has it: bit n - 1 for signal n. */
static uint32_t set_bits(const sigset_t *set)
{
    uint32_t bits = 0;
    for (int sig = 1; sig < 32; sig++)
        if (sigismember(set, sig) == 1)
            bits |= 1u << (sig - 1);
    return bits;
}

static void attributes(struct proc_spawn *how, const posix_spawnattr_t *attr)
{
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    how->signal_mask = set_bits(&mask);
    how->signal_ignored = signal_ignored_set();
    how->pgrp = -1;
    if (attr == NULL)
        return;
    if (attr->__flags & POSIX_SPAWN_SETSIGMASK)
        how->signal_mask = set_bits(&attr->__mask);
    if (attr->__flags & POSIX_SPAWN_SETSIGDEF)
        how->signal_ignored &= ~set_bits(&attr->__default);
    if (attr->__flags & POSIX_SPAWN_SETPGROUP)
        how->pgrp = attr->__pgroup;
}

/* The actions as proc_spawn wants them; *out is malloc'ed. */
static int actions_copy(const posix_spawn_file_actions_t *actions, struct proc_action **out)
{
    size_t count = actions ? (size_t)actions->__count : 0;
    *out = NULL;
    if (count == 0)
        return 0;
    *out = malloc(count * sizeof **out);
    if (*out == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        (*out)[i] = actions->__action[i].action;
    return (int)count;
}

int posix_spawn(pid_t *restrict pid, const char *restrict path, const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *restrict attr, char *const argv[], char *const envp[])
{
    struct proc_action *list;
    int count = actions_copy(actions, &list);
    if (count < 0)
        return -count;
    struct proc_spawn how = {
        .path = path,
        .argv = argv,
        .envp = envp,
        .actions = list,
        .action_count = (size_t)count,
    };
    attributes(&how, attr);
    int result = proc_spawn(&how);
    free(list);
    if (result < 0)
        return -result;
    if (pid != NULL)
        *pid = result;
    return 0;
}

/* What posix_spawnp was told, for the tries with each directory. */
struct search {
    pid_t *pid;
    const posix_spawn_file_actions_t *actions;
    const posix_spawnattr_t *attr;
    char *const *argv, *const *envp;
};

static int try_script(const struct search *s, const char *path)
{
    size_t n = 0;
    while (s->argv[n] != NULL)
        n++;
    char **argv = malloc((n + 3) * sizeof *argv);
    if (argv == NULL)
        return ENOMEM;
    argv[0] = SHELL;
    argv[1] = (char *)path;
    for (size_t i = 1; i <= n; i++)
        argv[i + 1] = s->argv[i];
    argv[n + 1 + (n == 0)] = NULL;
    int result = posix_spawn(s->pid, SHELL, s->actions, s->attr, argv, s->envp);
    free(argv);
    return result;
}

static int try_path(const struct search *s, const char *path)
{
    int result = posix_spawn(s->pid, path, s->actions, s->attr, s->argv, s->envp);
    return result == ENOEXEC ? try_script(s, path) : result;
}

int posix_spawnp(pid_t *restrict pid, const char *restrict file, const posix_spawn_file_actions_t *actions,
                 const posix_spawnattr_t *restrict attr, char *const argv[], char *const envp[])
{
    struct search s = {pid, actions, attr, argv, envp};
    const char *path = getenv("PATH");
    int seen = ENOENT;
    char name[PATH_BYTES];
    if (strchr(file, '/') != NULL)
        return try_path(&s, file);
    if (file[0] == '\0')
        return ENOENT;
    for (const char *from = path ? path : PATH_DEFAULT, *end; from != NULL; from = *end ? end + 1 : NULL) {
        end = strchrnul(from, ':');
        size_t bytes = (size_t)(end - from);
        if (bytes + 1 + strlen(file) >= sizeof name)
            return ENAMETOOLONG;
        memcpy(name, from, bytes);
        name[bytes] = '/';
        strcpy(name + bytes + (bytes > 0), file);
        int result = try_path(&s, name);
        if (result == EACCES)
            seen = EACCES;
        else if (result != ENOENT && result != ENOTDIR)
            return result;
    }
    return seen;
}
