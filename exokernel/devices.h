#ifndef EXOKERNEL_DEVICES_H
#define EXOKERNEL_DEVICES_H
#include <stdbool.h>
#include <stdint.h>
struct boot_info;
void devices_init(const struct boot_info *boot);
bool device_set_driver(uint32_t device, const char *name);
#endif
