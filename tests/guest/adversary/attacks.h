/* SPDX-License-Identifier: MIT
 *
 * attacks.h: the one table of the attacks: function (attack_NAME), name, time limit in milliseconds (longer on several CPUs),
 * and what the attack comes to (attacker.h).
 */
#ifndef TESTS_ADVERSARY_ATTACKS_H
#define TESTS_ADVERSARY_ATTACKS_H

#include "attacker.h"

#define ATTACKS(A)                                                                                                     \
    /* authority.c */                                                                                                  \
    A(frame_map_foreign, 10000, RETURNS)                                                                               \
    A(frame_map_every, 10000, RETURNS)                                                                                 \
    A(frame_map_tables, 10000, RETURNS)                                                                                \
    A(frame_free_foreign, 10000, RETURNS)                                                                              \
    A(frame_share_foreign, 10000, RETURNS)                                                                             \
    A(frame_guard_foreign, 10000, RETURNS)                                                                             \
    A(frame_alloc_taken, 10000, RETURNS)                                                                               \
    A(frame_widen_shared, 10000, RETURNS)                                                                              \
    A(image_write, 10000, RETURNS)                                                                                     \
    A(env_foreign, 10000, RETURNS)                                                                                     \
    A(env_ids, 10000, RETURNS)                                                                                         \
    A(slice_foreign, 10000, RETURNS)                                                                                   \
    A(slice_bind, 10000, RETURNS)                                                                                      \
    A(irq, 10000, RETURNS)                                                                                             \
    A(ports, 10000, RETURNS)                                                                                           \
    A(root_calls, 10000, RETURNS)                                                                                      \
    A(cap_forge, 10000, RETURNS)                                                                                       \
    A(cap_widen, 10000, RETURNS)                                                                                       \
    A(cap_after_drop, 10000, RETURNS)                                                                                  \
    A(cap_after_revoke, 10000, RETURNS)                                                                                \
    A(cap_while_revoking, 10000, RETURNS)                                                                              \
    A(revoke_foreign, 10000, RETURNS)                                                                                  \
    A(quota_raise, 10000, RETURNS)                                                                                     \
    A(slot_numbers, 10000, RETURNS)                                                                                    \
    A(doorbell_foreign, 10000, RETURNS)                                                                                \
    /* memory.c */                                                                                                     \
    A(double_free, 10000, RETURNS)                                                                                     \
    A(map_freed, 10000, RETURNS)                                                                                       \
    A(secrets, 10000, RETURNS)                                                                                         \
    A(frame_being_zeroed, 10000, RETURNS)                                                                              \
    A(wrapping_ranges, 10000, RETURNS)                                                                                 \
    A(misaligned, 10000, RETURNS)                                                                                      \
    A(large_page, 10000, RETURNS)                                                                                      \
    A(window_write, 10000, RETURNS)                                                                                    \
    A(published_write, 10000, RETURNS)                                                                                 \
    A(kernel_read, 10000, RETURNS)                                                                                     \
    A(pinned_pages, 10000, RETURNS)                                                                                    \
    A(write_execute, 10000, RETURNS)                                                                                   \
    A(not_present, 10000, RETURNS)                                                                                     \
    A(prune_in_use, 10000, RETURNS)                                                                                    \
    A(auto_frames, 10000, RETURNS)                                                                                     \
    A(device_memory, 10000, RETURNS)                                                                                   \
    /* races.c */                                                                                                      \
    A(flip_frame, 10000, RETURNS)                                                                                      \
    A(flip_range, 10000, RETURNS)                                                                                      \
    A(flip_name, 10000, RETURNS)                                                                                       \
    A(flip_list, 10000, RETURNS)                                                                                       \
    A(flip_term, 10000, RETURNS)                                                                                       \
    A(flip_spec, 10000, RETURNS)                                                                                       \
    A(flap_arguments, 10000, RETURNS)                                                                                  \
    A(flap_results, 10000, RETURNS)                                                                                    \
    A(stale_window, 10000, RETURNS)                                                                                    \
    A(stale_page, 10000, RETURNS)                                                                                      \
    A(stale_write, 10000, RETURNS)                                                                                     \
    A(two_mappers, 10000, RETURNS)                                                                                     \
    A(free_and_map, 10000, RETURNS)                                                                                    \
    A(unmap_stack, 10000, RETURNS)                                                                                     \
    A(scribble_pages, 10000, EITHER)                                                                                   \
    A(slice_end_scribbled, 10000, RETURNS)                                                                             \
    /* control.c */                                                                                                    \
    A(garbage_registers, 10000, RETURNS)                                                                               \
    A(call_numbers, 10000, RETURNS)                                                                                    \
    A(privileged, 10000, RETURNS)                                                                                      \
    A(int_n, 10000, RETURNS)                                                                                           \
    A(single_step, 10000, RETURNS)                                                                                     \
    A(segments, 10000, RETURNS)                                                                                        \
    A(gs_base, 10000, RETURNS)                                                                                         \
    A(flags, 10000, RETURNS)                                                                                           \
    A(far_transfers, 10000, RETURNS)                                                                                   \
    A(stack_pointers, 10000, RETURNS)                                                                                  \
    A(jump_away, 10000, RETURNS)                                                                                       \
    A(bad_run_entry, 10000, DIES)                                                                                      \
    A(bad_event_entry, 10000, DIES)                                                                                    \
    A(bad_fault_entry, 10000, DIES)                                                                                    \
    A(fault_recursion, 10000, DIES)                                                                                    \
    A(fault_in_handler, 10000, DIES)                                                                                   \
    A(unmap_handler, 10000, DIES)                                                                                      \
    A(unmap_stacks, 10000, DIES)                                                                                       \
    A(unmap_everything, 10000, DIES)                                                                                   \
    A(destroy_self, 10000, DIES)                                                                                       \
    A(spoiled_states, 10000, RETURNS)                                                                                  \
    A(greedy_state, 10000, RETURNS)                                                                                    \
    A(save_slots, 10000, RETURNS)                                                                                      \
    A(vector_state, 10000, RETURNS)                                                                                    \
    A(alignment, 10000, RETURNS)                                                                                       \
    /* exhaust.c */                                                                                                    \
    A(frames_all, 10000, RETURNS)                                                                                      \
    A(tables_all, 10000, RETURNS)                                                                                      \
    A(env_bomb, 10000, RETURNS)                                                                                        \
    A(activations_all, 10000, RETURNS)                                                                                 \
    A(slices_all, 10000, RETURNS)                                                                                      \
    A(quota_entries, 10000, RETURNS)                                                                                   \
    A(revocations_all, 10000, RETURNS)                                                                                 \
    A(sweep_for_ever, 10000, RETURNS)                                                                                  \
    A(predicate_on_freed, 10000, RETURNS)                                                                              \
    A(waiters_all, 10000, RETURNS)                                                                                     \
    A(hog, 10000, RETURNS)                                                                                             \
    A(fault_flood, 10000, RETURNS)                                                                                     \
    A(yield_flood, 10000, RETURNS)                                                                                     \
    A(wakeup_flood, 10000, RETURNS)                                                                                    \
    A(doorbell_flood, 10000, RETURNS)                                                                                  \
    A(timer_flood, 10000, RETURNS)                                                                                     \
    A(shootdown_flood, 10000, RETURNS)                                                                                 \
    A(long_calls, 10000, RETURNS)                                                                                      \
    A(irq_storm, 10000, STORMS)                                                                                        \
    A(env_churn, 10000, RETURNS)                                                                                       \
    A(patron_chain, 10000, RETURNS)                                                                                    \
    A(end_during_calls, 10000, DIES)                                                                                   \
    A(end_of_others, 10000, RETURNS)                                                                                   \
    A(end_with_everything, 10000, DIES)                                                                                \
    /* pct.c */                                                                                                        \
    A(pct_closed_gates, 10000, RETURNS)                                                                                \
    A(pct_forged_reply, 10000, RETURNS)                                                                                \
    A(pct_crossed_replies, 10000, RETURNS)                                                                             \
    A(pct_late_reply, 10000, RETURNS)                                                                                  \
    A(pct_lost_name, 10000, RETURNS)                                                                                   \
    A(pct_revoked_meanwhile, 10000, RETURNS)                                                                           \
    A(pct_gate_flaps, 10000, RETURNS)                                                                                  \
    A(pct_cycles, 10000, RETURNS)                                                                                      \
    A(pct_deep_chain, 10000, RETURNS)                                                                                  \
    A(pct_yield_circle, 10000, RETURNS)                                                                                \
    /* yield.c */                                                                                                      \
    A(yield_spoiled_heir, 10000, RETURNS)                                                                              \
    A(yield_privileged_state, 10000, RETURNS)                                                                          \
    A(yield_scribbled, 10000, RETURNS)                                                                                 \
    A(yield_to_dying, 10000, RETURNS)                                                                                  \
    A(yield_pair, 10000, RETURNS)                                                                                      \
    /* pct_harm.c */                                                                                                   \
    A(pct_hog, 10000, RETURNS)                                                                                         \
    A(pct_idle_all, 10000, RETURNS)                                                                                    \
    A(pct_bad_entries, 10000, RETURNS)                                                                                 \
    A(pct_scribbled_callee, 10000, RETURNS)                                                                            \
    A(pct_spoiled_caller, 10000, RETURNS)                                                                              \
    A(pct_registers, 10000, RETURNS)                                                                                   \
    A(pct_send_flood, 10000, RETURNS)                                                                                  \
    A(pct_call_flood, 10000, RETURNS)                                                                                  \
    A(pct_ends, 10000, RETURNS)                                                                                        \
    /* repossess.c */                                                                                                  \
    A(revoke_ask_foreign, 10000, RETURNS)                                                                              \
    A(revoke_take_foreign, 10000, RETURNS)                                                                             \
    A(revoke_too_soon, 10000, RETURNS)                                                                                 \
    A(revoke_withdrawn, 10000, RETURNS)                                                                                \
    A(revoke_slices, 10000, RETURNS)                                                                                   \
    A(revoke_ignored, 10000, RETURNS)                                                                                  \
    A(revoke_scribbled, 10000, RETURNS)                                                                                \
    A(revoke_remapped, 10000, RETURNS)                                                                                 \
    A(revoke_then_end, 10000, RETURNS)                                                                                 \
    A(revoke_own_stack, 10000, DIES)                                                                                   \
    /* dma.c */                                                                                                        \
    A(random_foreign, 10000, RETURNS)                                                                                  \
    A(random_ranges, 10000, RETURNS)                                                                                   \
    A(random_freed, 10000, RETURNS)                                                                                    \
    A(random_passed_on, 10000, RETURNS)                                                                                \
    A(random_flood, 10000, RETURNS)                                                                                    \
    A(random_taken, 10000, RETURNS)                                                                                    \
    A(random_status_gone, 10000, RETURNS)                                                                              \
    A(random_owner_dies, 10000, DIES)

#define ATTACK_PROTOTYPE(name, limit_ms, outcome) void attack_##name(void);
ATTACKS(ATTACK_PROTOTYPE)

#endif
