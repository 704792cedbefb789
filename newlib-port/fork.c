/* SPDX-License-Identifier: MIT
 *
 * fork.c: pthread_atfork, and the frame of fork in which its handlers run (XSH pthread_atfork). A copy of a process cannot be made
 * yet: fork says so, as the functions of absent.txt do, and fails with ENOSYS; configure takes it for absent. A fork that fails
 * has called the prepare handlers, so it calls those for the parent; those for the child wait for a child. Layer: newlib-port.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "absent.h"

struct handlers {
    struct handlers *older, *newer;
    void (*prepare)(void), (*parent)(void), (*child)(void);
};
static struct handlers *oldest, *newest;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
    struct handlers *handlers = malloc(sizeof *handlers);
    if (!handlers)
        return ENOMEM;
    *handlers = (struct handlers){.prepare = prepare, .parent = parent, .child = child};
    pthread_mutex_lock(&lock);
    handlers->older = newest;
    *(newest ? &newest->newer : &oldest) = handlers;
    newest = handlers;
    pthread_mutex_unlock(&lock);
    return 0;
}

/* A handler may enter further ones: they are not called this time. */
pid_t fork(void)
{
    static char said;
    pthread_mutex_lock(&lock);
    struct handlers *last = newest, *at = last, *first = oldest;
    pthread_mutex_unlock(&lock);
    for (; at; at = at->older)
        if (at->prepare)
            at->prepare();
    absent_call("fork", &said);
    int error = errno;
    for (at = last ? first : NULL; at; at = at == last ? NULL : at->newer)
        if (at->parent)
            at->parent();
    errno = error;
    return -1;
}
