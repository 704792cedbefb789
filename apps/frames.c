// SPDX-License-Identifier: MIT
//
// frames: who owns which memory, drawn as a map of all frames with a legend, from the published frame table alone.
// -l lists runs of frames of one owner instead; operands are frame numbers (decimal, or 0x...) to be told all about.
//
// A cell of the map stands for several frames and shows what most of those that are not free are: a letter for an owner
// (small if less than half of the cell is used), `#` the kernel, `t` page tables, `@` activations' pages, `!` dying,
// `-` not memory, `.` all free.

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/legend.h"
#include "lib/published.h"
#include "lib/term.h"
#include "lib/util.h"

enum { MAP_ROWS = 16, MAP_COLUMNS = 128, LABEL_COLUMNS = 9, TYPES = EXO_FRAME_KERNEL + 1 };

static const char *const type_names[TYPES] = {
    [EXO_FRAME_RESERVED] = "not memory", [EXO_FRAME_FREE] = "free",         [EXO_FRAME_USER] = "owned",
    [EXO_FRAME_DYING] = "dying",         [EXO_FRAME_TABLE] = "page tables", [EXO_FRAME_PINNED] = "activations",
    [EXO_FRAME_KERNEL] = "the kernel",
};
static const char type_marks[TYPES] = "-.A!t@#";

static struct published tables;
static struct legend owners;
static uint64_t of_type[TYPES];

static unsigned type_of(const struct exo_frame *frame)
{
    return frame->type < TYPES ? frame->type : EXO_FRAME_RESERVED;
}

static void count_all(void)
{
    for (uint32_t i = 0; i < tables.info->frames; i++) {
        struct exo_frame frame;
        published_frame(&tables, i, &frame);
        of_type[type_of(&frame)]++;
        if (type_of(&frame) == EXO_FRAME_USER) {
            legend_count(&owners, frame.guard_bits, frame.guard_len, 1);
        }
    }
    legend_sort(&owners);
}

// The mark of a frame: its owner's letter, or that of its type. An owner that came after the count has none.
static char mark_of(const struct exo_frame *frame)
{
    if (type_of(frame) != EXO_FRAME_USER) {
        return type_marks[type_of(frame)];
    }
    const struct legend_entry *entry = legend_find(&owners, frame->guard_bits, frame->guard_len);
    return entry != NULL ? entry->letter : '*';
}

// What a cell of COUNT frames from FIRST on shows.
static char cell(uint32_t first, uint32_t count)
{
    uint32_t marks[128] = { 0 };
    for (uint32_t i = 0; i < count; i++) {
        struct exo_frame frame;
        published_frame(&tables, first + i, &frame);
        marks[(unsigned char)mark_of(&frame) & 127]++;
    }
    uint32_t reserved = marks['-'];
    uint32_t freed = marks['.'];
    marks['-'] = marks['.'] = 0;
    unsigned most = 0;
    for (unsigned mark = 0; mark < 128; mark++) {
        most = marks[mark] > marks[most] ? mark : most;
    }
    if (marks[most] == 0) {
        return reserved > freed ? '-' : '.';
    }
    bool half = (count - reserved - freed) * 2 >= count;
    return half ? (char)most : (char)tolower((int)most);
}

static void print_map(void)
{
    int screen_rows;
    int screen_columns;
    term_size(STDOUT_FILENO, &screen_rows, &screen_columns);
    uint32_t columns = MAP_COLUMNS;
    while (columns > 8 && LABEL_COLUMNS + columns > (uint32_t)screen_columns) {
        columns /= 2;
    }
    uint32_t frames = tables.info->frames;
    uint32_t each = (frames + columns * MAP_ROWS - 1) / (columns * MAP_ROWS);
    each = each > 0 ? each : 1;
    printf("%u frames, %u free; a cell is %u (%u KiB)\n", (unsigned)frames, (unsigned)of_type[EXO_FRAME_FREE],
           (unsigned)each, (unsigned)each * (EXO_PAGE_BYTES / 1024));
    for (uint32_t at = 0; at < frames; at += each * columns) {
        printf("%8x ", (unsigned)at);
        for (uint32_t column = 0; column < columns && at + column * each < frames; column++) {
            uint32_t first = at + column * each;
            putchar(cell(first, frames - first < each ? frames - first : each));
        }
        putchar('\n');
    }
}

static void print_size(uint64_t count)
{
    char size[24];
    util_human(size, sizeof size, count * EXO_PAGE_BYTES);
    printf("%9llu %7s  ", (unsigned long long)count, size);
}

// The names of the environments with exactly this guard, and of those with a capability of that name.
static void print_holders(uint64_t bits, unsigned length)
{
    for (unsigned i = 0; i < EXO_ENVS_MAX; i++) {
        struct exo_env_info env;
        if (!published_env(&tables, i, &env)) {
            continue;
        }
        bool holds = false;
        for (int slot = 0; slot < EXO_CAP_SLOTS; slot++) {
            const struct exo_cap *cap = &env.caps[slot];
            holds = holds || (cap->rights != 0 && cap->len == length && cap->bits == bits);
        }
        if (holds) {
            putchar(' ');
            published_print(env.name, sizeof env.name);
        }
    }
}

static void print_legend(void)
{
    for (size_t i = 0; i < owners.count; i++) {
        const struct legend_entry *entry = &owners.entries[i];
        char name[PUBLISHED_NAME_BYTES];
        published_cap_name(name, entry->key[0], (unsigned)entry->key[1]);
        printf("%c ", entry->letter);
        print_size(entry->count);
        printf("%s:", name);
        print_holders(entry->key[0], (unsigned)entry->key[1]);
        putchar('\n');
    }
    for (unsigned type = 0; type < TYPES; type++) {
        if (type != EXO_FRAME_USER && of_type[type] > 0) {
            printf("%c ", type_marks[type]);
            print_size(of_type[type]);
            printf("%s\n", type_names[type]);
        }
    }
}

// Whether the guard says who has the frame now: that of a free one was its last owner's.
static bool has_owner(const struct exo_frame *frame)
{
    unsigned type = type_of(frame);
    return type != EXO_FRAME_FREE && type != EXO_FRAME_RESERVED && type != EXO_FRAME_KERNEL;
}

static bool same_owner(const struct exo_frame *a, const struct exo_frame *b)
{
    bool same_guard = a->guard_bits == b->guard_bits && a->guard_len == b->guard_len;
    return type_of(a) == type_of(b) && (same_guard || !has_owner(a));
}

static void print_run(uint32_t first, uint32_t end, const struct exo_frame *frame)
{
    char name[PUBLISHED_NAME_BYTES] = "";
    if (has_owner(frame)) {
        published_cap_name(name, frame->guard_bits, frame->guard_len);
    }
    printf("%8x-%-8x ", (unsigned)first, (unsigned)end - 1);
    print_size(end - first);
    printf("%s%s%s\n", type_names[type_of(frame)], *name != '\0' ? " " : "", name);
}

static void print_runs(void)
{
    struct exo_frame run = { .type = EXO_FRAME_RESERVED };
    uint32_t first = 0;
    for (uint32_t i = 0; i < tables.info->frames; i++) {
        struct exo_frame frame;
        published_frame(&tables, i, &frame);
        if (i > 0 && !same_owner(&run, &frame)) {
            print_run(first, i, &run);
            first = i;
        }
        run = i == first ? frame : run;
    }
    if (tables.info->frames > 0) {
        print_run(first, tables.info->frames, &run);
    }
}

static int print_frame(const char *text)
{
    char *end;
    unsigned long number = strtoul(text, &end, 0);
    if (!isdigit((unsigned char)*text) || *end != '\0' || number >= tables.info->frames) {
        util_warn("%s: not a frame number below %u", text, (unsigned)tables.info->frames);
        return 1;
    }
    struct exo_frame frame;
    char name[PUBLISHED_NAME_BYTES];
    published_frame(&tables, (uint32_t)number, &frame);
    published_cap_name(name, frame.guard_bits, frame.guard_len);
    printf("frame %lx at %llx: %s, guard %s, maps %u, writable %u, pins %u, quota %u%s\n", number,
           (unsigned long long)number << EXO_PAGE_BITS, type_names[type_of(&frame)], name, (unsigned)frame.maps,
           (unsigned)frame.writes, (unsigned)frame.pins, (unsigned)frame.quota,
           frame.flags & EXO_FRAME_IS_AUTO ? ", frees itself" : "");
    for (int i = 0; i < EXO_ACL_ENTRIES; i++) {
        if (frame.acl[i].rights != 0) {
            published_cap_name(name, frame.acl[i].bits, frame.acl[i].len);
            printf("  shared with %s, %s\n", name, frame.acl[i].rights & EXO_RIGHT_WRITE ? "writable" : "read-only");
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    util_start(argv[0]);
    bool runs = false;
    int option;
    while ((option = getopt(argc, argv, "l")) != -1) {
        if (option != 'l') {
            return util_usage("[-l | frame ...]");
        }
        runs = true;
    }
    published_open(&tables);
    int status = 0;
    if (optind < argc) {
        for (int i = optind; i < argc; i++) {
            status |= print_frame(argv[i]);
        }
    } else if (runs) {
        print_runs();
    } else {
        count_all();
        print_map();
        print_legend();
        legend_free(&owners);
    }
    return util_finish(status);
}
