/* SPDX-License-Identifier: MIT
 *
 * users.h: the one user, and the one group, of a session. Layer: newlib-port, private.
 */
#ifndef NEWLIB_PORT_USERS_H
#define NEWLIB_PORT_USERS_H

#define USER_ID 0
#define USER_NAME "root"

#endif
