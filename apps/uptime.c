// SPDX-License-Identifier: MIT
//
// uptime: prints the time of day and how long the machine has been up, which is what the monotonic clock counts.

#include <errno.h>
#include <string.h>
#include <time.h>

#include "lib/util.h"

int main(int argc, char **argv)
{
    util_start(argv[0]);
    if (argc > 1) {
        return util_usage("");
    }
    struct timespec up;
    if (clock_gettime(CLOCK_MONOTONIC, &up) != 0) {
        util_die(1, "the clock cannot be read: %s", strerror(errno));
    }
    time_t now = time(NULL);
    struct tm *broken = now != (time_t)-1 ? localtime(&now) : NULL;
    if (broken != NULL) {
        printf("%02d:%02d:%02d ", broken->tm_hour, broken->tm_min, broken->tm_sec);
    }
    unsigned long seconds = (unsigned long)up.tv_sec;
    unsigned long days = seconds / 86400;
    printf("up ");
    if (days > 0) {
        printf("%lu day%s, ", days, days == 1 ? "" : "s");
    }
    printf("%02lu:%02lu:%02lu.%02lu\n", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60,
           (unsigned long)up.tv_nsec / 10000000);
    return util_finish(0);
}
