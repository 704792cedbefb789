/* SPDX-License-Identifier: MIT
 *
 * calls_device.c: the system calls on interrupt lines, ports, the log, the clock, power and tracing. Those that change the
 * machine as a whole need the empty prefix.
 */
#include "devices.h"
#include "entropy.h"
#include "frame.h"
#include "irq.h"
#include "kernel.h"
#include "log.h"
#include "ports.h"
#include "power.h"
#include "trace.h"
#include "x86/clock.h"
#include "x86/context.h"

/* Enters the call if the caller's slot holds the empty prefix with these rights. */
static int root_enter(uint32_t slot, unsigned rights)
{
    struct exo_cap cap;
    int error = call_enter();
    if (error)
        return error;
    error = cap_check(&caller()->caps, slot, rights, (struct cap_name){0, 0}, &cap);
    if (error)
        call_leave();
    return error;
}

static bool spec_good(const struct exo_irq_spec *spec)
{
    return spec->index < EXO_IRQ_SLOTS && spec->priority < EXO_IRQ_PRIORITIES &&
           !(spec->flags & ~(EXO_IRQ_SHARED | EXO_IRQ_MASKED));
}

static int64_t irq_unbind(uint32_t slot, uint32_t line, uint64_t id)
{
    struct env *env = NULL;
    int error = root_enter(slot, EXO_RIGHT_CONTROL);
    if (error)
        return error;
    if (id != EXO_ENV_NONE)
        error = env_control(caller(), slot, id, &env);
    if (!error)
        error = irq_release(line, env);
    call_leave();
    return error;
}

int64_t sys_irq_bind(uint32_t slot, uint32_t line, uint64_t id, uint32_t act, const struct exo_irq_spec *user_spec)
{
    struct exo_irq_spec spec;
    struct env *env;
    if (!user_spec)
        return irq_unbind(slot, line, id);
    int error = user_copy_in(&spec, user_spec, sizeof spec);
    if (error)
        return error;
    if (act >= EXO_ACTS_MAX || !spec_good(&spec))
        return -EXO_E_ARG;
    if ((error = root_enter(slot, EXO_RIGHT_CONTROL)))
        return error;
    error = env_control(caller(), slot, id, &env);
    if (!error && (!env->act[act] || env->act[act]->state == EXO_ACT_STOPPED))
        error = -EXO_E_ENV;
    if (!error)
        error = irq_assign(line, env->act[act], &spec);
    call_leave();
    return error;
}

int64_t sys_irq_ack(uint32_t line)
{
    int error = call_enter();
    if (error)
        return error;
    error = irq_acknowledge(line, caller());
    call_leave();
    return error;
}

int64_t sys_irq_mask(uint32_t line)
{
    int error = call_enter();
    if (error)
        return error;
    error = irq_hold(line, caller());
    call_leave();
    return error;
}

int64_t sys_port_bind(uint32_t slot, uint64_t id, uint32_t first, uint32_t n)
{
    struct env *env;
    if (first > 0xffff || n > 0x10000 - first)
        return -EXO_E_ARG;
    int error = root_enter(slot, EXO_RIGHT_CONTROL);
    if (error)
        return error;
    error = env_control(caller(), slot, id, &env);
    if (!error && n)
        error = ports_assign(env, (uint16_t)first, n);
    else if (!error)
        ports_forget(env);
    call_leave();
    return error;
}

int64_t sys_fs_base_set(uint64_t address)
{
    return context_set_fs_base(address) ? 0 : -EXO_E_RANGE;
}

int64_t sys_log_write(uint32_t slot, uint32_t level, const char *user_text, uint32_t n)
{
    char text[EXO_LOG_TEXT];
    if (level > EXO_LOG_DEBUG || n >= EXO_LOG_TEXT)
        return -EXO_E_ARG;
    int error = user_copy_in(text, user_text, n);
    if (error)
        return error;
    text[n] = 0;
    for (uint32_t i = 0; i < n; i++)
        if ((uint8_t)text[i] < ' ' || text[i] == 0x7f)
            text[i] = '?';
    if ((error = root_enter(slot, EXO_RIGHT_WRITE)))
        return error;
    log_from_env((enum exo_log_level)level, caller()->id, caller()->pub->name, text);
    call_leave();
    return 0;
}

int64_t sys_clock_set(uint32_t slot, uint64_t unix_ns)
{
    int error = root_enter(slot, EXO_RIGHT_CONTROL);
    if (error)
        return error;
    clock_set_unix((int64_t)unix_ns);
    call_leave();
    return 0;
}

int64_t sys_power(uint32_t slot, uint32_t action, uint32_t code)
{
    if (action > EXO_POWER_RESET)
        return -EXO_E_ARG;
    int error = root_enter(slot, EXO_RIGHT_CONTROL);
    if (error)
        return error;
    if (action == EXO_POWER_OFF)
        power_off(code);
    power_reset();
}

int64_t sys_trace_set(uint32_t slot, uint32_t mask)
{
    int error = root_enter(slot, EXO_RIGHT_CONTROL);
    if (error)
        return error;
    trace_choose(mask);
    call_leave();
    return 0;
}

int64_t sys_driver_name(uint32_t slot, uint32_t device, const char *user_name)
{
    char name[16];
    int error = user_copy_in(name, user_name, sizeof name);
    if (error)
        return error;
    name[sizeof name - 1] = 0;
    if ((error = root_enter(slot, EXO_RIGHT_CONTROL)))
        return error;
    error = device_set_driver(device, name) ? 0 : -EXO_E_ARG;
    call_leave();
    return error;
}

int64_t sys_random_fill(uint32_t slot, uint32_t frame, uint32_t offset, uint32_t bytes, uint32_t status)
{
    struct exo_cap cap;
    if (bytes == 0 || offset >= EXO_PAGE_BYTES || bytes > EXO_PAGE_BYTES - offset || status % 4 || status >= EXO_PAGE_BYTES)
        return -EXO_E_ARG;
    if (status + 4 > offset && status < offset + bytes)
        return -EXO_E_ARG;
    int error = call_enter();
    if (error)
        return error;
    error = cap_use(&caller()->caps, slot, EXO_RIGHT_READ | EXO_RIGHT_WRITE, &cap);
    if (!error && !frame_is_user(frame))
        error = -EXO_E_FRAME;
    if (!error)
        error = frame_may_map(frame, &cap, true);
    if (!error)
        error = entropy_fill(caller()->quota, frame, offset, bytes, status);
    call_leave();
    return error;
}
