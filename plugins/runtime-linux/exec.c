/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec.c - a further process in a container: joined by pidfd, otherwise built as init is.
 *
 * What the given process does not say (capabilities, limits, labels) is as the container's own: an
 * absent member must never mean "more" (CVE-2025-27612).
 */
#include "box.h"
#include "handshake.h"
#include "namespaces.h"
#include "prepare.h"
#include "syscalls.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct execution {
	const struct cleat_exec *req;
	struct box *box;
	char *config;
	struct plan container, own;
	struct init init;
	struct rlimits rlimits;
	struct cgroup *sub_cgroup; /* or NULL */
	struct cgroup *cgroup;     /* which one it enters: that, or the container's own */
	struct spawned child;
	int console_fd;
};

static struct cleat_exec read_request(const struct cleat_exec *req)
{
	struct cleat_exec own = { 0 };

	memcpy(&own, req, req->size < sizeof(own) ? req->size : sizeof(own));
	return own;
}

static int check_status(struct execution *e, struct cleat_error *err)
{
	if (!box_is_alive(e->box))
		return cleat_fail(err, ESRCH, "cannot exec in a stopped container");
	if (!(e->req->flags & CLEAT_IGNORE_PAUSED) && box_is_paused(e->box))
		return cleat_fail(
			err, EBUSY,
			"cannot exec in a paused container (use --ignore-paused to override)");
	return 0;
}

/* Member @key of the process, or else of the container's. */
static const struct json *member(const struct execution *e, const char *key)
{
	const struct json *own = json_get(e->own.process.node, key);

	return own ? own : json_get(e->container.process.node, key);
}

static void inherit(struct execution *e)
{
	struct plan_process *p = &e->own.process;
	const struct plan_process *c = &e->container.process;

	if (!json_get(p->node, "noNewPrivileges"))
		p->no_new_privs = c->no_new_privs;
	if (!p->apparmor)
		p->apparmor = c->apparmor;
	if (!p->selinux)
		p->selinux = c->selinux;
	if (!p->has_oom_score) {
		p->has_oom_score = c->has_oom_score;
		p->oom_score_adj = c->oom_score_adj;
	}
	p->has_personality = c->has_personality;
	p->personality = c->personality;
	schedule_inherit(&p->schedule, &c->schedule);
}

static int read_texts(struct execution *e, struct cleat_error *err)
{
	size_t len = 0;
	int r = record_read_config(e->box->state_fd, &e->config, &len, err);

	if (r == 0)
		r = plan_read(&e->container, e->config, len, err);
	if (r == 0)
		r = plan_read_process(&e->own, e->req->process, e->req->process_len, err);
	if (r == 0)
		inherit(e);
	return r;
}

static int open_root(struct execution *e, struct cleat_error *err)
{
	char path[64];

	if (!e->box->record.chrooted)
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/root", (int)e->box->record.pid);
	e->init.exec_root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (e->init.exec_root < 0)
		return cleat_fail(err, errno, "cannot open the container's root: %m");
	return 0;
}

static int prepare(struct execution *e, struct cleat_error *err)
{
	struct init *init = &e->init;
	pid_t pid = e->box->record.pid;

	init->is_exec = true;
	init->plan = &e->container;
	init->process = &e->own.process;
	init->stdio = e->req->stdio;
	init->id = e->box->record.id;
	init->flags = e->req->flags;
	init->flags |= e->box->rt->settings->new_keyring ? 0 : CLEAT_NO_NEW_KEYRING;
	init->preserve_fds = e->req->preserve_fds;
	init->rows = e->req->rows;
	init->columns = e->req->columns;
	init->init_pidfd = e->box->pidfd;
	int r = namespaces_of(pid, &e->container, &init->exec_namespaces, err);

	init->has_userns = init->exec_namespaces & CLONE_NEWUSER;
	if (r == 0)
		r = prepare_credentials(init, e->box->rt, member(e, "capabilities"), err);
	if (r == 0)
		r = rlimits_parse(member(e, "rlimits"), &e->rlimits, err);
	init->has_rlimits = e->rlimits.set != 0;
	if (r == 0)
		r = prepare_seccomp(init, e->box->rt, e->container.root, err);
	if (r == 0)
		r = intel_rdt_plan(e->container.root, init->id, &init->intel_rdt, err);
	if (r == 0)
		r = open_root(e, err);
	if (r == 0)
		r = cgroup_open_sub(e->box->cgroup, e->req->cgroup, pid, &e->sub_cgroup, err);
	e->cgroup = e->sub_cgroup ? e->sub_cgroup : e->box->cgroup;
	init->cgroup = e->cgroup;
	init->enters_cgroup = true; /* before it joins anything */
	/* All that was read by number was init's if it is alive now. */
	if (r == 0 && !box_is_alive(e->box))
		r = cleat_fail(err, ESRCH, "cannot exec in a stopped container");
	return r;
}

static int run(struct execution *e, struct cleat_error *err)
{
	struct handshake h = { .init = &e->init,
			       .child = &e->child,
			       .cgroup = e->cgroup,
			       .rlimits = &e->rlimits,
			       .agent = { .config = e->container.root,
					  .id = e->box->record.id,
					  .bundle = e->box->record.bundle,
					  .status = "running",
					  .init_pid = e->box->record.pid },
			       .listener = -1,
			       .console_fd = -1 };
	int r = handshake_open(&e->init, err);

	if (r == 0)
		r = spawn(&e->init, e->cgroup, &e->child, err);
	if (r == 0)
		r = handshake_before(&h, err);
	if (r == 0)
		r = handshake(&h, err);
	e->console_fd = h.console_fd;
	return r;
}

static int execute(struct execution *e, struct cleat_error *err)
{
	int r = prepare_preserved(e->req->preserve_fds, err);

	if (r == 0)
		r = check_status(e, err);
	if (r == 0)
		r = read_texts(e, err);
	if (r == 0)
		r = prepare(e, err);
	return r < 0 ? r : run(e, err);
}

int linux_exec(void *self, const struct cleat_exec *req, struct cleat_process *out,
	       struct cleat_error *err)
{
	struct cleat_exec own = read_request(req);
	struct execution *e = calloc(1, sizeof(*e));

	if (!e)
		return cleat_fail(err, ENOMEM, "cannot exec: %m");
	e->req = &own;
	e->box = self;
	e->child.pidfd = e->console_fd = -1;
	init_clear(&e->init);
	int r = execute(e, err);

	if (r < 0) {
		spawn_kill(&e->child);
		cleat_closep(&e->console_fd);
	} else {
		out->pid = e->child.pid;
		out->pidfd = e->child.pidfd;
		out->console_fd = e->console_fd;
	}
	init_release(&e->init);
	cgroup_free(e->sub_cgroup);
	plan_free(&e->own);
	plan_free(&e->container);
	free(e->config);
	free(e);
	return r;
}
