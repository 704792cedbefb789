// SPDX-License-Identifier: MIT
//
// sleep: waits for the sum of its arguments: seconds with a fraction if wanted, or with a suffix s, m, h or d.
// Whole nanoseconds are computed without floating point.

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "lib/util.h"

static const uint64_t second_ns = 1000000000;

static bool unit_seconds(const char *suffix, uint64_t *seconds)
{
    static const char letters[] = "smhd";
    static const uint64_t values[] = { 1, 60, 3600, 86400 };
    const char *found = *suffix != '\0' ? strchr(letters, *suffix) : letters;
    if (found == NULL || (*suffix != '\0' && suffix[1] != '\0')) {
        return false;
    }
    *seconds = values[found - letters];
    return true;
}

// `12`, `1.5`, `.5m` as nanoseconds; false for anything else and for what would not fit.
static bool parse_duration(const char *text, uint64_t *ns)
{
    uint64_t whole = 0;
    uint64_t fraction = 0;
    bool digits = false;
    for (; isdigit((unsigned char)*text); text++, digits = true) {
        whole = whole * 10 + (uint64_t)(*text - '0');
        if (whole > 100000000) {
            return false;
        }
    }
    if (*text == '.') {
        text++;
        for (uint64_t scale = second_ns / 10; isdigit((unsigned char)*text); text++, scale /= 10, digits = true) {
            fraction += (uint64_t)(*text - '0') * scale;
        }
    }
    uint64_t unit;
    if (!digits || !unit_seconds(text, &unit) || whole * unit > 1000000000) {
        return false;
    }
    *ns = (whole * second_ns + fraction) * unit;
    return true;
}

int main(int argc, char **argv)
{
    util_start(argv[0]);
    if (argc < 2) {
        return util_usage("seconds[smhd] ...");
    }
    uint64_t total = 0;
    for (int i = 1; i < argc; i++) {
        uint64_t ns;
        if (!parse_duration(argv[i], &ns)) {
            util_die(2, "%s: not a time", argv[i]);
        }
        total += ns;
    }
    struct timespec left = { .tv_sec = (time_t)(total / second_ns), .tv_nsec = (long)(total % second_ns) };
    while (nanosleep(&left, &left) != 0) {
        if (errno != EINTR) {
            util_die(1, "%s", strerror(errno));
        }
    }
    return 0;
}
