/* SPDX-License-Identifier: MIT
 *
 * pct.h: protected control transfer for programs: serving calls of other environments, and calling them. Layer: libos/exo
 * over the kernel's pct_gate to pct_send (docs/abi.md); the serving side uses sched and mem. Programs that name nothing of it
 * carry nothing of it. Engler 1995, §5.7; docs/how-to.md shows how to use it.
 *
 * Four words go, four come back, in registers; whatever is larger lies in memory that both map. A call runs the server on the
 * caller's CPU and in the caller's slice, at once; no thread is woken and no scheduler asked.
 *
 * The caller. The thread that calls keeps its virtual CPU until the call ends: other threads of it wait, those on other virtual
 * CPUs go on. Signals and timers of the program come when it has ended, so a server that is not trusted gets a deadline.
 * Bindings are the process's, for all of its threads; a program that it spawns has none.
 *
 * The server. Each activation offered (pct_serve) has a thread of its own, which the scheduling policy never sees: it runs in
 * calls, and sleeps in between. The handler begins with the initial FPU state and may do what a thread may: allocate, print,
 * lock, wait, call other servers. While it waits, its caller waits; nothing else runs on the caller's slice. Only faults are
 * delivered to it as signals. It must return, and must neither end the thread nor jump out (longjmp). A caller that waits no
 * longer (its deadline passed, it was killed) is not told: the handler goes on with a slice of its own, and its reply is
 * dropped.
 */
#ifndef LIBOS_PCT_H
#define LIBOS_PCT_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/pct.h"
#include "exo/exo.h"

/* ---- Calling ---- */

/* Makes a binding to an environment; the capability in slot (EXO_CAP_NONE: none) is what its gate is shown, now and whenever
 * it may have changed. Returns the binding's number, or -EPERM (the gate refuses), -ESRCH (no such environment), -EBADF (the
 * slot is empty, and the gate wants a capability), -EAGAIN (EXO_PCT_BINDINGS are in use). proc_env(pid) is a process's
 * environment. */
int pct_bind(env_id_t env, uint32_t slot);
void pct_unbind(int binding);

/* Calls: *words go, and are what came back when 0 is returned; after an error they are 0. deadline_ns is a time of
 * exo_clock_ns, or EXO_FOREVER. Returns 0, -EBUSY (no activation there is idle), -ETIMEDOUT, -ESRCH (the server ended, before
 * or in the middle of the call, or the binding is none), -EPERM (the gate refuses by now, or the server or the binding's
 * capability was revoked), -EBADF, -EAGAIN (EXO_PCT_DEPTH calls within each other). */
int pct_call(int binding, struct exo_words *words, uint64_t deadline_ns);

/* The same, but while the server is busy the thread sleeps and tries again, until the deadline: never -EBUSY. */
int pct_call_when_idle(int binding, struct exo_words *words, uint64_t deadline_ns);

/* Passes words and the rest of the slice, and goes on without a reply when the caller has the CPU again. Errors as pct_call,
 * without -ETIMEDOUT and -EAGAIN. */
int pct_send(int binding, const struct exo_words *words);

/* ---- Serving ---- */

/* Says who may bind this process: EXO_GATE_CLOSED (as at the start), EXO_GATE_OPEN, or EXO_GATE_NAMED: who holds a capability
 * that dominates the name *who with its rights. Holds at once, for bindings that exist too. Returns 0 or -EINVAL, -EFAULT. */
int pct_gate(unsigned gate, const struct exo_cap *who);

/* What serves a call: changes *words into the reply. from is who called; sent: nobody waits for a reply. */
typedef void pct_handler_fn(struct exo_words *words, env_id_t from, bool sent);

/* Serves with `activations` in all (as many calls at the same time; never fewer than there are, at most EXO_ACTS_MAX less the
 * virtual CPUs) and this handler, for calls that come from now on. Each takes an activation and a slice of the process; it
 * has as many virtual CPUs as before, and gets no more of them (sched_cpus_set). Returns 0, with all of them idle; or -EAGAIN
 * (no activation or slice left), -ENOMEM: some of them may serve all the same. */
int pct_serve(pct_handler_fn *handler, uint32_t activations);

#endif
