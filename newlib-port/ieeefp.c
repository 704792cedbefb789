/* SPDX-License-Identifier: MIT
 *
 * ieeefp.c: rounding and exceptions of floating point by the names of System V (<ieeefp.h>); <fenv.h> has the standard's.
 * Layer: newlib-port. SSE and x87 are set alike; sticky bits are those of either (Intel SDM vol 1 §8.1.5, §10.2.3).
 *
 *   MXCSR and the x87 status word  bits 0 to 5: invalid, denormal, divide by zero, overflow, underflow, inexact
 *   x87 control word               the same bits mask; rounding in bits 10, 11
 *   MXCSR                          masks in bits 7 to 12; rounding in bits 13, 14
 */
#include <ieeefp.h>
#include <stdint.h>

#define MXCSR_MASKS 7
#define MXCSR_ROUNDING 13
#define X87_ROUNDING 10
#define EXCEPTIONS 0x3f
#define ROUNDING 3

struct x87_environment {
    uint16_t control, reserved0, status, reserved1, tag, reserved2;
    uint32_t pointers[4];
};
_Static_assert(sizeof(struct x87_environment) == 28, "x87_environment");

static const struct {
    uint8_t hardware, name;
} exceptions[] = {{0x01, FP_X_INV}, {0x04, (uint8_t)FP_X_DX}, {0x08, FP_X_OFL}, {0x10, FP_X_UFL}, {0x20, FP_X_IMP}};
#define EXCEPTIONS_COUNT (sizeof exceptions / sizeof exceptions[0])

/* FP_RN, FP_RM, FP_RP, FP_RZ are the hardware's own 0, 1, 2, 3. */
_Static_assert(FP_RN == 0 && FP_RM == 1 && FP_RP == 2 && FP_RZ == 3, "fp_rnd");

static fp_except to_names(unsigned bits)
{
    fp_except names = 0;
    for (unsigned i = 0; i < EXCEPTIONS_COUNT; i++)
        names |= bits & exceptions[i].hardware ? exceptions[i].name : 0;
    return names;
}

static unsigned from_names(fp_except names)
{
    unsigned bits = 0;
    for (unsigned i = 0; i < EXCEPTIONS_COUNT; i++)
        bits |= names & exceptions[i].name ? exceptions[i].hardware : 0;
    return bits;
}

static unsigned mxcsr_get(void)
{
    unsigned value;
    __asm__ volatile("stmxcsr %0" : "=m"(value));
    return value;
}

static void mxcsr_set(unsigned value) { __asm__ volatile("ldmxcsr %0" : : "m"(value)); }

/* FNSTENV masks all exceptions: what is read goes back at once. */
static struct x87_environment x87_get(void)
{
    struct x87_environment environment;
    __asm__ volatile("fnstenv %0\n\tfldenv %0" : "=m"(environment));
    return environment;
}

static void x87_set(const struct x87_environment *environment) { __asm__ volatile("fldenv %0" : : "m"(*environment)); }

fp_rnd fpgetround(void) { return mxcsr_get() >> MXCSR_ROUNDING & ROUNDING; }

fp_rnd fpsetround(fp_rnd rounding)
{
    fp_rnd before = fpgetround();
    unsigned bits = (unsigned)rounding & ROUNDING;
    struct x87_environment x87 = x87_get();
    x87.control = (uint16_t)((x87.control & ~(ROUNDING << X87_ROUNDING)) | bits << X87_ROUNDING);
    x87_set(&x87);
    mxcsr_set((mxcsr_get() & ~((unsigned)ROUNDING << MXCSR_ROUNDING)) | bits << MXCSR_ROUNDING);
    return before;
}

/* The mask of System V says which exceptions trap; the hardware's which do not. */
fp_except fpgetmask(void) { return to_names(~mxcsr_get() >> MXCSR_MASKS & EXCEPTIONS); }

fp_except fpsetmask(fp_except mask)
{
    fp_except before = fpgetmask();
    unsigned trap = from_names(mask);
    struct x87_environment x87 = x87_get();
    x87.control = (uint16_t)((x87.control | EXCEPTIONS) & ~trap);
    x87_set(&x87);
    mxcsr_set((mxcsr_get() | EXCEPTIONS << MXCSR_MASKS) & ~(trap << MXCSR_MASKS));
    return before;
}

fp_except fpgetsticky(void) { return to_names((mxcsr_get() | x87_get().status) & EXCEPTIONS); }

fp_except fpsetsticky(fp_except sticky)
{
    fp_except before = fpgetsticky();
    unsigned bits = from_names(sticky);
    struct x87_environment x87 = x87_get();
    x87.status = (uint16_t)((x87.status & ~EXCEPTIONS) | bits);
    x87_set(&x87);
    mxcsr_set((mxcsr_get() & ~(unsigned)EXCEPTIONS) | bits);
    return before;
}

/* How C converts to integers: always towards zero, by an instruction of its own (CVTTSD2SI). */
fp_rdi fpgetroundtoi(void) { return FP_RDI_TOZ; }

fp_rdi fpsetroundtoi(fp_rdi rounding)
{
    (void)rounding;
    return FP_RDI_TOZ;
}
