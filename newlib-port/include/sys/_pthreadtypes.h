/* SPDX-License-Identifier: MIT
 *
 * sys/_pthreadtypes.h: the types of <pthread.h>, which <sys/types.h> has to define (XBD sys/types.h). Stands for newlib's. The
 * members are libos/posix's own. All zero is what the initializers give. Objects cannot be shared between processes.
 */
#ifndef _SYS__PTHREADTYPES_H_
#define _SYS__PTHREADTYPES_H_

#include <sys/sched.h>

typedef unsigned long pthread_t; /* address of the struct thread */
typedef unsigned pthread_key_t;
typedef struct { unsigned __state; } pthread_once_t;
typedef struct { unsigned __word; } pthread_spinlock_t;

typedef struct {
    void *__stack; /* the program's own, or NULL */
    unsigned long __stack_bytes, __guard_bytes; /* 0: the default; guard ~0: none */
    unsigned long __affinity;                   /* bit n: CPU n; 0: as the creator */
    int __detached, __explicit, __policy, __priority, __scope;
} pthread_attr_t;

typedef struct {
    int __kind; /* as pthread_mutex_t's */
    int __ceiling;
} pthread_mutexattr_t;

/* The first five members are a struct sync_priority (libos/sync/sync.h); mutexes of other protocols use word and owner. */
typedef struct __pthread_mutex {
    unsigned __word;   /* 0 free, 1 held, 2 held and waited for */
    char __inherit;
    int __ceiling;
    void *__owner;
    void *__held_next;
    unsigned __kind;   /* 0: normal; else libos/posix/pthread_mutex.h */
    unsigned __depth;  /* how often more a recursive one is held */
    unsigned __broken; /* of a robust one: 1 its holder died, 2 not recoverable */
    struct __pthread_mutex *__robust_next, *__robust_prev;
} pthread_mutex_t;

typedef struct { int __clock; } pthread_condattr_t;
typedef struct {
    unsigned __sequence, __waiters;
    int __clock;
} pthread_cond_t;

typedef struct { int __none; } pthread_rwlockattr_t;
typedef struct {
    unsigned __state;   /* readers, or 0x7fffffff: a writer; bit 31: somebody waits */
    unsigned __waiters;
    void *__writer;
} pthread_rwlock_t;

typedef struct { int __none; } pthread_barrierattr_t;
typedef struct {
    unsigned __count, __arrived, __generation, __leaving;
    unsigned __lock;
} pthread_barrier_t;

#endif
