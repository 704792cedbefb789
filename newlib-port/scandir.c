/* SPDX-License-Identifier: MIT
 *
 * scandir.c: what newlib's scandir lacks: from a directory's descriptor, and in the order of versions. Layer: newlib-port.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int versionsort(const struct dirent **a, const struct dirent **b) { return strverscmp((*a)->d_name, (*b)->d_name); }

typedef int select_fn(const struct dirent *);
typedef int compare_fn(const struct dirent **, const struct dirent **);

static int by(const void *a, const void *b, void *compare)
{
    return ((compare_fn *)compare)((const struct dirent **)a, (const struct dirent **)b);
}

/* Adds a copy of an entry to the list. Returns false without memory. */
static bool add(struct dirent ***list, int count, const struct dirent *entry)
{
    struct dirent **longer = realloc(*list, ((size_t)count + 1) * sizeof *longer);
    if (longer == NULL)
        return false;
    *list = longer;
    longer[count] = malloc(sizeof *entry);
    if (longer[count] != NULL)
        *longer[count] = *entry;
    return longer[count] != NULL;
}

int scandirat(int dirfd, const char *path, struct dirent ***out, select_fn *select, compare_fn *compare)
{
    int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), count = 0;
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    struct dirent **list = NULL, *entry;
    bool good = true;
    while (good && (errno = 0, entry = readdir(dir)) != NULL)
        if (select == NULL || select(entry))
            good = add(&list, count, entry), count += good;
    int error = good ? errno : ENOMEM;
    closedir(dir);
    if (error) {
        while (count > 0)
            free(list[--count]);
        free(list);
        errno = error;
        return -1;
    }
    if (compare != NULL && count > 0)
        qsort_r(list, (size_t)count, sizeof *list, by, (void *)compare);
    *out = list;
    return count;
}
