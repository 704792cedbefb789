/* SPDX-License-Identifier: MIT
 *
 * sys/syslog.h: the older name of <syslog.h>. Layer: newlib-port, public.
 */
#include <syslog.h>
