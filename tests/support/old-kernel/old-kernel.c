/* SPDX-License-Identifier: Apache-2.0 */
/*
 * old-kernel.c - old-kernel PROGRAM [ARG...]: every system call that is younger than Linux 5.10 answers
 * ENOSYS, as it does there. mount_setattr (5.12) is the one that matters. Numbers from 424 on are the same
 * on all architectures.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LAST_OF_5_10 = 440 /* process_madvise */ };

static struct sock_filter program[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, LAST_OF_5_10, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

int main(int argc, char **argv)
{
	const struct sock_fprog filter = { sizeof(program) / sizeof(program[0]), program };

	if (argc < 2)
		return 2;
	/* Without no_new_privs, which would be the program's for ever: the caller is root. */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0) {
		(void)fprintf(stderr, "old-kernel: cannot load the filter: %s\n", strerror(errno));
		return 2;
	}
	(void)execvp(argv[1], argv + 1);
	(void)fprintf(stderr, "old-kernel: cannot execute '%s': %s\n", argv[1], strerror(errno));
	return 127;
}
