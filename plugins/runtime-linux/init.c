/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init.c - from clone3 to execve: two tables of steps whose order is the design.
 *
 * Reasons that are not beside a step: nothing of the image is read before the root has changed;
 * nothing is resolved by a path twice; the descriptors of the host are closed before the first
 * name that the container chooses (its working directory) is resolved, CVE-2024-21626.
 */
#include "init.h"

#include "hooks_state.h"
#include "mount_old.h"
#include "sync.h"
#include "syscalls.h"

#include <cleat/cleanup.h>

#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/vfs.h>
#include <linux/magic.h>

extern char **environ;

struct step {
	const char *does;
	int (*run)(struct init *init, struct cleat_error *err);
};

void init_clear(struct init *init)
{
	memset(init, 0, sizeof(*init));
	init->init_pidfd = init->exec_root = init->sync_parent = init->sync_child = -1;
	init->listen_fd = init->proc_fd = init->null_fd = init->root_fd = -1;
	init->tty_fd = init->start_fd = init->bundle_fd = -1;
	for (int ns = 0; ns < NS_KINDS; ns++)
		init->ns_fds[ns] = -1;
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

void init_release(struct init *init)
{
	close_one(&init->exec_root);
	close_one(&init->sync_parent);
	close_one(&init->sync_child);
	close_one(&init->listen_fd);
	for (int ns = 0; ns < NS_KINDS; ns++)
		close_one(&init->ns_fds[ns]);
	while (init->nrootfs > 0)
		close_one(&init->rootfs[--init->nrootfs]);
	seccomp_free(init->seccomp);
	sysctl_free(init->sysctls);
	hooks_free(init->hooks);
	net_devices_free(init->net_devices);
	intel_rdt_free(init->intel_rdt);
	free(init->create_state);
	free(init->joined_root);
	free(init->start_state);
	free(init->groups);
	init->seccomp = NULL;
	init->sysctls = NULL;
	init->hooks = NULL;
	init->net_devices = NULL;
	init->intel_rdt = NULL;
	init->create_state = init->start_state = init->joined_root = NULL;
	init->groups = NULL;
}

/* Ignored signals survive clone3's CLEAR_SIGHAND and execve: the mask of them is one line in /proc. */
static int signals_reset(struct init *init, struct cleat_error *err)
{
	char status[4096];
	sigset_t none;
	_cleanup_close_ int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

	(void)init;
	(void)sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		return cleat_fail(err, errno, "cannot unblock signals: %m");
	ssize_t n = fd < 0 ? -1 : read(fd, status, sizeof(status) - 1);

	if (n < 0)
		return cleat_fail(err, errno, "cannot read /proc/self/status: %m");
	status[n] = '\0';
	const char *line = strstr(status, "\nSigIgn:");
	unsigned long long ignored = line ? strtoull(line + strlen("\nSigIgn:"), NULL, 16) : ~0ULL;

	for (int signal_number = 1; ignored && signal_number < NSIG; signal_number++)
		if (ignored & 1ULL << (signal_number - 1))
			(void)signal(signal_number, SIG_DFL); /* KILL and STOP cannot be ignored */
	return 0;
}

/* All that we do under /proc goes through this descriptor, also when images hide or fake a /proc. */
static int proc_open(struct init *init, struct cleat_error *err)
{
	struct statfs fs;

	init->proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (init->proc_fd < 0 || fstatfs(init->proc_fd, &fs) < 0)
		return cleat_fail(err, errno, "cannot open /proc: %m");
	if (fs.f_type != PROC_SUPER_MAGIC)
		return cleat_fail(err, EINVAL, "/proc of the host is no procfs");
	mount_old_use_proc(init->proc_fd);
	return 0;
}

static int no_new_privs_set(struct init *init, struct cleat_error *err)
{
	if (init->process->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return cleat_fail(err, errno, "cannot set no_new_privs: %m");
	return 0;
}

static int personality_set(struct init *init, struct cleat_error *err)
{
	const struct plan_process *p = init->process;

	if (p->has_personality && personality((unsigned long)p->personality) < 0)
		return cleat_fail(err, errno, "cannot set the personality: %m");
	return 0;
}

static int session_begin(struct init *init, struct cleat_error *err)
{
	/* Out of the caller's session: TIOCSTI must not reach its terminal. */
	(void)init;
	if (setsid() < 0)
		return cleat_fail(err, errno, "setsid: %m");
	return 0;
}

/* Let the parent do its part, and wait until it says GO. */
static int ask_parent(struct init *init, enum sync_kind kind, const char *what,
		      struct cleat_error *err)
{
	struct sync_message message;
	int fd = -1;
	int r = sync_send(init->sync_child, kind, 0, -1);

	if (r == 0)
		r = sync_receive(init->sync_child, &message, &fd);
	if (r == 0 && message.kind != SYNC_GO)
		r = -EPIPE;
	return r < 0 ? cleat_fail(err, -r, "cannot wait for the %s: %m", what) : 0;
}

/*
 * prlimit(2) on a process of another user or group needs CAP_SYS_RESOURCE, which also root may lack. Root's
 * limits are set last of all, when nothing of ours can run into them.
 */
static int rlimits_of_user(struct init *init, struct cleat_error *err)
{
	if (!init->has_rlimits || (init->uid == 0 && init->gid == 0))
		return 0;
	return ask_parent(init, SYNC_LIMITS, "limits", err);
}

static int hooks_create(struct init *init, struct cleat_error *err)
{
	if ((hooks_has(init->hooks, HOOK_PRESTART) ||
	     hooks_has(init->hooks, HOOK_CREATE_RUNTIME)) &&
	    ask_parent(init, SYNC_HOOKS, "hooks", err) < 0)
		return -err->errnum;
	if (!hooks_has(init->hooks, HOOK_CREATE_CONTAINER))
		return 0;
	if (fchdir(init->root_fd) < 0)
		return cleat_fail(err, errno, "cannot change to the root filesystem: %m");
	hooks_state_set_pid(init->create_state, getpid());
	return hooks_run(init->hooks, HOOK_CREATE_CONTAINER, init->create_state, NULL, err);
}

/* @fd, or a copy of it: one that is not below @least. */
static int move_up(int fd, int least)
{
	return fd >= least ? fd : fcntl(fd, F_DUPFD_CLOEXEC, least);
}

/* Keep 0-2, the preserved ones and the two that lead out of here; end everything else. */
static int descriptors_close(struct init *init, struct cleat_error *err)
{
	int base = 3 + (int)init->preserve_fds;
	int sync_fd = move_up(init->sync_child, base + 2);
	int *second = init->is_exec ? &init->init_pidfd : &init->listen_fd;
	bool has_second = !init->is_exec || seccomp_needs_thread_first(init);
	int second_fd = has_second ? move_up(*second, base + 2) : -1;

	if (sync_fd < 0 || (has_second && second_fd < 0))
		return cleat_fail(err, errno, "cannot move descriptors: %m");
	init->proc_fd = init->null_fd = init->root_fd = init->tty_fd = -1;
	init->init_pidfd = init->exec_root = init->sync_parent = init->listen_fd = -1;
	if (has_second && dup3(second_fd, base + 1, O_CLOEXEC) < 0)
		return cleat_fail(err, errno, "cannot move descriptors: %m");
	if (dup3(sync_fd, base, O_CLOEXEC) < 0)
		return cleat_fail(err, errno, "cannot move descriptors: %m");
	init->sync_child = base;
	*second = has_second ? base + 1 : -1;
	if (sys_close_range((unsigned)base + (has_second ? 2 : 1), ~0U, 0) < 0)
		return cleat_fail(err, errno, "cannot close descriptors: %m");
	/* The caller opened these for us to pass on: they must not vanish at execve. */
	for (int fd = 3; fd < base; fd++)
		if (fcntl(fd, F_SETFD, 0) < 0)
			return cleat_fail(err, errno, "cannot pass descriptor %d on: %m", fd);
	return 0;
}

static int hooks_start(struct init *init, struct cleat_error *err)
{
	if (!hooks_has(init->hooks, HOOK_START_CONTAINER))
		return 0;
	hooks_state_set_pid(init->start_state, getpid());
	return hooks_run(init->hooks, HOOK_START_CONTAINER, init->start_state, NULL, err);
}

/* exec: ready, and its limits are set by the parent between this and GO. */
static int exec_wait(struct init *init, struct cleat_error *err)
{
	struct sync_message message;
	int fd = -1;
	int r = sync_send(init->sync_child, SYNC_READY, 0, -1);

	if (r == 0)
		r = sync_receive(init->sync_child, &message, &fd);
	if (r == 0 && message.kind != SYNC_GO)
		r = -EPIPE;
	return r < 0 ? cleat_fail(err, -r, "cannot wait for the runtime: %m") : 0;
}

/* Only our error channel is left: moved behind what the program gets, the rest really closed. */
static int channel_move(struct init *init, struct cleat_error *err)
{
	int *channel = init->is_exec ? &init->sync_child : &init->start_fd;
	int base = 3 + (int)init->preserve_fds;

	if (*channel != base && dup3(*channel, base, O_CLOEXEC) < 0)
		return cleat_fail(err, errno, "cannot move descriptors: %m");
	*channel = base;
	if (sys_close_range((unsigned)base + 1, ~0U, 0) < 0)
		return cleat_fail(err, errno, "cannot close descriptors: %m");
	return 0;
}

static int program_execute(struct init *init, struct cleat_error *err)
{
	(void)execve(init->program, (char *const *)(uintptr_t)init->process->args,
		     (char *const *)(uintptr_t)init->process->env);
	return cleat_fail(err, errno, "exec: \"%s\": %m", init->process->args[0]);
}

/* From clone3 to execve. The order is the design: say why when you change it. */
static const struct step init_steps[] = {
	{ "reset signals", signals_reset },
	{ "open /proc", proc_open },
	/* Before namespaces: the hierarchies are the host's, and a cgroup namespace begins here. */
	{ "enter the control groups", cgroup_join },
	{ "choose the CPUs", cpus_final },
	{ "join namespaces", namespaces_join },
	{ "become root of the user namespace", namespaces_become_root },
	{ "begin a session", session_begin },
	{ "join a session keyring", keyring_join },
	{ "bring up the loopback interface", loopback_up },
	{ "separate the mounts", rootfs_separate },
	{ "attach the root filesystem", rootfs_attach },
	{ "mount", mounts_make },
	{ "make devices", devices_make },
	/* Before the root may become read-only. */
	{ "make the working directory", directory_make },
	{ "run hooks", hooks_create },
	{ "set the host name", names_set },
	/* Through the host's procfs: the container's may be hidden or shared. */
	{ "set sysctls", sysctls_write },
	{ "change the root", rootfs_enter },
	{ "open the terminal", console_open },
	{ "connect stdin, stdout and stderr", stdio_apply },
	{ "take the terminal", terminal_take },
	/* After the console's bind mount, so that nothing can be mounted over a mask. */
	{ "protect what is mounted", mounts_seal },
	{ "protect paths", mask_paths },
	{ "protect the root filesystem", rootfs_seal },
	{ "set no_new_privs", no_new_privs_set },
	{ "set the personality", personality_set },
	{ "set the memory policy", memory_policy_set },
	/* A forked hook must not get it, and it needs the host's procfs. */
	{ "set the security label", lsm_apply },
	{ "close descriptors", descriptors_close },
	{ "look up the user", credentials_resolve },
	{ "change to the working directory", directory_enter },
	{ "set the limits of a user", rlimits_of_user },
	/* Without no_new_privs, loading a filter needs CAP_SYS_ADMIN: before we drop it. */
	{ "load the seccomp filter", seccomp_load_privileged },
	{ "take on user and capabilities", credentials_apply },
	/* As the user that will run it, so that "permission denied" is an error of create. */
	{ "find the program", program_find },
	{ "wait for start", start_wait },
	{ "run hooks", hooks_start },
	{ "close descriptors", channel_move },
	/* With no_new_privs, last of all: the filter may forbid whatever another step needs. */
	{ "load the seccomp filter", seccomp_load_last },
	{ "execute", program_execute },
};

/*
 * An exec stays outside of the container's pid namespace until it holds nothing that is not the
 * container's: whoever may trace (CAP_SYS_PTRACE) could else take our descriptors (CVE-2016-9962).
 */
static const struct step exec_steps[] = {
	{ "reset signals", signals_reset },
	{ "open /proc", proc_open },
	{ "choose the first CPUs", cpus_initial },
	{ "enter the control groups", cgroup_join },
	{ "choose the CPUs", cpus_final },
	{ "join namespaces", namespaces_enter },
	{ "become root of the user namespace", namespaces_become_root },
	{ "join a session keyring", keyring_join },
	{ "open the terminal", console_open },
	{ "connect stdin, stdout and stderr", stdio_apply },
	{ "set no_new_privs", no_new_privs_set },
	{ "set the personality", personality_set },
	{ "set the memory policy", memory_policy_set },
	{ "set the security label", lsm_apply },
	{ "close descriptors", descriptors_close },
	{ "look up the user", credentials_resolve },
	{ "change to the working directory", directory_enter },
	{ "set the limits of a user", rlimits_of_user },
	{ "load the seccomp filter", seccomp_load_privileged },
	{ "take on user and capabilities", credentials_apply },
	{ "enter the pid namespace", pid_namespace_enter },
	{ "begin a session", session_begin },
	{ "take the terminal", terminal_take },
	{ "find the program", program_find },
	{ "wait for the runtime", exec_wait },
	{ "close descriptors", channel_move },
	{ "load the seccomp filter", seccomp_load_last },
	{ "execute", program_execute },
};

/* Some sentences are a contract: engines search for them and must find nothing before them. */
static bool stands_alone(const struct step *step)
{
	return step->run == program_find || step->run == program_execute;
}

static void walk(struct init *init, const struct step *steps, size_t n, struct cleat_error *err)
{
	for (size_t i = 0; i < n; i++) {
		if (steps[i].run(init, err) >= 0)
			continue;
		if (!stands_alone(&steps[i]))
			(void)cleat_wrap(err, "cannot %s", steps[i].does);
		return;
	}
}

void init_run(struct init *init)
{
	struct cleat_error err = { 0 };
	struct sync_message message;
	int fd = -1;

	(void)close(init->sync_parent);
	init->sync_parent = -1;
	int r = namespaces_make(init, &err);

	/* Cgroups, id mappings and the record are the parent's, and come first. */
	if (r == 0 &&
	    (sync_receive(init->sync_child, &message, &fd) < 0 || message.kind != SYNC_GO))
		_exit(1);
	if (r == 0 && init->late_namespaces)
		cgroup_set_missing(init->cgroup, (uint32_t)message.value);
	if (r == 0 && init->is_exec)
		walk(init, exec_steps, ARRAY_SIZE(exec_steps), &err);
	else if (r == 0)
		walk(init, init_steps, ARRAY_SIZE(init_steps), &err);
	if (init->start_fails_loudly)
		(void)!write(init->start_fd, &err, sizeof(err));
	else
		(void)sync_send_error(init->sync_child, &err);
	_exit(1);
}
