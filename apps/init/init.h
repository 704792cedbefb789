/* SPDX-License-Identifier: MIT
 *
 * init.h: what the parts of the first environment share. Layer: apps/init.
 *
 *   boot_image.c  finds the archive behind this program in the boot module
 *   divide.c      capabilities, quotas, session segment, terminal pages
 *   terminal.c    starts the console, and again when it dies
 *   programs.c    starts what the manifest says, collects how it ended
 *   placing.c     gives CPU time to who asks; division.c says how much, slices.c which policy is followed
 *   main.c        the order of all this, the loop, the end
 *
 * The main thread sleeps on its own `children` word, which everything that concerns it changes: ended children (by
 * themselves or by EXO_EVENT_CHILD), orphans, requests of the session. Another one places (placing.h).
 */
#ifndef INIT_H
#define INIT_H

#include <stddef.h>
#include <stdint.h>

#include "fs/cpio.h"
#include "manifest.h"
#include "proc/proc.h"

/* Slots of the first environment. */
enum { INIT_CAP_ROOT = 0, INIT_CAP_SESSION = 1, INIT_CAP_CONSOLE = 2 };

#define INIT_STATUS_BROKEN 125    /* the machine could not be brought up */
#define INIT_STATUS_NOT_FOUND 127 /* the program could not be started */

/* A line in the kernel's log. level: EXO_LOG_*. */
void init_log(unsigned level, const char *text);

/* Says something: on the terminal if there is one by now, and in the kernel's log. */
__attribute__((format(printf, 1, 2))) void init_say(const char *format, ...);

/* Ends it all: message, exit status, power off. */
_Noreturn void init_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void init_power(int status, int reset);

/* boot_image.c: finds the archive; on failure tells why in words. archive->bytes is 0 then. */
const char *boot_image_find(struct cpio *archive);

/* A regular file of the archive, by its path without the leading slash. 1 if it is there. */
int boot_image_file(const struct cpio *archive, const char *path, struct cpio_entry *entry);

/* divide.c */
void divide_capabilities(void);
void divide_session(void);
void divide_terminal(int bytes);
void divide_boot_image(const struct cpio *archive);

/* terminal.c: starts the console; looks after it: 1 if it runs. */
int terminal_start(const struct cpio *archive, int bytes);
int terminal_check(void);
int terminal_runs(void); /* as of the last look */

/* Opens descriptors 0, 1, 2 on it. */
void terminal_open(void);

/* Logs `console-ready` when the console that was started has its devices, or what it cannot do. Bounded. */
void terminal_announce(void);

/* Waits until everything written has left the machine, a bounded time. */
void terminal_drain(void);

/* programs.c */
void programs_start(const struct manifest *manifest);
void programs_ended(int pid, int status);
int programs_running(void);
int programs_status(void);
int programs_owns(int pid);

#endif
