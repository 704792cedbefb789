// SPDX-License-Identifier: MIT
//
// ls: lists files and directories, sorted by name, in columns on a terminal and one a line elsewhere.
// -a hidden names too, -l long form, -h sizes for people, -1 one a line, -C columns, -R directories within
// directories, -F a mark after the name (/ directory, * program, @ link, | pipe), -d directories as such, -t newest
// first, -S largest first, -r the other way round.
//
// Owners are shown as numbers: Exon has no user names. Each directory is read in full before it is printed.

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/term.h"
#include "lib/util.h"

enum { LINK_BYTES = 512 };

static struct options {
    bool all, longer, human, columns, recursive, marks, directories, reverse;
    char order; // 'n'ame, 't'ime, 'S'ize
} options;

struct entry {
    char *name;
    char *path;
    struct stat info;
};

struct listing {
    struct entry *entries;
    size_t count;
};

// Adds NAME, found at PATH (taken over), to the listing. Returns 2 with a message if there is no such file.
static int listing_add(struct listing *listing, const char *name, char *path, bool follow)
{
    struct entry entry = { .path = path };
    int failed = follow ? stat(path, &entry.info) : -1;
    if (failed != 0 && lstat(path, &entry.info) != 0) {
        util_warn_errno(path);
        free(path);
        return 2;
    }
    entry.name = util_strdup(name);
    listing->entries = util_realloc(listing->entries, (listing->count + 1) * sizeof entry);
    listing->entries[listing->count++] = entry;
    return 0;
}

static void listing_free(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++) {
        free(listing->entries[i].name);
        free(listing->entries[i].path);
    }
    free(listing->entries);
}

static int compare(const void *left, const void *right)
{
    const struct entry *a = left;
    const struct entry *b = right;
    int order = 0;
    if (options.order == 't') {
        order = (a->info.st_mtime < b->info.st_mtime) - (a->info.st_mtime > b->info.st_mtime);
    } else if (options.order == 'S') {
        order = (a->info.st_size < b->info.st_size) - (a->info.st_size > b->info.st_size);
    }
    order = order != 0 ? order : strcmp(a->name, b->name);
    return options.reverse ? -order : order;
}

static char mark_of(mode_t mode)
{
    if (!options.marks) {
        return '\0';
    }
    if (S_ISDIR(mode)) {
        return '/';
    }
    if (S_ISLNK(mode)) {
        return '@';
    }
    if (S_ISFIFO(mode)) {
        return '|';
    }
    return S_ISREG(mode) && (mode & 0111) ? '*' : '\0';
}

static char type_of(mode_t mode)
{
    return S_ISDIR(mode) ? 'd' : S_ISLNK(mode) ? 'l' : S_ISCHR(mode) ? 'c' : S_ISBLK(mode) ? 'b'
         : S_ISFIFO(mode) ? 'p' : S_ISSOCK(mode) ? 's' : '-';
}

static void print_mode(mode_t mode)
{
    static const char letters[] = "rwxrwxrwx";
    putchar(type_of(mode));
    for (int bit = 0; bit < 9; bit++) {
        putchar(mode & (0400u >> bit) ? letters[bit] : '-');
    }
}

static void format_size(const struct entry *entry, char *buffer, size_t size)
{
    if (options.human) {
        util_human(buffer, size, (uint64_t)entry->info.st_size);
    } else {
        snprintf(buffer, size, "%lld", (long long)entry->info.st_size);
    }
}

static void print_name(const struct entry *entry)
{
    char mark = mark_of(entry->info.st_mode);
    fputs(entry->name, stdout);
    if (mark != '\0') {
        putchar(mark);
    }
}

static void print_long(const struct entry *entry, int size_width)
{
    char size[24];
    char when[32] = "?";
    format_size(entry, size, sizeof size);
    time_t modified = entry->info.st_mtime;
    struct tm *broken = localtime(&modified);
    if (broken != NULL) {
        strftime(when, sizeof when, "%Y-%m-%d %H:%M", broken);
    }
    print_mode(entry->info.st_mode);
    printf(" %2lu %u %u %*s %s ", (unsigned long)entry->info.st_nlink, (unsigned)entry->info.st_uid,
           (unsigned)entry->info.st_gid, size_width, size, when);
    print_name(entry);
    if (S_ISLNK(entry->info.st_mode)) {
        char target[LINK_BYTES];
        ssize_t length = readlink(entry->path, target, sizeof target);
        printf(" -> %.*s", (int)(length > 0 ? length : 0), target);
    }
    putchar('\n');
}

static void print_all_long(const struct listing *listing)
{
    int width = 1;
    for (size_t i = 0; i < listing->count; i++) {
        char size[24];
        format_size(&listing->entries[i], size, sizeof size);
        width = (int)strlen(size) > width ? (int)strlen(size) : width;
    }
    for (size_t i = 0; i < listing->count; i++) {
        print_long(&listing->entries[i], width);
    }
}

static size_t shown_width(const struct entry *entry)
{
    return term_text_width(entry->name) + (mark_of(entry->info.st_mode) != '\0');
}

// Names run down the columns, all columns of one width.
static void print_columns(const struct listing *listing)
{
    size_t widest = 1;
    for (size_t i = 0; i < listing->count; i++) {
        size_t width = shown_width(&listing->entries[i]);
        widest = width > widest ? width : widest;
    }
    int screen_rows, screen_columns;
    term_size(STDOUT_FILENO, &screen_rows, &screen_columns);
    size_t columns = ((size_t)screen_columns + 1) / (widest + 2);
    columns = columns > 0 ? columns : 1;
    size_t rows = (listing->count + columns - 1) / columns;
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = row; i < listing->count; i += rows) {
            print_name(&listing->entries[i]);
            if (i + rows < listing->count) {
                printf("%*s", (int)(widest + 2 - shown_width(&listing->entries[i])), "");
            }
        }
        putchar('\n');
    }
}

static void listing_print(struct listing *listing)
{
    if (listing->count == 0) {
        return;
    }
    qsort(listing->entries, listing->count, sizeof *listing->entries, compare);
    if (options.longer) {
        print_all_long(listing);
    } else if (options.columns) {
        print_columns(listing);
    } else {
        for (size_t i = 0; i < listing->count; i++) {
            print_name(&listing->entries[i]);
            putchar('\n');
        }
    }
}

static int list_directory(const char *path, bool title, bool *first);

static int list_below(const struct listing *listing, bool *first)
{
    int status = 0;
    for (size_t i = 0; i < listing->count; i++) {
        const struct entry *entry = &listing->entries[i];
        bool self = strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0;
        if (S_ISDIR(entry->info.st_mode) && !self) {
            status |= list_directory(entry->path, true, first);
        }
    }
    return status;
}

static int list_directory(const char *path, bool title, bool *first)
{
    DIR *directory = opendir(path);
    if (directory == NULL) {
        util_warn_errno(path);
        return 2;
    }
    struct listing listing = { NULL, 0 };
    int status = 0;
    struct dirent *found;
    while ((found = readdir(directory)) != NULL) {
        if (options.all || found->d_name[0] != '.') {
            status |= listing_add(&listing, found->d_name, util_join(path, found->d_name), false);
        }
    }
    closedir(directory);
    if (title) {
        printf("%s%s:\n", *first ? "" : "\n", path);
    }
    *first = false;
    listing_print(&listing);
    if (options.recursive) {
        status |= list_below(&listing, first);
    }
    listing_free(&listing);
    return status;
}

// Files first, all together; then each directory that was named.
static int list_operands(char **paths, size_t count)
{
    struct listing files = { NULL, 0 };
    struct listing directories = { NULL, 0 };
    int status = 0;
    for (size_t i = 0; i < count; i++) {
        struct stat info;
        bool directory = !options.directories && stat(paths[i], &info) == 0 && S_ISDIR(info.st_mode);
        struct listing *into = directory ? &directories : &files;
        status |= listing_add(into, paths[i], util_strdup(paths[i]), directory);
    }
    listing_print(&files);
    bool first = files.count == 0;
    bool titles = count > 1 || options.recursive;
    if (directories.count > 1) {
        qsort(directories.entries, directories.count, sizeof *directories.entries, compare);
    }
    for (size_t i = 0; i < directories.count; i++) {
        status |= list_directory(directories.entries[i].path, titles, &first);
    }
    listing_free(&files);
    listing_free(&directories);
    return status;
}

static bool parse_options(int argc, char **argv)
{
    options = (struct options){ .columns = isatty(STDOUT_FILENO), .order = 'n' };
    int option;
    while ((option = getopt(argc, argv, "alh1CRFdtSr")) != -1) {
        switch (option) {
        case 'a': options.all = true; break;
        case 'l': options.longer = true; break;
        case 'h': options.human = true; break;
        case '1': options.columns = false; break;
        case 'C': options.columns = true; break;
        case 'R': options.recursive = true; break;
        case 'F': options.marks = true; break;
        case 'd': options.directories = true; break;
        case 't':
        case 'S': options.order = (char)option; break;
        case 'r': options.reverse = true; break;
        default: return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    util_start(argv[0]);
    if (!parse_options(argc, argv)) {
        return util_usage("[-alh1CRFdtSr] [file ...]");
    }
    char *here[] = { ".", NULL };
    int status = optind < argc ? list_operands(argv + optind, (size_t)(argc - optind)) : list_operands(here, 1);
    return util_finish(status);
}
