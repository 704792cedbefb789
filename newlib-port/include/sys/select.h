/* SPDX-License-Identifier: MIT
 *
 * sys/select.h: newlib's, with sets as large as the table of descriptors. Layer: newlib-port, public.
 */
#ifndef FD_SETSIZE
#define FD_SETSIZE 1024
#endif
#include_next <sys/select.h>
