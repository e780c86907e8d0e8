/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jail.c - give away everything that reading a stranger's archive does not need.
 *
 * Archives are read by half a million lines of other people's C. What a crafted one could do with
 * this process is bounded here: it sees the target directory and nothing else, has no descriptor but
 * its four, cannot start a program, map code, or speak to anybody. Code cannot be mapped so that no
 * library is ever loaded from the tree that is being unpacked (CVE-2021-41089).
 */
#include "image/layer/jail.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef __SANITIZE_ADDRESS__
#define __SANITIZE_ADDRESS__ 0
#else
/* The leak check at the end needs /proc, which is not in the jail: unit tests look for leaks. */
__attribute__((visibility("default"))) const char *__lsan_default_options(void);
const char *__lsan_default_options(void)
{
	return "detect_leaks=0";
}
#endif

static int close_others(int last, struct cleat_error *err)
{
	if (syscall(SYS_close_range, (unsigned)last + 1, ~0u, 0) < 0)
		return cleat_fail(err, errno, "cannot close inherited descriptors: %m");
	return 0;
}

/* A dictionary of xz may claim 4 GiB: let it fail here, not in the daemon's neighbours. */
static int limit_resources(struct cleat_error *err)
{
	const struct rlimit none = { 0, 0 }, memory = { 1u << 30, 1u << 30 };
	struct rlimit files;

	if (setrlimit(RLIMIT_CORE, &none) < 0 ||
	    (!__SANITIZE_ADDRESS__ && setrlimit(RLIMIT_AS, &memory) < 0))
		return cleat_fail(err, errno, "cannot set limits: %m");
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE,
				&files); /* deep trees want it; else ENFILE says so */
	}
	return 0;
}

/* pivot_root and not chroot: the old root is gone from the namespace, not only out of sight. */
static int change_root(int *target_fd, struct cleat_error *err)
{
	_cleanup_close_ int tree = -1;
	int root = -1;

	/* Cloned while the directory's mount is still one of our namespace's. */
	tree = open_tree(*target_fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (tree < 0)
		return cleat_fail(err, errno, "cannot clone the target's mount: %m");
	if (unshare(CLONE_NEWNS | CLONE_NEWIPC) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return cleat_fail(err, errno, "cannot make a mount namespace: %m");
	if (move_mount(tree, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return cleat_fail(err, errno, "cannot mount the target directory: %m");
	if (fchdir(tree) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return cleat_fail(err, errno, "cannot change the root directory: %m");
	root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return cleat_fail(err, errno, "cannot open the new root directory: %m");
	(void)close(*target_fd); /* still belongs to the old one */
	*target_fd = root;
	return 0;
}

/* What files of any owner need; SYS_ADMIN is for trusted.* attributes, the filter keeps the rest of it. */
static int drop_capabilities(struct cleat_error *err)
{
	static const int needed[] = { CAP_CHOWN,   CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH,
				      CAP_FOWNER,  CAP_FSETID,       CAP_MKNOD,
				      CAP_SETFCAP, CAP_SYS_ADMIN };
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct have[2], want[2] = { 0 };

	if (syscall(SYS_capget, &header, have) < 0)
		return cleat_fail(err, errno, "cannot read capabilities: %m");
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		want[CAP_TO_INDEX(needed[i])].permitted |= CAP_TO_MASK(needed[i]);
	for (int i = 0; i < 2; i++) {
		want[i].permitted &= have[i].permitted;
		want[i].effective = want[i].permitted;
	}
	if (syscall(SYS_capset, &header, want) < 0)
		return cleat_fail(err, errno, "cannot lay down capabilities: %m");
	return 0;
}

static const char *const allowed[] = {
	/* descriptors and data */
	"read",
	"readv",
	"pread64",
	"write",
	"writev",
	"pwrite64",
	"lseek",
	"close",
	"dup",
	"fcntl",
	"fcntl64",
	"poll",
	"ppoll",
	"flock",
	"fsync",
	"fdatasync",
	"ftruncate",
	"fallocate",
	"fadvise64",
	/* names */
	"openat",
	"openat2",
	"mkdirat",
	"mknodat",
	"symlinkat",
	"linkat",
	"unlinkat",
	"renameat",
	"renameat2",
	"readlinkat",
	"getdents64",
	"fchdir",
	"faccessat",
	"faccessat2",
	"umask",
	/* metadata */
	"fstat",
	"newfstatat",
	"statx",
	"fstatfs",
	"fchmod",
	"fchmodat",
	"fchmodat2",
	"fchown",
	"fchownat",
	"utimensat",
	"fsetxattr",
	"fremovexattr",
	"lsetxattr",
	"fgetxattr",
	"flistxattr",
	/* memory without PROT_EXEC is added below */
	"munmap",
	"mremap",
	"madvise",
	"brk",
	"futex",
	/* the rest of libc */
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"restart_syscall",
	"exit",
	"exit_group",
	"getpid",
	"gettid",
	"tgkill",
	"geteuid",
	"getuid",
	"clock_gettime",
	"gettimeofday",
	"getrandom",
	"nanosleep",
	"clock_nanosleep",
	"sched_yield",
	"sched_getaffinity",
	"sysinfo",
	"rseq",
	"set_robust_list",
};

static int add_rules(scmp_filter_ctx filter)
{
	static const char *const mapping[] = { "mmap", "mprotect" };

	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++) {
		int number = seccomp_syscall_resolve_name(allowed[i]);

		/* libseccomp 2.5.4 knows no fchmodat2; another machine has no fcntl64 */
		if (number == __NR_SCMP_ERROR || number < 0)
			continue;
		int r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);

		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < ARRAY_SIZE(mapping); i++) {
		int r = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
					 seccomp_syscall_resolve_name(mapping[i]), 1,
					 SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));

		if (r < 0)
			return r;
	}
	return 0;
}

/* ENOSYS and not death: libc has a second way for most things, and an error has a text. */
static int filter_system_calls(struct cleat_error *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int r = filter ? add_rules(filter) : -ENOMEM;

	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r < 0 ? cleat_fail(err, -r, "cannot load the system call filter: %m") : 0;
}

int jail_enter(int *target_fd, struct cleat_error *err)
{
	if (close_others(*target_fd, err) < 0 || limit_resources(err) < 0)
		return -err->errnum;
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return cleat_fail(err, errno, "cannot lay down privileges: %m");
	if (geteuid() == 0 && (change_root(target_fd, err) < 0 || drop_capabilities(err) < 0))
		return -err->errnum;
	return __SANITIZE_ADDRESS__ ? 0 : filter_system_calls(err);
}
