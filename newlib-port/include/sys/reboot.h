/* SPDX-License-Identifier: MIT
 *
 * sys/reboot.h: asks the first environment to switch the machine off or to restart it.
 */
#ifndef _SYS_REBOOT_H
#define _SYS_REBOOT_H

#ifdef __cplusplus
extern "C" {
#endif

#define RB_AUTOBOOT 0x01234567
#define RB_HALT_SYSTEM 0x42424242
#define RB_POWER_OFF 0x4321fedc

/* Returns 0 when the request was made: it is carried out when output has drained. Errors: EINVAL, ENOSYS outside of a
 * session. */
int reboot(int how);

#ifdef __cplusplus
}
#endif

#endif
