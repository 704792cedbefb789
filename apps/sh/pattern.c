// SPDX-License-Identifier: MIT
//
// Pattern matching and pathname expansion; pattern.h is the interface. Matching goes back only to the last star, so it
// takes at most pattern times text steps.

#include "pattern.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../lib/util.h"

static const struct { const char *name; int (*is)(int); } classes[] = {
    { "[:alpha:]", isalpha }, { "[:digit:]", isdigit }, { "[:alnum:]", isalnum }, { "[:upper:]", isupper },
    { "[:lower:]", islower }, { "[:space:]", isspace }, { "[:punct:]", ispunct }, { "[:xdigit:]", isxdigit },
};

// A class at *AT inside brackets. Returns -1 if there is none there, else whether C is in it, *AT after it.
static int match_class(const char **at, unsigned char c)
{
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        size_t length = strlen(classes[i].name);
        if (strncmp(*at, classes[i].name, length) == 0) {
            *at += length;
            return classes[i].is(c) != 0;
        }
    }
    return -1;
}

static unsigned char bracket_character(const char **at)
{
    if (**at == '\\' && (*at)[1] != '\0') {
        (*at)++;
    }
    return (unsigned char)*(*at)++;
}

// Matches C against the brackets at *AT and moves *AT past them. Returns -1 if they are not closed: a plain `[`.
static int match_brackets(const char **at, unsigned char c)
{
    const char *next = *at + 1;
    bool inverted = *next == '!' || *next == '^';
    next += inverted;
    bool found = false;
    for (bool first = true; *next != ']' || first; first = false) {
        if (*next == '\0') {
            return -1;
        }
        int in_class = *next == '[' ? match_class(&next, c) : -1;
        if (in_class >= 0) {
            found = found || in_class;
            continue;
        }
        unsigned char low = bracket_character(&next);
        unsigned char high = low;
        if (*next == '-' && next[1] != ']' && next[1] != '\0') {
            next++;
            high = bracket_character(&next);
        }
        found = found || (c >= low && c <= high);
    }
    *at = next + 1;
    return found != inverted;
}

// Matches one character of TEXT against what stands at *PATTERN, and moves *PATTERN past that.
static bool match_one(const char **pattern, char c)
{
    if (**pattern == '?') {
        (*pattern)++;
        return true;
    }
    if (**pattern == '[') {
        int result = match_brackets(pattern, (unsigned char)c);
        if (result >= 0) {
            return result;
        }
    }
    if (**pattern == '\\' && (*pattern)[1] != '\0') {
        (*pattern)++;
    }
    return *(*pattern)++ == c;
}

bool pattern_match(const char *pattern, const char *text)
{
    const char *star = NULL;
    const char *star_text = NULL;
    for (;;) {
        if (*pattern == '*') {
            star = ++pattern;
            star_text = text;
            continue;
        }
        if (*text == '\0' && *pattern == '\0') {
            return true;
        }
        if (*text != '\0' && *pattern != '\0' && match_one(&pattern, *text)) {
            text++;
            continue;
        }
        if (star == NULL || *star_text == '\0') {
            return false;
        }
        pattern = star;
        text = ++star_text;
    }
}

bool pattern_is_special(const char *pattern)
{
    for (; *pattern != '\0'; pattern++) {
        if (*pattern == '\\' && pattern[1] != '\0') {
            pattern++;
        } else if (*pattern == '*' || *pattern == '?' || *pattern == '[') {
            return true;
        }
    }
    return false;
}

static void remove_escapes(char *text)
{
    char *to = text;
    for (; *text != '\0'; text++) {
        if (*text == '\\' && text[1] != '\0') {
            text++;
        }
        *to++ = *text;
    }
    *to = '\0';
}

static void expand_from(const char *prefix, const char *pattern, struct list *list);

// PREFIX with NAME after it, and then the rest of the pattern, which starts with its slashes or is empty.
static void expand_name(const char *prefix, const char *name, const char *rest, struct list *list)
{
    struct string path = { NULL, 0, 0 };
    string_text(&path, prefix);
    string_text(&path, name);
    struct stat info;
    if (*rest == '\0') {
        if (lstat(path.text != NULL ? path.text : "", &info) == 0) {
            list_add(list, string_take(&path));
            return;
        }
    } else if (stat(path.text != NULL && *path.text != '\0' ? path.text : "/", &info) == 0 && S_ISDIR(info.st_mode)) {
        size_t slashes = strspn(rest, "/");
        string_bytes(&path, rest, slashes);
        expand_from(path.text, rest + slashes, list);
    }
    free(path.text);
}

static void expand_directory(const char *prefix, const char *component, const char *rest, struct list *list)
{
    DIR *directory = opendir(*prefix != '\0' ? prefix : ".");
    if (directory == NULL) {
        return;
    }
    bool hidden = component[0] == '.' || (component[0] == '\\' && component[1] == '.');
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        if ((entry->d_name[0] != '.' || hidden) && pattern_match(component, entry->d_name)) {
            expand_name(prefix, entry->d_name, rest, list);
        }
    }
    closedir(directory);
}

static void expand_from(const char *prefix, const char *pattern, struct list *list)
{
    size_t length = strcspn(pattern, "/");
    char *component = util_strndup(pattern, length);
    const char *rest = pattern + length;
    if (length == 0 && *rest == '\0') {
        list_add(list, util_strdup(prefix));
    } else if (pattern_is_special(component)) {
        expand_directory(prefix, component, rest, list);
    } else {
        remove_escapes(component);
        expand_name(prefix, component, rest, list);
    }
    free(component);
}

bool pattern_files(const char *pattern, struct list *list)
{
    size_t before = list->count;
    expand_from("", pattern, list);
    list_sort_unique(list, before);
    return list->count > before;
}
