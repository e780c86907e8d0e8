/* SPDX-License-Identifier: Apache-2.0 */
/* handshake.c - GO; perhaps hooks; perhaps a terminal; READY. */
#include "handshake.h"

#include "namespaces.h"
#include "sync.h"
#include "syscalls.h"

#include <cleat/cleanup.h>

#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

int handshake_open(struct init *init, struct cleat_error *err)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return cleat_fail(err, errno, "cannot make a socket pair: %m");
	init->sync_parent = ends[0];
	init->sync_child = ends[1];
	return 0;
}

static int set_oom_score(pid_t pid, int score, struct cleat_error *err)
{
	char path[64];
	char text[16];

	(void)snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)pid);
	int n = snprintf(text, sizeof(text), "%d", score);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 || write(fd, text, (size_t)n) != n)
		return cleat_fail(err, errno, "cannot set oomScoreAdj to %d: %m", score);
	return 0;
}

int handshake_before(const struct handshake *h, struct cleat_error *err)
{
	const struct init *init = h->init;
	int r = init->is_exec ? 0 : cgroup_start_unit(h->cgroup, init->id, h->child->pid, err);

	if (r == 0 && !init->enters_cgroup)
		r = cgroup_add(h->cgroup, h->child->pid, h->child->in_cgroup, err);
	if (r == 0)
		r = intel_rdt_add(init->intel_rdt, h->child->pid, err);
	if (r == 0 && !init->is_exec && plan_ns_is_new(init->plan, NS_USER))
		r = idmap_write(h->child->pid, &init->plan->uids, &init->plan->gids, err);
	if (r == 0 && init->process->has_oom_score)
		r = set_oom_score(h->child->pid, init->process->oom_score_adj, err);
	return r < 0 ? r : net_devices_move(init->net_devices, h->child->pid, err);
}

static int run_hooks(const struct handshake *h, struct cleat_error *err)
{
	const struct hooks *hooks = h->init->hooks;
	int r = hooks_run(hooks, HOOK_PRESTART, h->runtime_hook_state, h->bundle, err);

	if (r == 0)
		r = hooks_run(hooks, HOOK_CREATE_RUNTIME, h->runtime_hook_state, h->bundle, err);
	return r;
}

static int go(const struct handshake *h, struct cleat_error *err)
{
	int r = sync_send(h->init->sync_parent, SYNC_GO, (int32_t)cgroup_missing(h->cgroup), -1);

	if (r == 0)
		return 0;
	/* EPIPE: it is gone, and the next receive says why. */
	(void)shutdown(h->init->sync_parent, SHUT_WR);
	return r == -EPIPE ? 0 : cleat_fail(err, -r, "cannot talk to the child: %m");
}

static int send_listener(struct handshake *h, struct cleat_error *err)
{
	_cleanup_close_ int fd = take_fd(&h->listener);

	return fd < 0 ? 0 : seccomp_notify_send(&h->agent, h->child->pid, fd, err);
}

static int cloned(struct handshake *h, pid_t pid, struct cleat_error *err)
{
	h->is_cloned = true;
	return spawn_replace(h->child, pid, err);
}

/*
 * Who is ready was born into the pid namespace, and the one that bore it tells us its number: perhaps later.
 * What follows is for the former. The latter may be killed before it has said it.
 */
static int await_clone(struct handshake *h, struct cleat_error *err)
{
	const struct init *init = h->init;
	struct pollfd polls[] = { { .fd = init->sync_parent, .events = POLLIN },
				  { .fd = h->child->pidfd, .events = POLLIN } };
	struct sync_message message = { 0 };
	int fd = -1;

	if (!init->is_exec || h->is_cloned || !(init->exec_namespaces & CLONE_NEWPID))
		return 0;
	while (poll(polls, ARRAY_SIZE(polls), -1) < 0)
		if (errno != EINTR)
			return cleat_fail(err, errno, "cannot hear from the child: %m");
	/* it may have spoken and ended between the two looks of poll */
	if (!polls[0].revents && poll(polls, 1, 0) <= 0)
		return cleat_fail(err, EPROTO, "the child's helper ended without a word");
	int r = sync_receive(init->sync_parent, &message, &fd);

	if (r < 0)
		return cleat_fail(err, -r, "cannot hear from the child: %m");
	if (message.kind != SYNC_CLONED)
		return cleat_fail(err, EPROTO, "the child's helper ended without a word");
	return cloned(h, message.value, err);
}

/* READY: limits last, when nothing of ours can run into them. 1: all is done. */
static int ready(struct handshake *h, struct cleat_error *err)
{
	int r = await_clone(h, err);

	if (r == 0 && !h->rlimits_set)
		r = rlimits_apply(h->rlimits, h->child->pid, err);
	if (r == 0)
		r = schedule_apply(&h->init->process->schedule, h->child->pid, err);
	if (r == 0)
		r = send_listener(h, err);
	if (r < 0)
		return r;
	if (!h->init->is_exec)
		return 1;
	return go(h, err);
}

/*
 * An exec that loads its filter with privileges gets its final pid only after that (SYNC_CLONED). The agent
 * hears of it when it is ready, or as soon as the first call has to be answered.
 */
static int listener_came(struct handshake *h, int fd, struct cleat_error *err)
{
	if (fd < 0)
		return cleat_fail(err, EPROTO, "the child's filter has no listener");
	h->listener = fd;
	int r = h->init->is_exec && !h->init->process->no_new_privs ? 0 : send_listener(h, err);

	return r < 0 ? r : go(h, err);
}

/* Wait until the child has said something, and meanwhile for its first question to the agent. */
static int wait_word(struct handshake *h, struct cleat_error *err)
{
	struct pollfd polls[] = { { .fd = h->init->sync_parent, .events = POLLIN },
				  { .fd = h->listener, .events = POLLIN } };

	if (h->listener < 0)
		return 0;
	while (poll(polls, ARRAY_SIZE(polls), -1) < 0)
		if (errno != EINTR)
			return cleat_fail(err, errno, "cannot hear from the child: %m");
	return polls[0].revents ? 0 : send_listener(h, err);
}

static int handle(struct handshake *h, struct sync_message *message, int fd,
		  struct cleat_error *err)
{
	int r = 0;

	switch (message->kind) {
	case SYNC_LISTENER:
		return listener_came(h, fd, err);
	case SYNC_CONSOLE:
		cleat_closep(&h->console_fd);
		h->console_fd = fd;
		return 0;
	case SYNC_CLONED:
		return cloned(h, message->value, err);
	case SYNC_HOOKS:
		r = run_hooks(h, err);
		return r < 0 ? r : go(h, err);
	case SYNC_LIMITS:
		h->rlimits_set = true;
		r = rlimits_apply(h->rlimits, h->child->pid, err);
		return r < 0 ? r : go(h, err);
	case SYNC_READY:
		return ready(h, err);
	case SYNC_FAILED:
		*err = message->err;
		return -(err->errnum > 0 ? err->errnum : EIO);
	default:
		return cleat_fail(err, EPROTO, "unexpected word %u from the child", message->kind);
	}
}

static int converse(struct handshake *h, struct cleat_error *err)
{
	struct sync_message message = { 0 };
	bool was_ready = false;
	int r = go(h, err);

	while (r == 0) {
		int fd = -1;

		r = wait_word(h, err);
		if (r < 0)
			return r;
		r = sync_receive(h->init->sync_parent, &message, &fd);
		if (r < 0)
			return cleat_fail(err, -r, "cannot hear from the child: %m");
		/* exec: the socket is close-on-exec, so its end is the program's beginning. */
		if (message.kind == SYNC_CLOSED && h->init->is_exec && was_ready)
			return 0;
		if (message.kind == SYNC_CLOSED)
			return spawn_explain(h->child, cgroup_oom_kills(h->cgroup) > 0, err);
		was_ready |= message.kind == SYNC_READY;
		r = handle(h, &message, fd, err);
	}
	return r < 0 ? r : 0;
}

int handshake(struct handshake *h, struct cleat_error *err)
{
	int r = converse(h, err);

	cleat_closep(&h->listener);
	spawn_reap(h->child);
	return r;
}
