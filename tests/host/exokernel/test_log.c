// link: exokernel/log.c exokernel/format.c boot/bootinfo.c drivers/debugcon.c drivers/uart_log.c
/* SPDX-License-Identifier: MIT
 *
 * test_log.c: the log's ring, its ways out, and its options. The CPU's own data is reached through GS, as in the kernel.
 */
#include "../harness.h"

#include <asm/prctl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fake_ports.h"
#include "lock.h"
#include "log.h"
#include "x86/clock.h"
#include "x86/cpu.h"

static struct cpu cpu = {.index = 3};
static char out[3][65536]; /* debug console, first and second UART */
static size_t out_bytes[3];
static uint8_t scratch[2];
static bool have_debugcon, have_uart, have_uart2;

void spin_wait(struct spinlock *lock) { CHECK(lock == NULL); } /* nobody else holds one */
static struct exo_clock still = {.base_ns = 1234567890}; /* mult 0: it stands still */
struct exo_clock *clock_published = &still;

static void uart(unsigned which, unsigned reg, bool write, uint32_t *value)
{
    if (reg == 7 && write)
        scratch[which] = (uint8_t)*value;
    else if (reg == 7)
        *value = scratch[which];
    else if (reg == 5 && !write)
        *value = 0x60;
    else if (reg == 0 && write && out_bytes[1 + which] < sizeof out[0])
        out[1 + which][out_bytes[1 + which]++] = (char)*value;
}

static void hook(uint16_t port, unsigned width, bool write, uint32_t *value)
{
    (void)width;
    if (port == 0xe9 && have_debugcon && write)
        out[0][out_bytes[0]++] = (char)*value;
    else if (port == 0xe9 && have_debugcon)
        *value = 0xe9;
    else if (port >= 0x3f8 && port < 0x400 && have_uart)
        uart(0, port - 0x3f8, write, value);
    else if (port >= 0x2f8 && port < 0x300 && have_uart2)
        uart(1, port - 0x2f8, write, value);
}

/* What a way out has got since the last call. */
static const char *got(unsigned which)
{
    out[which][out_bytes[which]] = 0;
    out_bytes[which] = 0;
    return out[which];
}

static void start(const char *cmdline, bool debugcon, bool first, bool second)
{
    syscall(SYS_arch_prctl, ARCH_SET_GS, &cpu);
    cpu.self = &cpu;
    fake_port_hook = hook;
    have_debugcon = debugcon;
    have_uart = first;
    have_uart2 = second;
    log_init(cmdline);
    for (unsigned i = 0; i < 3; i++)
        got(i); /* what setting up a UART wrote to its data register */
}

static struct exo_log *ring;

TEST(line_on_the_debug_console_alone)
{
    start("", true, true, true);
    log_info("test", "hello number=%u", 7);
    CHECK_STR(got(0), "[    1.234567] info   test: hello number=7\n");
    CHECK_STR(got(1), "");
    CHECK_STR(got(2), "");
}

TEST(level_option)
{
    start("a=b log=warn", true, false, false);
    log_info("test", "not wanted");
    log_warn("test", "wanted");
    CHECK_STR(got(0), "[    1.234567] warn   test: wanted\n");
    start("log=debug,nonsense", true, false, false);
    log_debug("test", "fine");
    CHECK_STR(got(0), "[    1.234567] debug  test: fine\n");
    start("log=info", true, false, false);
}

TEST(the_level_is_for_the_kernel)
{
    start("log=panic", true, false, false);
    log_error("test", "not wanted");
    log_from_env(EXO_LOG_INFO, 1, "init", "exit-status 3");
    log_from_env(EXO_LOG_DEBUG, 1, "init", "not wanted");
    CHECK_STR(got(0), "[    1.234567] info   init: exit-status 3\n");
    start("log=info", true, false, false);
}

TEST(uart_until_it_is_bound)
{
    start("", false, true, false);
    log_info("test", "a");
    CHECK_STR(got(1), "[    1.234567] info   test: a\r\n");
    log_uart_enable(false);
    log_info("test", "b");
    CHECK_STR(got(1), "");
    log_uart_enable(true);
    got(1);
    log_info("test", "c");
    CHECK_STR(got(1), "[    1.234567] info   test: c\r\n");
}

TEST(uarts_by_option)
{
    start("log=uart,uart2", true, true, true);
    log_error("test", "x");
    CHECK(strstr(got(0), "x") && strstr(got(1), "x") && strstr(got(2), "x"));
}

TEST(absent_uart_is_not_waited_for)
{
    start("log=uart2", false, false, false);
    log_error("test", "x");
    CHECK_STR(got(1), "");
    CHECK_STR(got(2), "");
}

TEST(early_records_are_published)
{
    start("log=info", true, false, false);
    log_info("early", "kept");
    ring = calloc(LOG_RECORDS, sizeof *ring);
    log_publish(ring);
    unsigned found = 0;
    for (unsigned i = 0; i < LOG_RECORDS; i++)
        if (ring[i].seq) {
            CHECK_EQ(ring[i].seq % LOG_RECORDS, i);
            CHECK_EQ(ring[i].cpu, 3);
            found += strcmp(ring[i].subsystem, "early") == 0 && strcmp(ring[i].text, "kept") == 0;
        }
    CHECK_EQ(found, 1);
}

TEST(ring_wraps)
{
    uint64_t last = 0;
    for (unsigned i = 0; i < 2 * LOG_RECORDS + 5; i++)
        log_info("ring", "n=%u", i);
    for (unsigned i = 0; i < LOG_RECORDS; i++)
        last = ring[i].seq > last ? ring[i].seq : last;
    for (unsigned i = 0; i < LOG_RECORDS; i++)
        CHECK(ring[i].seq + LOG_RECORDS > last && ring[i].seq % LOG_RECORDS == i);
    CHECK_STR(ring[last % LOG_RECORDS].text, "n=1028");
    got(0);
}

TEST(long_text_is_cut)
{
    char text[2 * EXO_LOG_TEXT];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = 0;
    log_info("a-very-long-subsystem-name", "%s", text);
    const struct exo_log *newest = &ring[0];
    for (unsigned i = 0; i < LOG_RECORDS; i++)
        newest = ring[i].seq > newest->seq ? &ring[i] : newest;
    CHECK_EQ(strlen(newest->text), EXO_LOG_TEXT - 1);
    CHECK_EQ(newest->bytes, EXO_LOG_TEXT - 1);
    CHECK_STR(newest->subsystem, "a-very-long-sub");
    CHECK(got(0)[0] == '[');
}

TEST(environments_write_under_their_name)
{
    log_from_env(EXO_LOG_NOTICE, 77, "init", "100%s done");
    const struct exo_log *newest = &ring[0];
    for (unsigned i = 0; i < LOG_RECORDS; i++)
        newest = ring[i].seq > newest->seq ? &ring[i] : newest;
    CHECK_EQ(newest->env, 77);
    CHECK_STR(newest->text, "100%s done");
    CHECK_STR(got(0), "[    1.234567] notice init: 100%s done\n");
}

TEST(panic_goes_everywhere)
{
    start("", true, true, false);
    log_panic_begin();
    got(1);
    log_panic("end cpu=%u", 3);
    CHECK(strstr(got(0), "end cpu=3") && strstr(got(1), "end cpu=3"));
}
