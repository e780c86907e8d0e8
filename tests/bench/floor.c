/* SPDX-License-Identifier: Apache-2.0 */
/*
 * floor.c - the least that a container can cost: clone3 with the usual namespaces, the usual mounts,
 * pivot_root and execve. No configuration, no cgroup, no state, no seccomp, no devices, no checks. What
 * cleat-oci takes is told as a multiple of it.
 *
 * usage: floor ROOTFS PROGRAM
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void must(int result, const char *what)
{
	if (result >= 0)
		return;
	perror(what);
	_exit(1);
}

static void child(const char *root, char *const argv[])
{
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
	must(mount(root, root, NULL, MS_BIND | MS_REC, NULL), "bind");
	must(chdir(root), "chdir");
	must(mount("proc", "proc", "proc", 0, NULL), "proc");
	must(mount("tmpfs", "dev", "tmpfs", MS_NOSUID, "mode=755"), "dev");
	must(mount("sysfs", "sys", "sysfs", MS_RDONLY, NULL), "sys");
	must((int)syscall(SYS_pivot_root, ".", "."), "pivot_root");
	must(umount2(".", MNT_DETACH), "umount");
	must(chdir("/"), "chdir");
	must(execv(argv[0], argv), argv[0]);
}

int main(int argc, char **argv)
{
	struct clone_args args = { .flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS |
					    CLONE_NEWIPC | CLONE_NEWNET,
				   .exit_signal = SIGCHLD };
	int status = 1;

	if (argc != 3)
		return 2;
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	must((int)pid, "clone3");
	if (pid == 0)
		child(argv[1], argv + 2);
	must(waitpid((pid_t)pid, &status, 0), "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
