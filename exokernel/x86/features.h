/* SPDX-License-Identifier: MIT
 *
 * features.h: what this CPU can do (CPUID), asked once on CPU 0; all CPUs are taken to be alike.
 */
#ifndef X86_FEATURES_H
#define X86_FEATURES_H

#include <stdbool.h>

#include "info.h"

struct features {
    bool nx, global_pages, pages_1g, smep, smap, umip, fsgsbase, xsave;
    bool rdrand, rdtscp, invtsc, rdcl_no, tsc_deadline, x2apic, apic, hypervisor;
    uint32_t family, model, stepping;
    char vendor[13], name[49];
};

extern struct features features;

void features_read(void);

/* Each CPU: control registers as the features allow: write protection, global pages, SMEP, SMAP, UMIP, FSGSBASE. */
void features_enable(void);

/* Fills cpu_name and cpu_features. */
void cpu_describe(struct exo_info *info);

/* Writes them to the log, with a warning for each protection that this CPU lacks. */
void features_log(void);

#endif
