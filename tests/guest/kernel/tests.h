/* SPDX-License-Identifier: MIT
 *
 * tests.h: the one table of the kernel tests: function (test_NAME), name, time limit in milliseconds (main.c: longer on
 * several CPUs).
 */
#ifndef TESTS_KERNEL_TESTS_H
#define TESTS_KERNEL_TESTS_H

#define TESTS(T)                                                                                                       \
    /* pointers.c */                                                                                                   \
    T(pointers_bad, 2000)                                                                                              \
    T(pointers_straddle, 2000)                                                                                         \
    T(pointers_output, 2000)                                                                                           \
    /* caps.c */                                                                                                       \
    T(cap_derive, 2000)                                                                                                \
    T(cap_malformed, 2000)                                                                                             \
    T(cap_drop, 2000)                                                                                                  \
    T(cap_give, 2000)                                                                                                  \
    T(cap_revoke_rights, 2000)                                                                                         \
    T(cap_revoke, 5000)                                                                                                \
    T(cap_revoke_guards, 5000)                                                                                         \
    T(cap_revoke_quotas, 5000)                                                                                         \
    T(cap_revoke_sweeps, 10000)                                                                                        \
    T(cap_drop_sweeps, 5000)                                                                                           \
    T(cap_name_reuse, 5000)                                                                                            \
    T(cap_device_reuse, 5000)                                                                                          \
    T(device_unshare, 5000)                                                                                            \
    T(cap_revoke_limit, 20000)                                                                                         \
    /* quotas.c */                                                                                                     \
    T(quota_frames, 2000)                                                                                              \
    T(quota_rights, 2000)                                                                                              \
    T(quota_carved, 2000)                                                                                              \
    T(quota_envs, 5000)                                                                                                \
    T(quota_slices, 2000)                                                                                              \
    T(quota_each_frame, 20000)                                                                                         \
    T(quota_bindings, 5000)                                                                                            \
    T(quota_revocations, 5000)                                                                                         \
    T(quota_table_full, 5000)                                                                                          \
    /* revoke.c */                                                                                                     \
    T(revoke_cooperates, 10000)                                                                                        \
    T(revoke_ignored, 10000)                                                                                           \
    T(revoke_quota, 5000)                                                                                              \
    T(revoke_rights, 5000)                                                                                             \
    T(revoke_askers, 5000)                                                                                             \
    T(revoke_bad, 5000)                                                                                                \
    T(revoke_deadline, 5000)                                                                                           \
    T(revoke_slices, 10000)                                                                                            \
    T(revoke_slices_unread, 10000)                                                                                     \
    T(revoke_lines, 5000)                                                                                              \
    T(revoke_ports, 10000)                                                                                             \
    T(revoke_whole, 10000)                                                                                             \
    T(revoke_shared, 20000)                                                                                            \
    T(revoke_large, 10000)                                                                                             \
    T(revoke_overflow, 10000)                                                                                          \
    T(revoke_owner_dies, 20000)                                                                                        \
    T(revoke_many, 30000)                                                                                              \
    T(revoke_prefix_told, 10000)                                                                                       \
    T(revoke_hostile_page, 10000)                                                                                      \
    /* random.c */                                                                                                     \
    T(random_fill, 10000)                                                                                              \
    T(random_rights, 5000)                                                                                             \
    T(random_bad, 5000)                                                                                                \
    T(random_quota, 10000)                                                                                             \
    T(random_freed, 10000)                                                                                             \
    T(random_taken, 10000)                                                                                             \
    T(random_owner_dies, 20000)                                                                                        \
    T(random_revoked, 20000)                                                                                           \
    /* frames.c */                                                                                                     \
    T(frame_alloc, 2000)                                                                                               \
    T(frame_alloc_bad, 2000)                                                                                           \
    T(frame_kernel, 5000)                                                                                              \
    T(frame_run, 2000)                                                                                                 \
    T(frame_run_first_fit, 20000)                                                                                      \
    T(frame_zeroing, 2000)                                                                                             \
    T(frame_auto, 2000)                                                                                                \
    T(frame_dying, 2000)                                                                                               \
    T(frame_free_bad, 2000)                                                                                            \
    T(frame_share, 2000)                                                                                               \
    T(frame_share_whole, 2000)                                                                                         \
    T(frame_guard, 2000)                                                                                               \
    T(frame_exhaustion, 20000)                                                                                         \
    /* pages.c */                                                                                                      \
    T(pt_map, 2000)                                                                                                    \
    T(pt_protect, 2000)                                                                                                \
    T(pt_execute, 2000)                                                                                                \
    T(pt_window, 2000)                                                                                                 \
    T(pt_clear, 2000)                                                                                                  \
    T(pt_soft_bits, 2000)                                                                                              \
    T(pt_prune, 2000)                                                                                                  \
    T(pt_bad, 2000)                                                                                                    \
    T(pt_foreign, 5000)                                                                                                \
    T(pt_whole_or_not, 2000)                                                                                           \
    T(pt_batch, 2000)                                                                                                  \
    T(pt_one_register, 2000)                                                                                                  \
    T(pt_widen, 2000)                                                                                                  \
    T(pt_table_forgotten, 2000)                                                                                        \
    T(pt_large, 5000)                                                                                                  \
    T(pt_large_window, 5000)                                                                                           \
    T(pt_large_soft, 2000)                                                                                             \
    T(pt_other_env, 5000)                                                                                              \
    T(pt_acl, 5000)                                                                                                    \
    T(pt_device, 5000)                                                                                                 \
    T(pt_shootdown, 20000)                                                                                             \
    /* envs.c */                                                                                                       \
    T(env_create, 5000)                                                                                                \
    T(act_create_bad, 5000)                                                                                            \
    T(env_destroy_self, 5000)                                                                                          \
    T(env_destroy_running, 20000)                                                                                      \
    T(env_teardown_tables, 20000)                                                                                      \
    T(env_teardown_large, 10000)                                                                                       \
    T(env_bomb, 10000)                                                                                                 \
    T(env_limit, 30000)                                                                                                \
    T(act_second, 5000)                                                                                                \
    T(env_churn, 20000)                                                                                                \
    /* upcalls.c */                                                                                                    \
    T(fault_exceptions, 2000)                                                                                          \
    T(fault_vectors, 2000)                                                                                             \
    T(fault_no_call, 2000)                                                                                             \
    T(fault_pages, 2000)                                                                                               \
    T(fault_resume, 5000)                                                                                              \
    T(fault_alignment, 2000)                                                                                           \
    T(fault_nesting, 2000)                                                                                             \
    T(stop_faults, 40000)                                                                                              \
    T(stop_upcalls, 20000)                                                                                             \
    T(stop_resume, 20000)                                                                                              \
    T(stop_spoiled_slot, 10000)                                                                                        \
    T(kept_disabled, 10000)                                                                                            \
    T(kept_enabled, 10000)                                                                                             \
    T(kept_mixed, 10000)                                                                                               \
    T(kept_ymm, 10000)                                                                                                 \
    T(kept_call, 2000)                                                                                                 \
    T(call_numbers, 2000)                                                                                              \
    T(upcall_run, 2000)                                                                                                \
    T(upcall_event, 2000)                                                                                              \
    T(upcall_wait, 2000)                                                                                               \
    T(upcall_resume_range, 2000)                                                                                       \
    T(resume_steps, 2000)                                                                                              \
    T(resume_bad, 2000)                                                                                                \
    T(fs_base, 2000)                                                                                                   \
    /* slices.c */                                                                                                     \
    T(slice_alloc, 2000)                                                                                               \
    T(slice_full, 5000)                                                                                                \
    T(slice_bind, 10000)                                                                                               \
    T(slice_bind_limits, 5000)                                                                                         \
    T(slice_fair, 10000)                                                                                               \
    T(yield_directed, 5000)                                                                                            \
    T(yield_kept, 20000)                                                                                               \
    T(yield_enabled, 10000)                                                                                            \
    T(yield_to_hog, 5000)                                                                                              \
    T(yield_round, 5000)                                                                                               \
    T(slice_move, 30000)                                                                                               \
    T(yield_across, 10000)                                                                                             \
    /* pct.c */                                                                                                        \
    T(pct_words, 5000)                                                                                                 \
    T(pct_gates, 5000)                                                                                                 \
    T(pct_bad, 5000)                                                                                                   \
    T(pct_traced, 5000)                                                                                                \
    T(pct_busy, 5000)                                                                                                  \
    T(pct_deadline, 5000)                                                                                              \
    T(pct_late_reply, 5000)                                                                                            \
    T(pct_forged_reply, 5000)                                                                                          \
    T(pct_preempted, 5000)                                                                                             \
    T(pct_sleeping, 5000)                                                                                              \
    T(pct_nested, 5000)                                                                                                \
    T(pct_depth, 5000)                                                                                                 \
    T(pct_crowd, 20000)                                                                                                \
    T(pct_callee_ends, 5000)                                                                                           \
    T(pct_caller_ends, 5000)                                                                                           \
    T(pct_revoked, 5000)                                                                                               \
    T(pct_bad_entry, 5000)                                                                                             \
    T(pct_spoiled_slot, 5000)                                                                                          \
    T(pct_event, 5000)                                                                                                 \
    T(pct_send, 5000)                                                                                                  \
    T(pct_keep, 5000)                                                                                                  \
    T(pct_across, 20000)                                                                                               \
    T(pct_storm, 20000)                                                                                                \
    /* slice_over.c */                                                                                                 \
    T(slice_over_counts, 20000)                                                                                        \
    T(slice_over_neighbours, 20000)                                                                                    \
    T(slice_over_spoiled, 20000)                                                                                       \
    T(slice_over_event, 20000)                                                                                         \
    T(slice_over_tracing, 30000)                                                                                       \
    T(slice_over_lent, 30000)                                                                                          \
    T(slice_over_rebound, 30000)                                                                                       \
    T(slice_over_elsewhere, 30000)                                                                                     \
    /* slice_end.c */                                                                                                  \
    T(slice_end, 20000)                                                                                                \
    T(slice_end_overrun, 20000)                                                                                        \
    /* waits.c */                                                                                                      \
    T(wait_terms, 2000)                                                                                                \
    T(wait_alternatives, 2000)                                                                                         \
    T(wait_bad, 2000)                                                                                                  \
    T(wait_deadline, 2000)                                                                                             \
    T(wait_event, 5000)                                                                                                \
    T(doorbell, 20000)                                                                                                 \
    T(doorbell_ping_pong, 20000)                                                                                       \
    T(watch, 2000)                                                                                                     \
    T(watch_and_wait, 5000)                                                                                            \
    T(wait_frame_gone, 5000)                                                                                           \
    T(wait_limit, 10000)                                                                                               \
    T(wait_heap, 20000)                                                                                                \
    /* trace.c */                                                                                                      \
    T(trace_rights, 2000)                                                                                              \
    T(trace_calls, 2000)                                                                                               \
    T(trace_off, 5000)                                                                                                 \
    T(trace_faults, 10000)                                                                                             \
    T(trace_life, 10000)                                                                                               \
    T(trace_order, 5000)                                                                                               \
    /* irqs.c */                                                                                                       \
    T(irq, 10000)                                                                                                      \
    T(irq_bad, 5000)                                                                                                   \
    T(irq_owner, 10000)                                                                                                \
    T(irq_mask, 5000)                                                                                                  \
    T(irq_route, 20000)                                                                                                \
    T(irq_classes, 5000)                                                                                               \
    T(irq_shared, 20000)                                                                                               \
    T(irq_storm, 10000)                                                                                                \
    T(irq_storm_canary, 10000)                                                                                         \
    /* devices.c */                                                                                                    \
    T(port_bind, 5000)                                                                                                 \
    T(port_forbidden, 2000)                                                                                            \
    T(port_pci, 2000)                                                                                                  \
    T(port_switch, 10000)                                                                                              \
    T(port_owner_ends, 20000)                                                                                          \
    T(log_write, 2000)                                                                                                 \
    T(clock_set, 2000)                                                                                                 \
    T(clock_monotonic, 2000)                                                                                           \
    T(driver_name, 2000)                                                                                               \
    T(power_rights, 2000)

#define TEST_PROTOTYPE(name, limit_ms) void test_##name(void);
TESTS(TEST_PROTOTYPE)

#endif
