/* SPDX-License-Identifier: MIT
 *
 * vm.h: the program's address space: regions of demand-zero memory, their protection, page faults. Layer: libos/mem, above
 * exo. Page tables are the hardware's, changed by batched calls and read through the window (exo_pte).
 *
 * Frames belong to capability slot 0 and free themselves with their last mapping. Ranges below EXO_USER_TOP that no region
 * covers may be used by others (session segment, spawn's short-lived mappings): this module never touches them.
 *
 * vm_lock (inside, taken disabled) guards the region table. Nothing that is read or written under it may page-fault. Every
 * function but vm_fault is called from threads; none sleeps. Addresses and sizes are multiples of a page.
 */
#ifndef LIBOS_VM_H
#define LIBOS_VM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exo/exo.h"
#include "mem/region.h"

enum { VM_FIXED = 1, VM_NO_REPLACE = 2 };

/* Sets up the table with the regions of the image. Called once, by the start code. Returns 0 or -ENOMEM. */
int vm_init(void);

/* Reserves bytes of demand-zero memory of a kind (REGION_ANON, ...). *address is a wish (0: none), with VM_FIXED an order,
 * what is there goes unless VM_NO_REPLACE; set to where it is. name may be NULL and must live as long as the region.
 * Returns 0, -ENOMEM, -EINVAL or -EEXIST. */
int vm_map(vaddr_t *address, size_t bytes, unsigned prot, unsigned kind, unsigned flags, const char *name);

/* A stack with a guard below: [*address, + guard) is the guard, the rest the stack. *address 0: anywhere. */
int vm_map_stack(vaddr_t *address, size_t bytes, size_t guard_bytes, const char *name);
void vm_name(vaddr_t address, const char *name); /* of the regions of that stack */

/* Takes regions and pages in a range away. Returns 0 or -ENOMEM (the table is full). */
int vm_unmap(vaddr_t address, size_t bytes);

/* Changes the protection of a range without holes. Returns 0, -ENOMEM (hole), -EACCES. */
int vm_protect(vaddr_t address, size_t bytes, unsigned prot);

/* Gives the pages of a range back; they read as zero afterwards. Returns 0 or -ENOMEM (hole). */
int vm_discard(vaddr_t address, size_t bytes);

/* Says that a range is mapped by hand (device memory), so that nothing else is put there and reports know its name. */
int vm_claim(vaddr_t address, size_t bytes, unsigned prot, const char *name);

/* Moves the end of the heap. Returns the old one, or (void *)-1 and -ENOMEM in *error. */
void *vm_sbrk(ptrdiff_t bytes, int *error);

/* Copies the region of an address. Returns false if there is none. */
bool vm_query(vaddr_t address, struct region *out);

/* May the program read (or write) all of a range, as far as the regions say? */
bool vm_accessible(vaddr_t address, size_t bytes, bool write);

/* Makes all pages of a range present now, so that touching them makes no fault. Returns 0 or a negative errno. */
int vm_populate(vaddr_t address, size_t bytes);

/* A page fault: address and error code as the CPU says. Returns 0 if the access can be tried again, else why not. Called in
 * the fault upcall. */
enum vm_fault_result { VM_FAULT_DONE, VM_FAULT_NO_REGION, VM_FAULT_PROTECTION, VM_FAULT_OVERFLOW, VM_FAULT_NO_MEMORY,
                       VM_FAULT_TAKEN };
enum vm_fault_result vm_fault(vaddr_t address, uint64_t error);

/* Policy: how many pages to fill at a fault in a region, the faulting one being at `page`. At least 1; the library's own
 * (weak) fills ahead where memory is used in order. Called with vm_lock held: must not fault or sleep. */
unsigned vm_fault_around(const struct region *region, vaddr_t page);
#define VM_FAULT_AROUND_MAX 16

/* For mem/reclaim.c: the table, with vm_lock held, on a thread's stack, until vm_leave. */
struct region_table *vm_enter(uint32_t *was);
void vm_leave(uint32_t was);

/* Called with vm_lock just taken, and after pages went, in programs that link mem/reclaim.c: brings the table up to date with
 * what the kernel took by force. Runs in fault upcalls too: general registers only. */
void vm_settle(struct region_table *table) __attribute__((weak));

/* Takes vm_lock away from a holder that crashed (posix/fatal.c). */
void vm_lock_break(void);

#endif
