// SPDX-License-Identifier: MIT
//
// true: succeeds. It reads no arguments and writes nothing.

int main(void)
{
    return 0;
}
