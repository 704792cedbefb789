// SPDX-License-Identifier: MIT
//
// Subshells; subshell.h is the interface.

#include "subshell.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/util.h"
#include "jobs.h"
#include "redirect.h"
#include "run.h"
#include "sh.h"
#include "vars.h"

enum { PATH_BYTES = 1024 };

struct saved {
    struct shell shell;
    struct vars_copy *variables;
    char directory[PATH_BYTES];
    bool has_directory;
};

static void save(struct saved *saved)
{
    saved->shell = shell;
    saved->variables = vars_save();
    saved->has_directory = getcwd(saved->directory, sizeof saved->directory) != NULL;
    shell.arguments = strings_copy(shell.arguments, shell.argument_count);
    shell.loop_depth = 0;
    shell.interactive = false;
}

static void restore(struct saved *saved)
{
    int status = shell.status;
    enum unwind unwind = shell.unwind;
    strings_free(shell.arguments, shell.argument_count);
    vars_restore(saved->variables);
    if (saved->has_directory && chdir(saved->directory) != 0) {
        util_warn_errno(saved->directory);
    }
    shell = saved->shell;
    shell.status = status;
    // What ends a subshell ends it alone, but Ctrl-C is meant for everything.
    shell.unwind = unwind == UNWIND_INTERRUPT ? UNWIND_INTERRUPT : UNWIND_NONE;
}

int subshell_run(const struct node *node)
{
    struct saved saved;
    save(&saved);
    run_node(node);
    restore(&saved);
    return shell.status;
}

char *subshell_capture(const char *text)
{
    char path[64];
    int reader = -1;
    int fd = redirect_temporary(path, sizeof path, &reader);
    if (fd < 0) {
        shell_fail(1, "%s: %s", path, strerror(errno));
        return util_strdup("");
    }
    struct redirect_undo undo;
    redirect_save(&undo);
    redirect_to(&undo, fd, STDOUT_FILENO);
    struct saved saved;
    save(&saved);
    shell.status = 0;
    shell_run_text(text, NULL);
    restore(&saved);
    shell.captures++;
    redirect_undo(&undo);
    close(fd);

    struct string output = { NULL, 0, 0 };
    char buffer[1024];
    ssize_t got;
    while ((got = read(reader, buffer, sizeof buffer)) > 0) {
        for (ssize_t i = 0; i < got; i++) {
            if (buffer[i] != '\0') {
                string_char(&output, buffer[i]);
            }
        }
    }
    close(reader);
    return string_take(&output);
}
