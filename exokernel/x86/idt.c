/* SPDX-License-Identifier: MIT
 *
 * idt.c: the interrupt descriptor table, one for all CPUs (desc.h). Every gate is an interrupt gate, so interrupts are off
 * inside; ring 3 itself may use only INT3 and INTO.
 */
#include "x86/desc.h"
#include "x86/instr.h"
#include "x86/layout.h"
#include "x86/trap.h"

enum { GATE_INTERRUPT = 0x8e, GATE_RING3 = 0x60, VECTORS = 256, VECTOR_BREAKPOINT = 3, VECTOR_OVERFLOW = 4 };

struct gate {
    uint16_t offset_low;
    uint16_t selector;
    uint8_t ist;
    uint8_t type;
    uint16_t offset_middle;
    uint32_t offset_high;
    uint32_t reserved;
};
_Static_assert(sizeof(struct gate) == 16, "Intel SDM vol 3 §6.14.1");

static struct gate idt[VECTORS] __attribute__((aligned(16)));

void idt_init(void)
{
    for (unsigned i = 0; i < VECTORS; i++) {
        uint64_t stub = (uint64_t)trap_stubs + i * TRAP_STUB_BYTES;
        bool ring3 = i == VECTOR_BREAKPOINT || i == VECTOR_OVERFLOW;
        idt[i] = (struct gate){.offset_low = (uint16_t)stub,
                               .selector = SELECTOR_KERNEL_CODE,
                               .type = GATE_INTERRUPT | (ring3 ? GATE_RING3 : 0),
                               .offset_middle = (uint16_t)(stub >> 16),
                               .offset_high = (uint32_t)(stub >> 32)};
    }
    idt_load();
}

void idt_trace_faults(bool on)
{
    uint64_t from = (uint64_t)(on ? trap_traced_stubs : trap_stubs);
    for (unsigned i = 0; i < VECTOR_EXCEPTIONS; i++) {
        uint64_t stub = from + i * TRAP_STUB_BYTES, *low = (uint64_t *)&idt[i];
        /* One store, as another CPU may be using the gate: all that differs stands in these eight bytes. */
        uint64_t value = (*low & 0x0000ffffffff0000) | (stub & 0xffff) | (stub >> 16 & 0xffff) << 48;
        __atomic_store_n(low, value, __ATOMIC_RELEASE);
    }
}

void idt_load(void)
{
    struct __attribute__((packed)) {
        uint16_t limit;
        uint64_t base;
    } idtr = {sizeof idt - 1, (uint64_t)idt};
    __asm__ volatile("lidt %0" : : "m"(idtr));
}

void idt_use_stacks(void)
{
    idt[VECTOR_NMI].ist = IST_NMI;
    idt[VECTOR_DEBUG].ist = IST_DEBUG;
    idt[VECTOR_MACHINE_CHECK].ist = IST_MACHINE_CHECK;
    idt[VECTOR_DOUBLE_FAULT].ist = IST_DOUBLE_FAULT;
}
