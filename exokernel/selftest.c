/* SPDX-License-Identifier: MIT
 *
 * selftest.c: see selftest.h. Each of these ends in a panic; a test checks which.
 */
#include "selftest.h"

#include "assert.h"
#include "bootinfo.h"
#include "lapic.h"
#include "log.h"
#include "panic.h"
#include "x86/instr.h"
#include "x86/irqchip.h"
#include "x86/layout.h"

enum { NMI_SPINS = 1000000 };

static volatile unsigned never;

/* Goes on until the stack is used up; the array and the work after the call keep the compiler from making a loop of it. */
__attribute__((noinline)) static unsigned overflow(unsigned depth)
{
    volatile uint8_t space[256];
    space[depth % sizeof space] = (uint8_t)depth;
    return never ? 0 : overflow(depth + 1) + space[depth % sizeof space];
}

static void test_overflow(void)
{
    log_info("selftest", "depth=%u", overflow(0));
}

static void test_panic(void)
{
    panic("selftest");
}

static void test_assert(void)
{
    assert(never);
}

static void test_page_fault(void)
{
    *(volatile uint8_t *)(MMIO_END - EXO_PAGE_BYTES) = 0;
}

static void test_write_text(void)
{
    *(volatile char *)phys_to_virt(virt_to_phys(text_start)) = 0;
}

static void test_nmi(void)
{
    if (!irqchip_has_apic())
        return;
    lapic_send_nmi(lapic_id());
    for (unsigned i = 0; i < NMI_SPINS; i++)
        cpu_pause();
}

static const struct {
    const char *name;
    void (*run)(void);
} tests[] = {
    {"panic", test_panic},           {"assert", test_assert},     {"page-fault", test_page_fault},
    {"write-text", test_write_text}, {"stack-overflow", test_overflow}, {"nmi", test_nmi},
};

static bool same(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

void selftest_run(const struct boot_info *boot)
{
    char name[32];
    if (!bootinfo_option(boot->cmdline, "selftest", name, sizeof name))
        return;
    if (!ASSERTIONS) {
        log_warn("selftest", "this is not a DEBUG build: %s is not run", name);
        return;
    }
    for (unsigned i = 0; i < sizeof tests / sizeof tests[0]; i++)
        if (same(tests[i].name, name))
            tests[i].run();
    log_error("selftest", "nothing came of %s", name);
}
