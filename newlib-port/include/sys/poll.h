/* SPDX-License-Identifier: MIT
 *
 * sys/poll.h: the older name of <poll.h>. Layer: newlib-port, public.
 */
#include <poll.h>
