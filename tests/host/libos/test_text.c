// link:
// SPDX-License-Identifier: MIT
/* test_text.c: lines of reports: numbers, and what does not fit. */
#include "../harness.h"
#include "posix/text.h"

TEST(numbers)
{
    char buffer[64];
    struct text text = text_begin(buffer, sizeof buffer);
    text_hex(&text, 0, 1);
    text_char(&text, ' ');
    text_hex(&text, 0xdeadbeefcafef00dull, 1);
    text_char(&text, ' ');
    text_hex(&text, 0x1f, 4);
    text_char(&text, ' ');
    text_decimal(&text, 0);
    text_char(&text, ' ');
    text_decimal(&text, 18446744073709551615ull);
    CHECK_STR(buffer, "0 deadbeefcafef00d 001f 0 18446744073709551615");
}

TEST(what_does_not_fit_is_dropped)
{
    char buffer[8];
    struct text text = text_begin(buffer, sizeof buffer);
    text_string(&text, "abcdefghijkl");
    text_decimal(&text, 42);
    CHECK_STR(buffer, "abcdefg");
}
