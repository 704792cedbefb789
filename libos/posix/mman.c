/* SPDX-License-Identifier: MIT
 *
 * mman.c: mmap and its family (XSH mmap, mprotect, munmap, posix_madvise). Layer: libos/posix, over mem/vm.h.
 *
 * A private mapping of a file is a copy, made at once; a shared mapping of a file fails with ENODEV, an
 * anonymous shared one is shared by the threads of this process. Memory is never paged out, so mlock has nothing to do but
 * to make pages present.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mem/vm.h"
#include "posix/fd.h"
#include "sched/thread.h"

static void *fail(int error)
{
    errno = error;
    return MAP_FAILED;
}

static int result_of(int result)
{
    if (result >= 0)
        return 0;
    errno = -result;
    return -1;
}

/* PROT_* and REGION_* are the same bits. */
_Static_assert(PROT_READ == REGION_READ && PROT_WRITE == REGION_WRITE && PROT_EXEC == REGION_EXEC, "protection bits");

static size_t whole_pages(size_t bytes)
{
    size_t rounded = (bytes + EXO_PAGE_BYTES - 1) & ~(size_t)(EXO_PAGE_BYTES - 1);
    return rounded < bytes ? 0 : rounded;
}

/* Copies a file's bytes to a fresh mapping; what lies beyond its end stays zero. */
static int file_copy(int fd, char *to, size_t bytes, off_t offset)
{
    while (bytes) {
        int64_t n = fd_pread(fd, to, bytes, offset);
        if (n <= 0)
            return (int)n;
        to += n;
        bytes -= (size_t)n;
        offset += n;
    }
    return 0;
}

void *mmap(void *address, size_t bytes, int prot, int flags, int fd, off_t offset)
{
    size_t size = whole_pages(bytes);
    int sharing = flags & (MAP_SHARED | MAP_PRIVATE);
    if (!size || sharing == 0 || sharing == (MAP_SHARED | MAP_PRIVATE) || offset & (EXO_PAGE_BYTES - 1))
        return fail(EINVAL);
    if (prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC))
        return fail(EINVAL);
    bool file = !(flags & MAP_ANONYMOUS);
    if (file && (flags & MAP_SHARED) && (prot & PROT_WRITE))
        return fail(ENODEV);
    unsigned how = flags & MAP_FIXED_NOREPLACE ? VM_FIXED | VM_NO_REPLACE : flags & MAP_FIXED ? VM_FIXED : 0;
    vaddr_t at = (uintptr_t)address;
    if (!how)
        at &= ~(vaddr_t)(EXO_PAGE_BYTES - 1);
    unsigned first = file ? REGION_READ | REGION_WRITE : (unsigned)prot;
    int result = vm_map(&at, size, first, REGION_ANON, how, NULL);
    if (result == 0 && file) {
        result = file_copy(fd, (char *)at, bytes, offset);
        if (result == 0 && first != (unsigned)prot)
            result = vm_protect(at, size, (unsigned)prot);
        if (result < 0)
            vm_unmap(at, size);
    }
    if (result == 0 && (flags & MAP_POPULATE) && (prot & PROT_WRITE))
        vm_populate(at, size);
    return result < 0 ? fail(-result) : (void *)at;
}

int munmap(void *address, size_t bytes) { return result_of(vm_unmap((uintptr_t)address, whole_pages(bytes))); }

int mprotect(void *address, size_t bytes, int prot)
{
    if (prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC))
        return result_of(-EINVAL);
    if (!bytes && !((uintptr_t)address & (EXO_PAGE_BYTES - 1)))
        return 0;
    return result_of(vm_protect((uintptr_t)address, whole_pages(bytes), (unsigned)prot));
}

int posix_madvise(void *address, size_t bytes, int advice)
{
    if (advice < MADV_NORMAL || (advice > MADV_DONTNEED && advice != MADV_FREE))
        return EINVAL;
    (void)address;
    (void)bytes;
    return 0;
}

int madvise(void *address, size_t bytes, int advice)
{
    if (advice == MADV_DONTNEED || advice == MADV_FREE)
        return result_of(bytes ? vm_discard((uintptr_t)address, whole_pages(bytes)) : 0);
    return result_of(-posix_madvise(address, bytes, advice));
}

/* A private mapping has nothing to write back. */
int msync(void *address, size_t bytes, int flags)
{
    thread_cancel_point();
    if ((uintptr_t)address & (EXO_PAGE_BYTES - 1) || (flags & ~(MS_ASYNC | MS_SYNC | MS_INVALIDATE)))
        return result_of(-EINVAL);
    return result_of(vm_accessible((uintptr_t)address, bytes, false) ? 0 : -ENOMEM);
}

int mlock(const void *address, size_t bytes)
{
    uintptr_t start = (uintptr_t)address & ~(uintptr_t)(EXO_PAGE_BYTES - 1);
    int result = vm_populate(start, whole_pages(bytes + ((uintptr_t)address - start)));
    return result_of(result == -EFAULT ? -ENOMEM : result);
}

int munlock(const void *address, size_t bytes)
{
    (void)address;
    (void)bytes;
    return 0;
}

int mlockall(int flags) { return flags & ~(MCL_CURRENT | MCL_FUTURE) || !flags ? result_of(-EINVAL) : 0; }

int munlockall(void) { return 0; }
