/* SPDX-License-Identifier: Apache-2.0 */
/* namespaces.c - open, join and enter namespaces, and be root in them. */
#include "namespaces.h"

#include "cgroup.h"
#include "sync.h"

#include "syscalls.h"

#include <grp.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>

static const char *const proc_names[NS_KINDS] = {
	[NS_USER] = "user", [NS_MOUNT] = "mnt",   [NS_CGROUP] = "cgroup", [NS_UTS] = "uts",
	[NS_IPC] = "ipc",   [NS_NETWORK] = "net", [NS_TIME] = "time",     [NS_PID] = "pid",
};

int namespaces_open(struct init *init, struct cleat_error *err)
{
	for (int ns = 0; ns < NS_KINDS; ns++) {
		const char *path = init->plan->namespaces[ns].path;

		if (!path)
			continue;
		int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

		if (fd < 0)
			return cleat_fail(err, errno, "cannot open the %s namespace '%s': %m",
					  plan_ns_name((enum plan_ns)ns), path);
		init->ns_fds[ns] = fd;
		if ((uint64_t)ioctl(fd, NS_GET_NSTYPE) != plan_ns_flag((enum plan_ns)ns))
			return cleat_fail(err, EINVAL, "'%s' is no %s namespace", path,
					  plan_ns_name((enum plan_ns)ns));
	}
	return 0;
}

uint64_t namespaces_clone_flags(const struct plan *plan)
{
	uint64_t flags = 0;

	for (int ns = 0; ns < NS_KINDS; ns++)
		if (ns != NS_CGROUP && ns != NS_TIME && plan_ns_is_new(plan, (enum plan_ns)ns))
			flags |= plan_ns_flag((enum plan_ns)ns);
	return flags;
}

int namespaces_of(int pid, const struct plan *plan, uint64_t *out_flags, struct cleat_error *err)
{
	uint64_t flags = 0;

	for (int ns = 0; ns < NS_KINDS; ns++) {
		char path[64];
		struct stat own;
		struct stat theirs;

		/* But for the user namespace: to join that twice is an error. */
		if (ns != NS_USER && plan_ns_is_new(plan, (enum plan_ns)ns)) {
			flags |= plan_ns_flag((enum plan_ns)ns);
			continue;
		}
		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", proc_names[ns]);
		if (stat(path, &own) < 0) {
			if (errno == ENOENT)
				continue; /* a kind that this kernel does not have */
			/* not to know it must not mean to stay in ours */
			return cleat_fail(err, errno, "cannot look at '%s': %m", path);
		}
		(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, proc_names[ns]);
		if (stat(path, &theirs) < 0)
			return cleat_fail(err, errno, "cannot look at '%s': %m", path);
		if (own.st_ino != theirs.st_ino || own.st_dev != theirs.st_dev)
			flags |= plan_ns_flag((enum plan_ns)ns);
	}
	*out_flags = flags;
	return 0;
}

/* A child in a user namespace of its own may not: the parent has done it then. */
int cgroup_join(struct init *init, struct cleat_error *err)
{
	return init->enters_cgroup ? cgroup_enter(init->cgroup, init->in_cgroup, err) : 0;
}

/* In the child. A user namespace has been joined before the clone (spawn.c), pid and time as well. */
int namespaces_join(struct init *init, struct cleat_error *err)
{
	for (int ns = NS_CGROUP; ns <= NS_NETWORK; ns++) {
		if (init->ns_fds[ns] < 0)
			continue;
		if (setns(init->ns_fds[ns], (int)plan_ns_flag((enum plan_ns)ns)) < 0)
			return cleat_fail(err, errno, "cannot join the %s namespace '%s': %m",
					  plan_ns_name((enum plan_ns)ns),
					  init->plan->namespaces[ns].path);
	}
	/* The last: the names of the others were the caller's. Its root becomes ours. */
	if (init->ns_fds[NS_MOUNT] >= 0 && setns(init->ns_fds[NS_MOUNT], CLONE_NEWNS) < 0)
		return cleat_fail(err, errno, "cannot join the mount namespace '%s': %m",
				  init->plan->namespaces[NS_MOUNT].path);
	/* Its root is where we are: the parent has put us into our cgroups. */
	if (plan_ns_is_new(init->plan, NS_CGROUP) && unshare(CLONE_NEWCGROUP) < 0)
		return cleat_fail(err, errno, "cannot make a cgroup namespace: %m");
	return 0;
}

/*
 * All at once by the pidfd. When a namespace was joined by path it may belong to our user namespace and
 * not to the container's: then the others first, with our own privileges.
 */
static int join_container(int pidfd, int flags)
{
	int others = flags & ~CLONE_NEWUSER;

	if (!flags || setns(pidfd, flags) == 0)
		return 0;
	if (errno != EPERM || !(flags & CLONE_NEWUSER))
		return -errno;
	if (others && setns(pidfd, others) < 0)
		return -errno;
	return setns(pidfd, CLONE_NEWUSER) < 0 ? -errno : 0;
}

int namespaces_enter(struct init *init, struct cleat_error *err)
{
	int flags = (int)(init->exec_namespaces & ~(uint64_t)CLONE_NEWPID);
	bool new_pid = init->exec_namespaces & CLONE_NEWPID && !seccomp_needs_thread_first(init);

	/* Nobody inside may look at us or trace us from here on: CVE-2016-9962. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return cleat_fail(err, errno, "cannot hide from ptrace: %m");
	/* Without privilege the others open only to who is in the user namespace. */
	if (flags & CLONE_NEWUSER && geteuid() != 0) {
		if (setns(init->init_pidfd, CLONE_NEWUSER) < 0)
			return cleat_fail(err, errno, "cannot join the user namespace: %m");
		flags &= ~CLONE_NEWUSER;
	}
	/* Only for the child of pid_namespace_enter; ours stays the host's. While we have the right to. */
	if (new_pid && setns(init->init_pidfd, CLONE_NEWPID) < 0)
		return cleat_fail(err, errno, "cannot join the pid namespace: %m");
	int r = join_container(init->init_pidfd, flags);

	if (r < 0)
		return cleat_fail(err, -r, "cannot join the container: %m");
	if (init->exec_root >= 0 && (fchdir(init->exec_root) < 0 || chroot(".") < 0))
		return cleat_fail(err, errno, "cannot change to the container's root: %m");
	return 0;
}

/* The one way in is to be born there: the child goes on, we end. It is the runtime's child, as we are. */
int pid_namespace_enter(struct init *init, struct cleat_error *err)
{
	if (!(init->exec_namespaces & CLONE_NEWPID))
		return 0;
	/* Not clone3, which filters refuse because they cannot look into its arguments. */
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid < 0)
		return cleat_fail(err, errno, "clone: %m");
	if (pid > 0)
		_exit(sync_send(init->sync_child, SYNC_CLONED, pid, -1) < 0);
	return 0;
}

int namespaces_make(struct init *init, struct cleat_error *err)
{
	if (init->late_namespaces && unshare((int)init->late_namespaces) < 0)
		return cleat_fail(err, errno, "cannot make namespaces: %m");
	return 0;
}

int namespaces_become_root(struct init *init, struct cleat_error *err)
{
	/* An unmapped root is allowed: EINVAL leaves us as the overflow user, with all capabilities. */
	if (init->has_userns) {
		if (setresgid(0, 0, 0) < 0 && errno != EINVAL)
			return cleat_fail(err, errno, "cannot set gid 0: %m");
		if (setresuid(0, 0, 0) < 0 && errno != EINVAL)
			return cleat_fail(err, errno, "cannot set uid 0: %m");
	}
	/* EPERM: setgroups is denied in this namespace, then groups cannot be abused either. */
	if (setgroups(0, NULL) < 0 && errno != EPERM)
		return cleat_fail(err, errno, "cannot drop the caller's groups: %m");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return cleat_fail(err, errno, "cannot hide from ptrace: %m");
	/* Changing ids clears it, so only now: a runtime that is killed leaves no half container. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return cleat_fail(err, errno, "cannot tie the child to the runtime: %m");
	return 0;
}
