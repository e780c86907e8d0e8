/* SPDX-License-Identifier: Apache-2.0 */
/*
 * create.c - from config.json to a process that waits just before its program.
 *
 * Everything that can fail without a trace is done first; then the record is written, and only then
 * things appear that somebody would have to clean up. A failure from there on runs destroy.
 */
#include "box.h"
#include "handshake.h"
#include "hooks_state.h"
#include "namespaces.h"
#include "prepare.h"
#include "process_id.h"
#include "restore.h"
#include "rootfs.h"
#include "start.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>

struct creation {
	const struct cleat_create *req;
	struct runtime *rt;
	struct box *box;
	struct plan plan;
	struct init init;
	struct rlimits rlimits;
	struct spawned child;
	int console_fd;
	bool recorded;
};

/* The request as we know it: fields that an older host does not have read as zero. */
static struct cleat_create read_request(const struct cleat_create *req)
{
	struct cleat_create own = { .checkpoint_fd = -1 };

	memcpy(&own, req, req->size < sizeof(own) ? req->size : sizeof(own));
	return own;
}

static int read_config(struct creation *c, struct cleat_error *err)
{
	struct init *init = &c->init;
	int r = plan_read(&c->plan, c->req->config, c->req->config_len, err);

	if (r < 0)
		return r;
	init->plan = &c->plan;
	init->process = &c->plan.process;
	init->stdio = c->req->stdio;
	init->id = c->req->id;
	init->bundle_fd = c->req->bundle_fd;
	init->flags = c->req->flags;
	init->flags |= c->rt->settings->no_pivot ? CLEAT_NO_PIVOT : 0;
	init->flags |= c->rt->settings->new_keyring ? 0 : CLEAT_NO_NEW_KEYRING;
	init->preserve_fds = c->req->preserve_fds;
	init->rows = c->req->rows;
	init->columns = c->req->columns;
	init->has_userns = c->plan.namespaces[NS_USER].wanted;
	return 0;
}

static int prepare(struct creation *c, struct cleat_error *err)
{
	const struct json *root = c->plan.root;
	const struct json *process = c->plan.process.node;
	struct init *init = &c->init;
	int r = prepare_credentials(init, c->rt, json_get(process, "capabilities"), err);

	if (r == 0)
		r = rlimits_parse(json_get(process, "rlimits"), &c->rlimits, err);
	init->has_rlimits = c->rlimits.set != 0;
	if (r == 0)
		r = sysctl_plan(root, &init->sysctls, err);
	if (r == 0)
		r = hooks_parse(json_get(root, "hooks"), &init->hooks, err);
	if (r == 0)
		r = intel_rdt_plan(root, c->req->id, &init->intel_rdt, err);
	if (r == 0)
		r = net_devices_plan(root, &init->net_devices, err);
	if (r == 0)
		r = prepare_seccomp(init, c->rt, root, err);
	if (r == 0)
		r = namespaces_open(init, err);
	if (r == 0)
		r = cgroup_plan(c->rt->host, root, c->req->id, c->req->cgroup_parent, c->req->flags,
				&c->box->cgroup, err);
	if (r < 0)
		return r;
	init->cgroup = c->box->cgroup;
	/* A scope of systemd's is there only after the clone: then the parent puts it in. */
	init->enters_cgroup = !init->has_userns && !cgroup_has_unit(init->cgroup);
	init->create_state = hooks_state_json(root, c->req->id, c->req->bundle, "creating",
					      HOOKS_STATE_PID_LATER);
	init->start_state = hooks_state_json(root, c->req->id, c->req->bundle, "created",
					     HOOKS_STATE_PID_LATER);
	if (!init->create_state || !init->start_state)
		return cleat_fail(err, ENOMEM, "cannot prepare hooks: %m");
	return 0;
}

static int open_mounts(struct creation *c, struct cleat_error *err)
{
	int r = rootfs_open(&c->init, c->req, err);

	if (r < 0 || c->req->checkpoint_fd >= 0) /* criu mounts what the images hold */
		return r;
	return mounts_open(&c->init, &c->plan, c->req->bundle_fd, err);
}

/* From here on there is something to clean up. */
static int record(struct creation *c, struct cleat_error *err)
{
	struct record *rec = &c->box->record;
	char unit[300];
	int r = record_init(rec, c->req->id, c->req->bundle, cgroup_path(c->box->cgroup), err);

	rec->chrooted = c->init.flags & CLEAT_NO_PIVOT || c->init.joined_root;
	rec->no_late_hooks = !hooks_has(c->init.hooks, HOOK_POSTSTART) &&
			     !hooks_has(c->init.hooks, HOOK_POSTSTOP);
	rec->notifies = seccomp_notifies(c->init.seccomp);
	if (r == 0)
		r = record_set(&rec->resctrl, intel_rdt_recorded(c->init.intel_rdt), err);
	cgroup_unit(c->box->cgroup, unit, sizeof(unit));
	if (r == 0)
		r = record_set(&rec->unit, unit, err);
	if (r == 0 && c->init.joined_root)
		r = record_set(&rec->mount_ns, c->plan.namespaces[NS_MOUNT].path, err);
	if (r == 0)
		r = record_write_config(c->box->state_fd, c->req->config, c->req->config_len, err);
	if (r < 0)
		return r;
	c->recorded = true;
	return record_write(rec, c->box->state_fd, err);
}

static int record_pid(struct creation *c, struct cleat_error *err)
{
	struct record *rec = &c->box->record;

	rec->pid = c->child.pid;
	rec->start_time = process_id_start_time(rec->pid, NULL);
	if (rec->start_time == 0) /* every later command would take it for dead */
		return cleat_fail(err, EIO, "cannot read when process %d started from '/proc'",
				  (int)rec->pid);
	return record_write_init(rec, c->box->state_fd, err);
}

static int run_handshake(struct creation *c, struct cleat_error *err)
{
	_cleanup_free_ char *state = NULL;
	struct handshake h = { .init = &c->init,
			       .child = &c->child,
			       .cgroup = c->box->cgroup,
			       .rlimits = &c->rlimits,
			       .bundle = c->req->bundle,
			       .agent = { .config = c->plan.root,
					  .id = c->req->id,
					  .bundle = c->req->bundle,
					  .status = "creating" },
			       .listener = -1,
			       .console_fd = -1 };
	int r = handshake_before(&h, err);

	if (r < 0)
		return r;
	state = hooks_state_json(c->plan.root, c->req->id, c->req->bundle, "creating",
				 c->child.pid);
	if (!state)
		return cleat_fail(err, ENOMEM, "cannot prepare hooks: %m");
	h.runtime_hook_state = state;
	r = handshake(&h, err);
	c->console_fd = h.console_fd;
	return r;
}

static int restore(struct creation *c, struct cleat_error *err)
{
	struct restore re = {
		.box = c->box, .req = c->req, .init = &c->init, .child = &c->child, .console_fd = -1
	};

	/* criu's processes live in it before we know a pid. */
	c->box->record.owns_cgroup = true;
	int r = record_write(&c->box->record, c->box->state_fd, err);

	if (r == 0)
		r = restore_run(&re, err);
	c->console_fd = re.console_fd;
	return r < 0 ? r : record_pid(c, err);
}

/*
 * The kernel takes as long for namespaces as for version 1's control groups: the child makes the former while
 * we make the latter. Only its pid namespace must be there from its beginning, and all of them before a
 * mapping is written or a device moved.
 */
static bool begin_together(struct creation *c)
{
	struct init *init = &c->init;
	uint64_t late = namespaces_clone_flags(&c->plan) & ~(uint64_t)CLONE_NEWPID;

	if (!late || init->has_userns || init->net_devices || c->req->checkpoint_fd >= 0 ||
	    !cgroup_begin(c->box->cgroup))
		return false;
	init->late_namespaces = late;
	return true;
}

static int build(struct creation *c, struct cleat_error *err)
{
	int r = record(c, err);
	bool together = r == 0 && begin_together(c);

	if (r == 0 && !together)
		r = cgroup_create(c->box->cgroup, err);
	if (r == 0 && c->req->checkpoint_fd >= 0)
		return restore(c, err);
	if (r == 0)
		r = intel_rdt_create(c->init.intel_rdt, err);
	if (r == 0)
		r = handshake_open(&c->init, err);
	if (r == 0) {
		c->init.listen_fd = start_listen(c->box->state_fd, err);
		r = c->init.listen_fd < 0 ? c->init.listen_fd : 0;
	}
	if (r == 0)
		r = spawn(&c->init, c->box->cgroup, &c->child, err);
	if (r == 0 && together)
		r = cgroup_create(c->box->cgroup, err);
	if (r == 0)
		r = record_pid(c, err);
	return r < 0 ? r : run_handshake(c, err);
}

static int create(struct creation *c, struct cleat_error *err)
{
	int r = prepare_preserved(c->req->preserve_fds, err);

	if (r == 0)
		r = box_new(c->rt, c->req->state_fd, &c->box, err);
	if (r == 0)
		r = read_config(c, err);
	if (r == 0)
		r = prepare(c, err);
	if (r == 0)
		r = open_mounts(c, err);
	return r < 0 ? r : build(c, err);
}

/* What is left of a failure: nothing. Its own errors would only hide the reason. */
static void undo(struct creation *c)
{
	struct cleat_error ignored;

	net_devices_give_back(c->init.net_devices);
	spawn_kill(&c->child);
	cleat_closep(&c->console_fd);
	/* Descriptors may be what was short: clearing up needs some. */
	mounts_close(&c->plan);
	init_release(&c->init);
	if (c->recorded && linux_destroy(c->box, &ignored) < 0)
		c->rt->host->log(c->rt->host, CLEAT_WARN, "container '%s' could not be removed: %s",
				 c->req->id, ignored.text);
	box_free(c->box);
}

static void hand_over(struct creation *c, void **out_box, struct cleat_process *out,
		      struct cleat_error *err)
{
	(void)err;
	c->box->pidfd = fcntl(c->child.pidfd, F_DUPFD_CLOEXEC, 3);
	out->pid = c->child.pid;
	out->pidfd = c->child.pidfd;
	out->console_fd = c->console_fd;
	*out_box = c->box;
}

int linux_create(void *self, const struct cleat_create *req, void **out_box,
		 struct cleat_process *out, struct cleat_error *err)
{
	struct cleat_create own = read_request(req);
	struct creation *c = calloc(1, sizeof(*c));

	if (!c)
		return cleat_fail(err, ENOMEM, "cannot create a container: %m");
	c->req = &own;
	c->rt = self;
	c->child.pidfd = c->console_fd = -1;
	init_clear(&c->init);
	int r = create(c, err);

	if (r < 0)
		undo(c);
	else
		hand_over(c, out_box, out, err);
	mounts_close(&c->plan);
	init_release(&c->init);
	plan_free(&c->plan);
	free(c);
	return r;
}
