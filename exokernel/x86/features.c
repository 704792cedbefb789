/* SPDX-License-Identifier: MIT
 *
 * features.c: CPUID and the control bits that follow from it (features.h). Intel SDM vol 2 CPUID, vol 3 §2.5.
 */
#include "x86/features.h"

#include "log.h"
#include "x86/instr.h"

enum {
    LEAF_MAX = 0,
    LEAF_BASIC = 1,
    LEAF_EXTENDED = 7,
    LEAF_AMD_MAX = 0x80000000,
    LEAF_AMD_BASIC = 0x80000001,
    LEAF_NAME = 0x80000002,
    LEAF_POWER = 0x80000007,
    LEAF_AMD_SECURITY = 0x80000008,
};
#define MSR_ARCH_CAPABILITIES 0x10a
enum { ARCH_CAP_RDCL_NO = 1 };

struct features features;

static bool bit(uint32_t value, unsigned n)
{
    return value >> n & 1;
}

static void copy_words(char *to, const uint32_t *words, unsigned n)
{
    for (unsigned i = 0; i < n * 4; i++)
        to[i] = (char)(words[i / 4] >> (i % 4 * 8));
    to[n * 4] = 0;
}

static void read_names(void)
{
    struct cpuid_result max = cpuid(LEAF_MAX, 0);
    copy_words(features.vendor, (uint32_t[]){max.ebx, max.edx, max.ecx}, 3);
    if (cpuid(LEAF_AMD_MAX, 0).eax < LEAF_NAME + 2)
        return;
    uint32_t words[12];
    for (unsigned i = 0; i < 3; i++) {
        struct cpuid_result part = cpuid(LEAF_NAME + i, 0);
        words[i * 4] = part.eax;
        words[i * 4 + 1] = part.ebx;
        words[i * 4 + 2] = part.ecx;
        words[i * 4 + 3] = part.edx;
    }
    copy_words(features.name, words, 12);
}

/* Meltdown: Intel's tell by ARCH_CAPABILITIES; AMD's never had it. */
static bool read_rdcl_no(struct cpuid_result extended)
{
    static const char amd[] = "AuthenticAMD", hygon[] = "HygonGenuine";
    bool is_amd = true, is_hygon = true;
    for (unsigned i = 0; i < sizeof amd; i++) {
        is_amd = is_amd && features.vendor[i] == amd[i];
        is_hygon = is_hygon && features.vendor[i] == hygon[i];
    }
    if (is_amd || is_hygon)
        return true;
    return bit(extended.edx, 29) && (rdmsr(MSR_ARCH_CAPABILITIES) & ARCH_CAP_RDCL_NO);
}

static void read_version(uint32_t eax)
{
    features.stepping = eax & 0xf;
    features.model = eax >> 4 & 0xf;
    features.family = eax >> 8 & 0xf;
    if (features.family == 6 || features.family == 15)
        features.model |= eax >> 12 & 0xf0;
    if (features.family == 15)
        features.family += eax >> 20 & 0xff;
}

void features_read(void)
{
    const struct cpuid_result none = {0, 0, 0, 0};
    uint32_t max = cpuid(LEAF_MAX, 0).eax, amd_max = cpuid(LEAF_AMD_MAX, 0).eax;
    struct cpuid_result basic = cpuid(LEAF_BASIC, 0), amd = cpuid(LEAF_AMD_BASIC, 0);
    struct cpuid_result extended = max >= LEAF_EXTENDED ? cpuid(LEAF_EXTENDED, 0) : none;
    read_names();
    read_version(basic.eax);
    features.apic = bit(basic.edx, 9);
    features.global_pages = bit(basic.edx, 13);
    features.x2apic = bit(basic.ecx, 21);
    features.tsc_deadline = bit(basic.ecx, 24);
    features.xsave = bit(basic.ecx, 26);
    features.rdrand = bit(basic.ecx, 30);
    features.hypervisor = bit(basic.ecx, 31);
    features.fsgsbase = bit(extended.ebx, 0);
    features.smep = bit(extended.ebx, 7);
    features.smap = bit(extended.ebx, 20);
    features.umip = bit(extended.ecx, 2);
    features.nx = bit(amd.edx, 20);
    features.pages_1g = bit(amd.edx, 26);
    features.rdtscp = bit(amd.edx, 27);
    features.invtsc = amd_max >= LEAF_POWER && bit(cpuid(LEAF_POWER, 0).edx, 8);
    features.rdcl_no = read_rdcl_no(extended);
}

void features_enable(void)
{
    uint64_t cr4 = read_cr4();
    cr4 |= features.global_pages ? CR4_PGE : 0;
    cr4 |= features.smep ? CR4_SMEP : 0;
    cr4 |= features.smap ? CR4_SMAP : 0;
    cr4 |= features.umip ? CR4_UMIP : 0;
    cr4 |= features.fsgsbase ? CR4_FSGSBASE : 0;
    write_cr4(cr4);
    write_cr0(read_cr0() | CR0_WP);
}

void cpu_describe(struct exo_info *info)
{
    for (unsigned i = 0; i < sizeof info->cpu_name - 1; i++)
        info->cpu_name[i] = features.name[i];
    info->cpu_features = (features.fsgsbase ? EXO_CPU_FSGSBASE : 0) | (features.rdrand ? EXO_CPU_RDRAND : 0) |
                         (features.smep ? EXO_CPU_SMEP : 0) | (features.smap ? EXO_CPU_SMAP : 0) |
                         (features.umip ? EXO_CPU_UMIP : 0) | (features.nx ? EXO_CPU_NX : 0) |
                         (features.rdcl_no ? EXO_CPU_RDCL_NO : 0) | (features.rdtscp ? EXO_CPU_RDTSCP : 0) |
                         (features.invtsc ? EXO_CPU_INVTSC : 0);
}

void features_log(void)
{
    log_info("cpu", "%s vendor=%s family=%u model=%u stepping=%u", features.name, features.vendor, features.family,
             features.model, features.stepping);
    log_info("cpu", "features nx=%u smep=%u smap=%u umip=%u fsgsbase=%u xsave=%u rdrand=%u rdtscp=%u invtsc=%u "
             "pages_1g=%u tsc_deadline=%u x2apic=%u",
             features.nx, features.smep, features.smap, features.umip, features.fsgsbase, features.xsave, features.rdrand,
             features.rdtscp, features.invtsc, features.pages_1g, features.tsc_deadline, features.x2apic);
    if (!features.rdcl_no)
        log_warn("cpu", "not protected: the CPU does not say that it is safe from Meltdown (no RDCL_NO)");
    if (!features.umip)
        log_warn("cpu", "not protected: SIDT and SGDT show kernel addresses to programs (no UMIP)");
    if (!features.nx)
        log_warn("cpu", "not protected: data can be executed (no NX)");
    if (!features.smep || !features.smap)
        log_notice("cpu", "no second line of defence against kernel bugs smep=%u smap=%u", features.smep, features.smap);
}
