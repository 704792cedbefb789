/* SPDX-License-Identifier: MIT
 *
 * tables.h: the kernel's writable addresses of the published tables (info.h), set once by core_init.
 */
#ifndef EXOKERNEL_TABLES_H
#define EXOKERNEL_TABLES_H

#include "info.h"

extern struct exo_info *published_info;
extern struct exo_env_info *published_envs;
extern struct exo_quota *published_quotas;

#endif
