// SPDX-License-Identifier: MIT
//
// Redirections; redirect.h is the interface. Temporary files are opened for appending: processes that write to one
// after another may each have an offset of their own.

#include "redirect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/util.h"
#include "expand.h"
#include "sh.h"

enum { FIRST_KEPT = 10 };

void redirect_save(struct redirect_undo *undo)
{
    undo->count = 0;
}

static int keep_private(int fd)
{
    return fd >= 0 ? fcntl(fd, F_SETFD, FD_CLOEXEC) : -1;
}

// Puts what FD is now away, unless this undo has it already.
static bool put_away(struct redirect_undo *undo, int fd)
{
    for (int i = 0; i < undo->count; i++) {
        if (undo->entries[i].fd == fd) {
            return true;
        }
    }
    if (undo->count == REDIRECT_LIMIT) {
        shell_fail(1, "more than %d redirections of one command", REDIRECT_LIMIT);
        return false;
    }
    fflush(stdout);
    int kept = fcntl(fd, F_DUPFD, FIRST_KEPT);
    if (kept < 0 && errno != EBADF) {
        util_warn("%d: %s", fd, strerror(errno));
        return false;
    }
    keep_private(kept);
    undo->entries[undo->count].fd = fd;
    undo->entries[undo->count].kept = kept;
    undo->count++;
    return true;
}

bool redirect_to(struct redirect_undo *undo, int from, int fd)
{
    if (!put_away(undo, fd)) {
        return false;
    }
    if (dup2(from, fd) < 0) {
        util_warn("%d: %s", from, strerror(errno));
        return false;
    }
    return true;
}

void redirect_undo(struct redirect_undo *undo)
{
    fflush(stdout);
    while (undo->count > 0) {
        undo->count--;
        int fd = undo->entries[undo->count].fd;
        int kept = undo->entries[undo->count].kept;
        if (kept >= 0) {
            dup2(kept, fd);
            close(kept);
        } else {
            close(fd);
        }
    }
}

void redirect_keep(struct redirect_undo *undo)
{
    while (undo->count > 0) {
        undo->count--;
        if (undo->entries[undo->count].kept >= 0) {
            close(undo->entries[undo->count].kept);
        }
    }
}

int redirect_temporary(char *path, size_t size, int *reader)
{
    static unsigned counter;
    int fd;
    do {
        snprintf(path, size, "/tmp/sh.%ld.%u", (long)getpid(), counter++);
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0600);
    } while (fd < 0 && errno == EEXIST);
    if (fd < 0) {
        return -1;
    }
    *reader = open(path, O_RDONLY);
    int error = errno;
    unlink(path);
    if (*reader < 0) {
        close(fd);
        errno = error;
        return -1;
    }
    keep_private(fd);
    keep_private(*reader);
    return fd;
}

// A descriptor from which TEXT, and a newline with NEWLINE, can be read.
static int open_text(const char *text, bool newline)
{
    char path[64];
    int reader;
    int fd = redirect_temporary(path, sizeof path, &reader);
    if (fd < 0) {
        util_warn_errno(path);
        return -1;
    }
    bool failed = util_write_all(fd, text, strlen(text)) != 0 || (newline && util_write_all(fd, "\n", 1) != 0);
    if (failed) {
        util_warn_errno(path);
        close(reader);
        reader = -1;
    }
    close(fd);
    return reader;
}

static int open_file(enum redirect_kind kind, const char *path)
{
    static const int flags[] = {
        [REDIRECT_READ] = O_RDONLY,
        [REDIRECT_WRITE] = O_WRONLY | O_CREAT | O_TRUNC,
        [REDIRECT_APPEND] = O_WRONLY | O_CREAT | O_APPEND,
        [REDIRECT_READ_WRITE] = O_RDWR | O_CREAT,
    };
    int fd = open(path, flags[kind], 0666);
    if (fd < 0) {
        util_warn_errno(*path != '\0' ? path : "''");
    }
    return fd;
}

static bool duplicate(struct redirect_undo *undo, int fd, const char *target)
{
    if (strcmp(target, "-") == 0) {
        bool away = put_away(undo, fd);
        close(fd);
        return away;
    }
    uint64_t from;
    if (!util_parse_u64(target, &from) || from > 255) {
        util_warn("%s: not a file descriptor", target);
        return false;
    }
    return redirect_to(undo, (int)from, fd);
}

static bool apply_one(struct redirect_undo *undo, const struct redirect *redirect)
{
    bool here = redirect->kind == REDIRECT_HERE;
    char *text = !here ? expand_string(redirect->text)
               : redirect->quoted ? util_strdup(redirect->text) : expand_here(redirect->text);
    bool done = false;
    if (shell.unwind != UNWIND_NONE) {
        free(text);
        return false;
    }
    if (redirect->kind == REDIRECT_DUPLICATE) {
        done = duplicate(undo, redirect->fd, text);
    } else {
        bool inlined = here || redirect->kind == REDIRECT_HERE_STRING;
        // Put away first: the new file might get the number itself if it is closed now.
        int fd = !put_away(undo, redirect->fd) ? -1
               : inlined ? open_text(text, !here) : open_file(redirect->kind, text);
        if (fd == redirect->fd) {
            done = fcntl(fd, F_SETFD, 0) == 0;
        } else if (fd >= 0) {
            done = redirect_to(undo, fd, redirect->fd);
            close(fd);
        }
    }
    free(text);
    return done;
}

bool redirect_apply(struct redirect_undo *undo, const struct redirect *redirects)
{
    for (; redirects != NULL; redirects = redirects->next) {
        if (!apply_one(undo, redirects)) {
            return false;
        }
    }
    return true;
}
