/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp_load.c - the child's half: load the filter; when an agent is asked, hand out its listener.
 *
 * Once a filter notifies, each of our system calls may wait for an agent that has not heard of us
 * yet. So the child makes none: a second thread, which a filter without TSYNC leaves alone, sends
 * the listener and waits until it was taken, while the first only looks at memory. The thread is
 * gone before execve and leaves no zombie, as a process would to init.
 *
 * (runc's init writes the number to its parent and so refuses to notify of write; a parent that
 * takes the descriptor itself needs pidfd_getfd, which asks for ptrace's rights.)
 */
#include "init.h"
#include "sync.h"
#include "syscalls.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

enum { NOT_YET = -1, FAILED = -2, STACK_BYTES = 64 << 10 };

static struct {
	int channel;
	_Atomic int listener;
	_Atomic int taken;
} desk;

static _Alignas(64) char stack[STACK_BYTES];

static int messenger(void *arg)
{
	const struct timespec moment = { .tv_nsec = 20000 };
	struct sync_message message;
	int fd = -1;
	int listener = NOT_YET;

	(void)arg;
	while ((listener = atomic_load(&desk.listener)) == NOT_YET)
		(void)nanosleep(&moment, NULL);
	if (listener == FAILED)
		return 0;
	/* Without an answer nobody answers the program either: it must not begin. */
	if (sync_send(desk.channel, SYNC_LISTENER, 0, listener) < 0 ||
	    sync_receive(desk.channel, &message, &fd) < 0 || message.kind != SYNC_GO)
		_exit(1);
	atomic_store(&desk.taken, 1);
	return 0;
}

static int messenger_begin(int channel, struct cleat_error *err)
{
	desk.channel = channel;
	atomic_store(&desk.listener, NOT_YET);
	atomic_store(&desk.taken, 0);
	if (clone(messenger, stack + sizeof(stack),
		  CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM,
		  NULL) < 0)
		return cleat_fail(err, errno, "cannot begin a thread for the listener: %m%s",
				  errno == EAGAIN ? " (it counts as one of linux.resources.pids)"
						  : "");
	return 0;
}

static int load(struct init *init, int channel, struct cleat_error *err)
{
	int listener = -1;

	if (!seccomp_notifies(init->seccomp))
		return seccomp_install(init->seccomp, &listener, err);
	int r = messenger_begin(channel, err);

	if (r < 0)
		return r;
	r = seccomp_install(init->seccomp, &listener, err);
	atomic_store(&desk.listener, r < 0 ? FAILED : listener);
	while (r == 0 && !atomic_load(&desk.taken))
		;
	return r;
}

/* A process whose children belong to another pid namespace may not have threads. */
bool seccomp_needs_thread_first(const struct init *init)
{
	return init->is_exec && init->exec_namespaces & CLONE_NEWPID &&
	       seccomp_notifies(init->seccomp) && !init->process->no_new_privs;
}

int seccomp_load_privileged(struct init *init, struct cleat_error *err)
{
	int r = init->process->no_new_privs ? 0 : load(init, init->sync_child, err);

	if (r < 0 || !seccomp_needs_thread_first(init))
		return r;
	if (setns(init->init_pidfd, CLONE_NEWPID) < 0)
		return cleat_fail(err, errno, "cannot join the pid namespace: %m");
	(void)close(init->init_pidfd);
	init->init_pidfd = -1;
	return 0;
}

int seccomp_load_last(struct init *init, struct cleat_error *err)
{
	if (!init->process->no_new_privs)
		return 0;
	return load(init, init->is_exec ? init->sync_child : init->start_fd, err);
}
