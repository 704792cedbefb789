// SPDX-License-Identifier: MIT
//
// hello: greets the world, or whoever its arguments name. The smallest useful program, and the one whose size on disk
// is measured, so it uses stdio and nothing else.

#include <stdio.h>

int main(int argc, char **argv)
{
    printf("Hello, ");
    for (int i = 1; i < argc; i++) {
        printf("%s%s", i > 1 ? " " : "", argv[i]);
    }
    printf("%s!\n", argc > 1 ? "" : "world");
    return fflush(stdout) == 0 ? 0 : 1;
}
