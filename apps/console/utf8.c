/* SPDX-License-Identifier: MIT
 *
 * utf8.c: see utf8.h.
 */
#include "utf8.h"

static int32_t begin(struct utf8 *state, uint8_t byte)
{
    if (byte < 0x80)
        return byte;
    if (byte >= 0xc2 && byte < 0xe0)
        *state = (struct utf8){ byte & 0x1f, 0x80, 1 };
    else if (byte >= 0xe0 && byte < 0xf0)
        *state = (struct utf8){ byte & 0x0f, 0x800, 2 };
    else if (byte >= 0xf0 && byte < 0xf5)
        *state = (struct utf8){ byte & 0x07, 0x10000, 3 };
    else
        return UTF8_UNKNOWN;
    return UTF8_NONE;
}

int32_t utf8_input(struct utf8 *state, uint8_t byte, bool *again)
{
    *again = false;
    if (!state->left)
        return begin(state, byte);
    if ((byte & 0xc0) != 0x80) {
        state->left = 0;
        *again = true;
        return UTF8_UNKNOWN;
    }
    state->value = state->value << 6 | (byte & 0x3f);
    if (--state->left)
        return UTF8_NONE;
    bool bad = state->value < state->least || state->value > 0x10ffff || (state->value >= 0xd800 && state->value < 0xe000);
    return bad ? UTF8_UNKNOWN : (int32_t)state->value;
}

size_t utf8_encode(uint32_t unicode, uint8_t bytes[4])
{
    if (unicode < 0x80) {
        bytes[0] = (uint8_t)unicode;
        return 1;
    }
    size_t length = unicode < 0x800 ? 2 : unicode < 0x10000 ? 3 : 4;
    static const uint8_t first[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    for (size_t i = length - 1; i > 0; i--, unicode >>= 6)
        bytes[i] = 0x80 | (unicode & 0x3f);
    bytes[0] = (uint8_t)(first[length] | unicode);
    return length;
}
