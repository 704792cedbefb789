/* SPDX-License-Identifier: MIT
 *
 * machine/_types.h: sizes of types that newlib leaves to the machine: its own inode, device and user numbers have 16 bits,
 * too few to tell files apart. newlib itself must be compiled with this file too (build-newlib copies it into the source):
 * struct stat is made of these types.
 */
#ifndef _MACHINE__TYPES_H
#define _MACHINE__TYPES_H

#include <machine/_default_types.h>

#define __machine_ino_t_defined
typedef unsigned long __ino_t;
#define __machine_dev_t_defined
typedef unsigned int __dev_t;
#define __machine_uid_t_defined
typedef unsigned int __uid_t;
#define __machine_gid_t_defined
typedef unsigned int __gid_t;

#endif
