/* SPDX-License-Identifier: MIT
 *
 * die.c: dies as its argument says, or shows its arguments and the variables V0, V1... NUL-terminated. Layer: tests; started
 * by test_programs.py.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile int *volatile nowhere = (int *)16;
static volatile int zero;

static int __attribute__((noinline)) deep(int levels)
{
    volatile char frame[2000];
    frame[0] = 1;
    return levels ? deep(levels - 1) + frame[0] : 0;
}

static int show(char **strings)
{
    for (; *strings; strings++)
        fwrite(*strings, 1, strlen(*strings) + 1, stdout);
    for (char **variable = environ; *variable; variable++)
        if (**variable == 'V')
            fwrite(*variable, 1, strlen(*variable) + 1, stdout);
    return 0;
}

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    if (!strcmp(word, "show"))
        return show(argv + 2);
    if (!strcmp(word, "read"))
        return *nowhere;
    if (!strcmp(word, "divide"))
        return argc / zero;
    if (!strcmp(word, "illegal"))
        __asm__ volatile("ud2");
    if (!strcmp(word, "trap"))
        __asm__ volatile("int3");
    if (!strcmp(word, "deep"))
        return deep(1 << 24);
    if (!strcmp(word, "abort"))
        abort();
    return 99;
}
