// SPDX-License-Identifier: MIT
//
// keyboard: three tasks on one thread. One awaits keys, one shows the time, one gives up when nobody types; none waits for
// another, and with nothing to do the program sleeps in the kernel. Escape or q ends it. docs/write-async-tasks.md explains it.
//
//     build/bin/exon-cc -O2 -o keyboard apps/examples/keyboard.c && build/bin/exon-run keyboard

#include <stdio.h>

#include "async/keyboard.h"

#define SECOND 1000000000ull

static struct async_executor executor;
static uint64_t last_key_ns;
static bool over;

struct typist { // what lives over an await is in the structure around the task
    struct async_task task;
    struct console_key key;
    int result;
    char line[64];
    unsigned length;
};

static void take(struct typist *self, uint32_t unicode)
{
    if (unicode == '\r' || unicode == '\n') {
        printf("typed: %.*s\n", (int)self->length, self->line);
        self->length = 0;
    } else if (unicode == 27 || unicode == 'q') {
        over = true;
    } else if (unicode < 128 && self->length < sizeof self->line) {
        self->line[self->length++] = (char)unicode;
    }
}

static enum async_poll type(struct async_task *task)
{
    struct typist *self = (struct typist *)task;
    ASYNC_BEGIN(task);
    while (!over) {
        ASYNC_AWAIT(task, (self->result = async_key(&self->key, task)) != 0 || over);
        if (self->result <= 0) {
            break;
        }
        last_key_ns = async_now_ns();
        if (self->key.state != CONSOLE_KEY_UP && self->key.unicode) {
            take(self, self->key.unicode);
        }
    }
    ASYNC_END(task);
}

struct ticker {
    struct async_task task;
    unsigned seconds;
};

static enum async_poll tick(struct async_task *task)
{
    struct ticker *self = (struct ticker *)task;
    ASYNC_BEGIN(task);
    for (self->seconds = 0; !over; self->seconds++) {
        printf("%u s\n", self->seconds);
        ASYNC_SLEEP(task, SECOND);
    }
    ASYNC_END(task);
}

static struct typist typist;
static struct ticker ticker;
static struct async_task watch;

static enum async_poll give_up(struct async_task *task)
{
    ASYNC_BEGIN(task);
    while (!over && async_now_ns() < last_key_ns + 20 * SECOND) {
        ASYNC_SLEEP(task, SECOND);
    }
    over = true;
    async_wake(&typist.task); // it awaits a key that will not come
    ASYNC_END(task);
}

int main(void)
{
    if (async_keyboard_open() < 0) {
        return fputs("keyboard: there is no console\n", stderr), 1;
    }
    last_key_ns = async_now_ns();
    async_spawn(&executor, &typist.task, type);
    async_spawn(&executor, &ticker.task, tick);
    async_spawn(&executor, &watch, give_up);
    async_run(&executor);
    async_keyboard_close();
    printf("%u seconds, %lu polls, slept %lu times\n", ticker.seconds, executor.polls, executor.sleeps);
    return 0;
}
