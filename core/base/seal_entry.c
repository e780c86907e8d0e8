/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal_entry.c - where a static program begins: seal.c's second life without a first one.
 *
 * The C library's start asks the processor for its features, which a virtual machine's host answers: a third of a
 * millisecond for a process that only runs itself again. So this stands before `_start`. There is no C library yet,
 * nothing is relocated and there is no thread: only arguments, stack and system calls, no pointer in a constant, no
 * stack protector (CleatTargets.cmake has the flags; a lint looks whether the object asks for anything).
 *
 * It decides nothing. Whatever it does not do or cannot do, seal_program does as it always did, and says why not.
 */
#include "seal_entry.h"

#include "seal.h"

#include <elf.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

enum { MOST_VARIABLES = 512, MOST_PATH = 1024 };

#if defined(__x86_64__)
/* The stack as the kernel made it is the argument; rdx belongs to _start. */
__asm__(".pushsection .text.seal_entry,\"ax\",@progbits\n"
	".globl seal_entry\n"
	".hidden seal_entry\n"
	".type seal_entry,@function\n"
	"seal_entry:\n"
	"	endbr64\n"
	"	movq %rdx, %rbx\n"
	"	movq %rsp, %rdi\n"
	"	call seal_before_start\n"
	"	movq %rbx, %rdx\n"
	"	jmp _start\n"
	".size seal_entry, . - seal_entry\n"
	".popsection\n");

static long call(long number, long a, long b, long c, long d, long e)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	long result = number;

	__asm__ volatile("syscall"
			 : "+a"(result)
			 : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return result;
}
#elif defined(__aarch64__)
/* The stack as the kernel made it is the argument; x0 belongs to _start. */
__asm__(".pushsection .text.seal_entry,\"ax\",@progbits\n"
	".globl seal_entry\n"
	".hidden seal_entry\n"
	".type seal_entry,@function\n"
	"seal_entry:\n"
	"	bti c\n"
	"	mov x19, x0\n"
	"	mov x0, sp\n"
	"	bl seal_before_start\n"
	"	mov x0, x19\n"
	"	b _start\n"
	".size seal_entry, . - seal_entry\n"
	".popsection\n");

static long call(long number, long a, long b, long c, long d, long e)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
			 : "memory");
	return x0;
}
#else
#error "no entry for this architecture: leave cleat_seals() out of its build"
#endif

static bool is_same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

/* Is one of seal_words an argument? Also one that only looks like it: then we are sealed without need. */
static bool is_wanted(char *const *argv)
{
	for (char *const *arg = argv; *arg; arg++) {
		const char *word = seal_words;

		while (*word) {
			if (is_same(*arg, word))
				return true;
			while (*word)
				word++;
			word++;
		}
	}
	return false;
}

/* The uid that the kernel gives every program on its stack. */
static bool is_root(const Elf64_auxv_t *aux)
{
	while (aux->a_type != AT_NULL && aux->a_type != AT_EUID)
		aux++;
	return aux->a_type == AT_EUID && aux->a_un.a_val == 0;
}

static bool is_told(const char *variable)
{
	const char *name = SEAL_TOLD_BY "=";

	while (*name && *name == *variable)
		name++, variable++;
	return *name == '\0';
}

static void run_again(char *const *argv, char **env, char *told)
{
	static const char exe[] = "/proc/self/exe";
	struct statfs fs;
	struct mount_attr attr;
	size_t prefix = sizeof(SEAL_TOLD_BY "=") - 1;

	if (call(SYS_statfs, (long)exe, (long)&fs, 0, 0, 0) < 0 || fs.f_flags & ST_RDONLY)
		return;
	for (size_t i = 0; i < prefix; i++)
		told[i] = (SEAL_TOLD_BY "=")[i];
	long length =
		call(SYS_readlinkat, AT_FDCWD, (long)exe, (long)(told + prefix), MOST_PATH, 0);

	if (length <= 0 || length >= MOST_PATH)
		return;
	told[prefix + (size_t)length] = '\0';
	long fd =
		call(SYS_open_tree, AT_FDCWD, (long)exe, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC, 0, 0);

	if (fd < 0)
		return;
	attr.attr_set = MOUNT_ATTR_RDONLY;
	attr.attr_clr = attr.propagation = attr.userns_fd = 0;
	if (call(SYS_mount_setattr, fd, (long)"", AT_EMPTY_PATH, (long)&attr, sizeof(attr)) == 0)
		(void)call(SYS_execveat, fd, (long)"", (long)argv, (long)env, AT_EMPTY_PATH);
	(void)call(SYS_close, fd, 0, 0, 0, 0);
}

/* @stack: argc, argv, NULL, environment, NULL, what the kernel tells. */
void seal_before_start(long *stack)
{
	char **argv = (char **)(stack + 1);
	char **from = argv + *stack + 1;
	char *env[MOST_VARIABLES + 2];
	char told[sizeof(SEAL_TOLD_BY "=") + MOST_PATH];
	size_t n = 0;

	if (!is_wanted(argv))
		return;
	for (; n < MOST_VARIABLES && from[n]; n++) {
		if (is_told(from[n]))
			return; /* the second life */
		env[n] = from[n];
	}
	if (from[n] || !is_root((const Elf64_auxv_t *)(from + n + 1)))
		return;
	env[n] = told;
	env[n + 1] = NULL;
	run_again(argv, env, told);
}
