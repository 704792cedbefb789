/* SPDX-License-Identifier: MIT
 *
 * regex.h: newlib's, which needs off_t and size_t and does not define them. Layer: newlib-port, public.
 */
#ifndef _EXON_REGEX_H
#define _EXON_REGEX_H

#include <sys/types.h>

#include_next <regex.h>

#endif
