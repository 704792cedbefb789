// SPDX-License-Identifier: MIT
//
// grep: prints the lines of files, or of standard input, that match a pattern. Status 0 if any did, 1 if none, 2 after
// an error. -i case does not matter, -v lines that do not match, -n line numbers, -c counts, -l names only, -q nothing,
// -E extended expressions, -F plain text, -w whole words, -x whole lines, -r through directories, -h and -H without and
// with file names, -s silent about files that cannot be read, -e pattern (repeatable).
//
// Expressions are those of <regex.h>.

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/util.h"

static struct options {
    bool ignore_case, invert, numbers, count, names_only, quiet, extended, fixed, words, lines, recursive, silent;
    int titles; // -1 without, 1 with, 0 if there are several files
} options;

struct pattern {
    char *text;
    regex_t expression; // unused if options.fixed
};

static struct pattern *patterns;
static size_t pattern_count;
static bool any_match;

static void add_one_pattern(const char *text, size_t length)
{
    patterns = util_realloc(patterns, (pattern_count + 1) * sizeof *patterns);
    patterns[pattern_count++] = (struct pattern){ .text = util_strndup(text, length) };
}

// A pattern of several lines is several patterns.
static void add_patterns(const char *text)
{
    const char *newline;
    while ((newline = strchr(text, '\n')) != NULL) {
        add_one_pattern(text, (size_t)(newline - text));
        text = newline + 1;
    }
    add_one_pattern(text, strlen(text));
}

static void compile_patterns(void)
{
    int flags = (options.extended ? REG_EXTENDED : 0) | (options.ignore_case ? REG_ICASE : 0);
    for (size_t i = 0; i < pattern_count && !options.fixed; i++) {
        // An empty expression matches every line; not every regcomp accepts one.
        const char *text = *patterns[i].text != '\0' ? patterns[i].text : "^";
        int error = regcomp(&patterns[i].expression, text, flags);
        if (error != 0) {
            char why[128];
            regerror(error, &patterns[i].expression, why, sizeof why);
            util_die(2, "%s: %s", text, why);
        }
    }
}

static bool find_text(const char *line, const char *text, size_t *start, size_t *end)
{
    size_t length = strlen(text);
    for (const char *at = line;; at++) {
        if ((options.ignore_case ? strncasecmp(at, text, length) : strncmp(at, text, length)) == 0) {
            *start = (size_t)(at - line);
            *end = *start + length;
            return true;
        }
        if (*at == '\0') {
            return false;
        }
    }
}

static bool find(const struct pattern *pattern, const char *line, bool inside, size_t *start, size_t *end)
{
    if (options.fixed) {
        return find_text(line, pattern->text, start, end);
    }
    regmatch_t match;
    if (regexec(&pattern->expression, line, 1, &match, inside ? REG_NOTBOL : 0) != 0) {
        return false;
    }
    *start = (size_t)match.rm_so;
    *end = (size_t)match.rm_eo;
    return true;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static bool matches_one(const struct pattern *pattern, const char *line)
{
    size_t start;
    size_t end;
    size_t from = 0;
    while (find(pattern, line + from, from > 0, &start, &end)) {
        start += from;
        end += from;
        bool whole_line = start == 0 && line[end] == '\0';
        bool whole_word = (start == 0 || !is_word(line[start - 1])) && !is_word(line[end]);
        if ((!options.lines || whole_line) && (!options.words || whole_word)) {
            return true;
        }
        if (line[start] == '\0') {
            return false;
        }
        from = start + 1;
    }
    return false;
}

static bool matches(const char *line)
{
    for (size_t i = 0; i < pattern_count; i++) {
        if (matches_one(&patterns[i], line)) {
            return true;
        }
    }
    return false;
}

static void print_match(const char *name, unsigned long number, const char *line)
{
    if (options.titles > 0) {
        printf("%s:", name);
    }
    if (options.numbers) {
        printf("%lu:", number);
    }
    printf("%s\n", line);
}

static int search(FILE *file, const char *name)
{
    char *line = NULL;
    size_t capacity = 0;
    unsigned long number = 0;
    unsigned long count = 0;
    long length;
    while ((length = util_getline(&line, &capacity, file)) >= 0) {
        number++;
        if (line[length - 1] == '\n') {
            line[length - 1] = '\0';
        }
        if (matches(line) == options.invert) {
            continue;
        }
        count++;
        if (options.quiet || options.names_only) {
            break;
        }
        if (!options.count) {
            print_match(name, number, line);
        }
    }
    free(line);
    any_match = any_match || count > 0;
    if (options.names_only && count > 0 && !options.quiet) {
        printf("%s\n", name);
    } else if (options.count && !options.quiet) {
        printf("%s%s%lu\n", options.titles > 0 ? name : "", options.titles > 0 ? ":" : "", count);
    }
    return 0;
}

static int complain(const char *path)
{
    if (!options.silent) {
        util_warn_errno(path);
    }
    return 2;
}

static int search_path(const char *path);

static int search_directory(const char *path)
{
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return complain(path);
    }
    int status = 0;
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            char *child = util_join(path, entry->d_name);
            status |= search_path(child);
            free(child);
        }
    }
    closedir(directory);
    return status;
}

static int search_path(const char *path)
{
    if (strcmp(path, "-") == 0) {
        return search(stdin, "(standard input)");
    }
    struct stat info;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        if (options.recursive) {
            return search_directory(path);
        }
        errno = EISDIR;
        return complain(path);
    }
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return complain(path);
    }
    int status = search(file, path);
    if (ferror(file)) {
        status = complain(path);
    }
    fclose(file);
    return status;
}

static bool set_option(int option)
{
    switch (option) {
    case 'i': options.ignore_case = true; break;
    case 'v': options.invert = true; break;
    case 'n': options.numbers = true; break;
    case 'c': options.count = true; break;
    case 'l': options.names_only = true; break;
    case 'q': options.quiet = true; break;
    case 'E': options.extended = true; break;
    case 'F': options.fixed = true; break;
    case 'w': options.words = true; break;
    case 'x': options.lines = true; break;
    case 'r': options.recursive = true; break;
    case 's': options.silent = true; break;
    case 'h': options.titles = -1; break;
    case 'H': options.titles = 1; break;
    case 'e': add_patterns(optarg); break;
    default: return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    static const char synopsis[] = "[-ivnclqEFwxrshH] [-e] pattern [file ...]";
    util_start(argv[0]);
    int option;
    while ((option = getopt(argc, argv, "ivnclqEFwxrshHe:")) != -1) {
        if (!set_option(option)) {
            return util_usage(synopsis);
        }
    }
    if (pattern_count == 0) {
        if (optind == argc) {
            return util_usage(synopsis);
        }
        add_patterns(argv[optind++]);
    }
    compile_patterns();
    if (options.titles == 0 && (argc - optind > 1 || options.recursive)) {
        options.titles = 1;
    }
    int status = 0;
    if (optind == argc) {
        status = search_path(options.recursive ? "." : "-");
    }
    for (int i = optind; i < argc; i++) {
        status |= search_path(argv[i]);
    }
    status = any_match && (options.quiet || status == 0) ? 0 : status != 0 ? 2 : 1;
    return util_finish(status);
}
