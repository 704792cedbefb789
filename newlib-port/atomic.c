/* SPDX-License-Identifier: MIT
 *
 * atomic.c: the functions behind the macros of <stdatomic.h>, for who takes their address (C17 7.17), and what GCC calls for
 * atomic floating point. Layer: newlib-port.
 */
#include <fenv.h>
#include <stdatomic.h>

/* A compound assignment raises the exceptions of the attempt that was stored, not of those before (C17 6.5.16.2, note 113). */
void __atomic_feraiseexcept(int exceptions);
void __atomic_feraiseexcept(int exceptions) { feraiseexcept(exceptions); }

void(atomic_thread_fence)(memory_order order) { atomic_thread_fence(order); }
void(atomic_signal_fence)(memory_order order) { atomic_signal_fence(order); }
_Bool(atomic_flag_test_and_set)(volatile atomic_flag *flag) { return atomic_flag_test_and_set(flag); }
void(atomic_flag_clear)(volatile atomic_flag *flag) { atomic_flag_clear(flag); }
void(atomic_flag_clear_explicit)(volatile atomic_flag *flag, memory_order order) { atomic_flag_clear_explicit(flag, order); }

_Bool(atomic_flag_test_and_set_explicit)(volatile atomic_flag *flag, memory_order order)
{
    return atomic_flag_test_and_set_explicit(flag, order);
}
