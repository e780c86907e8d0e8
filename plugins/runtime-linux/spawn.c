/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spawn.c - clone3 with all new namespaces at once.
 *
 * Namespaces for children (pid and time) are changed on ourselves for the moment of the clone and
 * changed back: one process less than the usual double fork. Only a user namespace that exists
 * already needs a stage between: what is made must belong to it, so somebody has to be in it first.
 * That stage clones with CLONE_PARENT, and the child is the caller's all the same.
 */
#include "spawn.h"

#include "namespaces.h"
#include "sync.h"
#include "syscalls.h"

#include <cleat/cleanup.h>

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* What the caller's children get, to be put back after the clone. */
struct borrowed {
	int pid_ns, time_ns;
};

static bool needs_stage(const struct init *init)
{
	return init->ns_fds[NS_USER] >= 0;
}

static int join_pid_namespace(const struct init *init, struct borrowed *own,
			      struct cleat_error *err)
{
	int target = init->ns_fds[NS_PID];

	if (target < 0) /* exec: by pid_namespace_enter */
		return 0;
	own->pid_ns = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	if (own->pid_ns < 0)
		return cleat_fail(err, errno, "cannot open our pid namespace: %m");
	if (setns(target, CLONE_NEWPID) < 0)
		return cleat_fail(err, errno, "cannot join the pid namespace: %m");
	return 0;
}

static int write_offsets(const char *lines, struct cleat_error *err)
{
	_cleanup_close_ int fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	size_t len = strlen(lines);

	if (fd < 0 || write(fd, lines, len) != (ssize_t)len)
		return cleat_fail(err, errno, "cannot set the time offsets: %m");
	return 0;
}

static int change_time_namespace(const struct init *init, struct borrowed *own,
				 struct cleat_error *err)
{
	int target = init->ns_fds[NS_TIME];

	if (init->is_exec || !init->plan->namespaces[NS_TIME].wanted)
		return 0;
	own->time_ns = open("/proc/self/ns/time", O_RDONLY | O_CLOEXEC);
	if (own->time_ns < 0)
		return cleat_fail(err, errno, "cannot open our time namespace: %m");
	if (target >= 0)
		return setns(target, CLONE_NEWTIME) < 0
			       ? cleat_fail(err, errno, "cannot join the time namespace: %m")
			       : 0;
	if (unshare(CLONE_NEWTIME) < 0)
		return cleat_fail(err, errno, "cannot make a time namespace: %m");
	return init->plan->time_offsets ? write_offsets(init->plan->time_offsets, err) : 0;
}

static void give_back(struct borrowed *own)
{
	/* Both lead to where we already are: they cannot fail but for memory. */
	if (own->pid_ns >= 0)
		(void)!setns(own->pid_ns, CLONE_NEWPID);
	if (own->time_ns >= 0)
		(void)!setns(own->time_ns, CLONE_NEWTIME);
	cleat_closep(&own->pid_ns);
	cleat_closep(&own->time_ns);
}

static int clone_child(struct init *init, struct clone3_args *args, struct spawned *out,
		       struct cleat_error *err)
{
	sigset_t all;
	sigset_t before;

	/* A handler of ours must not run in the child: blocked until init.c has reset them. */
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	out->pidfd = -1;
	args->flags |= CLONE_PIDFD | CLONE_CLEAR_SIGHAND;
	args->pidfd = (uint64_t)(uintptr_t)&out->pidfd;
	pid_t pid = sys_clone3(args);

	if (pid == 0)
		init_run(init);
	int saved = errno;

	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid < 0)
		return cleat_fail(err, saved, "cannot clone: %m%s",
				  saved == EINVAL || saved == ENOSYS ? "; cleat needs Linux 5.10"
								     : "");
	out->pid = pid;
	return 0;
}

static int stage_join(struct init *init, struct cleat_error *err)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return cleat_fail(err, errno, "cannot hide from ptrace: %m");
	if (setns(init->ns_fds[NS_USER], CLONE_NEWUSER) < 0)
		return cleat_fail(err, errno, "cannot join the user namespace '%s': %m",
				  init->plan->namespaces[NS_USER].path);
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return cleat_fail(err, errno, "cannot become root of the user namespace: %m");
	return 0;
}

/* The stage: into the user namespace, and on from there. Never returns. */
static void stage_run(struct init *init)
{
	struct cleat_error err = { 0 };
	struct spawned child = { .pidfd = -1 };
	struct clone3_args args = { .flags = CLONE_PARENT | namespaces_clone_flags(init->plan) };

	if (stage_join(init, &err) == 0 && clone_child(init, &args, &child, &err) == 0)
		_exit(sync_send(init->sync_child, SYNC_CLONED, child.pid, child.pidfd) < 0);
	(void)sync_send_error(init->sync_child, &err);
	_exit(1);
}

static int spawn_staged(struct init *init, struct spawned *out, struct cleat_error *err)
{
	struct clone3_args args = { .exit_signal = SIGCHLD };
	struct sync_message message = { 0 };
	pid_t stage = sys_clone3(&args);

	if (stage == 0)
		stage_run(init);
	if (stage < 0)
		return cleat_fail(err, errno, "cannot clone: %m");
	(void)close(take_fd(&init->sync_child)); /* else we would not see the other end close */
	int r = sync_receive(init->sync_parent, &message, &out->pidfd);

	(void)waitpid(stage, NULL, 0);
	if (r < 0)
		return cleat_fail(err, -r, "cannot hear from the child: %m");
	if (message.kind == SYNC_FAILED) {
		*err = message.err;
		return -err->errnum;
	}
	if (message.kind != SYNC_CLONED || out->pidfd < 0)
		return cleat_fail(err, EPROTO, "the child's helper ended without a word");
	out->pid = message.value;
	return 0;
}

int spawn(struct init *init, const struct cgroup *cgroup, struct spawned *out,
	  struct cleat_error *err)
{
	struct borrowed own = { -1, -1 };
	struct clone3_args args = { .exit_signal = SIGCHLD };
	int cgroup_fd = cgroup_clone_fd(cgroup);

	if (!init->is_exec)
		args.flags = namespaces_clone_flags(init->plan) & ~init->late_namespaces;
	int r = join_pid_namespace(init, &own, err);

	if (r == 0)
		r = change_time_namespace(init, &own, err);
	if (r == 0 && needs_stage(init)) {
		r = spawn_staged(init, out, err);
	} else if (r == 0) {
		/* The first CPUs of an exec are chosen outside of the cgroup. */
		if (cgroup_fd >= 0 && !(init->is_exec && init->process->schedule.initial_cpus)) {
			args.flags |= CLONE_INTO_CGROUP;
			args.cgroup = (uint64_t)cgroup_fd;
			out->in_cgroup = init->in_cgroup = true;
		}
		r = clone_child(init, &args, out, err);
		(void)close(take_fd(&init->sync_child));
	}
	give_back(&own);
	return r;
}

static void reap(pid_t pid, int *out_status)
{
	while (waitpid(pid, out_status, 0) < 0 && errno == EINTR)
		;
}

void spawn_reap(struct spawned *child)
{
	if (child->ending > 0)
		reap(child->ending, NULL);
	child->ending = 0;
}

int spawn_replace(struct spawned *child, pid_t pid, struct cleat_error *err)
{
	spawn_reap(child);
	child->ending = child->pid;
	cleat_closep(&child->pidfd);
	child->pid = pid;
	child->pidfd = sys_pidfd_open(pid); /* our child, not reaped: the number is its own */
	return child->pidfd < 0 ? cleat_fail(err, errno, "cannot hold the child: %m") : 0;
}

void spawn_kill(struct spawned *child)
{
	if (child->pid > 0) {
		(void)kill(child->pid, SIGKILL); /* ours and not reaped: the number is still its */
		reap(child->pid, NULL);
	}
	cleat_closep(&child->pidfd);
	child->pid = 0;
	child->pidfd = -1;
}

int spawn_explain(struct spawned *child, bool oom, struct cleat_error *err)
{
	int status = 0;
	pid_t pid = child->pid;

	reap(pid, &status);
	child->pid = 0;
	if (oom)
		return cleat_fail(err, ENOMEM,
				  "container init was OOM-killed (memory limit too low?)");
	if (WIFSIGNALED(status))
		return cleat_fail(err, ECANCELED,
				  "the container's init was killed by signal %d (%s)",
				  WTERMSIG(status), strsignal(WTERMSIG(status)));
	return cleat_fail(err, EPROTO, "the container's init ended with status %d without a word",
			  WEXITSTATUS(status));
}
