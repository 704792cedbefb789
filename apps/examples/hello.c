// SPDX-License-Identifier: MIT
//
// hello: an ordinary C program is a program for Exon.
//
//     build/bin/exon-cc -O2 -o hello apps/examples/hello.c && build/bin/exon-run hello

#include <stdio.h>

int main(void)
{
    puts("Hello from ring 3.");
    return 0;
}
