/* SPDX-License-Identifier: MIT
 *
 * getopt.c: getopt, getopt_long and getopt_long_only (getopt.h). Layer: newlib-port.
 *
 * Sources: POSIX.1-2008 getopt; the GNU C library's manual for what is beyond. An option found behind other arguments is
 * moved before them once it is read to its end, so that argv is in order whenever the caller looks at it. Left out: "W;".
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *optarg;
int optind = 1, opterr = 1, optopt = '?', optreset;

/* The rest of a group of short options (the "bc" of -abc), or NULL between words. */
static const char *rest;

/* What one call works with. */
struct parse {
    int argc;
    char **argv;
    const char *shorts; /* without the characters that choose a mode */
    const struct option *longs;
    int *index;
    bool single; /* one hyphen may begin a long option */
    bool quiet;  /* optstring begins with a colon */
};

enum order { ORDER_PERMUTE, ORDER_STOP, ORDER_RETURN };

static bool loud(const struct parse *parse) { return opterr && !parse->quiet; }

/* The result for an option that needs an argument and has none. */
static int missing(const struct parse *parse) { return parse->quiet ? ':' : '?'; }

static bool is_option(const char *word) { return word[0] == '-' && word[1] != '\0'; }

/* The next word as argument of an option; false if there is none. */
static bool take_argument(const struct parse *parse)
{
    if (optind >= parse->argc)
        return false;
    optarg = parse->argv[optind++];
    return true;
}

/* ---- Short options ---- */

static int short_option(const struct parse *parse)
{
    char option = *rest++;
    const char *found = option == ':' || option == ';' ? NULL : strchr(parse->shorts, option);
    if (*rest == '\0') {
        rest = NULL;
        optind++;
    }
    if (found == NULL) {
        optopt = (unsigned char)option;
        if (loud(parse))
            fprintf(stderr, "%s: invalid option -- '%c'\n", parse->argv[0], option);
        return '?';
    }
    if (found[1] != ':')
        return (unsigned char)option;
    if (rest != NULL) {
        optarg = (char *)rest;
        rest = NULL;
        optind++;
    } else if (found[2] != ':' && !take_argument(parse)) {
        optopt = (unsigned char)option;
        if (loud(parse))
            fprintf(stderr, "%s: option requires an argument -- '%c'\n", parse->argv[0], option);
        return missing(parse);
    }
    return (unsigned char)option;
}

/* ---- Long options ---- */

static bool same_meaning(const struct option *a, const struct option *b)
{
    return a->has_arg == b->has_arg && a->flag == b->flag && a->val == b->val;
}

/* The option that name (up to = or the end) means: the one of that name, or the only one that begins so. */
static const struct option *find_long(const struct parse *parse, const char *name, bool *ambiguous)
{
    size_t length = strcspn(name, "=");
    const struct option *found = NULL;
    *ambiguous = false;
    for (const struct option *o = parse->longs; o->name != NULL; o++) {
        if (strncmp(o->name, name, length) != 0)
            continue;
        if (o->name[length] == '\0') {
            *ambiguous = false;
            return o;
        }
        if (found != NULL && (parse->single || !same_meaning(found, o)))
            *ambiguous = true;
        found = found != NULL ? found : o;
    }
    return found;
}

/* What a long option that was found results in; name stands behind hyphens, which are given for messages. */
static int long_result(const struct parse *parse, const struct option *option, const char *name, const char *hyphens)
{
    const char *value = strchr(name, '=');
    if (value != NULL && option->has_arg == no_argument) {
        optopt = option->val;
        if (loud(parse))
            fprintf(stderr, "%s: option '%s%s' doesn't allow an argument\n", parse->argv[0], hyphens, option->name);
        return '?';
    }
    if (value != NULL) {
        optarg = (char *)value + 1;
    } else if (option->has_arg == required_argument && !take_argument(parse)) {
        optopt = option->val;
        if (loud(parse))
            fprintf(stderr, "%s: option '%s%s' requires an argument\n", parse->argv[0], hyphens, option->name);
        return missing(parse);
    }
    if (parse->index != NULL)
        *parse->index = (int)(option - parse->longs);
    if (option->flag == NULL)
        return option->val;
    *option->flag = option->val;
    return 0;
}

/* Reads the word at optind as a long option. False if it may be a group of short ones instead. */
static bool long_option(const struct parse *parse, int *result)
{
    const char *word = parse->argv[optind];
    bool two = word[1] == '-';
    const char *name = word + (two ? 2 : 1), *hyphens = two ? "--" : "-";
    bool ambiguous;
    const struct option *option = find_long(parse, name, &ambiguous);
    /* "-x" is the short option x if there is one, and "-xyz" a group of them if no long option begins so. */
    if (!two && (option == NULL || word[2] == '\0') && strchr(parse->shorts, word[1]) != NULL)
        return false;
    optind++;
    if (option != NULL && !ambiguous) {
        *result = long_result(parse, option, name, hyphens);
        return true;
    }
    optopt = 0;
    if (loud(parse))
        fprintf(stderr, "%s: %s '%s%s'%s\n", parse->argv[0], ambiguous ? "option" : "unrecognized option", hyphens, name,
                ambiguous ? " is ambiguous" : "");
    *result = '?';
    return true;
}

/* ---- The order of words ---- */

/* Moves count words at `from` before those at `to`, which lies before them. */
static void move_words(char **argv, int to, int from, int count)
{
    for (; count > 0; count--, to++, from++) {
        char *word = argv[from];
        memmove(&argv[to + 1], &argv[to], (size_t)(from - to) * sizeof *argv);
        argv[to] = word;
    }
}

/* Reads one option from the word at optind. */
static int one_option(const struct parse *parse)
{
    const char *word = parse->argv[optind];
    int result;
    if (rest == NULL) {
        if (parse->longs != NULL && (word[1] == '-' || parse->single) && long_option(parse, &result))
            return result;
        rest = word + 1;
    }
    return short_option(parse);
}

/* The next option, or -1; steps over other words as `order` says. */
static int next_option(const struct parse *parse, enum order order)
{
    int first = optind, at = optind;
    if (order == ORDER_PERMUTE)
        while (at < parse->argc && !is_option(parse->argv[at]))
            at++;
    if (at >= parse->argc)
        return -1;
    if (!is_option(parse->argv[at])) {
        if (order == ORDER_STOP)
            return -1;
        optarg = parse->argv[optind++];
        return 1;
    }
    int result = -1;
    optind = at;
    if (rest == NULL && strcmp(parse->argv[at], "--") == 0)
        optind++;
    else
        result = one_option(parse);
    int words = optind - at; /* none while more of a group is to come */
    move_words(parse->argv, first, at, words);
    optind = first + words;
    return result;
}

static int parse_next(int argc, char *const argv[], const char *shorts, const struct option *longs, int *index, bool single)
{
    static int expected = 1; /* where the last call left optind */
    if (optind == 0 || optind != expected || optreset)
        rest = NULL; /* the caller begins anew, or skips words */
    optreset = 0;
    if (optind == 0)
        optind = 1;
    enum order order = getenv("POSIXLY_CORRECT") != NULL ? ORDER_STOP : ORDER_PERMUTE;
    if (*shorts == '+' || *shorts == '-')
        order = *shorts++ == '+' ? ORDER_STOP : ORDER_RETURN;
    struct parse parse = {.argc = argc, .argv = (char **)argv, .shorts = shorts, .longs = longs, .index = index,
                          .single = single, .quiet = *shorts == ':'};
    optarg = NULL;
    int result = next_option(&parse, order);
    expected = optind;
    return result;
}

int getopt(int argc, char *const argv[], const char *optstring)
{
    return parse_next(argc, argv, optstring, NULL, NULL, false);
}

int getopt_long(int argc, char *const argv[], const char *optstring, const struct option *longs, int *index)
{
    return parse_next(argc, argv, optstring, longs, index, false);
}

int getopt_long_only(int argc, char *const argv[], const char *optstring, const struct option *longs, int *index)
{
    return parse_next(argc, argv, optstring, longs, index, true);
}
