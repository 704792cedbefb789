// SPDX-License-Identifier: MIT
//
// Completion; complete.h is the interface.

#include "complete.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/search.h"
#include "../lib/util.h"
#include "builtin.h"
#include "vars.h"

// Where the word that ends at CURSOR starts. *COMMAND says whether it is the first of a command, *WORD (malloc'd) is
// the word without its quotes.
static size_t word_start(const char *line, size_t cursor, bool *command, char **word)
{
    struct string text = { NULL, 0, 0 };
    size_t start = 0;
    bool next_is_command = true;
    bool is_command = true;
    char quote = '\0';
    for (size_t i = 0; i < cursor; i++) {
        char c = line[i];
        if (quote != '\0' ? c == quote : c == '\'' || c == '"') {
            quote = quote != '\0' ? '\0' : c;
        } else if (c == '\\' && quote != '\'' && i + 1 < cursor) {
            string_char(&text, line[++i]);
        } else if (quote == '\0' && strchr(" \t;|&()<>", c) != NULL) {
            bool blank = c == ' ' || c == '\t';
            // A blank ends the command's name if there was one before it.
            next_is_command = blank ? is_command && i == start : c != '<' && c != '>';
            text.length = 0;
            start = i + 1;
            is_command = next_is_command;
        } else {
            string_char(&text, c);
        }
    }
    *command = is_command;
    *word = string_take(&text);
    return start;
}

static void add_matching(struct list *list, struct list *names, const char *prefix)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strncmp(names->items[i], prefix, strlen(prefix)) == 0) {
            list_add(list, util_strdup(names->items[i]));
        }
    }
    list_free(names);
}

// The directory that PATH's part before its last slash means, for opendir.
static char *directory_to_open(const char *path, size_t length)
{
    const char *home = vars_get("HOME");
    if (length == 0) {
        return util_strdup(".");
    }
    if (home != NULL && strncmp(path, "~/", 2) == 0) {
        char *below = util_strndup(path + 2, length - 2);
        char *joined = util_join(home, below);
        free(below);
        return joined;
    }
    return util_strndup(path, length);
}

// Adds the files in the directory of PREFIX whose names start with the rest of it.
static void add_files(struct list *list, const char *prefix, bool programs_only)
{
    const char *slash = strrchr(prefix, '/');
    size_t length = slash != NULL ? (size_t)(slash - prefix) + 1 : 0;
    const char *name = prefix + length;
    char *folder = directory_to_open(prefix, length);
    DIR *directory = opendir(folder);
    struct dirent *entry;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        bool hidden = entry->d_name[0] == '.' && name[0] != '.';
        if (hidden || strncmp(entry->d_name, name, strlen(name)) != 0) {
            continue;
        }
        char *path = util_join(folder, entry->d_name);
        struct stat info;
        bool known = stat(path, &info) == 0;
        bool is_directory = known && S_ISDIR(info.st_mode);
        if (is_directory || !programs_only || access(path, X_OK) == 0) {
            struct string word = { NULL, 0, 0 };
            string_bytes(&word, prefix, length);
            string_text(&word, entry->d_name);
            string_text(&word, is_directory ? "/" : "");
            list_add(list, string_take(&word));
        }
        free(path);
    }
    if (directory != NULL) {
        closedir(directory);
    }
    free(folder);
}

static void add_programs_in(struct list *list, const char *folder, const char *prefix)
{
    char *path = util_join(folder, prefix);
    struct list found = { NULL, 0 };
    add_files(&found, path, true);
    for (size_t i = 0; i < found.count; i++) {
        const char *name = strrchr(found.items[i], '/') + 1;
        if (*name != '\0') {
            list_add(list, util_strdup(name));
        }
    }
    list_free(&found);
    free(path);
}

static void add_commands(struct list *list, const char *prefix)
{
    struct list names = { NULL, 0 };
    builtin_names(&names);
    functions_names(&names);
    add_matching(list, &names, prefix);
    const char *path = vars_get("PATH");
    path = path != NULL ? path : SEARCH_DEFAULT_PATH;
    while (*path != '\0') {
        size_t length = strcspn(path, ":");
        char *folder = util_strndup(path, length);
        if (length > 0) {
            add_programs_in(list, folder, prefix);
        }
        free(folder);
        path += length + (path[length] == ':');
    }
}

// What all words start with, with backslashes before what the shell would not take as it is.
static char *common_start(const struct list *words)
{
    size_t length = strlen(words->items[0]);
    for (size_t i = 1; i < words->count; i++) {
        size_t same = 0;
        while (same < length && words->items[i][same] == words->items[0][same]) {
            same++;
        }
        length = same;
    }
    struct string text = { NULL, 0, 0 };
    for (size_t i = 0; i < length; i++) {
        if (strchr(" \t\\'\"$`;&|()<>*?[#!", words->items[0][i]) != NULL) {
            string_char(&text, '\\');
        }
        string_char(&text, words->items[0][i]);
    }
    return string_take(&text);
}

struct completion complete(const char *line, size_t cursor)
{
    struct completion completion = { .common = NULL };
    bool command;
    char *word;
    completion.start = word_start(line, cursor, &command, &word);
    const char *slash = strrchr(word, '/');
    if (command && slash == NULL) {
        add_commands(&completion.words, word);
    } else {
        add_files(&completion.words, word, command);
    }
    completion.shown_from = slash != NULL ? (size_t)(slash - word) + 1 : 0;
    free(word);
    list_sort_unique(&completion.words, 0);
    if (completion.words.count > 0) {
        completion.common = common_start(&completion.words);
    }
    return completion;
}

void completion_free(struct completion *completion)
{
    list_free(&completion->words);
    free(completion->common);
}
