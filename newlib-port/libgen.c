/* SPDX-License-Identifier: MIT
 *
 * libgen.c: basename and dirname as POSIX has them: they may change their argument. Layer: newlib-port. (<string.h>'s GNU
 * basename is another function, newlib's.)
 */
#include <libgen.h>
#include <string.h>

static char dot[] = ".";

/* Cuts off slashes at the end, but for one that is the whole path. Returns the length. */
static size_t trim(char *path)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        path[--length] = '\0';
    return length;
}

char *basename(char *path)
{
    if (path == NULL || *path == '\0')
        return dot;
    size_t length = trim(path);
    while (length > 1 && path[length - 2] != '/')
        length--;
    return path + length - 1;
}

char *dirname(char *path)
{
    if (path == NULL || *path == '\0')
        return dot;
    size_t length = trim(path);
    while (length > 0 && path[length - 1] != '/')
        length--;
    if (length == 0)
        return dot;
    path[length] = '\0';
    if (length > 1)
        path[length - 1] = '\0';
    trim(path);
    return path;
}
