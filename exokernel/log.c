/* SPDX-License-Identifier: MIT
 *
 * log.c: see log.h. Record n stands at index n % LOG_RECORDS; its seq is 0 while it is written, n afterwards, so that a
 * reader without a lock sees whether what it read is whole. Until the ring is published a small one of our own is used.
 */
#include "log.h"

#include "bootinfo.h"
#include "debugcon.h"
#include "format.h"
#include "lock.h"
#include "uart_log.h"
#include "x86/clock.h"
#include "x86/cpu.h"

enum { EARLY_RECORDS = 32, LINE_BYTES = EXO_LOG_TEXT + 64, OPTION_BYTES = 64 };

static struct spinlock log_lock;
static struct exo_log early[EARLY_RECORDS];
static struct exo_log *ring = early;
static uint32_t ring_records = EARLY_RECORDS;
static uint64_t last_seq;
static enum exo_log_level level_limit = EXO_LOG_INFO;
static bool to_debugcon, to_uart, to_uart2, uart_wanted;

static const char *const level_names[] = {"panic", "error", "warn", "notice", "info", "debug"};

static bool same(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (a[i] != b[i] || !a[i])
            return false;
    return b[n] == 0;
}

static void option_word(const char *word, size_t n)
{
    for (unsigned i = 0; i < sizeof level_names / sizeof level_names[0]; i++)
        if (same(word, level_names[i], n))
            level_limit = (enum exo_log_level)i;
    if (same(word, "uart", n))
        uart_wanted = true;
    if (same(word, "uart2", n))
        to_uart2 = uart_log_init(UART_LOG_SECOND);
}

void log_init(const char *cmdline)
{
    char words[OPTION_BYTES];
    to_debugcon = debugcon_present();
    uart_wanted = !to_debugcon;
    if (bootinfo_option(cmdline, "log", words, sizeof words))
        for (size_t at = 0, n; words[at]; at += n + (words[at + n] == ',')) {
            for (n = 0; words[at + n] && words[at + n] != ',';)
                n++;
            option_word(words + at, n);
        }
    log_uart_enable(true);
}

void log_uart_enable(bool on)
{
    to_uart = on && uart_wanted && uart_log_init(UART_LOG_FIRST);
}

static void emit(const char *text, size_t n)
{
    if (to_debugcon)
        debugcon_write(text, n);
    if (to_uart)
        uart_log_write(UART_LOG_FIRST, text, n);
    if (to_uart2)
        uart_log_write(UART_LOG_SECOND, text, n);
}

static void emit_record(const struct exo_log *record)
{
    char line[LINE_BYTES];
    size_t n = kformat(line, sizeof line, "[%5lu.%06lu] %-6s %s: %s\n", record->time_ns / 1000000000,
                       record->time_ns / 1000 % 1000000, level_names[record->level], record->subsystem, record->text);
    emit(line, n);
}

static void copy_name(char to[16], const char *from)
{
    unsigned i = 0;
    for (; i < 15 && from[i]; i++)
        to[i] = from[i];
    for (; i < 16; i++)
        to[i] = 0;
}

/* log_lock held. */
static struct exo_log *begin(enum exo_log_level level, const char *subsystem, env_id_t env)
{
    struct exo_log *record = &ring[++last_seq % ring_records];
    __atomic_store_n(&record->seq, 0, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    record->time_ns = clock_now_ns();
    record->level = (uint8_t)level;
    record->cpu = (uint8_t)this_cpu()->index;
    record->env = env;
    copy_name(record->subsystem, subsystem);
    return record;
}

static void end(struct exo_log *record, size_t bytes)
{
    record->bytes = (uint16_t)bytes;
    __atomic_store_n(&record->seq, last_seq, __ATOMIC_RELEASE);
    emit_record(record);
}

void log_at(enum exo_log_level level, const char *subsystem, const char *format, ...)
{
    if (level > level_limit)
        return;
    va_list arguments;
    va_start(arguments, format);
    spin_lock(&log_lock);
    struct exo_log *record = begin(level, subsystem, 0);
    end(record, kformat_list(record->text, sizeof record->text, format, arguments));
    spin_unlock(&log_lock);
    va_end(arguments);
}

void log_from_env(enum exo_log_level level, env_id_t env, const char *name, const char *text)
{
    if (level > level_limit && level > EXO_LOG_INFO)
        return;
    spin_lock(&log_lock);
    struct exo_log *record = begin(level, name, env);
    end(record, kformat(record->text, sizeof record->text, "%s", text));
    spin_unlock(&log_lock);
}

void log_publish(struct exo_log *published)
{
    spin_lock(&log_lock);
    for (uint64_t seq = last_seq > EARLY_RECORDS ? last_seq - EARLY_RECORDS + 1 : 1; seq <= last_seq; seq++)
        published[seq % LOG_RECORDS] = early[seq % EARLY_RECORDS];
    ring = published;
    ring_records = LOG_RECORDS;
    spin_unlock(&log_lock);
}

void log_panic_begin(void)
{
    uart_wanted = true;
    log_uart_enable(true);
}

void log_panic(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct exo_log *record = begin(EXO_LOG_PANIC, "panic", 0);
    end(record, kformat_list(record->text, sizeof record->text, format, arguments));
    va_end(arguments);
}
