/* SPDX-License-Identifier: MIT
 *
 * place.c: asks the first environment for CPU time (place.h). Layer: libos/proc. The request stands in the caller's entry of the
 * process table; the caller lends its own slice, so that the answer waits for nobody else's turn.
 */
#include "proc/place.h"

#include <errno.h>

#include "exo/exo.h"
#include "proc/table.h"
#include "sched/thread.h"
#include "sync/sync.h"

static struct sync_mutex lock; /* a process asks for one thing at a time */

/* Until the request is answered. */
static void await(const uint32_t *state)
{
    while (__atomic_load_n(state, __ATOMIC_ACQUIRE) == PLACE_ASKED)
        if (exo_yield(proc_at(PROC_INIT_SLOT)->env, 0) < 0) /* it runs already, or is not awake yet */
            (void)sync_wait(state, PLACE_ASKED, EXO_FOREVER, 0);
}

int place_ask(env_id_t env, uint32_t act, uint32_t cpu, uint32_t entry)
{
    struct process *self = proc_self();
    struct place_request request = {
        .env = env ? env : exo_act()->env, .act = act, .cpu = cpu, .from = exo_act()->cpu, .entry = entry};
    if (place_answer)
        return place_answer(&request);
    if (self == NULL)
        return -ENOSYS;
    thread_critical_enter();
    sync_mutex_lock(&lock);
    self->place = request;
    __atomic_store_n(&self->place.state, PLACE_ASKED, __ATOMIC_RELEASE);
    __atomic_fetch_add(&session_header()->places_asked, 1, __ATOMIC_ACQ_REL);
    session_wake(&session_header()->places_asked);
    await(&self->place.state);
    int result = self->place.result;
    sync_mutex_unlock(&lock);
    thread_critical_exit();
    return result;
}
