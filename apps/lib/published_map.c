// SPDX-License-Identifier: MIT
//
// Where the kernel publishes its tables; published.h is the interface. Apart from published.c, so that a test can link
// tables of its own instead.

#include <abi/map.h>

#include "published.h"
#include "util.h"

void published_open(struct published *tables)
{
    *tables = (struct published){
        .info = (const struct exo_info *)EXO_PUB_INFO,
        .envs = (const struct exo_env_info *)EXO_PUB_ENVS,
        .slices = (const struct exo_slice *)EXO_PUB_SLICES,
        .devices = (const struct exo_device *)EXO_PUB_DEVICES,
        .log = (const struct exo_log *)EXO_PUB_LOG,
        .frames = (const struct exo_frame *)EXO_PUB_FRAMES,
    };
    if (tables->info->magic != EXO_INFO_MAGIC || tables->info->abi_version != EXO_ABI_VERSION) {
        util_die(1, "the kernel publishes tables of version %u, this program reads version %d",
                 (unsigned)tables->info->abi_version, EXO_ABI_VERSION);
    }
}
