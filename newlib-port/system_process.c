/* SPDX-License-Identifier: MIT
 *
 * system_process.c: system.c's part that makes processes, apart, as few programs do. Layer: newlib-port, over libos/posix.
 */
#include <sys/wait.h>
#include <unistd.h>

int _execve(const char *path, char *const argv[], char *const envp[]);
int _fork(void);
int _wait(int *status);

int _execve(const char *path, char *const argv[], char *const envp[]) { return execve(path, argv, envp); }
int _fork(void) { return fork(); }
int _wait(int *status) { return wait(status); }
