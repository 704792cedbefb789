// SPDX-License-Identifier: MIT
//
// Published tables of a machine that does not exist, linked into the programs that read such tables in place of
// apps/lib/published_map.c, so that what they print can be compared to the byte.
//
// In it are the awkward cases: names without a NUL, an entry in the middle of a change, a slice of an environment that
// is gone, a log that has gone round, states and types that are not known; threads of a liar.

#include <errno.h>
#include <proc/threads_of.h>
#include <stdlib.h>
#include <string.h>

#include "lib/published.h"

enum { FRAMES = 4100, LOG_RECORDS = 8, DEVICES = 5 };

static struct exo_info info = {
    .magic = EXO_INFO_MAGIC, .abi_version = EXO_ABI_VERSION, .cpus = 2, .frames = FRAMES, .slice_ns = 1000000,
    .devices = DEVICES, .log_records = LOG_RECORDS,
};
static struct exo_env_info envs[EXO_ENVS_MAX];
static struct exo_slice slices[2 * EXO_SLICES];
static struct exo_log records[LOG_RECORDS];
static struct exo_frame frames[FRAMES];
static struct exo_device devices[DEVICES] = {
    { .bus = EXO_DEV_PLATFORM, .irq = 4, .name = "serial0", .driver = "console",
      .range = { { 0x3f8, 8, EXO_RANGE_PORTS, 0 } } },
    { .bus = EXO_DEV_PCI, .vendor = 0x8086, .device = 0x1237, .class_code = 0x060000, .irq = ~0u, .name = "host bridge" },
    { .bus = EXO_DEV_PCI, .vendor = 0x1234, .device = 0x1111, .class_code = 0x030000, .address = 0x11 << 3 | 2,
      .subsystem = 0x1100, .irq = ~0u, .name = "display", .driver = "console",
      .range = { { 0xfd000000, 0x1000000, EXO_RANGE_FRAMEBUFFER, 0 }, { 0xfebf0000, 0x1000, EXO_RANGE_MMIO, 0 } } },
    { .bus = EXO_DEV_VIRTIO_MMIO, .vendor = 0x1af4, .device = 4, .irq = 5, .name = "virtio-rng",
      .range = { { 0xfeb00000, 512, EXO_RANGE_MMIO, 0 }, { 1, 1, 77, 0 } } },
    { .bus = EXO_DEV_PLATFORM, .irq = 1, .name = "a name of 24 characters.", .driver = "sixteen letters." },
};

static const uint64_t session = 0xa4ull << 56; // of 6 bits

static void make_envs(void)
{
    envs[1] = (struct exo_env_info){ .state = EXO_ENV_LIVE, .id = 1025, .name = "init", .mapped = 40, .table_pages = 5 };
    envs[1].act[0].state = EXO_ACT_WAITING;
    envs[1].act[0].slices = 1;
    envs[1].act[0].run_ns = 1234567890;
    envs[1].caps[0] = (struct exo_cap){ 0, 0, EXO_RIGHTS_ALL, { 0 } };
    envs[2] = (struct exo_env_info){ .state = EXO_ENV_LIVE, .id = 2050, .guard_bits = session, .guard_len = 6,
                                     .mapped = 300, .table_pages = 9, .sweeping = 1 };
    memcpy(envs[2].name, "sixteen-letters!", 16);
    envs[2].act[0].state = EXO_ACT_RUNNING;
    envs[2].act[0].slices = 700;
    envs[2].act[1].state = EXO_ACT_STOPPED;
    envs[2].act[1].stop_vector = 14;
    envs[2].act[1].cpu = 1;
    envs[2].caps[0] = (struct exo_cap){ session, 6, EXO_RIGHT_READ | EXO_RIGHT_WRITE, { 0 } };
    envs[2].caps[3] = (struct exo_cap){ 0x8000000000000001ull, 64, EXO_RIGHT_GRANT, { 0 } };
    envs[3] = (struct exo_env_info){ .state = EXO_ENV_ENDING, .id = 3, .name = "b\ell", .guard_bits = session, .guard_len = 6 };
    envs[1023] = (struct exo_env_info){ .state = EXO_ENV_LIVE, .id = 2047, .name = "odd", .seq = 1 };
    envs[1023].act[7].state = 99;
}

static void set_frames(uint32_t first, uint32_t count, unsigned type, uint64_t bits, unsigned length)
{
    for (uint32_t i = first; i < first + count; i++) {
        frames[i] = (struct exo_frame){ .type = (uint8_t)type, .guard_bits = bits, .guard_len = (uint8_t)length };
    }
}

static void make_frames(void)
{
    set_frames(0, FRAMES, EXO_FRAME_FREE, 0, 0);
    set_frames(0, 1, EXO_FRAME_RESERVED, 0, 0);
    set_frames(160, 96, EXO_FRAME_RESERVED, 0, 0);
    set_frames(256, 300, EXO_FRAME_KERNEL, 0, 0);
    set_frames(600, 40, EXO_FRAME_USER, 0, 0);
    set_frames(1024, 500, EXO_FRAME_USER, session, 6);
    set_frames(1600, 1, EXO_FRAME_USER, session, 6);
    set_frames(1700, 9, EXO_FRAME_TABLE, session, 6);
    set_frames(1710, 4, EXO_FRAME_PINNED, session, 6);
    set_frames(1720, 3, EXO_FRAME_DYING, session, 6);
    set_frames(4095, 5, 200, 0, 0);
    frames[1600].maps = 3;
    frames[1600].writes = 1;
    frames[1600].flags = EXO_FRAME_IS_AUTO;
    frames[1600].acl[1] = (struct exo_cap){ 0xb0ull << 56, 4, EXO_RIGHT_READ, { 0 } };
}

static void make_slices(void)
{
    slices[0] = (struct exo_slice){ .allocated = 1, .env = 1025 };
    for (int i = 1; i <= 700; i++) {
        slices[i] = (struct exo_slice){ .allocated = 1, .env = i < 300 ? 2050 : 0 };
    }
    slices[EXO_SLICES + 1023] = (struct exo_slice){ .allocated = 1, .env = 7, .act = 3 };
}

static void log_record(uint64_t number, unsigned level, env_id_t env, const char *subsystem, const char *text)
{
    struct exo_log *record = &records[number % LOG_RECORDS];
    *record = (struct exo_log){ .seq = number, .time_ns = number * 1000500000ull, .level = (uint8_t)level, .env = env,
                                .cpu = number % 2, .bytes = (uint16_t)strlen(text) };
    strcpy(record->subsystem, subsystem);
    strcpy(record->text, text);
}

static void make_log(void)
{
    for (uint64_t number = 1; number <= 11; number++) {
        log_record(number, EXO_LOG_INFO, 0, "boot", "cpu=0 state=up");
    }
    log_record(8, EXO_LOG_WARN, 0, "mem", "a\ttab");
    log_record(9, EXO_LOG_ERROR, 1025, "init", "status=3");
    log_record(10, EXO_LOG_DEBUG, 0, "sched", "");
    records[6].seq = 3; // in the middle of being written
}

// With FAKE=empty in the environment there is nothing in the machine at all.
void published_open(struct published *tables)
{
    const char *fake = getenv("FAKE");
    if (fake != NULL && strcmp(fake, "empty") == 0) {
        info.cpus = info.frames = info.devices = 0;
    } else {
        make_envs();
        make_frames();
        make_slices();
        make_log();
    }
    *tables = (struct published){ &info, envs, slices, devices, records, frames };
}

// In place of libos/proc/threads_of.c.
int threads_of(uint64_t env, struct threads_shown *shown)
{
    static const struct thread_shown threads[] = {
        { .id = 1, .name = "main", .state = "blocked", .reason = "join", .word = 0x7ffff0, .joins = 3, .runs = 7,
          .run_ns = 1234567890, .blocked_ns = 61001000000, .left_ns = UINT64_MAX },
        { .id = 2, .name = "sixteen letters.", .state = "ready", .left_ns = UINT64_MAX, .runs = UINT32_MAX },
        { .id = 3, .name = "a\033[2J\xff\n\t", .state = "blocked", .reason = "sleep", .left_ns = 1, .run_ns = UINT64_MAX },
        { .id = 4, .name = "", .state = "blocked", .reason = "mutex", .word = 0x405040, .left_ns = 2500000000 },
    };
    if (env == 2047) {
        return -ENOEXEC;
    }
    if (env != 2050) {
        return env == 3 ? -EFAULT : -ESRCH;
    }
    *shown = (struct threads_shown){ .policy = "round\robin", .count = sizeof threads / sizeof threads[0], .more = true };
    memcpy(shown->thread, threads, sizeof threads);
    return 0;
}
