/* SPDX-License-Identifier: MIT
 *
 * getopt.h: the options of a command line, short (POSIX) and long (as GNU has them). In place of newlib's header, whose
 * functions disagree with POSIX about where optind stands and print what nobody expects.
 */
#ifndef EXON_GETOPT_H
#define EXON_GETOPT_H

#ifdef __cplusplus
extern "C" {
#endif

/* A long option: with flag NULL, val is the result; else it is stored there and the result is 0. */
struct option {
    const char *name;
    int has_arg; /* one of the three below */
    int *flag;
    int val;
};

#define no_argument 0
#define required_argument 1
#define optional_argument 2

extern char *optarg;
extern int optind, opterr, optopt, optreset; /* optreset: set to 1 with optind to begin again, as BSD has it */

/*
 * The next option, or -1 at the end; '?' for one that is wrong, after a message unless opterr is 0 or optstring begins with
 * a colon; then ':' for one that lacks its argument. Arguments that are no options are moved behind the options, unless
 * optstring begins with + or POSIXLY_CORRECT is set; where it begins with - they are options of character 1. Set optind to
 * 0 or 1 to begin again. Not for several threads.
 */
int getopt(int argc, char *const argv[], const char *optstring);
/* The same with options of two hyphens, which may be shortened; *index is set to the option's place in longs. */
int getopt_long(int argc, char *const argv[], const char *optstring, const struct option *longs, int *index);
/* The same where one hyphen may begin a long option, too. */
int getopt_long_only(int argc, char *const argv[], const char *optstring, const struct option *longs, int *index);

#ifdef __cplusplus
}
#endif

#endif
