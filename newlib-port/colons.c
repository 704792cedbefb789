/* SPDX-License-Identifier: MIT
 *
 * colons.c: see colons.h. Layer: newlib-port.
 */
#include "colons.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static FILE *open_table(const struct colons_table *table)
{
    FILE *file = fopen(table->path, "re");
    return file ? file : fmemopen((void *)table->text, table->bytes, "r");
}

/* One line without its end. 1, 0 at the end of the file, -ERANGE. */
static int read_line(FILE *file, char *buffer, size_t size)
{
    if (size > INT_MAX)
        size = INT_MAX;
    if (size < 2)
        return -ERANGE;
    if (!fgets(buffer, (int)size, file))
        return 0;
    size_t length = strlen(buffer);
    if (length && buffer[length - 1] == '\n')
        buffer[length - 1] = '\0';
    else if (!feof(file) && length + 1 == size)
        return -ERANGE;
    return 1;
}

int colons_next(const struct colons_table *table, struct colons_walk *walk, char *buffer, size_t size, void *entry)
{
    if (!walk->file && !(walk->file = open_table(table)))
        return -errno;
    for (;;) {
        int found = read_line(walk->file, buffer, size);
        if (found <= 0 || table->parse(buffer, size, entry))
            return found;
    }
}

void colons_end(struct colons_walk *walk)
{
    if (walk->file)
        fclose(walk->file);
    walk->file = NULL;
}

int colons_find(const struct colons_table *table, colons_match_fn *match, const char *name, unsigned id, char *buffer,
                size_t size, void *entry)
{
    struct colons_walk walk = {NULL};
    int found, before = errno;
    do
        found = colons_next(table, &walk, buffer, size, entry);
    while (found > 0 && !match(entry, name, id));
    colons_end(&walk);
    errno = before;
    return found;
}

bool colons_split(char *line, char **fields, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        fields[i] = line;
        line = strchr(line, ':');
        if ((line != NULL) != (i + 1 < count))
            return false;
        if (line)
            *line++ = '\0';
    }
    return fields[0][0] != '\0';
}

bool colons_number(const char *field, unsigned *out)
{
    unsigned long value = 0;
    if (!*field)
        return false;
    for (; *field; field++) {
        if (*field < '0' || *field > '9' || (value = value * 10 + (unsigned long)(*field - '0')) > UINT_MAX)
            return false;
    }
    *out = (unsigned)value;
    return true;
}
