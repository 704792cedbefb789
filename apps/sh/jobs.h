// SPDX-License-Identifier: MIT
//
// Processes that the shell waits for, and those that run beside it.
//
// Layer: sh. There is no job control: a job is started in the background or in the foreground and stays there.

#ifndef SH_JOBS_H
#define SH_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

// Waits for COUNT processes, which are one pipeline, and returns the status of the last; NAME is what a message about
// a death by signal calls it. After Ctrl-C killed it, calls for unwinding.
int jobs_wait_foreground(const pid_t *pids, size_t count, const char *name);

// Adds a background job of COUNT processes. TEXT, malloc'd, now belongs to it. Sets $!, and tells if interactive.
void jobs_add(const pid_t *pids, size_t count, char *text);

// Waits for all jobs; returns 0, or 130 if Ctrl-C ended the wait.
int jobs_wait_all(void);

// Waits for a job by process number or `%N`. Returns its status, or 127 after a message if there is no such job.
int jobs_wait(const char *which);

// Prints all jobs with their states and forgets those that are done.
void jobs_print(void);

// Prints the jobs that are done since the last time, and forgets them.
void jobs_report(void);

// The last process of job `%N` in TEXT, or 0 if there is none.
pid_t jobs_pid(const char *text);


#endif
