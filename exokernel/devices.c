#include "devices.h"
#include "device_memory.h"
#include "tables.h"
void devices_init(const struct boot_info *boot)
{
    (void)boot;
    device_range_add(0xb8, 8, DEVICE_MEMORY_WT);
    published_info->text_frame = 0xb8;
}
bool device_set_driver(uint32_t device, const char *name)
{
    (void)device;
    (void)name;
    return false;
}
