/* SPDX-License-Identifier: MIT
 *
 * divide.c: divides the machine: capabilities with their quotas for console and session, the session segment, the terminal
 * pages. Layer: apps/init. How much each gets is policy.c's decision. CPU time is divided in placing.c.
 *
 *   empty prefix          this program alone
 *   0x40, 8 bits          console: its program, the terminal pages
 *   0x80, 8 bits          session: every process; reads the boot image, reads and writes the terminal pages
 */
#include "dev/tty_shared.h"
#include "exo/exo.h"
#include "exo/layout.h"
#include "init.h"
#include "policy.h"

static const struct exo_cap console_cap = {.bits = 0x40ull << 56, .len = 8, .rights = EXO_RIGHTS_ALL};
static const struct exo_cap session_cap = {.bits = 0x80ull << 56, .len = 8, .rights = EXO_RIGHTS_ALL};

/* What nobody has yet. */
static uint64_t available(unsigned kind)
{
    const struct exo_quota *root = exo_quota_entry(0);
    uint64_t rest = root->limit[kind] > root->used[kind] ? root->limit[kind] - root->used[kind] : 0;
    uint64_t free_frames = exo_info()->free_frames;
    return kind == EXO_QUOTA_FRAMES && rest > free_frames ? free_frames : rest;
}

static void part_make(const char *name, enum policy_part part, uint32_t slot, const struct exo_cap *cap)
{
    int64_t result = exo_cap_derive(INIT_CAP_ROOT, slot, cap);
    for (unsigned kind = 0; result >= 0 && kind < EXO_QUOTA_KINDS; kind++)
        result = exo_quota_set(INIT_CAP_ROOT, cap, kind, policy_quota(part, kind, available(kind)));
    if (result == -EXO_E_QUOTA || result == -EXO_E_NOMEM)
        init_fail("too little memory: there are no frames for the %s", name);
    if (result < 0)
        init_fail("the capability of the %s cannot be made: %s", name, exo_error_name(result));
}

void divide_capabilities(void)
{
    part_make("console", POLICY_CONSOLE, INIT_CAP_CONSOLE, &console_cap);
    part_make("session", POLICY_SESSION, INIT_CAP_SESSION, &session_cap);
}

void divide_session(void)
{
    int result = proc_session_create(INIT_CAP_SESSION, &session_cap);
    if (result < 0)
        init_fail("too little memory: the session's segment cannot be made");
    struct session_header *header = session_header();
    header->boot_frame = exo_info()->module_frame;
    header->boot_pages = exo_info()->module_frames;
}

/* Lets `who` map n frames that a capability of ours dominates. */
static int64_t share(uint32_t slot, uint32_t first, uint32_t n, struct exo_cap who, uint8_t rights)
{
    int64_t result = 0;
    who.rights = rights;
    for (uint32_t done = 0; result >= 0 && done < n; done += EXO_SHARE_MAX)
        result = exo_frame_share(slot, first + done, n - done < EXO_SHARE_MAX ? n - done : EXO_SHARE_MAX, &who);
    return result;
}

void divide_terminal(int bytes)
{
    uint32_t frames[TTY_PAGES] = {EXO_FRAME_ANY};
    int64_t result = exo_frame_alloc(INIT_CAP_CONSOLE, frames, TTY_PAGES, EXO_FRAME_ZERO | EXO_FRAME_RUN);
    if (result >= 0)
        result = share(INIT_CAP_CONSOLE, frames[0], TTY_PAGES, session_cap, EXO_RIGHT_READ | EXO_RIGHT_WRITE);
    if (result < 0)
        init_fail("the terminal pages cannot be made: %s", exo_error_name(result));
    struct session_header *header = session_header();
    header->tty_frame = frames[0];
    header->tty_pages = TTY_PAGES;
    tty_shared_init((struct tty_shared *)EXO_TTY_BASE, bytes ? TTY_MODE_BYTES : TTY_MODE_TTY);
}

void divide_boot_image(const struct cpio *archive)
{
    struct session_header *header = session_header();
    int64_t result = share(INIT_CAP_ROOT, header->boot_frame, header->boot_pages, session_cap, EXO_RIGHT_READ);
    if (result < 0)
        init_fail("the boot image cannot be shared: %s", exo_error_name(result));
    header->archive_offset = (uint64_t)archive->base - EXO_BOOT_IMAGE_BASE;
    header->archive_bytes = archive->bytes;
}
