// SPDX-License-Identifier: MIT
//
// false: fails, with status 1. It reads no arguments and writes nothing.

int main(void)
{
    return 1;
}
