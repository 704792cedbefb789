// SPDX-License-Identifier: MIT
//
// Reading the tables that the kernel publishes (exokernel/abi/info.h): consistent copies of single entries, and how
// names and amounts in them are written. No call enters the kernel.
//
// Layer: apps, on the ABI's headers alone, so that it runs over any tables of that form; where the real ones are is
// published_map.c's to know, and tests put others in its place.

#ifndef APPS_LIB_PUBLISHED_H
#define APPS_LIB_PUBLISHED_H

#include <abi/info.h>
#include <stdbool.h>
#include <stddef.h>

struct published {
    const struct exo_info *info;
    const struct exo_env_info *envs;   // EXO_ENVS_MAX
    const struct exo_slice *slices;    // EXO_SLICES a CPU
    const struct exo_device *devices;  // info->devices
    const struct exo_log *log;         // info->log_records
    const struct exo_frame *frames;    // info->frames
};

// Where the tables are. Ends the program with a message if they are of another version than this program.
void published_open(struct published *tables);

// Copies entry INDEX of the environment table. Returns false if it is free.
bool published_env(const struct published *tables, unsigned index, struct exo_env_info *copy);

// Copies frame NUMBER's entry.
void published_frame(const struct published *tables, uint32_t number, struct exo_frame *copy);

// Copies log record NUMBER. Returns false if it is overwritten, or not yet written.
bool published_log(const struct published *tables, uint64_t number, struct exo_log *copy);

// The number of the newest log record, 0 if there is none.
uint64_t published_log_newest(const struct published *tables);

enum { PUBLISHED_NAME_BYTES = 24 };

// Writes a capability's name: `root` for the empty one, else its bits in hexadecimal and their number, `a4/6`.
void published_cap_name(char text[PUBLISHED_NAME_BYTES], uint64_t bits, unsigned length);

// Prints SIZE bytes of TEXT up to a NUL, what is no printable character as `?`.
void published_print(const char *text, size_t size);

#endif
