/* SPDX-License-Identifier: MIT
 *
 * passwd.c: the data base of users (<pwd.h>). Layer: newlib-port. It is /etc/passwd, if a program put one there, or else the
 * one line below. Lines that are no entries are passed over. The functions without _r share one buffer.
 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "colons.h"
#include "users.h"

#define PASSWD_FILE "/etc/passwd"
#define FIELDS 7 /* name:password:uid:gid:gecos:directory:shell */

static const char the_user[] = USER_NAME ":x:0:0:" USER_NAME ":/:/bin/sh\n";

static bool parse(char *line, size_t room, void *out)
{
    (void)room;
    struct passwd *entry = out;
    char *fields[FIELDS];
    unsigned uid, gid;
    if (!colons_split(line, fields, FIELDS) || !colons_number(fields[2], &uid) || !colons_number(fields[3], &gid))
        return false;
    *entry = (struct passwd){.pw_name = fields[0], .pw_passwd = fields[1], .pw_uid = (uid_t)uid, .pw_gid = (gid_t)gid,
                             .pw_comment = fields[4], .pw_gecos = fields[4], .pw_dir = fields[5], .pw_shell = fields[6]};
    return true;
}

static bool has_name(const void *entry, const char *name, unsigned id)
{
    (void)id;
    return strcmp(((const struct passwd *)entry)->pw_name, name) == 0;
}

static bool has_id(const void *entry, const char *name, unsigned id)
{
    (void)name;
    return ((const struct passwd *)entry)->pw_uid == (uid_t)id;
}

static const struct colons_table table = {PASSWD_FILE, the_user, sizeof the_user - 1, parse};

int getpwnam_r(const char *name, struct passwd *entry, char *buffer, size_t size, struct passwd **result)
{
    int found = colons_find(&table, has_name, name, 0, buffer, size, entry);
    *result = found > 0 ? entry : NULL;
    return found < 0 ? -found : 0;
}

int getpwuid_r(uid_t id, struct passwd *entry, char *buffer, size_t size, struct passwd **result)
{
    int found = colons_find(&table, has_id, NULL, id, buffer, size, entry);
    *result = found > 0 ? entry : NULL;
    return found < 0 ? -found : 0;
}

static struct passwd shared;
static char text[COLONS_LINE];

static struct passwd *one(int found)
{
    if (found < 0)
        errno = -found;
    return found > 0 ? &shared : NULL;
}

struct passwd *getpwnam(const char *name)
{
    return one(colons_find(&table, has_name, name, 0, text, sizeof text, &shared));
}

struct passwd *getpwuid(uid_t id)
{
    return one(colons_find(&table, has_id, NULL, id, text, sizeof text, &shared));
}

static struct colons_walk walk;

struct passwd *getpwent(void) { return one(colons_next(&table, &walk, text, sizeof text, &shared)); }
void setpwent(void) { colons_end(&walk); }
void endpwent(void) { colons_end(&walk); }

int setpassent(int stay_open)
{
    (void)stay_open;
    setpwent();
    return 1;
}
