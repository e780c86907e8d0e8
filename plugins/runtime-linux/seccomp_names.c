/* SPDX-License-Identifier: Apache-2.0 */
/* seccomp_names.c - the words of the specification and what libseccomp and the kernel call them. */
#include "seccomp_names.h"

#include <linux/seccomp.h>
#include <string.h>

#include <cleat/cleanup.h>

#include "seccomp.h"
#include "seccomp_filter.h"

static const struct {
	const char *name;
	uint32_t action;
} actions[] = {
	{ "SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD },
	{ "SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS },
	{ "SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD },
	{ "SCMP_ACT_TRAP", SCMP_ACT_TRAP },
	{ "SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0) },
	{ "SCMP_ACT_TRACE", SCMP_ACT_TRACE(0) },
	{ "SCMP_ACT_ALLOW", SCMP_ACT_ALLOW },
	{ "SCMP_ACT_LOG", SCMP_ACT_LOG },
	{ "SCMP_ACT_NOTIFY", SCMP_ACT_NOTIFY },
};

static const struct {
	const char *name;
	enum scmp_compare operator;
} operators[] = {
	{ "SCMP_CMP_NE", SCMP_CMP_NE },
	{ "SCMP_CMP_LT", SCMP_CMP_LT },
	{ "SCMP_CMP_LE", SCMP_CMP_LE },
	{ "SCMP_CMP_EQ", SCMP_CMP_EQ },
	{ "SCMP_CMP_GE", SCMP_CMP_GE },
	{ "SCMP_CMP_GT", SCMP_CMP_GT },
	{ "SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ },
};

/* What one machine can run side by side. */
enum family { X86, ARM, MIPS, PPC, S390, PARISC, RISCV, LOONGARCH, M68K, SH };

/* libseccomp's names for them; it resolves what it knows, so an older one builds too. */
static const struct {
	const char *name, *library_name;
	enum family family;
} archs[] = {
	{ "SCMP_ARCH_X86", "x86", X86 },
	{ "SCMP_ARCH_X86_64", "x86_64", X86 },
	{ "SCMP_ARCH_X32", "x32", X86 },
	{ "SCMP_ARCH_ARM", "arm", ARM },
	{ "SCMP_ARCH_AARCH64", "aarch64", ARM },
	{ "SCMP_ARCH_MIPS", "mips", MIPS },
	{ "SCMP_ARCH_MIPS64", "mips64", MIPS },
	{ "SCMP_ARCH_MIPS64N32", "mips64n32", MIPS },
	{ "SCMP_ARCH_MIPSEL", "mipsel", MIPS },
	{ "SCMP_ARCH_MIPSEL64", "mipsel64", MIPS },
	{ "SCMP_ARCH_MIPSEL64N32", "mipsel64n32", MIPS },
	{ "SCMP_ARCH_PPC", "ppc", PPC },
	{ "SCMP_ARCH_PPC64", "ppc64", PPC },
	{ "SCMP_ARCH_PPC64LE", "ppc64le", PPC },
	{ "SCMP_ARCH_S390", "s390", S390 },
	{ "SCMP_ARCH_S390X", "s390x", S390 },
	{ "SCMP_ARCH_PARISC", "parisc", PARISC },
	{ "SCMP_ARCH_PARISC64", "parisc64", PARISC },
	{ "SCMP_ARCH_RISCV64", "riscv64", RISCV },
	{ "SCMP_ARCH_LOONGARCH64", "loongarch64", LOONGARCH },
	{ "SCMP_ARCH_M68K", "m68k", M68K },
	{ "SCMP_ARCH_SH", "sh", SH },
	{ "SCMP_ARCH_SHEB", "sheb", SH },
};

static const struct {
	const char *name;
	unsigned int bit;
} flags[] = {
	{ "SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC },
	{ "SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV },
};

bool seccomp_action_of(const char *name, uint32_t *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (strcmp(actions[i].name, name) == 0) {
			*out = actions[i].action;
			return true;
		}
	return false;
}

bool seccomp_operator_of(const char *name, enum scmp_compare *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(operators); i++)
		if (strcmp(operators[i].name, name) == 0) {
			*out = operators[i].operator;
			return true;
		}
	return false;
}

static bool runs_here(enum family family)
{
	uint32_t native = seccomp_arch_native();

	for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
		if (seccomp_arch_resolve_name(archs[i].library_name) == native)
			return archs[i].family == family;
	return true;
}

bool seccomp_arch_of(const char *name, uint32_t *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
		if (strcmp(archs[i].name, name) == 0) {
			*out = runs_here(archs[i].family)
				       ? seccomp_arch_resolve_name(archs[i].library_name)
				       : 0;
			return true;
		}
	return false;
}

int64_t seccomp_flag_bit(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (strcmp(flags[i].name, name) == 0)
			return flags[i].bit;
	return -1;
}

const char *seccomp_action_name(size_t i)
{
	return i < ARRAY_SIZE(actions) ? actions[i].name : NULL;
}

const char *seccomp_operator_name(size_t i)
{
	return i < ARRAY_SIZE(operators) ? operators[i].name : NULL;
}

const char *seccomp_arch_name(size_t i)
{
	return i < ARRAY_SIZE(archs) ? archs[i].name : NULL;
}

const char *seccomp_flag_name(size_t i)
{
	return i < ARRAY_SIZE(flags) ? flags[i].name : NULL;
}

const char *seccomp_supported_flag_name(size_t i)
{
	return i < ARRAY_SIZE(flags) ? flags[i].name : NULL;
}
