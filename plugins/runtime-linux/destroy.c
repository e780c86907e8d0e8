/* SPDX-License-Identifier: Apache-2.0 */
/*
 * destroy.c - take a container away, from whatever state it is in; every step can be repeated.
 *
 * It goes by the record alone: what a create that was killed left behind is found by another process.
 */
#include "box.h"
#include "hooks_state.h"
#include "intel_rdt.h"
#include "joined_root.h"
#include "syscalls.h"

#include <cleat/cleanup.h>

#include <poll.h>

static int wait_for_init(const struct box *box, struct cleat_error *err)
{
	struct pollfd end = { .fd = box->pidfd, .events = POLLIN };
	int limit_ms = (int)(box->rt->settings->stop_limit_ns / 1000000);
	int n = 0;

	if (box->pidfd < 0)
		return 0;
	do
		n = poll(&end, 1, limit_ms);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return cleat_fail(err, errno, "cannot wait for the container's init: %m");
	return n > 0 ? 0 : cleat_fail(err, EBUSY, "container init still running");
}

static int end_processes(struct box *box, struct cleat_error *err)
{
	if (box_is_alive(box))
		(void)sys_pidfd_send_signal(box->pidfd, SIGKILL);
	int r = box->cgroup ? cgroup_kill(box->cgroup, err) : 0;

	return r < 0 ? r : wait_for_init(box, err);
}

/* What poststop hooks do wrong must not keep the container from going. */
static void run_poststop(struct box *box)
{
	const struct cleat_host *host = box->rt->host;
	struct cleat_error err = { 0 };
	int r = hooks_state_run(box, HOOK_POSTSTOP, "stopped", &err);

	if (r < 0 && r != -ENOENT)
		host->log(host, CLEAT_WARN, "container '%s': %s", box->record.id, err.text);
}

/*
 * A create that was killed before there was an init: whether the cgroup of that name was its own is not
 * known, so nobody in it is killed. Its child goes by itself when it hears nobody.
 */
static int end_unborn(struct box *box, struct cleat_error *err)
{
	int r = cgroup_has_unit(box->cgroup) ? 0 : cgroup_destroy(box->cgroup, err);

	return r == -EBUSY ? 0 : r;
}

/* Without an init the kernel's own answer to rmdir says most often that nobody has to be killed. */
static int end_cgroup(struct box *box, struct cleat_error *err)
{
	if (!box_is_alive(box) && box->cgroup && cgroup_remove_empty(box->cgroup))
		return 0;
	if (box->record.pid == 0 && !box->record.owns_cgroup && box->cgroup)
		return end_unborn(box, err);
	int r = end_processes(box, err);

	return r == 0 && box->cgroup ? cgroup_destroy(box->cgroup, err) : r;
}

int linux_destroy(void *self, struct cleat_error *err)
{
	struct box *box = self;
	int r = end_cgroup(box, err);

	if (r == 0)
		r = joined_root_remove(&box->record, err);
	if (r == 0 && box->record.resctrl)
		r = intel_rdt_remove(box->record.resctrl, err);
	if (r < 0)
		return r;
	run_poststop(box);
	return record_remove(&box->record, box->state_fd, err);
}
