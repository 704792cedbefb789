# SPDX-License-Identifier: MIT
# seconds: 100
"""The interface of threads is whole: every function, type and constant that POSIX.1-2017 (XBD pthread.h, semaphore.h, sched.h;
of signal.h and time.h what speaks of threads) and C17 (7.17, 7.26) ask for is declared by its header, links, is no function of
absent.txt, and is called by a test of the guest. Layer: tests.

Left out are options that this system does not claim: sporadic servers and tracing. (`fork`'s part of pthread_atfork is said in
newlib-port/fork.c.)
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from harness import BUILD, ROOT, check, equal, run, scratch, shell  # noqa: E402

EXON_CC = BUILD / "bin" / "exon-cc"
POSIX = ["-std=c17", "-D_POSIX_C_SOURCE=200809L", "-D_XOPEN_SOURCE=700"]
FUNCTIONS = {
    "pthread.h": """pthread_atfork pthread_attr_destroy pthread_attr_getdetachstate pthread_attr_getguardsize
pthread_attr_getinheritsched pthread_attr_getschedparam pthread_attr_getschedpolicy pthread_attr_getscope pthread_attr_getstack
pthread_attr_getstacksize pthread_attr_init pthread_attr_setdetachstate pthread_attr_setguardsize pthread_attr_setinheritsched
pthread_attr_setschedparam pthread_attr_setschedpolicy pthread_attr_setscope pthread_attr_setstack pthread_attr_setstacksize
pthread_barrier_destroy pthread_barrier_init pthread_barrier_wait pthread_barrierattr_destroy pthread_barrierattr_getpshared
pthread_barrierattr_init pthread_barrierattr_setpshared pthread_cancel pthread_cond_broadcast pthread_cond_destroy
pthread_cond_init pthread_cond_signal pthread_cond_timedwait pthread_cond_wait pthread_condattr_destroy
pthread_condattr_getclock pthread_condattr_getpshared pthread_condattr_init pthread_condattr_setclock
pthread_condattr_setpshared pthread_create pthread_detach pthread_equal pthread_exit pthread_getconcurrency
pthread_getcpuclockid pthread_getschedparam pthread_getspecific pthread_join pthread_key_create pthread_key_delete
pthread_mutex_consistent pthread_mutex_destroy pthread_mutex_getprioceiling pthread_mutex_init pthread_mutex_lock
pthread_mutex_setprioceiling pthread_mutex_timedlock pthread_mutex_trylock pthread_mutex_unlock pthread_mutexattr_destroy
pthread_mutexattr_getprioceiling pthread_mutexattr_getprotocol pthread_mutexattr_getpshared pthread_mutexattr_getrobust
pthread_mutexattr_gettype pthread_mutexattr_init pthread_mutexattr_setprioceiling pthread_mutexattr_setprotocol
pthread_mutexattr_setpshared pthread_mutexattr_setrobust pthread_mutexattr_settype pthread_once pthread_rwlock_destroy
pthread_rwlock_init pthread_rwlock_rdlock pthread_rwlock_timedrdlock pthread_rwlock_timedwrlock pthread_rwlock_tryrdlock
pthread_rwlock_trywrlock pthread_rwlock_unlock pthread_rwlock_wrlock pthread_rwlockattr_destroy pthread_rwlockattr_getpshared
pthread_rwlockattr_init pthread_rwlockattr_setpshared pthread_self pthread_setcancelstate pthread_setcanceltype
pthread_setconcurrency pthread_setschedparam pthread_setschedprio pthread_setspecific pthread_spin_destroy pthread_spin_init
pthread_spin_lock pthread_spin_trylock pthread_spin_unlock pthread_testcancel""",
    "semaphore.h": """sem_close sem_destroy sem_getvalue sem_init sem_open sem_post sem_timedwait sem_trywait sem_unlink
sem_wait""",
    "sched.h": """sched_get_priority_max sched_get_priority_min sched_getparam sched_getscheduler sched_rr_get_interval
sched_setparam sched_setscheduler sched_yield""",
    "signal.h": "pthread_kill pthread_sigmask sigwait sigtimedwait sigwaitinfo raise",
    "time.h": "clock_getcpuclockid clock_nanosleep nanosleep timespec_get",
    "threads.h": """call_once cnd_broadcast cnd_destroy cnd_init cnd_signal cnd_timedwait cnd_wait mtx_destroy mtx_init mtx_lock
mtx_timedlock mtx_trylock mtx_unlock thrd_create thrd_current thrd_detach thrd_equal thrd_exit thrd_join thrd_sleep thrd_yield
tss_create tss_delete tss_get tss_set""",
    "stdatomic.h": """atomic_thread_fence atomic_signal_fence atomic_flag_test_and_set atomic_flag_test_and_set_explicit
atomic_flag_clear atomic_flag_clear_explicit""",
}
# Macros: some are expressions, some initializers, some open a block. They are asked for by #ifdef, or as enumerators.
MACROS = {
    "pthread.h": """PTHREAD_BARRIER_SERIAL_THREAD PTHREAD_CANCEL_ASYNCHRONOUS PTHREAD_CANCEL_DEFERRED PTHREAD_CANCEL_DISABLE
PTHREAD_CANCEL_ENABLE PTHREAD_CANCELED PTHREAD_COND_INITIALIZER PTHREAD_CREATE_DETACHED PTHREAD_CREATE_JOINABLE
PTHREAD_EXPLICIT_SCHED PTHREAD_INHERIT_SCHED PTHREAD_MUTEX_DEFAULT PTHREAD_MUTEX_ERRORCHECK PTHREAD_MUTEX_INITIALIZER
PTHREAD_MUTEX_NORMAL PTHREAD_MUTEX_RECURSIVE PTHREAD_MUTEX_ROBUST PTHREAD_MUTEX_STALLED PTHREAD_ONCE_INIT PTHREAD_PRIO_INHERIT
PTHREAD_PRIO_NONE PTHREAD_PRIO_PROTECT PTHREAD_PROCESS_PRIVATE PTHREAD_PROCESS_SHARED PTHREAD_RWLOCK_INITIALIZER
PTHREAD_SCOPE_PROCESS PTHREAD_SCOPE_SYSTEM pthread_cleanup_push pthread_cleanup_pop""",
    "semaphore.h": "SEM_FAILED",
    "limits.h": "PTHREAD_DESTRUCTOR_ITERATIONS PTHREAD_KEYS_MAX PTHREAD_STACK_MIN SEM_VALUE_MAX",
    "sched.h": "SCHED_FIFO SCHED_RR SCHED_OTHER",
    "time.h": "TIME_UTC",
    "threads.h": "thread_local ONCE_FLAG_INIT TSS_DTOR_ITERATIONS",
    "stdatomic.h": """ATOMIC_BOOL_LOCK_FREE ATOMIC_CHAR_LOCK_FREE ATOMIC_CHAR16_T_LOCK_FREE ATOMIC_CHAR32_T_LOCK_FREE
ATOMIC_WCHAR_T_LOCK_FREE ATOMIC_SHORT_LOCK_FREE ATOMIC_INT_LOCK_FREE ATOMIC_LONG_LOCK_FREE ATOMIC_LLONG_LOCK_FREE
ATOMIC_POINTER_LOCK_FREE ATOMIC_FLAG_INIT ATOMIC_VAR_INIT kill_dependency atomic_init atomic_is_lock_free atomic_store
atomic_store_explicit atomic_load atomic_load_explicit atomic_exchange atomic_exchange_explicit atomic_compare_exchange_strong
atomic_compare_exchange_strong_explicit atomic_compare_exchange_weak atomic_compare_exchange_weak_explicit atomic_fetch_add
atomic_fetch_add_explicit atomic_fetch_sub atomic_fetch_sub_explicit atomic_fetch_or atomic_fetch_or_explicit atomic_fetch_xor
atomic_fetch_xor_explicit atomic_fetch_and atomic_fetch_and_explicit""",
}
TYPES = {
    "pthread.h": """pthread_attr_t pthread_barrier_t pthread_barrierattr_t pthread_cond_t pthread_condattr_t pthread_key_t
pthread_mutex_t pthread_mutexattr_t pthread_once_t pthread_rwlock_t pthread_rwlockattr_t pthread_spinlock_t pthread_t clockid_t
time_t""",
    "semaphore.h": "sem_t",
    "sched.h": "pid_t time_t",
    "threads.h": "cnd_t thrd_t tss_t mtx_t tss_dtor_t thrd_start_t once_flag",
    "stdatomic.h": """memory_order atomic_flag atomic_bool atomic_char atomic_schar atomic_uchar atomic_short atomic_ushort
atomic_int atomic_uint atomic_long atomic_ulong atomic_llong atomic_ullong atomic_char16_t atomic_char32_t atomic_wchar_t
atomic_int_least8_t atomic_uint_least8_t atomic_int_least16_t atomic_uint_least16_t atomic_int_least32_t atomic_uint_least32_t
atomic_int_least64_t atomic_uint_least64_t atomic_int_fast8_t atomic_uint_fast8_t atomic_int_fast16_t atomic_uint_fast16_t
atomic_int_fast32_t atomic_uint_fast32_t atomic_int_fast64_t atomic_uint_fast64_t atomic_intptr_t atomic_uintptr_t
atomic_size_t atomic_ptrdiff_t atomic_intmax_t atomic_uintmax_t""",
}
ENUMERATORS = {
    "threads.h": "mtx_plain mtx_recursive mtx_timed thrd_timedout thrd_success thrd_busy thrd_error thrd_nomem",
    "stdatomic.h": "memory_order_relaxed memory_order_consume memory_order_acquire memory_order_release memory_order_acq_rel "
                   "memory_order_seq_cst",
}


def test_each_header_has_all_and_all_links():
    """One program a header, which includes nothing else."""
    with scratch() as folder:
        for header in sorted({*FUNCTIONS, *MACROS, *TYPES}):
            functions = FUNCTIONS.get(header, "").split()
            lines = [f"#include <{header}>"]
            lines += [f"#ifndef {name}\n#error no {name}\n#endif" for name in MACROS.get(header, "").split()]
            lines += [f"extern {name} *of_{name};" for name in TYPES.get(header, "").split()]
            lines += [f"enum {{ is_{name} = {name} }};" for name in ENUMERATORS.get(header, "").split()]
            lines += ["typedef void function(void);", "function *const table[] = {0" +
                      "".join(f",\n    (function *)({name})" for name in functions) + "};",
                      "int main(void) { return table[0] != 0; }"]
            source = pathlib.Path(folder) / "all.c"
            source.write_text("\n".join(lines) + "\n")
            words = [EXON_CC, *POSIX, "-Wall", "-Wno-cast-function-type", "-Werror", "-o", f"{folder}/program", source]
            status, _, errors = shell(words)
            equal((status, errors), (0, ""), header)


def test_none_is_absent():
    absent = {line.split()[1] for line in (ROOT / "newlib-port" / "absent.txt").read_text().splitlines()
              if line and not line.startswith("#")}
    equal(sorted(absent & {name for names in FUNCTIONS.values() for name in names.split()}), [])


def test_each_is_called_in_a_guest():
    text = "\n".join(path.read_text() for path in sorted((ROOT / "tests" / "guest").glob("*.c")))
    called = set(re.findall(r"\b(\w+)\)?\s*\(", text))
    wanted = {name for table in (FUNCTIONS, MACROS) for header, names in table.items() for name in names.split()
              if name.islower()} - {"thread_local"}
    check(len(wanted) > 150, f"only {len(wanted)} names")
    equal(sorted(wanted - called), [], "called by no test")


run(globals())
