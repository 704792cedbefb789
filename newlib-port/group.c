/* SPDX-License-Identifier: MIT
 *
 * group.c: the data base of groups (<grp.h>), as passwd.c. Layer: newlib-port. It is /etc/group, or else the one line below.
 * The list of an entry's members lies behind its line in the caller's buffer.
 */
#include <errno.h>
#include <grp.h>
#include <stdint.h>
#include <string.h>

#include "colons.h"
#include "users.h"

#define GROUP_FILE "/etc/group"
#define FIELDS 4 /* name:password:gid:member,... */

static const char the_group[] = USER_NAME ":x:0:" USER_NAME "\n";

/* Splits "a,b" in place into a list that ends with NULL. */
static bool members(char *names, char **list, size_t room)
{
    size_t count = 0;
    for (char *at = names; *at; count++) {
        if (count + 1 >= room)
            return false;
        list[count] = at;
        at += strcspn(at, ",");
        if (*at)
            *at++ = '\0';
    }
    if (room == 0)
        return false;
    list[count] = NULL;
    return true;
}

static bool parse(char *line, size_t room, void *out)
{
    struct group *entry = out;
    char *fields[FIELDS], *end = line + strlen(line) + 1, *limit = line + room;
    unsigned gid;
    if (!colons_split(line, fields, FIELDS) || !colons_number(fields[2], &gid))
        return false;
    char **list = (char **)(((uintptr_t)end + sizeof(char *) - 1) & ~(sizeof(char *) - 1));
    if ((char *)list > limit || !members(fields[3], list, (size_t)(limit - (char *)list) / sizeof *list))
        return false;
    *entry = (struct group){.gr_name = fields[0], .gr_passwd = fields[1], .gr_gid = (gid_t)gid, .gr_mem = list};
    return true;
}

static bool has_name(const void *entry, const char *name, unsigned id)
{
    (void)id;
    return strcmp(((const struct group *)entry)->gr_name, name) == 0;
}

static bool has_id(const void *entry, const char *name, unsigned id)
{
    (void)name;
    return ((const struct group *)entry)->gr_gid == (gid_t)id;
}

static const struct colons_table table = {GROUP_FILE, the_group, sizeof the_group - 1, parse};

int getgrnam_r(const char *name, struct group *entry, char *buffer, size_t size, struct group **result)
{
    int found = colons_find(&table, has_name, name, 0, buffer, size, entry);
    *result = found > 0 ? entry : NULL;
    return found < 0 ? -found : 0;
}

int getgrgid_r(gid_t id, struct group *entry, char *buffer, size_t size, struct group **result)
{
    int found = colons_find(&table, has_id, NULL, id, buffer, size, entry);
    *result = found > 0 ? entry : NULL;
    return found < 0 ? -found : 0;
}

static struct group shared;
static char text[COLONS_LINE];

static struct group *one(int found)
{
    if (found < 0)
        errno = -found;
    return found > 0 ? &shared : NULL;
}

struct group *getgrnam(const char *name)
{
    return one(colons_find(&table, has_name, name, 0, text, sizeof text, &shared));
}

struct group *getgrgid(gid_t id) { return one(colons_find(&table, has_id, NULL, id, text, sizeof text, &shared)); }

static struct colons_walk walk;

struct group *getgrent(void) { return one(colons_next(&table, &walk, text, sizeof text, &shared)); }
void setgrent(void) { colons_end(&walk); }
void endgrent(void) { colons_end(&walk); }
