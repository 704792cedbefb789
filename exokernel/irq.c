/* SPDX-License-Identifier: MIT
 *
 * irq.c: bindings of interrupt lines (irq.h). The published table is the table; beside it stand the activations.
 */
#include "irq.h"

#include "exo_calls.h"
#include "kernel.h"
#include "tables.h"
#include "trace.h"
#include "x86/clock.h"
#include "x86/irqchip.h"
#include "x86/kpaging.h"

static struct exo_line *lines; /* IRQ_LINES entries */
static struct activation *users[IRQ_LINES][EXO_LINE_USERS];
static void (*handlers[IRQ_LINES])(void); /* of the kernel's own drivers, whose lines are nobody else's */

void irq_init(void)
{
    lines = publish_area(EXO_PUB_LINES, IRQ_LINES * sizeof *lines);
    published_info->lines = IRQ_LINES;
    for (uint32_t i = 0; i < IRQ_LINES; i++) {
        lines[i].valid = irq_line_valid(i);
        lines[i].masked = true;
    }
}

static void change_begin(struct exo_line *line)
{
    __atomic_store_n(&line->seq, line->seq + 1, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_RELEASE);
}

static void change_end(struct exo_line *line)
{
    __atomic_store_n(&line->seq, line->seq + 1, __ATOMIC_RELEASE);
}

static void set_masked(uint32_t line, bool masked)
{
    lines[line].masked = masked;
    if (masked)
        irq_line_mask(line);
    else
        irq_line_unmask(line);
}

/* What the line is, all users together: its gap is the longest. */
static void sum_up(struct exo_line *line)
{
    line->users = 0;
    line->gap_ns = 0;
    for (unsigned i = 0; i < EXO_LINE_USERS; i++)
        if (line->user[i].env) {
            line->users++;
            if (line->user[i].gap_ns > line->gap_ns)
                line->gap_ns = line->user[i].gap_ns;
        }
}

static bool all_acknowledged(const struct exo_line *line)
{
    for (unsigned i = 0; i < EXO_LINE_USERS; i++)
        if (line->user[i].env && line->user[i].unacknowledged)
            return false;
    return true;
}

/* Somebody left, or acknowledged: the line goes on if nobody is left to wait for. Its gap is kept by who comes last. */
static void unmask_if_due(uint32_t number)
{
    struct exo_line *line = &lines[number];
    if (line->masked && line->users && all_acknowledged(line))
        set_masked(number, false);
}

static bool valid(uint32_t line)
{
    return line < IRQ_LINES && lines[line & (IRQ_LINES - 1)].valid;
}

/* May another activation be bound to it? Returns its place or an error. */
static int find_place(const struct exo_line *line, const struct exo_irq_spec *spec)
{
    int place = -EXO_E_LIMIT;
    for (int i = EXO_LINE_USERS - 1; i >= 0; i--)
        if (!line->user[i].env)
            place = i;
        else if (!(line->user[i].flags & spec->flags & EXO_IRQ_SHARED))
            return -EXO_E_BUSY;
    return place;
}

int irq_assign(uint32_t number, struct activation *act, const struct exo_irq_spec *spec)
{
    if (!valid(number) || spec->cpu >= cpu_count)
        return -EXO_E_NODEV;
    struct exo_line *line = &lines[number];
    int place = handlers[number] ? -EXO_E_BUSY : find_place(line, spec);
    if (place < 0)
        return place;
    int error = env_charge(act->env, EXO_QUOTA_LINES);
    if (error)
        return error;
    set_masked(number, true);
    error = irq_line_place(number, spec->cpu, spec->priority);
    if (error) {
        env_uncharge(act->env, EXO_QUOTA_LINES);
        unmask_if_due(number);
        return error;
    }
    change_begin(line);
    line->cpu = (uint8_t)spec->cpu;
    line->priority = (uint8_t)spec->priority;
    line->user[place] = (struct exo_line_user){
        .env = act->env->id,
        .gap_ns = spec->gap_ns,
        .act = (uint8_t)act->index,
        .index = (uint8_t)spec->index,
        .flags = (uint8_t)spec->flags,
        .unacknowledged = spec->flags & EXO_IRQ_MASKED ? 1 : 0,
    };
    users[number][place] = act;
    act->lines++;
    sum_up(line);
    unmask_if_due(number);
    change_end(line);
    return 0;
}

/* Ends the bindings of one line that belong to env or to act (NULL, NULL: to anybody). */
static void drop(uint32_t number, const struct env *env, const struct activation *act)
{
    struct exo_line *line = &lines[number];
    change_begin(line);
    for (unsigned i = 0; i < EXO_LINE_USERS; i++) {
        struct activation *user = users[number][i];
        if (!user || (env && user->env != env) || (act && user != act))
            continue;
        user->lines--;
        env_uncharge(user->env, EXO_QUOTA_LINES);
        users[number][i] = NULL;
        line->user[i] = (struct exo_line_user){0};
    }
    sum_up(line);
    if (!line->users) {
        set_masked(number, true);
        irq_line_unplace(number);
    }
    unmask_if_due(number);
    change_end(line);
}

bool irq_claim(uint32_t line, void (*handler)(void))
{
    if (line >= IRQ_LINES || !irq_line_valid(line) || handlers[line] || irq_line_place(line, 0, 0))
        return false;
    handlers[line] = handler;
    irq_line_unmask(line);
    return true;
}

bool irq_bound(uint32_t line, const struct env *env)
{
    for (unsigned i = 0; valid(line) && i < EXO_LINE_USERS; i++)
        if (users[line][i] && users[line][i]->env == env)
            return true;
    return false;
}

int irq_release(uint32_t line, struct env *env)
{
    if (!valid(line) || handlers[line])
        return -EXO_E_NODEV;
    drop(line, env, NULL);
    return 0;
}

void irq_forget(struct activation *act)
{
    for (uint32_t line = 0; line < IRQ_LINES && act->lines; line++)
        if (lines[line].users)
            drop(line, NULL, act);
}

/* Sets or clears what env has not acknowledged. */
static int mark(uint32_t number, const struct env *env, uint8_t unacknowledged)
{
    bool found = false;
    if (!valid(number) || !lines[number].users)
        return -EXO_E_NODEV;
    change_begin(&lines[number]);
    for (unsigned i = 0; i < EXO_LINE_USERS; i++)
        if (users[number][i] && users[number][i]->env == env) {
            lines[number].user[i].unacknowledged = unacknowledged;
            found = true;
        }
    change_end(&lines[number]);
    return found ? 0 : -EXO_E_RIGHTS;
}

int irq_acknowledge(uint32_t number, struct env *env)
{
    int error = mark(number, env, 0);
    if (error)
        return error;
    struct exo_line *line = &lines[number];
    if (line->masked && line->gap_ns && all_acknowledged(line) && clock_now_ns() - line->last_ns < line->gap_ns) {
        mark(number, env, 1);
        return -EXO_E_AGAIN;
    }
    unmask_if_due(number);
    return 0;
}

int irq_hold(uint32_t line, struct env *env)
{
    int error = mark(line, env, 1);
    if (!error)
        set_masked(line, true);
    return error;
}

void irq_deliver(uint32_t number)
{
    spin_lock(&kernel_lock);
    trace(EXO_TRACE_IRQ, number, 0, 0, 0);
    if (valid(number) && handlers[number]) {
        irq_line_mask(number);
        handlers[number]();
        irq_line_unmask(number);
    } else if (valid(number)) {
        struct exo_line *line = &lines[number];
        set_masked(number, true);
        change_begin(line);
        line->interrupts++;
        line->last_ns = clock_now_ns();
        for (unsigned i = 0; i < EXO_LINE_USERS; i++) {
            struct activation *act = users[number][i];
            if (!act)
                continue;
            line->user[i].unacknowledged = 1;
            uint32_t index = line->user[i].index & (EXO_IRQ_SLOTS - 1);
            __atomic_fetch_add(&act->page->irq_count[index], 1, __ATOMIC_RELEASE);
            act_raise(act, EXO_EVENT_IRQ);
        }
        change_end(line);
    }
    spin_unlock(&kernel_lock);
}
