/* SPDX-License-Identifier: MIT
 *
 * choose.c: the library's policies by name, and the one that the environment names. Layer: libos/sched. Linked by programs that
 * make threads.
 */
#include <stdlib.h>
#include <string.h>

#include "exo/choice.h"
#include "sched/policy.h"

const struct sched_policy *const sched_policies[] = {
    &sched_cooperative, &sched_fifo, &sched_round_robin, &sched_priority, &sched_mlfq, &sched_lottery, &sched_stride,
    &sched_edf, &sched_eevdf, &sched_work_stealing, NULL};

const struct sched_policy *sched_policy_find(const char *name)
{
    if (strcmp(name, sched_policy->name) == 0)
        return sched_policy;
    for (const struct sched_policy *const *policy = sched_policies; *policy; policy++)
        if (strcmp(name, (*policy)->name) == 0)
            return *policy;
    return NULL;
}

static const char *name_at(unsigned i) { return sched_policies[i] ? sched_policies[i]->name : NULL; }

__attribute__((weak)) bool sched_check = true;
static bool traced;

const struct sched_policy *sched_policy_wrap(const struct sched_policy *policy)
{
    if (sched_check)
        policy = sched_check_wrap(policy);
    return traced ? sched_trace_wrap(policy) : policy;
}

void sched_policy_start(void)
{
    const char *name = getenv("EXON_SCHED"), *check = getenv("EXON_SCHED_CHECK"), *trace = getenv("EXON_SCHED_TRACE");
    const struct sched_policy *policy = name ? sched_policy_find(name) : NULL;
    if (name && !policy)
        choice_refuse("scheduler policy", name, name_at);
    if (check)
        sched_check = strcmp(check, "0") != 0;
    traced = trace && strcmp(trace, "1") == 0;
    if (policy || sched_check || traced)
        sched_policy_set(policy ? policy : sched_policy_now());
}
